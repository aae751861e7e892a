"""The thresholds this clinic judges by: the sources' own, tightened by the clinic's settings."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from injections.safety.policy import DEFAULT, Policy
from pht_clinic.clinic_words import emergency_words


def effective_policy() -> Policy:
    """The thresholds of this process, with the emergency words that hold now."""
    return policy_with(emergency_words())


@lru_cache(maxsize=16)
def policy_with(words: tuple[str, str, str]) -> Policy:
    """The same with these: number, department, whom to call while the clinic is closed.

    Raises: PolicyError (at the start, where a setting would loosen a threshold).
    """
    number, department, when_closed = words
    own = DEFAULT.in_zone(settings.CLINIC_TIME_ZONE).tightened(settings.SAFETY_THRESHOLDS)
    return own.in_country(number=number, department=department, when_closed=when_closed)
