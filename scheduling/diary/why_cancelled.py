"""Why visits are cancelled, as codes that can be counted, and by whom: the patient, or the clinic. Data."""

from __future__ import annotations

from typing import Final

BY_PATIENT: Final = {
    "patient-cannot-come": "The patient cannot come at that time",
    "patient-unwell": "The patient is unwell",
    "patient-better": "The patient is better, or does not want it any more",
    "patient-elsewhere": "The patient goes elsewhere",
    "patient-other": "The patient, for another reason",
}
NOT_RIGHT: Final = "clinic-not-right"
BY_CLINIC: Final = {
    "clinic-person-away": "The clinic: the person is away",
    "clinic-room": "The clinic: room or equipment",
    NOT_RIGHT: "The clinic: the visit is not right for this patient",
    "clinic-other": "The clinic, for another reason",
}
REASONS: Final = BY_PATIENT | BY_CLINIC
"""By code, in the order in which forms offer them."""
