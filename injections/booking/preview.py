"""What the patient would be told of a proposal: the message that its use case plans. Stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections.booking.propose import Proposal
from injections.messages import news
from pht_clinic.people.actors import Actor
from scheduling.messages import desk
from scheduling.messages.drafts import News
from scheduling.messages.fate import fate_of, is_written
from scheduling.messages.render import Letter


@dataclass(frozen=True, slots=True)
class Telling:
    """`letter` is what the patient reads, None where nothing is written; `sentence` says what happens; `is_news`: there
    is something to tell, in writing or by a person.
    """

    letter: Letter | None
    sentence: str
    is_news: bool


def telling(proposal: Proposal, *, by_patient: bool = False, by: Actor, now: datetime) -> Telling:
    """What the patient would be told of this proposal on top of what they know, and how; `by_patient` as in News."""
    row = None
    if proposal.news:
        history = proposal.judged.history if proposal.judged else None
        row = news.draft(
            News(proposal.news, by_patient=by_patient), appointment=proposal.visit, history=history, by=by, now=now
        )
    has_begun = proposal.visit.start_at <= now
    letter = desk.preview(row) if row is not None and is_written(row) else None
    return Telling(letter, fate_of(row, status=proposal.status, has_begun=has_begun, now=now), is_news=row is not None)
