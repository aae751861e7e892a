"""Silence after an injection is not taken for health: whoever does not answer is phoned. By the actor `system`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from injections.assessment.turns import take_turns
from injections.facts.history import ABOUT_THE_INJECTION, History, history_about
from injections.models import Call, Injection, RecoveryAnswer
from injections.safety.codes import YES
from injections.safety.dates import add_months
from pht_clinic import clock
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import words
from scheduling.models import Appointment, Patient
from scheduling.states import Status

EARLY: Final = timedelta(hours=72)
"""So long after the end of the injection those at risk are phoned when they have answered nothing."""
LAPSED: Final = timedelta(hours=168)
"""Then the questions of day 4 (96 hours, the next morning, 2 days to answer) have lapsed at the latest."""
FORGOTTEN: Final = timedelta(days=14)
"""What was given longer ago is not phoned about for the first time."""
OLD: Final = 75
FIRST, SECOND = "after-72-hours", "after-day-4"
ASK: Final = "Ask about a temperature, red or hot skin, pain that grows, and a numb or weak leg."


def call_the_silent(*, now: datetime) -> int:
    """Put on the call list whoever is silent after an injection, once for each stage. Returns how many. Hazard H15.

    Boundary: 72 and 168 hours after the end exactly count. An answer of any question ends the first stage, one to the
    questions of day 4 or later the second; an open call about the injection is enough.
    """
    return take_turns("call-the-silent", _silent(now), partial(_call, now=now), now=now)


def _silent(now: datetime) -> QuerySet[Appointment]:
    """Visits at which something was given and of which an answer is missed."""
    here = OuterRef("pk")
    given = Injection.objects.given().filter(appointment=here, ended_at__gt=now - FORGOTTEN)
    answers = RecoveryAnswer.objects.filter(appointment=here)
    stages = Call.objects.filter(appointment=here, why=Call.Why.SILENCE)
    is_lapsed = Exists(given.filter(ended_at__lte=now - LAPSED))
    second = Q(is_lapsed, ~Exists(answers.exclude(question=RecoveryAnswer.Question.FLARE_CHECK)))
    second &= ~Q(Exists(stages.filter(rule=SECOND)))
    first = Q(~is_lapsed, ~Exists(answers), Exists(given.filter(ended_at__lte=now - EARLY)), ~Exists(stages))
    rows = Appointment.objects.filter(second | first, status=Status.FULFILLED).distinct()
    return rows.filter(patient__death=None, patient__merged_into__death=None)


def _call(appointment_id: int, *, now: datetime) -> int:
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        if not _silent(now).filter(pk=appointment.pk).exists():
            return 0
        patient = appointment.patient.kept
        ended_at = Injection.objects.given().filter(appointment=appointment).latest("ended_at").ended_at
        assert ended_at is not None  # noqa: S101 - as asked for
        stage = SECOND if ended_at <= now - LAPSED else FIRST
        risks = ", ".join(at_risk(history_about(patient, now=now)))
        if (stage == FIRST and not risks) or _is_phoned(appointment, patient, since=ended_at + LAPSED):
            return 0
        day = words.full_date(clock.local_date(ended_at))
        said = f"No answer after the injection of {day}.{f' At risk: {risks}.' if risks else ''} {ASK}"
        Call.objects.create(
            patient=patient, appointment=appointment, why=Call.Why.SILENCE, rule=stage, say=said, opened_at=now
        )
        return 1


def _is_phoned(appointment: Appointment, patient: Patient, *, since: datetime) -> bool:
    """Whether somebody is to phone anyway, or spoke to the patient about the silence since then."""
    open_ones = Call.objects.of_patient(patient.pk).filter(
        closed_at=None, why__in=(*ABOUT_THE_INJECTION, Call.Why.SILENCE)
    )
    heard = Call.objects.filter(appointment=appointment, why=Call.Why.SILENCE, closed_at__gte=since)
    return open_ones.exists() or heard.exists()


def at_risk(history: History) -> Iterator[str]:
    """Why somebody is phoned earlier; nothing where nobody says so."""
    answers, patient = history.answers(None, None), history.patient
    if answers.value("diabetes") == YES:
        yield "diabetes"
    if answers.value("immunosuppressed") == YES:
        yield "immunosuppressed"
    if add_months(patient.date_of_birth, 12 * OLD) <= clock.local_date(history.now):
        yield f"{OLD} or older"
    if not patient.email:
        yield "no email"
