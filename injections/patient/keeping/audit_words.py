"""What the audit trail calls what is done about keeping. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {
    "patient-copied": "Copy of everything held made for the patient",
    "patient-erased": "Patient erased",
    "erasure-finished": "Earlier contact data of an erased patient removed",
    "retention-reported": "What has been kept long enough reported",
    "retention-removed": "What had been kept long enough removed",
}
SEEN: Final = {
    "patient-copy": "copy of everything held",
    "patient-erase": "erasing a patient",
    "retention": "how long records are kept, patients without activity",
}
ABOUT: Final = {"retentionrun": "report"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT, no_activity=("patient-copied", "erasure-finished"))
