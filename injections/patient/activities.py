"""What the patient plans that loads the tendon."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.activity_calls import follow_activities
from injections.assessment.fact_change import FactChange, fact_about, settle, who_holds, written
from injections.models import PlannedActivity
from injections.safety.codes import ACTIVITY_KINDS
from pht_clinic.errors import Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted

# -- The patient's own plans -----------------------------------------------------------------------------


def plan_activity(
    patient_id: int, *, kind: str, start: datetime, agreed_to_move: bool = False, by: Actor, now: datetime
) -> FactChange:
    """Record sport, a race, travel or manual work that the patient plans.

    Too soon after an injection that was given, it puts the patient on the call list.
    Raises: Forbidden, Missing, Invalid.
    """
    check_permitted("plan-activity", by)
    if kind not in ACTIVITY_KINDS:
        raise Invalid.field("kind", f"Choose one of {', '.join(ACTIVITY_KINDS)}.")
    with fact_about(patient_id) as patient:
        row = PlannedActivity.objects.create(
            patient=patient, kind=kind, start_at=start, agreed_to_move=agreed_to_move, **written(by=by, now=now)
        )
        follow_activities(patient, by=by, now=now)
        return settle(row, "activity-planned", patient, by=by, now=now)


def withdraw_activity(activity_id: int, *, by: Actor, now: datetime) -> FactChange:
    """The plan is off; a call about it alone closes. Raises: Forbidden, Missing."""
    check_permitted("withdraw-activity", by)
    plan = PlannedActivity.objects.filter(pk=activity_id, withdrawn_at__isnull=True)
    patient_id = who_holds(plan)
    if patient_id is None:
        raise Missing("There is no such activity.")
    with fact_about(patient_id) as patient:
        row = plan.select_for_update().first()
        if row is None:
            raise Missing("There is no such activity.")
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        follow_activities(patient, by=by, now=now)
        return settle(row, "activity-withdrawn", patient, by=by, now=now)
