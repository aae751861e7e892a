"""What the audit trail calls a look through the FHIR door. Data: one row for each type that shows patients."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final[dict[str, str]] = {}
TYPES: Final = {
    "allergyintolerance": "allergy",
    "appointment": "visit",
    "auditevent": "entry of the audit trail",
    "condition": "condition",
    "detectedissue": "finding",
    "diagnosticreport": "imaging report",
    "medicationstatement": "medicine",
    "patient": "patient",
    "procedure": "injection",
    "provenance": "who recorded what",
    "questionnaireresponse": "answers and pathway",
    "task": "call",
}
SEEN: Final = {
    **{f"fhir-{name}": f"{words}, as FHIR" for name, words in TYPES.items()},
    **{f"fhir-{name}-list": f"{words}: a list, as FHIR" for name, words in TYPES.items()},
    **{f"fhir-{name}-search": f"{words}: a search, as FHIR" for name, words in TYPES.items()},
    "fhir-patient-everything": "everything of a patient, as FHIR",
}
ABOUT: Final[dict[str, str]] = {}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
