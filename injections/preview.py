"""What the patient would be told of a proposal: the letter that its use case plans. Stores nothing."""

from __future__ import annotations

from datetime import datetime

from injections import messages
from injections.proposal import Proposal
from pht_clinic.people.actors import Actor
from scheduling.messages import desk
from scheduling.messages.render import Letter


def letter_of(proposal: Proposal, *, by: Actor, now: datetime) -> Letter | None:
    """The letter that this proposal would send; None where nothing is told, or not by email."""
    if not proposal.news:
        return None
    history = proposal.judged.history if proposal.judged else None
    row = messages.draft(proposal.news, appointment=proposal.visit, history=history, by=by, now=now)
    return desk.preview(row) if row.recipient else None
