"""The states of an appointment (FHIR R4 words), what may be done to it, and by whom. Pure data and some questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pht_clinic.errors import Conflict


class Status(StrEnum):
    """FHIR R4 AppointmentStatus, the subset that this clinic uses."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"


HOLDING = (Status.PENDING, Status.BOOKED, Status.ARRIVED)
"""The states of a visit that holds its time."""

KEEPS_TIME = (Status.PROPOSED, *HOLDING)
"""These and a time that is held while somebody is booking it: the exclusion constraints count these."""

HOLD_FOR = timedelta(minutes=5)
"""How long a time is held for whoever is booking it."""

UNDO_WINDOW = timedelta(minutes=10)
"""How long the last move, cancel, arrival or no-show can be taken back."""

UNDOABLE = frozenset({"move", "cancel", "arrive", "no-show"})

WORDS: dict[str, str] = {
    Status.PROPOSED: "being booked",
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
class Verb:
    """What may be done to an appointment: what an audit row calls it once it has happened, and a line of its history.

    One that `leaves_undo` takes no change's place: the move, cancel, arrival or no-show before it can still be undone.
    """

    past: str
    words: str
    leaves_undo: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the state diagram: `verb` takes `source` to `target`.

    None as source is the beginning; None as target means that nothing is left.
    """

    verb: str
    source: Status | None
    target: Status | None
    by: str


VERBS: Final[dict[str, Verb]] = {}
LEAVE_IT_STANDING: Final[set[str]] = set()
"""The names of the verbs that leave undo."""
TRANSITIONS: Final[dict[tuple[str, Status | None, Status | None], Transition]] = {}
_SOURCES: Final[set[tuple[str, Status | None]]] = set()


def register(verbs: Mapping[str, Verb], transitions: Iterable[Transition]) -> None:
    """Make verbs and arrows known; registering one again replaces it. Other apps add theirs from `ready()`."""
    VERBS.update(verbs)
    LEAVE_IT_STANDING.update(name for name, verb in verbs.items() if verb.leaves_undo)
    for arrow in transitions:
        TRANSITIONS[arrow.verb, arrow.source, arrow.target] = arrow
        _SOURCES.add((arrow.verb, arrow.source))


def arrows(verb: str, sources: Collection[Status], targets: Collection[Status], by: str) -> Iterator[Transition]:
    """From each of these states to each of those."""
    return (Transition(verb, source, target, by) for source in sources for target in targets)


WAITING_OR_BOOKED = (Status.PENDING, Status.BOOKED)
UNDO_BY = "reception, radiologist (within 10 minutes)"
_EVERY = [status for status in Status if status not in (Status.PROPOSED, Status.ENTERED_IN_ERROR)]
_ANYONE = "reception, radiologist, patient"
_STAFF = "reception, radiologist"

register(
    {
        "hold": Verb("held", "Time held"),
        "give-back": Verb("given-back", "Time released"),
        "book": Verb("requested", "Booked"),
        "move": Verb("moved", "Moved"),
        "cancel": Verb("cancelled", "Cancelled"),
        "arrive": Verb("arrived", "Arrived"),
        "fulfil": Verb("fulfilled", "Completed"),
        "no-show": Verb("missed", "Missed"),
        "undo": Verb("restored", "Undone"),
        "enter-in-error": Verb("entered-in-error", "Entered in error"),
        "confirm-coming": Verb("expected", "The patient is coming", leaves_undo=True),
        "replace-link": Verb("link-replaced", "Link replaced", leaves_undo=True),
        "hand-over": Verb("handed-over", "Handed over", leaves_undo=True),
        "end-by-death": Verb("ended-by-death", "Cancelled, the patient has died"),
    },
    [
        Transition("hold", None, Status.PROPOSED, "reception, radiologist, patient link (for 5 minutes)"),
        Transition("give-back", Status.PROPOSED, None, "whoever holds it; by itself when the time is up"),
        Transition("book", None, Status.BOOKED, "reception, radiologist, patient link"),
        *arrows("move", WAITING_OR_BOOKED, WAITING_OR_BOOKED, _ANYONE),
        *arrows("cancel", WAITING_OR_BOOKED, [Status.CANCELLED], _ANYONE),
        Transition("arrive", Status.BOOKED, Status.ARRIVED, _STAFF),
        Transition("fulfil", Status.ARRIVED, Status.FULFILLED, _STAFF),
        Transition("no-show", Status.BOOKED, Status.NOSHOW, "reception, radiologist (only after the start)"),
        *arrows("undo", [*HOLDING, Status.CANCELLED, Status.NOSHOW], WAITING_OR_BOOKED, UNDO_BY),
        *arrows("end-by-death", HOLDING, [Status.CANCELLED], "reception, radiologist, manager (a death is recorded)"),
        *arrows("enter-in-error", _EVERY, [Status.ENTERED_IN_ERROR], "manager, with a reason"),
    ],
)


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
        raise WrongState("The last change has already been undone. There is nothing more to undo.")
    if verb not in UNDOABLE:
        said = f" The last change: it was {VERBS[verb].past.replace('-', ' ')}." if verb in VERBS else ""
        raise WrongState(f"Only a move, a cancellation, an arrival or a missed visit can be undone.{said}")
    if now - done_at > UNDO_WINDOW:
        minutes = UNDO_WINDOW // timedelta(minutes=1)
        raise WrongState(f"More than {minutes} minutes have passed: it can no longer be undone.")


def check_transition(verb: str, source: str | None, target: str) -> None:
    """Raise WrongState unless the table has this arrow."""
    if (verb, Status(source) if source else None, Status(target)) not in TRANSITIONS:
        present = WORDS[Status(source)] if source else "new"
        raise WrongState(f"An appointment that is {present} cannot become {WORDS[Status(target)]}.")
