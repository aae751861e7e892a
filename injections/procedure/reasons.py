"""The coded reasons for recording what was out of the ordinary: those of an override, and what happens at a needle."""

from __future__ import annotations

from injections.words import REASON_CODES

INCIDENT_REASONS = {
    **{code: words for code, words in REASON_CODES.items() if code != "other"},
    "emergency": "It was an emergency",
    "as-found": "Found afterwards: this is how it was",
    "error": "It was a mistake",
    "other": REASON_CODES["other"],
}
