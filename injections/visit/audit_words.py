"""What the audit trail calls the entries of a visit that came into the books some other way, or changed there. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {
    "appointment-entered-late": "Visit entered late",
    "appointment-targeted": "Target added to a visit",
    "appointment-walked-in": "Visit of somebody who came without an appointment",
    "target-refused": "Added target refused by the safety check",
}
SEEN: Final = {
    "api-appointment-targets": "adding a target, by the API",
    "appointment-targets": "adding a target",
    "here-now": "booking somebody who is here now",
    "late-entry": "entering a visit late",
}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about={})
