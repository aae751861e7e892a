"""What the codes are called that stand as values in evidence, and in entries of the audit trail. Data."""

from __future__ import annotations

from typing import Final

from injections import words
from injections.safety.rules import RULES
from scheduling.audit.value_words import register_values

VALUES: Final[dict[str, str]] = {
    **words.SITE_NAMES,
    **words.AREA_NAMES,
    **words.SIDES,
    **words.ANSWERS,
    **words.TARGETS,
    **words.ONSETS,
    **words.PAIN_SITES,
    **words.BLOOD_THINNERS,
    **words.PHYSIOTHERAPY,
    **words.RESPONSES,
    **words.INDICATIONS,
    **words.MODALITIES,
    **words.ACTIVITIES,
    **words.TREATMENTS,
    **words.OUTCOMES,
    "given": "given",
    "part-given": "part-given",
    "booked": "booked",
    "none": "None",
    **{rule.id: words.rule_words(rule.id) for rule in RULES if "-" in rule.id},
}


def register_words() -> None:
    """Make them known to the audit trail, with the reasons of a decision; called once, when the apps are ready."""
    register_values(VALUES | words.REASON_CODES)
