"""Recording the phone calls that were made."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.fact_change import fact_about, settle, tell, who_holds
from injections.facts.history import ABOUT_THE_INJECTION, HOLDING_BACK
from injections.messages import aftercare
from injections.models import Call
from pht_clinic.errors import Conflict, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Patient


class AlreadyClosed(Conflict):
    """Somebody has already recorded this call."""

    code = "already-closed"


def check_may_close(call: Call, *, by: Actor) -> None:
    """Raise Forbidden or AlreadyClosed unless this person may record this call; about a red flag, a radiologist."""
    check_permitted("close-call", by)
    if call.closed_at is not None:
        raise AlreadyClosed("This call has already been recorded.")
    if call.why == Call.Why.RED_FLAG:
        check_permitted("close-red-flag-call", by)


def close_call(call_id: int, *, spoke_to: str, said: str, by: Actor, now: datetime) -> Call:
    """Record the phone call that was made.

    Raises: Missing, Invalid (who and what are required), Forbidden, AlreadyClosed.
    """
    problems = {"spoke_to": spoke_to.strip(), "said": said.strip()}
    empty = [Invalid.field(name, "Say this.").errors[0] for name, text in problems.items() if not text]
    if empty:
        raise Invalid(empty)
    patient_id = who_holds(Call.objects.filter(pk=call_id))
    if patient_id is None:
        raise Missing("There is no such call.")
    with fact_about(patient_id) as patient:
        call = Call.objects.select_for_update().get(pk=call_id)
        check_may_close(call, by=by)
        call.closed_at, call.closed_by_id = now, by.user_id
        call.spoke_to, call.said = spoke_to.strip(), said.strip()
        call.save()
        if call.why in ABOUT_THE_INJECTION and not _still_open(patient):
            aftercare.release(patient, now=now)
        if call.why in HOLDING_BACK:
            settle(call, "call-closed", patient, by=by, now=now)
        else:
            tell(call, "call-closed", patient, by=by, now=now)
        return call


def _still_open(patient: Patient) -> bool:
    return Call.objects.of_patient(patient.pk).filter(closed_at__isnull=True, why__in=ABOUT_THE_INJECTION).exists()
