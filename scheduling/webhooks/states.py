"""What pages say of a webhook and of a delivery: a word, the look that goes with it, and why a button is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks.events import UnknownEvent, of_verb
from scheduling.webhooks.replaying import check_may_replay

State = WebhookDelivery.State
_LOOKS: Final = {State.SENT: "clear", State.FAILED: "blocked", State.QUEUED: "info", State.SENDING: "info"}


@dataclass(frozen=True, slots=True)
class StateShown:
    """A tag: its look and its words, and a sentence beside it."""

    look: str
    words: str
    sentence: str = ""


def state_of(row: WebhookEndpoint) -> StateShown:
    """Whether something goes there now."""
    if row.paused_at is not None:
        return StateShown("blocked" if row.why else "neutral", "Paused", row.why)
    if row.failing_since is not None:
        return StateShown("review", "Failing", "What was last sent there was not taken. It is tried again.")
    return StateShown("clear", "On")


def when_sent_again(row: WebhookEndpoint) -> str:
    """The end of the sentence that says when goes there what is to be sent again."""
    return "now." if row.paused_at is None else "when the webhook is resumed, if that is within 3 days."


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """A line of the list; `why_not` is the reason why it cannot be sent again now, "" where it can."""

    row: WebhookDelivery
    name: str
    words: str
    state: StateShown
    why_not: str


def shown_delivery(row: WebhookDelivery, *, by: Actor) -> ShownDelivery:
    """One delivery with its event."""
    state = StateShown(_LOOKS.get(State(row.status), "neutral"), State(row.status).label, row.reason)
    try:
        event = of_verb(row.event.verb)
        name, words = event.name, event.words
    except UnknownEvent:
        name, words = row.event.verb, "This event is not sent any more."
    return ShownDelivery(row, name, words, state, why_not(check_may_replay, row, by=by))
