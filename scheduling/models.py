"""What the diary stores. The constraints here are the guard: a double booking cannot be written, by anyone."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling import kinds
from scheduling.lifecycle import HOLDING, WORDS, Status
from scheduling.wording import Wording as Wording


class PatientQuerySet(models.QuerySet["Patient"]):
    def records_of(self, *kept: int) -> PatientQuerySet:
        """The records that count for these patients: their own and those merged into them."""
        return self.filter(Q(pk__in=kept) | Q(merged_into__in=kept))


class Patient(models.Model):
    """Identity and contact of one person. Clinical facts hang off it in `injections`."""

    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    nhs_number = models.CharField("NHS number", max_length=10, null=True, blank=True, unique=True)
    email_opt_in = models.BooleanField(default=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    registered_at = models.DateTimeField()

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            # both serve the search that forgives typing slips
            GinIndex(OpClass(Lower("family_name"), name="gin_trgm_ops"), name="patient_family_name_trgm"),
            GinIndex(OpClass(Lower("given_name"), name="gin_trgm_ops"), name="patient_given_name_trgm"),
            models.Index(fields=["date_of_birth"], name="patient_date_of_birth"),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def kept_id(self) -> int:
        """The record that counts for this person: itself, or the one it was merged into."""
        return self.merged_into_id or self.pk

    @property
    def kept(self) -> Patient:
        """As `kept_id`, as an object; reads it from the database for a merged record only."""
        return self.merged_into or self


class Practitioner(models.Model):
    """Someone who takes visits; `kinds` are the codes of the kinds of visit this person takes."""

    name = models.CharField(max_length=200, unique=True)
    kinds = ArrayField(models.CharField(max_length=30, choices=kinds.CHOICES), default=list)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    active = models.BooleanField(default=True)
    feed_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room; injections need one with ultrasound."""

    name = models.CharField(max_length=100, unique=True)
    has_ultrasound = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

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

    class Meta:
        ordering = ["practitioner_id", "weekday", "opens", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="schedule_opens_before_closes"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="schedule_weekday"),
            models.CheckConstraint(condition=Q(every_weeks__gte=1), name="schedule_every_weeks"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="schedule_valid_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {self.weekday} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    """A time nobody can be booked into: of a practitioner, of a room, or (neither given) of the whole clinic."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="closures"
    )
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="closures")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="closure_starts_before_it_ends"
            ),
            models.CheckConstraint(
                condition=Q(practitioner__isnull=True) | Q(room__isnull=True), name="closure_of_one_thing"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="closure_ends_at")]

    def __str__(self) -> str:
        return f"closed {self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%Y-%m-%d %H:%M}"


_STATUS_CHOICES = [(status.value, WORDS[status]) for status in Status]
_HOLDS_TIME = Q(status__in=[status.value for status in HOLDING])


def _no_overlap(resource: str, period: str) -> ExclusionConstraint:
    """No two appointments that hold their time share this resource at one moment."""
    return ExclusionConstraint(
        name=f"no_overlap_{resource}",
        expressions=[(period, RangeOperators.OVERLAPS), (resource, RangeOperators.EQUAL)],
        condition=_HOLDS_TIME,
        violation_error_code="clash",
    )


class Appointment(models.Model):
    """One visit. `during` keeps patient and practitioner, `room_during` the room with its buffer; both half-open, UTC.

    `asked_at` is when it was requested or last moved: of two visits that judge each other, the one asked for
    last bears the finding. `asked_by` is who asked: that person may not decide on it.
    `link_version` is what the patient's link must carry; a higher one makes every earlier link useless.
    `coming_confirmed_at` is when the patient said that they are coming at this very time.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="appointments")
    kind = models.CharField(max_length=30, choices=kinds.CHOICES)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    during = DateTimeRangeField()
    room_during = DateTimeRangeField()
    status = models.CharField(max_length=20, choices=_STATUS_CHOICES)
    revision = models.PositiveIntegerField(default=1)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    pending_since = models.DateTimeField(null=True)
    coming_confirmed_at = models.DateTimeField(null=True)
    link_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["start_at", "id"]
        constraints = [
            _no_overlap("patient", "during"),
            _no_overlap("practitioner", "during"),
            _no_overlap("room", "room_during"),
            models.CheckConstraint(
                condition=Q(
                    during__isempty=False, during__startswith=F("start_at"), during__endswith=F("end_at")
                )
                & Q(during__lower_inc=True, during__upper_inc=False),
                name="appointment_during_is_its_times",
            ),
            models.CheckConstraint(
                condition=Q(room_during__contains=F("during"), room_during__lower_inf=False)
                & Q(room_during__upper_inf=False, room_during__lower_inc=True, room_during__upper_inc=False),
                name="appointment_room_during_covers_it",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]),
                name="appointment_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PENDING.value, pending_since__isnull=False)
                | (~Q(status=Status.PENDING.value) & Q(pending_since__isnull=True)),
                name="appointment_pending_since",
            ),
        ]
        indexes = [
            models.Index(fields=["start_at"], name="appointment_start_at"),
            models.Index(fields=["patient", "start_at"], name="appointment_patient_start"),
            # with what is included it tells by itself how full the days of a practitioner are (taken.Fullness)
            models.Index(
                fields=["practitioner", "start_at"],
                include=["end_at", "status"],
                name="appointment_practitioner_start",
            ),
            # serves the queue, the chasing of undecided visits and of missing outcomes
            models.Index(fields=["status", "start_at"], condition=_HOLDS_TIME, name="appointment_open"),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @property
    def kind_of_visit(self) -> kinds.Kind:
        return kinds.KINDS[self.kind]


class AppointmentChange(AppendOnlyModel):
    """One line of an appointment's history: who did what, when and why, and where it was before."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="changes")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    revision = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="appointment_change_of")]

    def __str__(self) -> str:
        return f"{self.verb} of {self.appointment_id}"


