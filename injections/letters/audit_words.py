"""What the audit trail calls the entries of clinical letters and of colleagues' addresses. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {
    "address-confirmed": "Address of a colleague confirmed",
    "address-withdrawn": "Address of a colleague withdrawn",
    "letter-sent": "Link to a clinical letter sent to the patient",
    "letter-sent-on": "Clinical letter sent to a colleague",
    "letter-written": "Clinical letter written",
}
SEEN: Final = {
    "api-appointment-letter": "clinical letters of a visit, by the API",
    "filed-letter": "clinical letter",
    "letter-file": "clinical letter as PDF",
    "letter-list": "clinical letters of a visit",
    "letter-write": "writing a clinical letter",
    "patient-letter": "own page, letter",
    "patient-letter-file": "own page, letter as PDF",
}
ABOUT: Final = {"clinicalletter": "clinical letter", "confirmedaddress": "address of a colleague"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
