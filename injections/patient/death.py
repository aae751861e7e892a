"""A patient has died: what ends with it, without a word to anybody outside; and that this was a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from injections.assessment.calls_of_dead import close_calls_of_dead, reopen_calls
from injections.assessment.fact_change import fact_about, tell, written
from injections.assessment.open_calls import open_call, open_calls_about
from injections.assessment.visits import appointments, with_assessments
from injections.booking.cancel import end_for_good
from injections.booking.undo import put_back
from injections.messages import aftercare
from injections.models import Call
from injections.patient.injection_checks import Whose, wrong_past_date
from injections.safety.dates import span_of
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing, Refusal
from pht_clinic.people.actors import Actor
from pht_clinic.periods import local_days
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy, what_is_hidden
from scheduling.diary.locks import Locked, lock, use_case
from scheduling.messages import outbox
from scheduling.messages.recipients import DECEASED
from scheduling.messages.words import when
from scheduling.models import Appointment, AppointmentChange, Death, Message, Patient
from scheduling.patients.death import check_may_record_death, check_may_take_back_death
from scheduling.states import HOLDING, UNDO_WINDOW, Status, WrongState

LONGEST: Final = 200
LONGEST_REASON: Final = 2000
VERB: Final = "end-by-death"
_REASON: Final = "The patient has died."


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOfDeath:
    """What the clinic was told: `on` is a partial date ("2026", "2026-08", "2026-08-14"), `source` who told it."""

    on: str
    source: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What a death ends: visits, soonest first; how many messages wait and tasks are open; the calls."""

    visits: Sequence[Appointment]
    messages: int
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class NotBack:
    """A visit that a death had ended and that did not come back, and why."""

    visit: Appointment
    why: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of taking a death back: the visits that stand again, and those that do not."""

    row: Death
    back: Sequence[Appointment]
    not_back: Sequence[NotBack]


def problems_of(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    """Every problem of the values that are there; one that is missing is looked at by who read them.

    Boundary of the date: as of an injection given elsewhere.
    """
    problems = []
    if values.get("on") and (wrong := wrong_past_date(str(values["on"]), whose)):
        problems.append(FieldError("#/on", wrong))
    if "source" in values and (wrong := _wrong_text(str(values["source"] or ""), LONGEST)):
        problems.append(FieldError("#/source", wrong))
    return problems


def would_end(patient: Patient, on: str, *, now: datetime) -> Ended:
    """What recording this death would end; `on` may be "" where it is not known yet. 3 queries."""
    mail = Message.objects.of_patient(patient.pk)
    waiting = mail.filter(Q(status__in=[Message.State.QUEUED, Message.State.SENDING]) | Message.OPEN_TASK)
    calls = list(open_calls_about(patient.pk))
    return Ended(list(_ending(patient, on, now=now)), waiting.count(), calls)


def record_death(patient_id: int, told: ToldOfDeath, *, by: Actor, now: datetime) -> tuple[Death, Ended]:
    """Record that a patient has died. Every open visit is cancelled, every message taken back, every call closed, and
    nothing leaves any more: neither for this nor for anything that comes later.

    A visit that may have taken place stays for somebody to say what happened (`_ending`).
    Raises: Forbidden, Missing, Invalid (every problem), Conflict (recorded already, or merged into another record).
    """
    check_permitted("record-death", by)
    with fact_about(patient_id) as patient:
        check_may_record_death(patient, by=by)
        if problems := _all_problems(told, Whose.of(patient, now)):
            raise Invalid(problems)
        ended = would_end(patient, told.on, now=now)
        locked = list(_ending(patient, told.on, now=now).select_for_update(no_key=True, of=("self",)))
        row = Death.objects.create(patient=patient, on=told.on, source=tidy(told.source), **written(by=by, now=now))
        _stand(patient, row)
        end_for_good(locked, VERB, reason=_REASON, by=by, now=now)
        outbox.take_back(Message.objects.of_patient(patient.pk), reason=DECEASED, now=now)
        close_calls_of_dead(patient, by=by, now=now)
        detail = {"visits": [visit.pk for visit in locked]}
        tell(row, "death-recorded", patient, by=by, now=now, detail=detail)
        return row, Ended(locked, ended.messages, ended.calls)


def take_back_death(patient_id: int, *, reason: str = "", by: Actor, now: datetime) -> Restored:
    """It was not so. Visits that it ended come back where their time is free, judged afresh; what waited for the
    patient is planned again, and whom to phone stands on the list again.

    1. Lock the patient, and whoever and whatever the visits held.
    2. Say so in a new row; nothing stands any more on this record and those merged into it.
    3. Open the phone tasks again, put each visit back, reopen the calls, plan the rest again. Of a visit that does not
       come back the patient may have been told: somebody phones.
    Raises: Forbidden, Missing, Invalid (the reason), Conflict (no death stands, or merged into another record).
    """
    check_permitted("take-back-death", by)
    if wrong := _wrong_text(reason, LONGEST_REASON, lines=True) if reason.strip() else "":
        raise Invalid.field("reason", wrong)
    with use_case():
        patient, locked = _lock_all(patient_id)
        death = patient.death
        check_may_take_back_death(death, by=by, now=now)
        assert death is not None  # noqa: S101 - as checked
        row = _take_back(patient, reason.strip(), by=by, now=now)
        outbox.reopen_tasks(Message.objects.of_patient(patient.pk), why=DECEASED)
        back, not_back = _put_back(patient, death, locked, by=by, now=now)
        reopen_calls(patient, since=death.recorded_at, now=now)
        if not_back:
            open_call(patient, why=Call.Why.NOT_BACK, say=_say_not_back(not_back), now=now)
        aftercare.release_after_death(patient, now=now)
        detail = {"back": [visit.pk for visit in back], "not_back": [one.visit.pk for one in not_back]}
        tell(row, "death-taken-back", patient, by=by, now=now, detail=detail)
        return Restored(row, back, not_back)


def ended_by(death: Death) -> list[tuple[Appointment, AppointmentChange]]:
    """The visits that this death ended and that nothing has happened to since, in the order in which they were asked
    for, each with the change that ended it. 3 queries.
    """
    rows = appointments().of_patient(death.patient.kept_id).filter(status=Status.CANCELLED).order_by("asked_at", "pk")
    return [
        (visit.appointment, visit.last_change)
        for visit in with_assessments(rows, with_changes=True)
        if visit.last_change and visit.last_change.verb == VERB and visit.last_change.at >= death.recorded_at
    ]


def _ending(patient: Patient, on: str, *, now: datetime) -> QuerySet[Appointment]:
    """The open visits that a death ends, soonest first: what is to come or waits for review, and whatever was booked
    for a day after the death.

    One that has begun may have taken place, and what was done then has to be recorded.
    """
    rows = appointments().of_patient(patient.pk).filter(status__in=HOLDING)
    to_come = Q(start_at__gt=now) | Q(status=Status.PENDING)
    if on:
        last_day = min(span_of(on).last, clock.local_date(now))
        after = local_days(last_day, last_day, clock.zone()).end
        to_come |= Q(status=Status.BOOKED, start_at__gte=after)
    return rows.filter(to_come).order_by("start_at", "pk")


def _all_problems(told: ToldOfDeath, whose: Whose) -> list[FieldError]:
    missing = [] if told.on else [FieldError("#/on", "Say when the patient died, as far as it is known.")]
    return [*missing, *problems_of({"on": told.on, "source": told.source}, whose)]


def _wrong_text(text: str, most: int, *, lines: bool = False) -> str:
    if not text.strip():
        return "Say who told the clinic."
    if why := what_is_hidden(text, lines=lines):
        return f"This text {why}"
    return f"Use at most {most} characters." if len(tidy(text)) > most else ""


def _stand(patient: Patient, death: Death | None) -> None:
    patient.death = death
    patient.save(update_fields=["death"])


def _lock_all(patient_id: int) -> tuple[Patient, Locked]:
    """The patient with the records merged into them, and the people and rooms of the visits that came to an end."""
    seen = Patient.objects.select_related("death__patient__merged_into").filter(pk=patient_id).first()
    if seen is None:
        raise Missing("There is no such patient.")
    visits = [visit for visit, _ in ended_by(seen.death)] if seen.death else []
    locked = lock(
        patients=[patient_id, *Patient.objects.filter(merged_into=patient_id).values_list("pk", flat=True)],
        practitioners={visit.practitioner_id for visit in visits},
        rooms={visit.room_id for visit in visits},
    )
    patient = locked.patients[patient_id]
    if patient.merged_into_id is not None:
        into = {"into": str(patient.merged_into_id)}
        raise Conflict("This record was merged into another. Change that one.", extra=into)
    if patient.death_id != seen.death_id:
        raise WrongState("It has just been changed. Look at it again.")
    return patient, locked


def _take_back(patient: Patient, reason: str, *, by: Actor, now: datetime) -> Death:
    """A row that takes back the death of each of the patient's records; returns that of the record that stands."""
    taken_back: dict[int, Death] = {}
    for one in Patient.objects.records_of(patient.pk).exclude(death=None).select_related("death").order_by("pk"):
        old = one.death
        assert old is not None  # noqa: S101 - as asked for
        taken_back[one.pk] = Death.objects.create(
            patient=one, on=old.on, source=old.source, takes_back=old, reason=reason, **written(by=by, now=now)
        )
        _stand(one, None)
    patient.death = None
    return taken_back[patient.pk]