class LinkTries(models.Model):
    """How often a wrong date of birth was given at the links of one appointment since `since` (database time)."""

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="link_tries")
    count = models.PositiveSmallIntegerField()
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "link tries"

    def __str__(self) -> str:
        return f"tries at the link of {self.appointment_id}"


_OPEN_TASK = Q(phone_task=True, closed_at__isnull=True)


class Message(models.Model):
    """One row of the outbox: something that must leave the building, planned in the transaction that called for it.

    `subject` is "appointment:<id>", after the injection "patient:<id>", or "staff:<what>"; `occasion` called for it.
    Everything it prints is in `values`, so that sending reads only this row and its appointment's status; `wording` is
    the version of the clinic's own words that it was sent with, noted when it is claimed, None for the standard ones.
    `due_at` is when it is tried (next). `handovers` counts how often its content may have reached the mail server
    without an answer; `handed_over_at` is the last such moment while nobody knows how it ended. `phone_task` marks
    news that did not reach the patient: somebody phones, until `closed_at`. One that is being sent and has `closed_at`
    was taken back in that moment: it is not tried again.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"

    OPEN_TASK = _OPEN_TASK
    """The patient has not got it, and nobody has phoned yet."""

    kind = models.CharField(max_length=40)
    template = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    occasion = models.CharField(max_length=80)
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="messages")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="messages")
    recipient = models.EmailField(blank=True)
    values = models.JSONField(default=dict)
    # without an index: nobody looks for the messages of a version, and every claim would have to keep it
    wording = models.ForeignKey(
        Wording, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True)
    keeps_quiet_hours = models.BooleanField(default=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    handovers = models.PositiveSmallIntegerField(default=0)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    revision = models.PositiveIntegerField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    retry_of = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="retries", db_index=False
    )
    phone_task = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    closed_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "occasion"],
                condition=~Q(status__in=["cancelled", "failed"]),
                name="one_message_per_occasion",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["queued", "sending", "sent", "failed", "unknown", "cancelled", "skipped"]
                ),
                name="message_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="sending", lease_expires_at__isnull=False)
                | (~Q(status="sending") & Q(lease_expires_at__isnull=True)),
                name="message_lease_while_sending",
            ),
        ]
        indexes = [
            # serves the claim: due rows only, whatever lies planned behind them
            models.Index(fields=["due_at", "id"], condition=Q(status="queued"), name="message_queued_due"),
            # serves the end of leases; by the id, so that the lease is renewed at a hand-over without any index's work
            models.Index(fields=["id"], condition=Q(status="sending"), name="message_leases"),
            # serves the question whether a message was tried again; most never are
            models.Index(fields=["retry_of"], condition=Q(retry_of__isnull=False), name="message_retries"),
            # serves an announcement, which replaces what its appointment has queued
            models.Index(fields=["subject", "status"], name="message_subject"),
            # serves the list of patients to phone
            models.Index(
                fields=["due_at", "id"],
                condition=_OPEN_TASK,
                name="message_phone_tasks",
            ),
            # serves the mail that tells the staff what nobody sent in time
            models.Index(fields=["expires_at"], condition=Q(status="skipped"), name="message_skipped"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open_task(self) -> bool:
        """As `OPEN_TASK`."""
        return self.phone_task and self.closed_at is None
