"""What can be done to a visit: what each button says, where it leads, whether it is offered, and why not.

Whether it may be done the use case says (`check_may_…`), and a page asks the same; only what is timely is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.urls import reverse

from injections.assessment.visits import Visit
from injections.booking.may import check_may_cancel, check_may_move, check_may_undo
from injections.procedure.checks import check_may_record
from injections.review.queue import check_may_review
from injections.visit.arrival import check_may_arrive, check_may_miss
from injections.visit.outcome import check_may_enter_in_error, check_may_fulfil
from injections.visit.own_link import check_may_replace_link
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from scheduling.states import Status

_QUIET, _SECONDARY = "button--quiet", "button--secondary"


@dataclass(frozen=True, slots=True)
class Button:
    """It says `words`; what only a screen reader says after them is `about`, whose visit and when.

    One that `does_it` is a POST at once, any other leads to a page. Those not `in_row` stand on the visit's own page.
    """

    url: str
    words: str
    about: str = ":"
    kind: str = ""
    does_it: bool = False
    in_row: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """One action on one visit; `why_not` is the sentence with which it would be refused, "" where it would not be."""

    button: Button
    address: str
    why_not: str
    is_offered: bool


_BUTTONS: Final[dict[str, Button]] = {
    "arrive": Button("appointment-arrive", "Arrived", does_it=True),
    "no-show": Button("appointment-no-show", "Did not come", kind=_SECONDARY, does_it=True),
    "undo": Button("appointment-undo", "Undo", kind=_SECONDARY, does_it=True),
    "fulfil": Button("appointment-fulfil", "Completed", does_it=True),
    "record-procedure": Button("procedure", "Procedure", about=" of"),
    "review": Button("review-open", "Review", does_it=True),
    "move": Button("appointment-move", "Move", about=" the visit of", kind=_QUIET),
    "cancel": Button("appointment-cancel", "Cancel", about=" the visit of", kind=_QUIET),
    "replace-link": Button("appointment-link", "Replace the link", in_row=False),
    "enter-in-error": Button("appointment-error", "This was entered in error", in_row=False),
}
_CHECKS: Final[dict[str, Callable[..., None]]] = {
    "arrive": check_may_arrive,
    "no-show": check_may_miss,
    "fulfil": check_may_fulfil,
    "record-procedure": check_may_record,
    "review": check_may_review,
    "move": check_may_move,
    "cancel": check_may_cancel,
    "replace-link": check_may_replace_link,
    "enter-in-error": check_may_enter_in_error,
}


def actions_of(visit: Visit, *, by: Actor, now: datetime) -> dict[str, Action]:
    """Everything that can be done to a visit, offered or not, in the order of its buttons. No queries."""
    return {name: action_of(name, visit, by=by, now=now) for name in _BUTTONS}


def action_of(name: str, visit: Visit, *, by: Actor, now: datetime) -> Action:
    """One of them, for a page of many visits that shows no other. No queries."""
    refused = _why_not(name, visit, by=by, now=now)
    button = _button(name, visit)
    address = reverse(button.url, args=[visit.appointment.pk])
    return Action(button, address, refused, is_offered=not refused and _is_timely(name, visit, now=now))


def _why_not(name: str, visit: Visit, *, by: Actor, now: datetime) -> str:
    if name != "undo":
        return why_not(_CHECKS[name], visit.appointment, by=by, now=now)
    if visit.last_change is None:
        return "What happened last is not shown here."
    return why_not(check_may_undo, visit.appointment, visit.last_change, by=by, now=now)


def _is_timely(name: str, visit: Visit, *, now: datetime) -> bool:
    """Whether a button is put before somebody now. For the eye alone: what is not timely may be done all the same, as
    a program does that records an arrival the day before.
    """
    status = visit.appointment.status
    # over, it has taken place or not: that the patient had come is said with it
    says_all = visit.appointment.end_at <= now and not KINDS[visit.appointment.kind].injects
    if name == "arrive" and says_all:
        return False
    if name in ("arrive", "record-procedure"):
        return clock.local_date(visit.appointment.start_at) <= clock.local_date(now)
    # before that, of what nobody said that they came, that is said first; a case can be read again, but waits once
    return {"fulfil": status == Status.ARRIVED or says_all, "review": status == Status.PENDING}.get(name, True)


def _button(name: str, visit: Visit) -> Button:
    button = _BUTTONS[name]
    if name == "undo" and visit.last_change is not None and visit.last_change.verb in ("move", "cancel"):
        # the patient may have been told: a page asks what to say
        return replace(button, about=f" the {visit.last_change.verb} of", does_it=False)
    if name == "record-procedure" and visit.appointment.status == Status.BOOKED:
        return replace(button, kind=_SECONDARY)
    return button
