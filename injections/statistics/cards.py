"""Cards that other systems were shown, and what became of them there, by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from injections import words
from injections.models.cds import REASON_SYSTEM
from injections.statistics.shapes import CountedDays, select
from scheduling.messages.words import counted

_BY_RULE: Final = """
    SELECT card.rule, count(DISTINCT card.id),
           count(DISTINCT card.id) FILTER (WHERE feedback.outcome = 'overridden'),
           count(DISTINCT card.id) FILTER (WHERE feedback.outcome = 'accepted')
    FROM injections_cdscard AS card LEFT JOIN injections_cdsfeedback AS feedback ON feedback.card_id = card.id
    WHERE card.at >= %s AND card.at < %s AND card.severity IN ('critical', 'warning')
    GROUP BY 1 ORDER BY 2 DESC, 1
"""
_REASON: Final = """
    SELECT feedback.reason_code, count(DISTINCT card.id)
    FROM injections_cdsfeedback AS feedback JOIN injections_cdscard AS card ON card.id = feedback.card_id
    WHERE card.at >= %s AND card.at < %s AND card.severity IN ('critical', 'warning')
      AND feedback.outcome = 'overridden' AND feedback.reason_system = %s AND feedback.reason_code = ANY(%s)
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class CardsOfRule:
    """How many cards of one rule were shown, passed over, and had a suggestion taken."""

    shown: int = 0
    overridden: int = 0
    accepted: int = 0


def cards_by_rule(period: CountedDays) -> dict[str, CardsOfRule]:
    """Warnings and critical findings alone, of cards shown in this period, whenever feedback on them came."""
    return {rule: CardsOfRule(*figures) for rule, *figures in select(_BY_RULE, period.edges)}


def sentence_of(period: CountedDays, found: dict[str, CardsOfRule]) -> str:
    """What became of them in all, with the reason of ours that was given most; "" where none was shown."""
    if not found:
        return ""
    shown, overridden, accepted = (
        sum(getattr(one, name) for one in found.values()) for name in ("shown", "overridden", "accepted")
    )
    why = ""
    for code, _ in select(_REASON, [*period.edges, REASON_SYSTEM, list(words.REASON_CODES)]):
        why = f" (most often: {words.REASON_CODES[code].lower()})"
    return f" Other systems were shown {counted(shown, 'card')}: {overridden} passed over{why}, {accepted} taken up."
