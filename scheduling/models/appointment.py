"""Appointments and their history."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling import kinds
from scheduling.models.clinic import Practitioner, Room
from scheduling.models.group import GroupVisit
from scheduling.models.patient import OfPatientQuerySet, Patient
from scheduling.models.series import VisitSeries
from scheduling.states import HOLDING, KEEPS_TIME, WORDS, Status

_STATUS_CHOICES = [(status.value, WORDS[status]) for status in Status]
_KEEPS_TIME = Q(status__in=[status.value for status in KEEPS_TIME])
_HOLDS_TIME = Q(status__in=[status.value for status in HOLDING])
ONE_SEAT_EACH, SEAT_OF_THE_GROUP = "appointment_one_seat_each", "appointment_seat_of_the_group"
"""The constraints by which the last place of a class is one place."""
_IS_HOLD = Q(status=Status.PROPOSED.value)


# Whoever is in no class shares with nobody: no class has a negative number.
_NOT_TOGETHER = (Coalesce("group", -F("id")), RangeOperators.NOT_EQUAL)


def _no_overlap(resource: str, period: str, *but: tuple[Any, str]) -> ExclusionConstraint:
    """No two appointments that hold their time share this resource at one moment; `but` says which may."""
    return ExclusionConstraint(
        name=f"no_overlap_{resource}",
        expressions=[(period, RangeOperators.OVERLAPS), (resource, RangeOperators.EQUAL), *but],
        condition=_KEEPS_TIME,
        violation_error_code="clash",
    )


def new_calendar_uid() -> str:
    """What calendars know a new visit by: random, so that it depends on nothing that may change (RFC 7986, 5.3)."""
    return str(uuid4())


_RowManager = models.Manager.from_queryset(OfPatientQuerySet)


class VisitManager(_RowManager["Appointment"]):
    """The visits, whatever became of them. A time that is held while somebody is booking it is none yet."""

    def get_queryset(self) -> OfPatientQuerySet[Appointment]:
        return super().get_queryset().exclude(_IS_HOLD)  # type: ignore[return-value]  # made from that query set


class HoldManager(_RowManager["Appointment"]):
    """The times that are held while somebody is booking them, lapsed ones among them until they are ended."""

    def get_queryset(self) -> OfPatientQuerySet[Appointment]:
        return super().get_queryset().filter(_IS_HOLD)  # type: ignore[return-value]  # made from that query set


class DiaryManager(_RowManager["Appointment"]):
    """Both, for whoever shows the diary whole."""


class Appointment(models.Model):
    """One visit. `during` keeps patient and practitioner, `room_during` the room with its buffer; both half-open, UTC.

    `asked_at` is when it was requested or last moved: of two visits that judge each other, the one asked for
    last bears the finding. `asked_by` is who asked: that person may not decide on it.
    `link_version` is what the patient's link must carry; a higher one makes every earlier link useless.
    `decide_by` is of one whose time begins before anybody can have decided: until when somebody may; None is its start.
    `coming_confirmed_at` is when the patient said that they are coming at this very time.
    `held_until` is of a hold alone: nobody else may have its time before that instant, and from it on it keeps nobody
    out. `held_by` is the user who is booking it (None for a patient by their link), `held_by_name` as others are told.
    One of a user may be for nobody yet: it alone is of no patient, and nothing but `holds` reads it.
    `group` is the class that it takes part in, `seat` its place there and `seats` how many there are: none of these for
    a visit by itself. Participants of one class share practitioner and room; each place is taken once.
    `series` is the one that it was booked in, None for most.
    `calendar_uid` is what the patient's calendar knows it by, in every mail and file and for good.
    """

    # null in the table since 0020, for holds alone: every visit has one, so the code reads and joins it as always there
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="appointments")
    kind = models.CharField(max_length=30, choices=kinds.choices)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    during = DateTimeRangeField()
    room_during = DateTimeRangeField()
    status = models.CharField(max_length=20, choices=_STATUS_CHOICES)
    revision = models.PositiveIntegerField(default=1)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    pending_since = models.DateTimeField(null=True)
    decide_by = models.DateTimeField(null=True)
    coming_confirmed_at = models.DateTimeField(null=True)
    link_version = models.PositiveIntegerField(default=1)
    calendar_uid = models.CharField(max_length=300, default=new_calendar_uid, editable=False)
    series = models.ForeignKey(
        VisitSeries, null=True, on_delete=models.PROTECT, related_name="appointments", db_index=False, editable=False
    )

    held_until = models.DateTimeField(null=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    held_by_name = models.CharField(max_length=200, blank=True)

    group = models.ForeignKey(GroupVisit, null=True, on_delete=models.PROTECT, related_name="participants")
    seat = models.PositiveSmallIntegerField(null=True)
    seats = models.PositiveSmallIntegerField(null=True)

    objects = VisitManager()
    holds = HoldManager()
    diary = DiaryManager()

    class Meta:
        ordering = ["start_at", "id"]
        constraints = [
            _no_overlap("patient", "during"),
            _no_overlap("practitioner", "during", _NOT_TOGETHER),
            _no_overlap("room", "room_during", _NOT_TOGETHER),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__startswith=F("start_at"), during__endswith=F("end_at"))
                & Q(during__lower_inc=True, during__upper_inc=False),
                name="appointment_during_is_its_times",
            ),
            models.CheckConstraint(
                condition=Q(room_during__contains=F("during"), room_during__lower_inf=False)
                & Q(room_during__upper_inf=False, room_during__lower_inc=True, room_during__upper_inc=False),
                name="appointment_room_during_covers_it",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="appointment_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PENDING.value, pending_since__isnull=False)
                | (~Q(status=Status.PENDING.value) & Q(pending_since__isnull=True)),
                name="appointment_pending_since",
            ),
            models.CheckConstraint(
                condition=_IS_HOLD & Q(held_until__isnull=False)
                | (~_IS_HOLD & Q(held_until__isnull=True, held_by__isnull=True)),
                name="appointment_held_until",
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False) | Q(held_by__isnull=False), name="appointment_of_a_patient"
            ),
            # whoever chooses another time for the same patient gives the first one back
            models.UniqueConstraint(
                fields=["patient", "held_by"],
                condition=_IS_HOLD,
                nulls_distinct=False,
                name="appointment_one_hold_each",
            ),
            # with the two of these and the foreign key on (group, seats) the last place of a class is one place
            models.UniqueConstraint(fields=["group", "seat"], condition=_KEEPS_TIME, name=ONE_SEAT_EACH),
            models.CheckConstraint(
                condition=Q(group__isnull=True, seat__isnull=True, seats__isnull=True)
                | Q(group__isnull=False, seat__isnull=False, seats__isnull=False)
                & (~_KEEPS_TIME | Q(seat__gte=1, seat__lte=F("seats"))),
                name=SEAT_OF_THE_GROUP,
            ),
            models.UniqueConstraint(fields=["calendar_uid"], name="appointment_one_calendar_uid"),
        ]
        indexes = [
            models.Index(fields=["start_at"], name="appointment_start_at"),
            models.Index(fields=["patient", "start_at"], name="appointment_patient_start"),
            # with what is included it tells by itself how full the days of a practitioner are (taken.Fullness)
            models.Index(
                fields=["practitioner", "start_at"],
                include=["end_at", "status", "group"],
                name="appointment_practitioner_start",
            ),
            # serves the queue, the chasing of undecided visits and of missing outcomes
            models.Index(fields=["status", "start_at"], condition=_HOLDS_TIME, name="appointment_open"),
            # most visits are of no series
            models.Index(
                fields=["series", "start_at"], condition=Q(series__isnull=False), name="appointment_of_series"
            ),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @property
    def kind_of_visit(self) -> kinds.Kind:
        return kinds.KINDS[self.kind]


class AppointmentChange(AppendOnlyModel):
    """One line of an appointment's history: who did what, when and why, and where it was before.

    `cancelled_by` and `reason_code` are of a cancellation, "" where nobody said; `scheduling/diary/why_cancelled.py`
    reads them.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="changes")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    revision = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    cancelled_by = models.CharField(max_length=10, blank=True)
    reason_code = models.CharField(max_length=30, blank=True)
    before = models.JSONField(default=dict)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="appointment_change_of")]

    def __str__(self) -> str:
        return f"{self.verb} of {self.appointment_id}"
