"""Calls about a withdrawn consent: they close when there is nothing left to agree to, or the patient agrees again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from injections.assessment.fact_change import tell
from injections.models import Call
from injections.visit_kinds import KINDS
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment

VISIT_IS_OFF: Final = "Closed automatically: the visit does not take place any more."


def close_calls_of_consent(visits: Collection[Appointment], *, said: str, by: Actor, now: datetime) -> None:
    """Close the open calls about consent to the injections of these visits, in the caller's transaction; `said` stands
    on each as what came of it. Nobody was spoken to. No query for visits at which nothing is injected.
    """
    ids = [visit.pk for visit in visits if KINDS[visit.kind].injects]
    if not ids:
        return
    open_ones = Call.objects.select_for_update(of=("self",)).select_related("patient").order_by("pk")
    for call in open_ones.filter(why=Call.Why.CONSENT, closed_at__isnull=True, appointment__in=ids):
        call.closed_at, call.closed_by_id, call.said = now, by.user_id, said
        call.save(update_fields=["closed_at", "closed_by", "said"])
        tell(call, "call-closed", call.patient, by=by, now=now, detail={"with": "consent"})


def reopen_calls_of_consent(visit: Appointment, *, since: datetime) -> None:
    """The visit takes place after all, as it did before that instant: what its end closed stands on the list again, as
    old as it was.
    """
    if not KINDS[visit.kind].injects:
        return
    closed = Call.objects.filter(why=Call.Why.CONSENT, appointment=visit, said=VISIT_IS_OFF, closed_at__gte=since)
    again = [
        Call(patient_id=call.patient_id, appointment=visit, why=call.why, say=call.say, opened_at=call.opened_at)
        for call in closed.order_by("pk")
    ]
    Call.objects.bulk_create(again, ignore_conflicts=True)
