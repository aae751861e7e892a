"""Verdicts that have fallen behind: those of earlier rules, those beside a visit that ended without an outcome, and
those of patients of whom many facts came at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from injections.assessment.fact_change import fact_if_free, settle, tell
from injections.assessment.turns import take_turns
from injections.assessment.visits import counted_as_given
from injections.facts.policy import effective_policy
from injections.models import Assessment, UnjudgedPatient
from injections.visit_kinds import INJECTING, LOADING
from pht_clinic.audit.models import Entry
from pht_clinic.people.actors import SYSTEM
from scheduling.models import Appointment, Patient
from scheduling.states import HOLDING


def reassess_outdated(*, now: datetime, at_most: int = 50) -> int:
    """Judge the open bookings again whose verdict is of an earlier version of the rules: some patients at each call.

    One transaction each; a patient somebody else has locked comes next time. Returns how many patients were judged.
    """
    outdated = outdated_bookings(now=now).filter(patient=OuterRef("pk"))
    rows = Patient.objects.filter(Exists(outdated))
    return take_turns("reassess-outdated", rows, partial(_reassess_patient, now=now), at_most=at_most, now=now)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the open bookings are judged by the rules in force."""

    judged: int
    bookings: int

    @property
    def waiting(self) -> int:
        return self.bookings - self.judged


def progress(*, now: datetime) -> Progress:
    """Two counts; the task `reassess_outdated` brings them together within minutes."""
    bookings = _judged_bookings(now).count()
    return Progress(bookings - outdated_bookings(now=now).count(), bookings)


def outdated_bookings(*, now: datetime) -> QuerySet[Appointment]:
    """Coming bookings whose present assessment is not of the rules in force."""
    newest = Assessment.objects.filter(appointment=OuterRef("pk")).order_by("-pk").values("rules_version")[:1]
    judged = _judged_bookings(now).annotate(judged_by=Subquery(newest))
    return judged.exclude(judged_by=effective_policy().rules_version)


def _judged_bookings(now: datetime) -> QuerySet[Appointment]:
    """Coming bookings that the rules have a say in."""
    return Appointment.objects.filter(status__in=HOLDING, end_at__gt=now, kind__in=INJECTING | LOADING)


def _reassess_patient(patient_id: int, *, now: datetime) -> int:
    with fact_if_free(patient_id) as patient:
        settle(patient, "rules-applied", patient, by=SYSTEM, now=now)
        return 1


COUNTED = "counted-as-given"
"""What the audit trail says, once for each visit, of one that is over without an outcome."""


def count_as_given(*, now: datetime, at_most: int = 50) -> int:
    """Judge a patient's coming bookings again once a visit of theirs is over and nobody has said what happened.

    Such a visit counts as given on its start date, for bookings asked for before it as well, which did not see it while
    it was to come. Boundary: 2 h after its end; until then its outcome is expected. Once for each visit, some patients
    at each call, one transaction each; one whom somebody else has locked comes next time. Returns how many visits.
    """
    rows = Patient.objects.filter(Exists(_uncounted(now).filter(patient=OuterRef("pk"))))
    return take_turns("count-as-given", rows, partial(_count_as_given, now=now), at_most=at_most, now=now)


def _uncounted(now: datetime) -> QuerySet[Appointment]:
    """Visits that are over, have no outcome and may matter to another booking, less those judged already."""
    coming = _judged_bookings(now).filter(patient=OuterRef("patient"))
    subject = Concat(Value("appointment:"), OuterRef("pk"), output_field=CharField())
    counted = Entry.objects.filter(
        verb=COUNTED,
        patient_ids__contains=[OuterRef("patient")],
        subject=subject,
        at__gt=OuterRef("end_at"),  # one that was moved since is over once more
    )
    return counted_as_given(now=now).filter(Exists(coming), ~Exists(counted))


def _count_as_given(patient_id: int, *, now: datetime) -> int:
    with fact_if_free(patient_id) as patient:
        visits = list(_uncounted(now).filter(patient=patient))
        for visit in visits[1:]:
            tell(visit, COUNTED, patient, by=SYSTEM, now=now)
        if visits:  # else somebody said meanwhile what happened
            settle(visits[0], COUNTED, patient, by=SYSTEM, now=now)
        return len(visits)


JUDGED_AFTERWARDS = "facts-imported"
"""What the audit trail says of patients whose bookings are judged by what came in an import."""


def judge_noted(*, now: datetime, only: Collection[int] | QuerySet[Any, Any] | None = None, at_most: int = 50) -> int:
    """Judge the bookings of patients who were noted (`noted.py`): those who are due, or these whether due or not.

    Some patients at each call, one transaction each; one whom somebody else has locked comes next time. Boundary: due
    at `now` itself is due. Returns how many were judged.
    """
    rows = Patient.objects.filter(pk__in=UnjudgedPatient.objects.filter(due_at__lte=now).values("patient"))
    if only is not None:
        rows = Patient.objects.filter(pk__in=UnjudgedPatient.objects.filter(patient__in=only).values("patient"))
    return take_turns("judge-noted", rows, partial(_judge_noted, now=now), at_most=at_most, now=now)


def _judge_noted(patient_id: int, *, now: datetime) -> int:
    kept_id = Patient.objects.only("merged_into").get(pk=patient_id).kept_id
    with fact_if_free(kept_id) as patient:
        noted, _ = UnjudgedPatient.objects.filter(patient=patient_id).delete()
        if noted:  # else somebody was quicker
            settle(patient, JUDGED_AFTERWARDS, patient, by=SYSTEM, now=now)
        return noted
