"""The waiting list: what patients wait for, and the times that they were offered."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from injections.models.recorded import by_whom
from injections.safety.visit import Wanted
from scheduling.models import Appointment, OfPatientQuerySet, Patient, Practitioner, Room

LONGEST_NOTICE_HOURS: Final = 365 * 24
_DAY_HOURS, _WEEK_HOURS = 24, 168


class WaitingWish(models.Model):
    """What a patient waits for: an earlier time of the kind, for these injections, on these days.

    `site` and `side` are of the first injection, `second` and `third` further ones of the same visit, "site:side" each.
    No weekday (0 is Monday) and no practitioner mean any. A time fits that starts at `after` or later and before
    `before`, wall times of the clinic, on the local dates `from_on` to `to_on`, both included (None is any), and only
    while it lies `notice_hours` ahead. `replaces` is the later visit that a time would take the place of; while that
    can be moved, only earlier times fit. `reach` is how the patient is told. Of those who fit, who was put on the list
    first comes first (`asked_at`, then the id), whatever is changed of the wish since. It ends with a reason;
    `appointment` is the visit that it came to.
    """

    class Reach(models.TextChoices):
        PHONE = "phone", "By phone"
        MAIL = "mail", "By email or text message"

    class End(models.TextChoices):
        BOOKED = "booked", "booked"
        TAKEN_OFF = "taken-off", "taken off"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waiting_wishes")
    kind = models.CharField(max_length=30)
    site = models.CharField(max_length=40, blank=True)
    side = models.CharField(max_length=10, blank=True)
    second = models.CharField(max_length=60, blank=True)
    third = models.CharField(max_length=60, blank=True)
    weekdays = ArrayField(models.BigIntegerField(), default=list)
    after = models.TimeField(null=True)
    before = models.TimeField(null=True)
    practitioner = models.ForeignKey(Practitioner, null=True, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    notice_hours = models.PositiveSmallIntegerField()
    reach = models.CharField(max_length=10, choices=Reach.choices)
    replaces = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="earlier_wishes")
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = by_whom()
    ended_at = models.DateTimeField(null=True)
    ended_by = by_whom()
    ended_as = models.CharField(max_length=10, blank=True, choices=End.choices)
    ended_reason = models.TextField(blank=True)
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1, db_default=1)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        verbose_name = "wish on the waiting list"
        verbose_name_plural = "wishes on the waiting list"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as="") | Q(ended_at__isnull=False) & ~Q(ended_as=""),
                name="wish_ended_as_something",
            ),
            models.CheckConstraint(condition=Q(after__lt=F("before")), name="wish_after_before"),
            models.CheckConstraint(condition=Q(from_on__lte=F("to_on")), name="wish_from_to"),
            models.CheckConstraint(condition=Q(notice_hours__lte=LONGEST_NOTICE_HOURS), name="wish_notice"),
        ]
        indexes = [models.Index(fields=["asked_at", "id"], condition=Q(ended_at__isnull=True), name="wishes_waiting")]

    def __str__(self) -> str:
        return f"wish {self.pk}"

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Each injection of the visit, in the order asked for; of a kind that injects nothing none."""
        if not self.site:
            return ()
        further = (one.split(":") for one in (self.second, self.third) if one)
        return Wanted(self.site, self.side), *(Wanted(site, side) for site, side in further)

    @property
    def notice(self) -> timedelta:
        return timedelta(hours=self.notice_hours)

    @property
    def notice_words(self) -> str:
        """1 hour, 36 hours, 2 days, 1 week; whole weeks and days are said as such."""
        for hours, noun in ((_WEEK_HOURS, "week"), (_DAY_HOURS, "day"), (1, "hour")):
            if self.notice_hours and self.notice_hours % hours == 0:
                count = self.notice_hours // hours
                return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
        return "0 hours"


class WaitingOffer(models.Model):
    """One free time that was offered to the patient of a wish, and what came of it.

    The time itself is held by a row of the diary until `expires_at`; from that instant on nothing is offered any more.
    `tries` counts dates of birth given at its link, right or wrong, since the last right one.
    """

    class End(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        LAPSED = "lapsed", "not answered in time"
        TAKEN_BACK = "taken-back", "withdrawn"

    wish = models.ForeignKey(WaitingWish, on_delete=models.PROTECT, related_name="offers")
    start_at = models.DateTimeField()
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = by_whom()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=10, blank=True, choices=End.choices)
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["made_at", "id"]
        verbose_name = "offer to somebody who waits"
        verbose_name_plural = "offers to those who wait"
        constraints = [
            models.UniqueConstraint(
                fields=["wish"], condition=Q(ended_at__isnull=True), name="one_open_offer_of_a_wish"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as="") | Q(ended_at__isnull=False) & ~Q(ended_as=""),
                name="offer_ended_as_something",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(ended_at__isnull=True), name="offers_open")]

    def __str__(self) -> str:
        return f"offer {self.pk}"
