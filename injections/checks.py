"""System check of the clinic's thresholds: a setting that would loosen one stops the start."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from injections.facts.policy import effective_policy
from injections.safety.policy import PolicyError
from pht_clinic.start import SETTINGS


@register(SETTINGS)
def check_thresholds(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SAFETY_… may tighten a threshold of the rules, never loosen it."""
    try:
        effective_policy()
    except PolicyError as error:
        return [Error(str(error), id="clinic.E007")]
    return []
