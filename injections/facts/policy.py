"""The thresholds this clinic judges by: the sources' own, tightened by the clinic's settings."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from injections.safety.emergency import SETTINGS
from injections.safety.policy import DEFAULT, Policy


@cache
def effective_policy() -> Policy:
    """The policy of this process. Raises: PolicyError (at the start, where a setting would loosen a threshold)."""
    words = {name: getattr(settings, variable) for name, variable in SETTINGS.items()}
    return DEFAULT.in_zone(settings.CLINIC_TIME_ZONE).in_country(**words).tightened(settings.SAFETY_THRESHOLDS)
