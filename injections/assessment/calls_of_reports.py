"""Calls that imaging reports alone put on the call list: they close when the reports say so no longer."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.everywhere import judged_everywhere
from injections.assessment.fact_change import tell
from injections.assessment.open_calls import open_calls_about
from injections.facts.history import history_about
from injections.models import Call
from pht_clinic.people.actors import Actor
from scheduling.models import Patient


def close_calls_of_reports(patient: Patient, *, said: str, by: Actor, now: datetime) -> list[Call]:
    """Close what reports alone called for and nothing calls for any more; `said` stands on each as what came of it.

    In the caller's transaction, before the patient's bookings are judged again: an open call stands against them.
    Nobody was spoken to. A call that any answer or finding called for too, at any time since it was opened, stays.
    """
    of_reports = list(open_calls_about(patient.pk).filter(why=Call.Why.RED_FLAG, is_of_reports=True))
    if not of_reports:
        return []
    history = history_about(patient, now=now)
    wanted = {finding.rule for judged in judged_everywhere(history) for finding in judged.judgement.calls}
    closed = [call for call in of_reports if call.rule not in wanted]
    for call in closed:
        call.closed_at, call.closed_by_id, call.said = now, by.user_id, said
        call.save(update_fields=["closed_at", "closed_by", "said"])
        tell(call, "call-closed", patient, by=by, now=now, detail={"with": "report"})
    return closed
