"""Booking: the one gate through which an appointment comes into the diary, whatever door it was asked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from injections.assessment.verdict import judge_all, keep_refusal, keep_verdict
from injections.booking.may import NOT_THEIRS, check_may_book, check_may_book_again, may_replace
from injections.booking.propose import Proposal, as_it_happened, propose_booking
from injections.booking.request import BookingRequest, check_request, safety_requests, who_and_when
from injections.facts.history import History, history_about
from injections.facts.policy import effective_policy
from injections.messages.news import announce
from injections.models import Assessment
from injections.safety.findings import Judgement, Verdict
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.periods import Period
from pht_clinic.permissions import check_permitted
from scheduling.availability.sessions import check_place, default_room
from scheduling.diary import writing
from scheduling.diary.in_the_way import check_free
from scheduling.diary.locks import Locked, lock, use_case
from scheduling.diary.places import Place, end_holds
from scheduling.diary.read import the
from scheduling.messages.drafts import News
from scheduling.models import Appointment, Patient, Room, VisitSeries
from scheduling.patients.death import check_alive
from scheduling.states import Status


class NotClear(Conflict):
    """A time that must be clear would need review."""

    code = "not-clear"


@dataclass(frozen=True, slots=True)
class BookingOutcome:
    """What came of asking: the appointment (None = refused) and its stored assessment (None for kinds without)."""

    appointment: Appointment | None
    assessment: Assessment | None

    @property
    def refused(self) -> bool:
        return self.appointment is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """How a visit comes into the diary: by which verb, and why. With `as_of` its time may have begun since that moment;
    `decide_by` is until when somebody may decide on it. What `has_happened` is booked whatever the verdict, as nobody
    can decide any more whether it should. With `only_clear` any other verdict refuses it. `action` is what whoever
    books must be allowed to: a patient books by answering an offer alone.
    """

    action: str = "book"
    verb: str = "book"
    reason: str = ""
    as_of: datetime | None = None
    decide_by: datetime | None = None
    has_happened: bool = False
    only_clear: bool = False


ASKED_FOR: Final = Coming()
ONLY_CLEAR: Final = Coming(only_clear=True)


def book(ask: BookingRequest, *, coming: Coming = ASKED_FOR, by: Actor, now: datetime) -> BookingOutcome:
    """Book an appointment: clear is booked, review is pending and holds the time, blocked is refused.

    With an `override_reason` a blocked one is pending too. `coming` is of those who are here, or were.
    A refusal is returned, not raised, so that its assessment and its audit row stay.
    Raises: Forbidden, Invalid (fields), HasDied, Clash (who is in the way), NotClear (`only_clear`), Busy.
    """
    check_permitted(coming.action, by)
    kind = check_request(ask)
    with use_case():
        locked, place = lock_place(ask, kind)
        check_may_book(locked.patient_at(place), action=coming.action, by=by)
        outcome, proposal = _book(ask, place, locked, coming=coming, by=by, now=now)
        _tell(ask, outcome, proposal, by=by, now=now)
        return outcome


def book_again(cancelled_id: int, ask: BookingRequest, *, by: Actor, now: datetime) -> BookingOutcome:
    """A patient books by their link another time in place of a visit that was cancelled; nothing but clear is booked.

    Raises: those of check_may_book_again, Missing, Invalid (fields), NotClear, Clash, Busy.
    """
    check_permitted("book-again", by)
    kind = check_request(ask)
    with use_case():
        locked, place = lock_place(ask, kind)
        patient = locked.patient_at(place)
        check_may_book_again(the(Appointment.objects.of_patient(patient.pk), cancelled_id), by=by, now=now)
        outcome, proposal = _book(ask, place, locked, coming=ONLY_CLEAR, by=by, now=now)
        _tell(ask, outcome, proposal, by=by, now=now)
        return outcome


def book_there(
    ask: BookingRequest,
    place: Place,
    locked: Locked,
    *,
    history: History | None = None,
    series: VisitSeries | None = None,
    by: Actor,
    now: datetime,
) -> tuple[BookingOutcome, Proposal]:
    """The same at a place that is locked, untold: whoever calls it tells the proposal's news. `history` is the
    patient's as it stands, for whoever has read it under the locks; a visit of a `series` is clear or not booked.

    Raises: Forbidden, Invalid, HasDied, Clash, NotClear.
    """
    check_may_book(locked.patient_at(place), by=by)
    coming = ASKED_FOR if series is None else ONLY_CLEAR
    return _book(ask, place, locked, _Known(history, series), coming=coming, by=by, now=now)


class _Known(NamedTuple):
    """What whoever books several visits has at hand."""

    history: History | None = None
    series: VisitSeries | None = None


_NOTHING_KNOWN = _Known()


def _book(
    ask: BookingRequest,
    place: Place,
    locked: Locked,
    known: _Known = _NOTHING_KNOWN,
    *,
    coming: Coming,
    by: Actor,
    now: datetime,
) -> tuple[BookingOutcome, Proposal]:
    """Under the locks, by somebody who may."""
    kind, patient = KINDS[ask.kind], locked.patient_at(place)
    held = check_stands(place, kind, locked, by=by, now=now, as_of=coming.as_of)
    proposal = propose_booking(ask, kind, patient=patient, room_id=place.room_id, history=known.history, now=now)
    if coming.has_happened:
        proposal = as_it_happened(proposal)
    judged = proposal.judged
    if coming.only_clear and not proposal.is_clear:
        raise NotClear("This time is no longer free. Choose another.")
    if judged is not None and proposal.needs_override and not ask.override_reason.strip():
        return BookingOutcome(None, keep_refusal(judged, "booking", by=by, now=now)), proposal
    new = replace(_new_visit(proposal, ask, held, coming), series=known.series)
    appointment = writing.put(new, place, locked, by=by, now=now)
    if judged is None:
        return BookingOutcome(appointment, None), proposal
    kept = keep_verdict(judged, appointment, "booking", ask.override_reason, by=by, now=now)
    return BookingOutcome(appointment, kept), proposal


def _tell(ask: BookingRequest, outcome: BookingOutcome, proposal: Proposal, *, by: Actor, now: datetime) -> None:
    if outcome.appointment is not None:
        news = News(proposal.news, tell_patient=ask.tell_patient)
        history = proposal.judged.history if proposal.judged else None
        announce(news, appointment=outcome.appointment, history=history, by=by, now=now)


def check(ask: BookingRequest, *, end: datetime | None = None, replaces: int | None = None, now: datetime) -> Judgement:
    """The verdict on a request as a booking would get it now; stores nothing. The practitioner may be left out.

    `end` takes the place of the kind's own end; it is judged without the visit that it `replaces`. A room without
    ultrasound is judged, where booking it is refused.
    Raises: Invalid, HasDied.
    """
    kind = check_request(ask)
    patient_id, _, start = who_and_when(replace(ask, practitioner_id=0))
    patient = Patient.objects.select_related("merged_into").filter(pk=patient_id).first()
    room = Room.objects.filter(pk=ask.room_id).first() if ask.room_id else None
    during = Period(start, end or start + kind.duration)
    problems = [
        FieldError(f"#/{name}", sentence)
        for name, is_wrong, sentence in (
            ("patient", patient is None, f"There is no patient {patient_id}."),
            ("room", ask.room_id and room is None, f"There is no room {ask.room_id}."),
            ("end", during.end <= during.start, "It must end after it starts."),
            ("replaces", not may_replace(replaces, patient_id), NOT_THEIRS),
        )
        if is_wrong
    ]
    if patient is None or problems:
        raise Invalid(problems)
    check_alive(patient)
    if not kind.needs_check:
        return Judgement(
            verdict=Verdict.CLEAR,
            findings=(),
            review_from=None,
            clear_from=None,
            rules_version=effective_policy().rules_version,
        )
    is_guided = room is None or room.has_ultrasound
    requests = [replace(one, ultrasound_guided=is_guided) for one in safety_requests(ask, kind, during)]
    return judge_all(history_about(patient, now=now).without_visit(replaces).facts_of_visit(requests))


def lock_place(ask: BookingRequest, kind: VisitKind) -> tuple[Locked, Place]:
    """Lock whom and where a request would take, and say where that is. Raises: Invalid."""
    patient_id, practitioner_id, start = who_and_when(ask)
    room_id = room_there(ask.room_id, practitioner_id, start)
    locked = lock(patients=[patient_id], practitioners=[practitioner_id], rooms=[room_id])
    if locked.patients[patient_id].merged_into_id is not None:
        raise Invalid.field("patient", "This record was merged into another. Book for that one.")
    place = Place.of(kind, start, patient_id=patient_id, practitioner_id=practitioner_id, room_id=room_id)
    return locked, replace(place, hold=ask.hold_id)


def room_there(room_id: int | None, practitioner_id: int, start: datetime) -> int:
    """The room asked for, else that of the practitioner's session. Raises: Invalid (there is no such session)."""
    found = room_id or default_room(practitioner_id=practitioner_id, start=start)
    if found is None:
        raise Invalid.field("start", "The practitioner has no open session at that time.")
    return found


def check_stands(
    place: Place,
    kind: VisitKind,
    locked: Locked,
    *,
    by: Actor,
    now: datetime,
    as_of: datetime | None = None,
    excluding: int | None = None,
) -> int | None:
    """Raise Invalid or Clash unless a visit may stand there; `excluding` is the one that moves. With `as_of` it may
    have begun since that moment. Returns the hold whose place it takes, as `check_free` does.
    """
    check_place(
        place,
        kind=kind,
        practitioner=locked.practitioners[place.practitioner_id],
        room=locked.rooms[place.room_id],
        now=as_of or now,
    )
    return check_free(place, excluding=excluding, by=by, now=now)


def _new_visit(proposal: Proposal, ask: BookingRequest, held: int | None, coming: Coming) -> writing.NewVisit:
    kind = KINDS[ask.kind]
    along = [proposal.visit.injection_request] if kind.injects else []
    if coming.as_of is not None and held is not None:  # what was held for a time to come is given back
        end_holds([held])
        held = None
    return writing.NewVisit(
        kind=kind,
        status=proposal.status,
        note=ask.note,
        along=along,
        held_as=held,
        verb=coming.verb,
        reason=coming.reason,
        decide_by=coming.decide_by if proposal.status is Status.PENDING else None,
    )
