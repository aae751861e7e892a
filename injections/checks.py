"""System checks of what the clinic sets: a threshold that is loosened, too long a sentence, or a caller without keys
stops the start.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from injections.doors.cds_hooks.issuers import what_is_wrong
from injections.facts.policy import policy_with
from injections.safety.policy import PolicyError
from pht_clinic.clinic_words import first_words
from pht_clinic.start import SETTINGS

LONGEST_SENTENCE = 300


@register(SETTINGS)
def check_thresholds(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SAFETY_… may tighten a threshold of the rules, never loosen it."""
    try:
        policy_with(first_words().emergency)
    except PolicyError as error:
        return [Error(str(error), id="clinic.E007")]
    return []


@register()
def check_own_sentence(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What the clinic tells patients on blood thinners is a sentence, not a page."""
    if len(settings.BLOOD_THINNER_SENTENCE) > LONGEST_SENTENCE:
        return [Error(f"BLOOD_THINNER_SENTENCE has more than {LONGEST_SENTENCE} letters.", id="clinic.E009")]
    return []


@register(SETTINGS)
def check_callers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Whoever may ask by CDS Hooks is named with keys that can prove it."""
    return [Error(sentence, id="clinic.E112") for sentence in what_is_wrong()]
