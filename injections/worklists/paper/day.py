"""A day of the clinic as it is needed on paper when nothing runs: who comes, what to know of them, whom to phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from injections.assessment import open_calls
from injections.assessment.alerts import note_alerts
from injections.assessment.standing import decided, why
from injections.assessment.visits import Visit, diary_of_day
from injections.models import Call
from injections.templatetags.injection_words import state_words, verdict_words, visit_what
from injections.templatetags.today_words import whose_turn
from scheduling.patients.phones import shown_phone
from scheduling.states import Status
from scheduling.templatetags.clinic_words import clock_time, day, moment, weekday_day


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One visit or call: when (or how urgent), who, and whatever else is to be read, a sentence each."""

    when: str
    who: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayOnPaper:
    """A local day as it stood at an instant, `as_of`, in words."""

    title: str
    as_of: str
    visits: tuple[PaperLine, ...]
    calls: tuple[PaperLine, ...]


def day_on_paper(on: date, *, now: datetime) -> DayOnPaper:
    """What stands in the diary of this local day, in order of time, and who has to be phoned, the most urgent first.

    Cancelled visits are left out: nobody comes. Five queries.
    """
    visits = [visit for visit in diary_of_day(on) if visit.appointment.status != Status.CANCELLED]
    note_alerts(visits, now=now)
    return DayOnPaper(
        title=weekday_day(on),
        as_of=moment(now),
        visits=tuple(map(_line, visits)),
        calls=tuple(map(_call, open_calls.open_calls())),
    )


def _line(visit: Visit) -> PaperLine:
    return PaperLine(clock_time(visit.appointment.start_at), str(visit.appointment.patient), tuple(_said(visit)))


def _said(visit: Visit) -> Iterator[str]:
    appointment = visit.appointment
    patient = appointment.patient
    until, with_whom = clock_time(appointment.end_at), f"{appointment.practitioner}, {appointment.room}"
    yield f"{visit_what(appointment)}, until {until}. {with_whom}."
    phone = f" Phone {shown_phone(patient.phone)}." if patient.phone else " No phone number."
    yield f"Born {day(patient.date_of_birth)}.{phone}"
    yield ". ".join(filter(None, (state_words(visit).capitalize(), whose_turn(visit)))) + "."
    if visit.alerts:
        for alert in visit.alerts.standing:
            yield f"{alert.title}: {alert.text}"
        for note in visit.alerts.notes:
            yield f"Today’s note: {note.text}"
    if visit.in_force:
        yield f"{decided(visit.in_force)}. {why(visit.in_force)}"
    elif visit.verdict:
        yield f"Safety check: {verdict_words(visit.verdict)}."
    for finding in visit.standing:
        yield finding["message"]
    if appointment.note:
        yield f"Note: {appointment.note}"


def _call(call: Call) -> PaperLine:
    phone = shown_phone(call.patient.phone) if call.patient.phone else "no phone number"
    return PaperLine(call.urgency_words.capitalize(), f"{call.patient}, {phone}", (call.say,))
