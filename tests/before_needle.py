"""The checks before the needle, by the names that the API takes: one list for all tests that record a procedure."""

from typing import Final

BEFORE_NEEDLE: Final = (
    "well",
    "no_infection_or_antibiotics",
    "skin_whole",
    "pregnancy",
    "allergies",
    "medicines",
    "no_new_injection",
    "no_new_symptom",
    "side_and_site_marked",
    "chaperone_offered",
    "way_home",
)
