"""What the clinic consists of: people, rooms, weekly sessions, closures."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from scheduling import kinds


class Practitioner(models.Model):
    """Someone who takes visits; `kinds` are the codes of the kinds of visit this person takes."""

    name = models.CharField(max_length=200, unique=True)
    kinds = ArrayField(models.CharField(max_length=30, choices=kinds.choices), default=list)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    active = models.BooleanField(default=True)
    # of the secret in the address of the calendar feed, which nobody can read here; null: there is no such address
    feed_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room; some kinds of visit need one with ultrasound."""

    name = models.CharField(max_length=100, unique=True)
    has_ultrasound = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """A practitioner's weekly session in clinic-local wall time; `room` is the default room of that session.

    It holds on `weekday` (0 = Monday) from `valid_from` to `valid_to` (both included; None = open),
    every `every_weeks` weeks counted from the week of `valid_from`.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="schedules")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="schedules")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["practitioner_id", "weekday", "opens", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="schedule_opens_before_closes"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="schedule_weekday"),
            models.CheckConstraint(condition=Q(every_weeks__gte=1), name="schedule_every_weeks"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="schedule_valid_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {self.weekday} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    """A time nobody can be booked into: of a practitioner, of a room, or (neither given) of the whole clinic.

    `at_short_notice`: the desk said so because somebody is ill or a room is out of use; the desk may lift it again.
    """

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="closures"
    )
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="closures")
    reason = models.CharField(max_length=200, blank=True)
    at_short_notice = models.BooleanField(default=False, db_default=False)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="closure_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(practitioner__isnull=True) | Q(room__isnull=True), name="closure_of_one_thing"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="closure_ends_at")]

    def __str__(self) -> str:
        return f"closed {self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%Y-%m-%d %H:%M}"