def _put_back(
    patient: Patient, death: Death, locked: Locked, *, by: Actor, now: datetime
) -> tuple[list[Appointment], list[NotBack]]:
    back, not_back = [], []
    for visit, last in ended_by(death):
        why = _why_not_back(visit, patient, last, now=now)
        if not why:
            try:
                with use_case():  # a savepoint: one that cannot come back keeps none of the others away
                    put_back(visit, last, locked, by=by, now=now)
            except Refusal as refusal:
                why = refusal.sentence
        if why:
            outbox.withdraw(visit, reason="the visit did not come back", now=now)
            not_back.append(NotBack(visit, why))
        else:
            back.append(visit)
    return back, not_back


def _say_not_back(not_back: Sequence[NotBack]) -> str:
    visits = "; ".join(f"{when(one.visit.start_at, clock.zone())}: {one.why}" for one in not_back)
    return f"A death recorded by mistake had cancelled visits that did not come back. Offer another time. {visits}"


def _why_not_back(visit: Appointment, patient: Patient, last: AppointmentChange, *, now: datetime) -> str:
    """Why a visit is not even tried, "" where it is. Boundary: as of any undo, what has begun within the 10 minutes
    comes back.
    """
    if visit.patient_id != patient.pk:
        return "It is on a record that has since been merged. Book it again."
    if visit.start_at <= now and now - last.at > UNDO_WINDOW:
        return "Its time has passed."
    return ""
