"""Two records turn out to be one person."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.activity_calls import follow_activities
from injections.assessment.fact_change import FactChange, settle
from pht_clinic.errors import Conflict, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import writing
from scheduling.diary.locks import lock, use_case
from scheduling.messages import outbox
from scheduling.models import Patient
from scheduling.patients.identity import join


def merge_patients(patient_id: int, *, into_id: int, by: Actor, now: datetime) -> FactChange:
    """Join the record of one person kept twice: everything counts for `into_id` from now on.

    Records stay where they were written and are read together; open bookings go over to the one that remains.
    Raises: Forbidden, Missing, Invalid, Conflict (open bookings overlap; with the clashes).
    """
    check_permitted("merge-patients", by)
    if patient_id == into_id:
        raise Invalid.field("into", "A patient cannot be merged into itself.")
    known = set(Patient.objects.filter(pk__in=[patient_id, into_id]).values_list("pk", flat=True))
    if patient_id not in known:
        raise Missing("There is no such patient.")
    if into_id not in known:
        raise Invalid.field("into", f"There is no patient {into_id}.")
    with use_case():
        pair = lock(patients=[patient_id, into_id]).patients
        source, target = pair[patient_id], pair[into_id]
        if source.merged_into_id is not None:
            raise Conflict("This record was merged into another before.")
        if target.merged_into_id is not None:
            raise Invalid.field("into", "This record was merged into another before.")
        writing.hand_over(source, target, by=by, now=now)
        outbox.hand_over(source, target, now=now)
        join(source, target)
        follow_activities(target, by=by, now=now)
        detail = {"merged": patient_id, "into": into_id}
        return settle(target, "patients-merged", target, source, by=by, now=now, detail=detail)
