"""What the audit trail calls the entries of a class as a whole. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {"class-resized": "Places of a class changed"}
SEEN: Final = {"group-cancel": "cancelling a class", "group-move": "moving a class", "group-visit": "class"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about={})
