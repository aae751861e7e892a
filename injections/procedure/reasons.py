"""The coded reasons of a procedure: for recording what was out of the ordinary (those of an override, and what happens
at a needle), and why nothing was given.
"""

from __future__ import annotations

from collections.abc import Mapping

from injections.models import Injection
from injections.words import REASON_CODES

INCIDENT_REASONS = {
    **{code: words for code, words in REASON_CODES.items() if code != "other"},
    "emergency": "It was an emergency",
    "as-found": "Found out afterwards: this is how it was",
    "error": "It was a mistake",
    "other": REASON_CODES["other"],
}
NOT_GIVEN_REASONS = {str(code): str(label) for code, label in Injection.NotGivenBecause.choices}


def reasons_for(result: str) -> Mapping[str, str]:
    """The codes that a procedure with this result may have; one not given may have those of an incident too."""
    return {**INCIDENT_REASONS, **NOT_GIVEN_REASONS} if result == Injection.Status.NOT_GIVEN else INCIDENT_REASONS
