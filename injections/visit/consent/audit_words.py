"""What the audit trail calls the entries of a withdrawn consent. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {"consent-withdrawn": "Consent withdrawn", "consent-given-again": "Consent given again"}
SEEN: Final = {
    "consent-withdraw": "withdrawing consent",
    "consent-again": "giving consent again",
    "api-consent-withdraw": "withdrawing consent, by the API",
    "api-consent-again": "giving consent again, by the API",
}
ABOUT: Final = {"consentwithdrawal": "withdrawn consent"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
