"""What the audit trail calls the entries of this door. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {"cds-feedback-given": "Feedback on cards of another system received"}
SEEN: Final = {"cds-service": "safety check asked for by another system (CDS Hooks)"}
ABOUT: Final = {"service": "service of CDS Hooks"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
