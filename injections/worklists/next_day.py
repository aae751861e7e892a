"""A phone call that was arranged at an injection becomes a task on the next working day. By the actor `system`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from injections import words
from injections.assessment.open_calls import open_call
from injections.assessment.turns import take_turns
from injections.models import Call, Injection
from injections.safety.dates import in_words
from pht_clinic import clock
from pht_clinic.periods import local_days
from scheduling.availability.bank_holidays import working_days_after
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.models import Appointment
from scheduling.states import Status

ARRANGED: Final = "call-next-day"
"""The precaution that the checks step records."""
FORGOTTEN: Final = timedelta(days=14)
"""About a visit of longer ago nobody phones for the first time."""
ASK: Final = "Ask how the leg feels, whether they fell, and about every sign on the safety-net list."


def call_the_next_day(*, now: datetime) -> int:
    """Put on the call list whom the clinic promised to phone, from the working day after on. Returns how many.

    Boundary: due from the first minute of that local day; once for a patient and day. What stands of the record counts:
    a correction that takes the precaution back makes no task. Nobody phones somebody who has died. Hazard H39.
    """
    return take_turns("call-the-next-day", _promised(now), partial(_call, now=now), now=now)


def due_on(given_on: date) -> date:
    """The working day after a local day."""
    return working_days_after(given_on).after(given_on)


def _arranged() -> QuerySet[Injection]:
    return Injection.objects.current().filter(precautions__contains=[ARRANGED])


def _promised(now: datetime) -> QuerySet[Appointment]:
    """Visits of the last days at which the call was arranged, and about which none was opened."""
    day = clock.local_date(now)
    here = OuterRef("pk")
    recent = _arranged().filter(appointment=here, given__gte=f"{day - FORGOTTEN}", given__lt=f"{day}")
    made = Call.objects.filter(appointment=here, why=Call.Why.NEXT_DAY)
    rows = Appointment.objects.filter(Exists(recent), ~Exists(made), status=Status.FULFILLED)
    return rows.filter(patient__death=None, patient__merged_into__death=None)


def _call(appointment_id: int, *, now: datetime) -> int:
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        if not _promised(now).filter(pk=appointment.pk).exists():
            return 0
        patient = appointment.patient.kept
        rows = list(_arranged().filter(appointment=appointment).order_by("pk"))
        given_on = max(date.fromisoformat(row.given) for row in rows)
        due = due_on(given_on)
        # another visit of that day, or of the days before: one phone call is about all of them
        phoned = Call.objects.of_patient(patient.pk).filter(
            why=Call.Why.NEXT_DAY, opened_at__gte=local_days(due, due, clock.zone()).start
        )
        if clock.local_date(now) < due or phoned.exists():
            return 0
        open_call(patient, why=Call.Why.NEXT_DAY, say=_say(rows, given_on, due), appointment=appointment, now=now)
        return 1


def _say(rows: list[Injection], given_on: date, due: date) -> str:
    """What was done, why a call was arranged, and what to ask."""
    places = ", ".join(f"{words.SITE_NAMES[row.site]}, {words.SIDES[row.side].lower()}" for row in rows)
    is_given = any(row.status in Injection.GIVEN for row in rows)
    what = f"the injection of {in_words(given_on)} ({places})" if is_given else f"the visit of {in_words(given_on)}"
    codes = {code for row in rows for code in row.precautions} - {ARRANGED}
    why = "; ".join(text for code, text in words.PRECAUTIONS.items() if code in codes)
    return f"Arranged at {what}: a phone call on {in_words(due)}.{f' {why}.' if why else ''} {ASK}"
