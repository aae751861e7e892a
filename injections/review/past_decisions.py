"""What was decided before: on one appointment, and on each rule over the whole clinic."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from injections.models import Decision

# -- One case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overridden:
    """How often a rule stood against a visit that was decided here, and how often it was overridden."""

    decided: int
    overridden: int


def overrides_of(rules: Collection[str]) -> dict[str, Overridden]:
    """For each rule, over all decisions of this clinic. One query."""
    counts: dict[str, Count] = {}
    for number, rule in enumerate(rules):
        stood = Q(assessment__findings__contains=[{"rule": rule}])
        counts[f"decided_{number}"] = Count("pk", filter=stood)
        covered = Q(outcome=Decision.Outcome.OVERRIDE, covers__contains=[{"rule": rule}])
        counts[f"overridden_{number}"] = Count("pk", filter=covered)
    found = Decision.objects.exclude(outcome=Decision.Outcome.ASK).aggregate(**counts)
    return {
        rule: Overridden(found[f"decided_{number}"], found[f"overridden_{number}"]) for number, rule in enumerate(rules)
    }


def earlier_decisions(appointment_id: int) -> list[Decision]:
    """What was decided on this appointment before, newest first."""
    return list(Decision.objects.filter(appointment=appointment_id).select_related("by").order_by("-pk"))
