"""The states of an appointment and who may move it between them (FHIR R4 words). Pure data and two questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pht_clinic.errors import Conflict


class Status(StrEnum):
    """FHIR R4 AppointmentStatus, the subset that this clinic uses."""

    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"


HOLDING = (Status.PENDING, Status.BOOKED, Status.ARRIVED)
"""The states that hold their time: the exclusion constraints count these."""

UNDO_WINDOW = timedelta(minutes=10)
"""How long the last move, cancel, arrival or no-show can be taken back."""

UNDOABLE = frozenset({"move", "cancel", "arrive", "no-show"})

LEAVE_IT_STANDING = frozenset({"confirm-coming", "replace-link", "hand-over", "question"})
"""What may happen after a move, a cancel, an arrival or a no-show without taking its place: it can still be undone."""

WORDS: dict[str, str] = {
    Status.PENDING: "waiting for review",
    Status.BOOKED: "booked",
    Status.ARRIVED: "arrived",
    Status.FULFILLED: "completed",
    Status.CANCELLED: "cancelled",
    Status.NOSHOW: "missed",
    Status.ENTERED_IN_ERROR: "entered in error",
}
"""What a page calls each state."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the state diagram: `verb` takes `source` to `target`; None as source is the booking itself."""

    verb: str
    source: Status | None
    target: Status
    by: str


_EVERY = (Status.PENDING, Status.BOOKED, Status.ARRIVED, Status.FULFILLED, Status.CANCELLED, Status.NOSHOW)

_ANYONE = "reception, radiologist, patient"
_STAFF = "reception, radiologist"
_UNDO = "reception, radiologist (within 10 minutes)"


def _arrows(verb: str, sources: tuple[Status, ...], targets: tuple[Status, ...], by: str) -> list[Transition]:
    return [Transition(verb, source, target, by) for source in sources for target in targets]


_WAITING_OR_BOOKED = (Status.PENDING, Status.BOOKED)

TRANSITIONS: tuple[Transition, ...] = (
    Transition("book", None, Status.BOOKED, "reception, radiologist, patient link (verdict clear)"),
    Transition(
        "book",
        None,
        Status.PENDING,
        "reception, radiologist, patient link (review, or an override asked for)",
    ),
    Transition(
        "confirm", Status.PENDING, Status.BOOKED, "radiologist (approve, override); the answers by themselves"
    ),
    Transition("question", Status.BOOKED, Status.PENDING, "the facts (an uncovered concern)"),
    *_arrows("move", _WAITING_OR_BOOKED, _WAITING_OR_BOOKED, _ANYONE),
    *_arrows("cancel", _WAITING_OR_BOOKED, (Status.CANCELLED,), _ANYONE),
    Transition("delay", Status.PENDING, Status.CANCELLED, "radiologist, with the date to come back on"),
    Transition("decline", Status.PENDING, Status.CANCELLED, "radiologist"),
    Transition("lapse", Status.PENDING, Status.CANCELLED, "system (undecided 2 h before the start)"),
    Transition("arrive", Status.BOOKED, Status.ARRIVED, _STAFF),
    Transition("fulfil", Status.ARRIVED, Status.FULFILLED, "radiologist; reception for other kinds of visit"),
    Transition("no-show", Status.BOOKED, Status.NOSHOW, "reception, radiologist (only after the start)"),
    *_arrows("undo", _WAITING_OR_BOOKED, _WAITING_OR_BOOKED, _UNDO),
    *_arrows("undo", (Status.ARRIVED,), _WAITING_OR_BOOKED, _UNDO + ", assessed afresh"),
    *_arrows("undo", (Status.CANCELLED, Status.NOSHOW), _WAITING_OR_BOOKED, _UNDO + ", assessed afresh"),
    *_arrows("enter-in-error", _EVERY, (Status.ENTERED_IN_ERROR,), "manager, with a reason"),
)

PAST = {
    "book": "requested",
    "confirm": "confirmed",
    "question": "questioned",
    "move": "moved",
    "cancel": "cancelled",
    "delay": "delayed",
    "decline": "declined",
    "lapse": "lapsed",
    "arrive": "arrived",
    "fulfil": "fulfilled",
    "no-show": "missed",
    "undo": "restored",
    "enter-in-error": "entered-in-error",
    "confirm-coming": "expected",
    "replace-link": "link-replaced",
    "hand-over": "handed-over",
}
"""What an audit row calls each verb once it has happened."""

_ALLOWED = frozenset((t.verb, t.source, t.target) for t in TRANSITIONS)
_SOURCES = frozenset((t.verb, t.source) for t in TRANSITIONS)


class WrongState(Conflict):
    """The appointment is in a state that does not allow this."""

    code = "wrong-state"


def can(verb: str, status: str) -> bool:
    """Whether `verb` starts from `status` at all."""
    return (verb, Status(status)) in _SOURCES


def check_can(verb: str, status: str) -> None:
    """Raise WrongState, with the sentence a button's tooltip shows, unless `verb` starts from `status`."""
    if not can(verb, status):
        raise WrongState(f"This is not possible while the appointment is {WORDS[Status(status)]}.")


def check_can_undo(verb: str | None, *, done_at: datetime, now: datetime) -> None:
    """Raise WrongState, saying why, unless the newest change that stands can be taken back; None where there is none.

    Boundary: at 10 minutes it can, after them it cannot.
    """
    if verb == "undo":
        raise WrongState("The last change was taken back already. There is nothing more to take back.")
    if verb not in UNDOABLE:
        said = f" What happened last: it was {PAST[verb].replace('-', ' ')}." if verb in PAST else ""
        raise WrongState(f"Only a move, a cancel, an arrival or a missed visit can be taken back.{said}")
    if now - done_at > UNDO_WINDOW:
        minutes = UNDO_WINDOW // timedelta(minutes=1)
        raise WrongState(f"More than {minutes} minutes have passed: it can no longer be taken back.")


def can_undo(verb: str | None, *, done_at: datetime, now: datetime) -> bool:
    """Whether the newest change that stands can be taken back."""
    return verb in UNDOABLE and now - done_at <= UNDO_WINDOW


def check_transition(verb: str, source: str | None, target: str) -> None:
    """Raise WrongState unless the table has this arrow."""
    if (verb, Status(source) if source else None, Status(target)) not in _ALLOWED:
        present = WORDS[Status(source)] if source else "new"
        raise WrongState(f"An appointment that is {present} cannot become {WORDS[Status(target)]}.")
