"""Moving several visits that have lost their place: each through the one way to move a visit, each by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from injections.assessment.fact_change import tell
from injections.assessment.open_calls import open_call
from injections.assessment.visits import appointments
from injections.booking.book import NotClear
from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import give_back, hold_to_move
from injections.booking.may import check_may_move
from injections.booking.move import MoveRequest, move
from injections.booking.preview import Telling, telling
from injections.booking.propose import Proposal, propose_move
from injections.facts.history import History, histories_about
from injections.models import Call
from injections.visit.classes.coming_along import ComingAlong, coming_along
from injections.visit.classes.move_class import hold_to_move_class, move_class
from injections.visit.classes.participants import class_of, holding_in
from pht_clinic import clock
from pht_clinic.errors import Forbidden, Invalid, Refusal
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import without_place
from scheduling.clinic.closures import lift_closure
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.messages import words
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment, Closure, Practitioner, Room

NOT_CLEAR = "This one is not clear: look at it on its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFor:
    """The time that somebody chose for one visit, as they saw it; `knows`: its patient knows, and is told nothing.

    With `version`, of a class as they saw it, all of the class in which the visit takes part goes there.
    """

    appointment_id: int
    revision: int
    time: ChosenTime
    version: str = ""
    knows: bool = False

    @property
    def is_class(self) -> bool:
        return bool(self.version)

    @property
    def code(self) -> str:
        """The time as a button sends it."""
        return f"{self.time.start.isoformat()}/{self.time.practitioner_id}/{self.time.room_id}"

    @property
    def query(self) -> str:
        """The time as the address of the page that moves one visit names it."""
        time = self.time
        named = {"start": time.start.isoformat(), "practitioner": time.practitioner_id, "room": time.room_id}
        return urlencode(named)

    @property
    def ask(self) -> MoveRequest:
        time = self.time
        return MoveRequest(
            start=time.start, practitioner_id=time.practitioner_id, room_id=time.room_id, tell_patient=not self.knows
        )


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What moving one visit would come to: its proposal and what its patient would be told, or why it cannot be.

    Of a class the proposal is that of the first, who stands for what is told; `coming` is what becomes of each.
    """

    choice: ChosenFor
    visit: Appointment
    proposal: Proposal | None = None
    coming: Sequence[ComingAlong] = ()
    told: Telling | None = None
    problem: str = ""
    held_until: datetime | None = None

    @property
    def is_clear(self) -> bool:
        return bool(self._each) and all(one.is_clear for one in self._each)

    @property
    def reasons(self) -> list[str]:
        """What stands against it there, the worst first; of a class each reason once."""
        judgements = [one.judged.judgement for one in self._each if one.judged]
        return list(dict.fromkeys(one.message for each in judgements for one in each.findings if one.needs_decision))

    @property
    def can_be_moved(self) -> bool:
        return bool(self._each) and not any(one.needs_override for one in self._each)

    @property
    def shows(self) -> set[int]:
        """The patients whom it shows."""
        return {self.visit.patient_id, *(one.visit.patient_id for one in self.coming)}

    @property
    def _each(self) -> list[Proposal]:
        if self.coming:
            return [one.proposal for one in self.coming]
        return [self.proposal] if self.proposal else []


@dataclass(frozen=True, slots=True)
class Came:
    """What came of moving one visit: `said` is what becomes of its message, `problem` why it stays where it was."""

    visit: Appointment
    said: str = ""
    problem: str = ""


def look_at(choices: Sequence[ChosenFor], *, by: Actor, now: datetime) -> list[LookedAt]:
    """Hold each time that was chosen, and say what moving there would come to. Each by itself: one that is taken
    keeps no other from being held.
    """
    visits = _visits(choices)
    known = histories_about([one.patient for one in visits.values()], now=now)
    people, rooms = Practitioner.objects.in_bulk(), Room.objects.in_bulk()
    looked = []
    for choice in choices:
        visit = visits.get(choice.appointment_id)
        if visit is None:
            continue
        try:
            looked.append(_held_for(visit, choice, known[visit.patient.kept_id], by=by, now=now))
        except Forbidden:
            raise
        except Refusal as refusal:
            looked.append(LookedAt(choice, visit, problem=_why(refusal)))
            continue
        there = looked[-1].proposal
        if there is not None:
            to = choice.time
            there.visit.practitioner, there.visit.room = people[to.practitioner_id], rooms[to.room_id]
            looked[-1] = replace(looked[-1], told=telling(there, by=by, now=now))
    return looked


def _held_for(visit: Appointment, choice: ChosenFor, history: History, *, by: Actor, now: datetime) -> LookedAt:
    """Hold the time for one visit, or for all of its class, and judge it. Raises: those of the two ways to hold."""
    if choice.is_class:
        group = class_of(visit)
        until = hold_to_move_class(group, choice.ask, version=choice.version, by=by, now=now)
        coming = coming_along(holding_in(group).holding, choice.ask, now=now)
        return LookedAt(choice, visit, coming[0].proposal, coming, held_until=until)
    check_revision(visit, choice.revision)
    kept = hold_to_move(visit.pk, choice.ask, by=by, now=now)
    to = choice.time
    proposal = propose_move(
        visit, start=to.start, practitioner_id=to.practitioner_id, room_id=to.room_id, history=history, now=now
    )
    return LookedAt(choice, visit, proposal, held_until=kept.held_until if kept else None)


def give_all_back(choices: Iterable[ChosenFor], *, by: Actor, now: datetime) -> None:
    """Give back what whoever asks holds for the patients of these visits."""
    visits = _visits(choices)
    for choice in (one for one in choices if one.appointment_id in visits):
        for visit in _going(visits[choice.appointment_id], choice):
            give_back(visit.patient_id, by=by, now=now)


