"""What the patient would be told of a proposal: the letter that its use case plans. Stores nothing."""

from __future__ import annotations

from datetime import datetime

from injections.booking.propose import Proposal
from injections.messages import news
from pht_clinic.people.actors import Actor
from scheduling.messages import desk
from scheduling.messages.outbox import News
from scheduling.messages.render import Letter
from scheduling.models import Message


def letter_of(proposal: Proposal, *, by: Actor, now: datetime) -> Letter | None:
    """The letter that this proposal would send; None where nothing is told, or not by email."""
    row = _draft(proposal, by=by, now=now)
    return desk.preview(row) if row else None


def is_mailed(proposal: Proposal, *, by: Actor, now: datetime) -> bool:
    """Whether the patient is told by email, and nobody has to phone."""
    return _draft(proposal, by=by, now=now) is not None


def _draft(proposal: Proposal, *, by: Actor, now: datetime) -> Message | None:
    if not proposal.news:
        return None
    history = proposal.judged.history if proposal.judged else None
    row = news.draft(News(proposal.news), appointment=proposal.visit, history=history, by=by, now=now)
    return row if row.recipient and row.status == Message.State.QUEUED else None
