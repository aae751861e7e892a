"""Recording the phone calls that were made."""

from __future__ import annotations

from datetime import datetime

from injections import messages, reassess
from injections.gather import ABOUT_THE_INJECTION, OPENED_BY_THE_INJECTION
from injections.models import Call
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Forbidden, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.people.roles import RADIOLOGIST
from scheduling.diary import lock, use_case
from scheduling.models import Patient


class AlreadyClosed(Conflict):
    """Somebody has already recorded this call."""

    code = "already-closed"


def close_call(call_id: int, *, spoke_to: str, said: str, by: Actor, now: datetime) -> Call:
    """Record the phone call that was made.

    A call about a red flag is closed by a radiologist.
    Raises: Missing, Invalid (who and what are required), Forbidden, AlreadyClosed.
    """
    problems = {"spoke_to": spoke_to.strip(), "said": said.strip()}
    empty = [Invalid.field(name, "Say this.").errors[0] for name, text in problems.items() if not text]
    if empty:
        raise Invalid(empty)
    with use_case():
        found = Call.objects.select_related("patient").filter(pk=call_id).first()
        if found is None:
            raise Missing("There is no such call.")
        kept_id = found.patient.kept_id
        patient = lock(patients=[kept_id]).patients[kept_id]
        call = Call.objects.select_for_update().get(pk=call_id)
        if call.closed_at is not None:
            raise AlreadyClosed("This call has already been recorded.")
        if call.why == Call.Why.RED_FLAG and by.role != RADIOLOGIST:
            raise Forbidden("A call about a red flag is closed by a radiologist.")
        call.closed_at, call.closed_by_id = now, by.user_id
        call.spoke_to, call.said = spoke_to.strip(), said.strip()
        call.save()
        record("call-closed", by=by, now=now, patients=[kept_id], subject=f"call:{call.pk}")
        if call.why in ABOUT_THE_INJECTION and not _still_open(patient):
            messages.release(patient, now=now)
        if call.why in OPENED_BY_THE_INJECTION:
            reassess.patients([patient], occasion="call-closed", by=by, now=now)
        return call


def _still_open(patient: Patient) -> bool:
    records = Patient.objects.records_of(patient.pk)
    return Call.objects.filter(
        patient__in=records, closed_at__isnull=True, why__in=ABOUT_THE_INJECTION
    ).exists()
