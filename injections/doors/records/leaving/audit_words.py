"""What the audit trail calls records that leave. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {
    "clinic-exported": "All records asked for as a file",
    "clinic-fetched": "File of all records downloaded",
    "patient-exported": "Patient’s whole record exported",
}
SEEN: Final = {"clinic-export-file": "file of all records", "patient-export": "export of a patient’s record"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about={}, no_activity=("patient-exported",))
