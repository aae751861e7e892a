"""The questions before an injection in the sections in which they are read out on the phone.

What a ☎ rule asks for stands in a section of its own, and is answered one by one: nobody says "no" to all of it at
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PAIN: Final = "pain"


@dataclass(frozen=True, slots=True)
class Section:
    """Some questions under one title; `takes_no_to_all`: what is open of it may be answered "no" at once, after it was
    read out. `asks` are fields of the screening, in the order in which they are read out.
    """

    name: str
    title: str
    asks: tuple[str, ...]
    takes_no_to_all: bool = True

    @property
    def read_out(self) -> str:
        """The field in which whoever asks says that they read it out."""
        return f"read_{self.name}"


SECTIONS: Final = (
    Section(PAIN, "The pain", ("onset", "injury_on", "main_pain_site", "pain_side"), takes_no_to_all=False),
    Section(
        "flags",
        "Signs that cannot wait",
        (
            *("sudden_pop", "bruising", "marked_weakness", "difficulty_walking", "fever", "unexplained_weight_loss"),
            *("cancer_history", "night_pain", "inflammatory_disease", "saddle_or_bladder", "progressive_weakness"),
            "infection_at_site",
        ),
        takes_no_to_all=False,
    ),
    Section("nerves", "Back and nerves", ("numbness", "pain_below_knee", "back_pain")),
    Section(
        "allergies",
        "Allergies, infections, vaccines",
        (
            *("steroid_or_anaesthetic_allergy", "skin_or_latex_allergy", "infection_or_antibiotics"),
            *("preventive_antibiotic", "live_vaccine", "chickenpox_or_shingles_contact"),
        ),
    ),
    Section(
        "medicines",
        "Medicines",
        (
            *("interacting_medicine", "blood_thinner", "bleeding_disorder", "immunosuppressed", "steroid_card"),
            "tested_sport",
        ),
    ),
    Section(
        "health",
        "Health and operations",
        (
            *("pregnant", "breastfeeding", "joint_replacement_at_site", "surgery_planned", "recent_surgery_at_site"),
            *("diabetes", "uncontrolled_blood_pressure"),
        ),
    ),
    Section("earlier", "Injections before", ("steroid_injection_last_12_months",), takes_no_to_all=False),
)
"""The pain first, then what cannot wait; each question of the rules in one of them."""
BY_NAME: Final = {section.name: section for section in SECTIONS}
