"""Which of the five outcomes a case allows now, and why not, in words: the page greys out what these checks refuse."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from injections.models import Decision
from injections.review.decide import check_can_approve, check_phoned, check_waits
from injections.review.who_decides import check_may_decide
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment


def check_can_override(appointment: Appointment, critical: Collection[str]) -> None:
    """Raise Conflict unless a critical rule stands, CallOpen while a ☎ rule waits for its phone call.

    A program that overrides where only warnings stand is not refused: it covers the same as an approval.
    """
    if not critical:
        raise Conflict("No critical finding stands, so there is nothing to override.")
    check_phoned(appointment, critical)


def refusals(appointment: Appointment, critical: Collection[str], *, by: Actor, now: datetime) -> dict[str, str]:
    """For each outcome why it is not to be had, or "". `critical` are the uncovered critical rules."""
    if sentence := why_not(check_waits, appointment, now=now) or why_not(check_may_decide, appointment, by=by):
        return dict.fromkeys(Decision.Outcome.values, sentence)
    found = dict.fromkeys(Decision.Outcome.values, "")
    found[Decision.Outcome.APPROVE] = why_not(check_can_approve, critical)
    found[Decision.Outcome.OVERRIDE] = why_not(check_can_override, appointment, critical)
    return found
