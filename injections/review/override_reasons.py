"""The coded reasons for deciding against a critical finding. Data."""

from __future__ import annotations

REASON_CODES = {
    "benefit-outweighs-risk": "The benefit outweighs the risk",
    "no-alternative": "There is no alternative",
    "specialist-advice": "A specialist advised it",
    "finding-not-relevant": "The finding does not apply here",
    "other": "Another reason, given below",
}
