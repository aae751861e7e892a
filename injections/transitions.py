"""What the safety check and a radiologist's decision do to an appointment, and whose turn that makes it. Pure data."""

from __future__ import annotations

from typing import Final

from scheduling.states import UNDO_BY, WAITING_OR_BOOKED, Status, Transition, Verb, arrows, register

VERBS: Final = {
    "confirm": Verb("confirmed", "Confirmed"),
    "question": Verb("questioned", "Back to review", leaves_undo=True),
    "delay": Verb("delayed", "Delayed"),
    "decline": Verb("declined", "Declined"),
    "lapse": Verb("lapsed", "Cancelled, undecided"),
    "walk-in": Verb("walked-in", "Came without an appointment"),
    "enter-late": Verb("entered-late", "Entered late"),
    "add-target": Verb("targeted", "Target added"),
}
TRANSITIONS: Final = (
    Transition("book", None, Status.BOOKED, "reception, radiologist, patient link (verdict clear)"),
    Transition("book", None, Status.PENDING, "reception, radiologist, patient link (review, or an override asked for)"),
    Transition("book", Status.PROPOSED, Status.BOOKED, "whoever holds the time (verdict clear)"),
    Transition("book", Status.PROPOSED, Status.PENDING, "whoever holds the time (review, or an override asked for)"),
    Transition("walk-in", None, Status.BOOKED, "reception, radiologist (here now, verdict clear); arrived at once"),
    Transition("walk-in", None, Status.PENDING, "reception, radiologist (here now; review, or an override asked for)"),
    Transition("enter-late", None, Status.BOOKED, "reception, radiologist (it is over already); arrived at once"),
    *arrows("add-target", WAITING_OR_BOOKED, WAITING_OR_BOOKED, "reception, radiologist, assessed afresh"),
    Transition("confirm", Status.PENDING, Status.BOOKED, "radiologist (approve, override); the answers by themselves"),
    Transition("question", Status.BOOKED, Status.PENDING, "the facts (an uncovered concern)"),
    Transition("delay", Status.PENDING, Status.CANCELLED, "radiologist, with the date to come back on"),
    Transition("decline", Status.PENDING, Status.CANCELLED, "radiologist"),
    Transition(
        "lapse", Status.PENDING, Status.CANCELLED, "system (undecided 2 h before the start; a walk-in at closing time)"
    ),
    Transition("fulfil", Status.ARRIVED, Status.FULFILLED, "radiologist; reception for other kinds of visit"),
    *arrows(
        "undo", (Status.ARRIVED, Status.CANCELLED, Status.NOSHOW), WAITING_OR_BOOKED, f"{UNDO_BY}, assessed afresh"
    ),
)
"""Those of the policy's own verbs, and those of the diary's about which the policy has more to say."""


def register_transitions() -> None:
    """Make them known to the diary; called once, when the apps are ready."""
    register(VERBS, TRANSITIONS)