def move_each(choices: Sequence[ChosenFor], *, only_clear: bool = False, by: Actor, now: datetime) -> list[Came]:
    """Move these visits, each in a transaction of its own; one that cannot be moved stays, with the reason.

    Of several only those whose verdict is clear are moved; a single one as its verdict allows, unless `only_clear`.
    Raises: Forbidden.
    """
    visits = _visits(choices)
    only_clear = only_clear or len(choices) > 1
    known = (choice for choice in choices if choice.appointment_id in visits)
    return [
        came
        for one in known
        for came in (
            _class_moved(visits[one.appointment_id], one, by=by, now=now)
            if one.is_class
            else [_moved(visits[one.appointment_id], one, only_clear=only_clear, by=by, now=now)]
        )
    ]


def _going(visit: Appointment, choice: ChosenFor) -> list[Appointment]:
    """Who goes along: the visit, or all of its class."""
    is_class = choice.is_class and visit.group_id is not None
    return holding_in(class_of(visit)).holding if is_class else [visit]


def _class_moved(visit: Appointment, choice: ChosenFor, *, by: Actor, now: datetime) -> list[Came]:
    """What came of it for each who takes part: all are moved, or none."""
    try:
        with use_case():
            gone = move_class(class_of(visit), choice.ask, version=choice.version, by=by, now=now)
            _close_calls(gone, said="Closed automatically: the visit was moved.", by=by, now=now)
    except Forbidden:
        raise
    except Refusal as refusal:
        return [Came(one, problem=_why(refusal)) for one in _going(visit, choice)]
    return [Came(one, said=fate_of_news(one.pk, now=now)) for one in gone]


def _moved(visit: Appointment, choice: ChosenFor, *, only_clear: bool, by: Actor, now: datetime) -> Came:
    ask = replace(choice.ask, only_clear=only_clear)
    try:
        with use_case():
            outcome = move(visit.pk, ask, revision=choice.revision, by=by, now=now)
            if outcome.appointment is not None:
                _close_calls([visit], said="Closed automatically: the visit was moved.", by=by, now=now)
    except Forbidden:
        raise
    except NotClear:
        return Came(visit, problem=NOT_CLEAR)
    except Refusal as refusal:
        return Came(visit, problem=_why(refusal))
    if outcome.appointment is None:
        return Came(visit, problem="The safety check does not allow this time. Look at it on its own.")
    return Came(outcome.appointment, said=fate_of_news(visit.pk, now=now))


def ask_by_phone(
    appointment_id: int, times: Sequence[ChosenTime], *, revision: int, by: Actor, now: datetime
) -> Appointment:
    """Put the patient of a visit that has lost its place on the call list, with the times that they can be offered.

    Nothing is held for them. Raises: Missing, StaleRevision, those of check_may_move, Invalid (it has a place).
    """
    with use_case():
        appointment, locked = lock_appointment(appointment_id)
        check_revision(appointment, revision)
        check_may_move(appointment, by=by, now=now)
        if not without_place([appointment]):
            raise Invalid.field("start", "This visit has its place again and does not need moving.")
        people, rooms = Practitioner.objects.in_bulk(), Room.objects.in_bulk()
        offers = [
            f"{words.when(time.start, clock.zone())} with {people[time.practitioner_id]}, {rooms[time.room_id]}"
            for time in times
            if time.practitioner_id in people and time.room_id in rooms
        ]
        patient = locked.patients[appointment.patient_id]
        open_call(patient, why=Call.Why.TO_BE_MOVED, say=_say(appointment, offers), appointment=appointment, now=now)
        return appointment


def _say(appointment: Appointment, offers: Sequence[str]) -> str:
    when = words.when(appointment.start_at, clock.zone())
    lost = f"The visit on {when} with {appointment.practitioner} cannot take place: it has to be moved."
    if not offers:
        return f"{lost} No free time was found for it yet."
    return f"{lost} Offer: {'; or '.join(offers)}. None of them is held: check again before you promise one."


def open_again(closure_id: int, *, by: Actor, now: datetime) -> Closure:
    """Lift what was closed at short notice; calls about visits that have their place again close by themselves.

    Raises: those of lift_closure.
    """
    with use_case():
        closure = lift_closure(closure_id, by=by, now=now)
        calls = Call.objects.filter(why=Call.Why.TO_BE_MOVED, closed_at__isnull=True, appointment__start_at__gt=now)
        asked = appointments().filter(pk__in=calls.values("appointment")).order_by("start_at", "pk")
        rows = list(asked)
        homeless = {one.pk for one in without_place(rows)}
        stands = [one for one in rows if one.pk not in homeless]
        _close_calls(stands, said="Closed automatically: the visit has its place again.", by=by, now=now)
        return closure


def _close_calls(visits: Sequence[Appointment], *, said: str, by: Actor, now: datetime) -> None:
    open_ones = Call.objects.select_for_update(of=("self",)).select_related("patient")
    for call in open_ones.filter(why=Call.Why.TO_BE_MOVED, closed_at__isnull=True, appointment__in=visits):
        call.closed_at, call.closed_by_id, call.said = now, by.user_id, said
        call.save(update_fields=["closed_at", "closed_by", "said"])
        tell(call, "call-closed", call.patient, by=by, now=now, detail={"with": "visit"})


def _visits(choices: Iterable[ChosenFor]) -> dict[int, Appointment]:
    return {one.pk: one for one in appointments().filter(pk__in=[choice.appointment_id for choice in choices])}


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, Invalid) and refusal.errors:
        return " ".join(error.detail for error in refusal.errors)
    return refusal.sentence
