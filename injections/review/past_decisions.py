"""What was decided before: on one appointment, and on each rule over the whole clinic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q
from django.db.models.functions import JSONObject

from injections.assessment.coverage import COVERING, holding, last_day
from injections.facts.values import decided_of
from injections.models import Decision, InformationAnswer
from injections.safety.findings import Severity
from pht_clinic import clock
from pht_clinic.rows import from_json
from scheduling.models import Appointment

# -- One case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overridden:
    """How often a rule stood as critical against a visit that was decided here, and was overridden then."""

    decided: int
    overridden: int


def overrides_of(rules: Collection[str]) -> dict[str, Overridden]:
    """For each rule, over all decisions of this clinic. One query."""
    counts: dict[str, Count] = {}
    for number, rule in enumerate(rules):
        as_critical = [{"rule": rule, "severity": Severity.CRITICAL.value}]
        stood = Q(assessment__findings__contains=as_critical)
        counts[f"decided_{number}"] = Count("pk", filter=stood)
        covered = Q(outcome=Decision.Outcome.OVERRIDE, covers__contains=as_critical)
        counts[f"overridden_{number}"] = Count("pk", filter=covered)
    found = Decision.objects.exclude(outcome=Decision.Outcome.ASK).aggregate(**counts)
    return {
        rule: Overridden(found[f"decided_{number}"], found[f"overridden_{number}"]) for number, rule in enumerate(rules)
    }


_OF_ANSWER = {field.attname: field.attname for field in InformationAnswer._meta.concrete_fields}
_ANSWERS: Any = ArraySubquery(
    InformationAnswer.objects.filter(decision=OuterRef("pk")).order_by("pk").values(shown=JSONObject(**_OF_ANSWER))
)


def earlier_decisions(appointment_id: int) -> list[Decision]:
    """What was decided on this appointment before, newest first, a question with its answers in `said`. One query."""
    rows = Decision.objects.filter(appointment=appointment_id).select_related("by").annotate(stored=_ANSWERS)
    found: list[Decision] = []
    for row in rows.order_by("-pk"):
        row.said = [from_json(InformationAnswer, one) for one in row.stored]
        found.append(row)
    return found


def decisions_on(appointment: Appointment) -> list[Decision]:
    """`earlier_decisions`, each with how far it reaches. One query."""
    return with_reach(earlier_decisions(appointment.pk), on=clock.local_date(appointment.start_at))


def with_reach(decisions: Sequence[Decision], *, on: date) -> list[Decision]:
    """All decisions on one appointment, newest first, each with whether it `holds` on this local day, and until when
    it would.
    """
    still = holding(reversed(decisions), on=on)
    for row in decisions:
        row.holds = row.pk in still
        row.holds_until = last_day(row) if row.outcome in COVERING else None
    return list(decisions)


@dataclass(frozen=True, slots=True)
class DecisionElsewhere:
    """A decision on another visit of the patient: about which site and side, and whether a later one there took its
    place.
    """

    decision: Decision
    site: str
    side: str
    is_superseded: bool


def decisions_besides(appointment_id: int, decisions: Collection[Decision]) -> list[DecisionElsewhere]:
    """Of what was decided on a patient's visits (of their history, oldest first) that on others, newest first."""
    found: list[DecisionElsewhere] = []
    newer: set[tuple[str, str]] = set()
    for row in reversed(list(decisions)):
        places = decided_of(row)
        if row.appointment_id != appointment_id:
            found += [DecisionElsewhere(row, one.site, one.side, is_superseded=one.place in newer) for one in places]
        newer.update(one.place for one in places)
    return found
