"""Calls about somebody who has died: they close with the death, and stand on the list again when it is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from injections.assessment.fact_change import tell
from injections.assessment.open_calls import open_calls_about
from injections.facts.history import HOLDING_BACK
from injections.messages import staff
from injections.models import Call
from pht_clinic.people.actors import Actor
from scheduling.models import Patient

CLOSED_BY_DEATH: Final = "Closed automatically: the patient has died."


def close_calls_of_dead(patient: Patient, *, by: Actor, now: datetime) -> list[Call]:
    """Nobody has to be phoned any more: close every open call about somebody who has died, in the caller's
    transaction. Nobody was spoken to.
    """
    closed = list(open_calls_about(patient.pk))
    for call in closed:
        call.closed_at, call.closed_by_id, call.said = now, by.user_id, CLOSED_BY_DEATH
        call.save(update_fields=["closed_at", "closed_by", "said"])
        tell(call, "call-closed", patient, by=by, now=now, detail={"with": "death"})
    return closed


def reopen_calls(patient: Patient, *, since: datetime, now: datetime) -> None:
    """The death is taken back: what it closed stands on the list again, as old as it was; red flags are told again."""
    closed = Call.objects.of_patient(patient.pk).filter(said=CLOSED_BY_DEATH, closed_at__gte=since).order_by("pk")
    again = [
        Call(
            patient=patient,
            appointment_id=call.appointment_id,
            why=call.why,
            rule=call.rule,
            say=call.say,
            later=call.later,
            is_of_reports=call.is_of_reports,
            is_emergency=call.is_emergency,
            opened_at=call.opened_at,
        )
        for call in closed
    ]
    Call.objects.bulk_create(again, ignore_conflicts=True)
    if any(call.why in HOLDING_BACK for call in again):
        staff.call_opened(patient.pk, now=now)
