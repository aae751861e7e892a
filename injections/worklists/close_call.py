"""Recording the phone calls that were made, and those that reached nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from injections.assessment.fact_change import fact_about, settle, tell, who_holds
from injections.facts.history import ABOUT_THE_INJECTION, HOLDING_BACK
from injections.messages import aftercare
from injections.models import Call, CallAttempt
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.messages import desk
from scheduling.models import Message, Patient

IS_REACHED = (Call.Reached.PATIENT, Call.Reached.CARER)
"""Whom somebody must have reached for a call about a red flag or an injection to end."""


class AlreadyClosed(Conflict):
    """Somebody has already recorded this call."""

    code = "already-closed"


def check_may_try(call: Call, *, by: Actor) -> None:
    """Raise Forbidden or AlreadyClosed unless this person may phone, and say that nobody was reached."""
    check_permitted("close-call", by)
    if call.closed_at is not None:
        raise AlreadyClosed("This call has already been recorded.")


def check_may_close(call: Call, *, by: Actor) -> None:
    """Raise Forbidden or AlreadyClosed unless this person may record this call: about a red flag, a warning sign or a
    complication, a radiologist.
    """
    check_may_try(call, by=by)
    if is_clinical(call):
        check_permitted("close-clinical-call", by)


def is_clinical(call: Call) -> bool:
    """Whether a clinician has to reach the patient before anything goes on. Hazard H14."""
    return call.why in HOLDING_BACK


def tasks_to_tell(patient_id: int) -> QuerySet[Message]:
    """What else somebody still has to say to this patient on the phone: messages that did not reach them. One query."""
    rows = Message.objects.of_patient(patient_id).filter(Message.TO_PHONE)
    return rows.exclude(Message.OF_COLLEAGUES).order_by("pk")


def close_call(
    call_id: int, *, reached: str = "", spoke_to: str, said: str, told: Collection[int] = (), by: Actor, now: datetime
) -> Call:
    """Record the phone call that was made.

    `reached` is whom it reached; a clinical call ends with the patient or a carer alone, anything else is an attempt.
    `told` are the messages among `tasks_to_tell` that they were told as well: they need no call of their own.
    Raises: Missing, Invalid (who and what are required), Forbidden, AlreadyClosed.
    """
    _check_said(reached, spoke_to, said)
    if told and reached not in IS_REACHED:
        raise Invalid.field("told", "Tick these only if you reached the patient or a carer.")
    with fact_about(_patient_of(call_id)) as patient:
        call = Call.objects.select_for_update().get(pk=call_id)
        check_may_close(call, by=by)
        if is_clinical(call) and reached not in IS_REACHED:
            raise Invalid.field(
                "reached",
                "This call closes once the patient or a carer has been reached. Record anything else as an attempt.",
            )
        call.closed_at, call.closed_by_id = now, by.user_id
        call.reached, call.spoke_to, call.said = reached, spoke_to.strip(), said.strip()
        call.save(update_fields=["closed_at", "closed_by", "reached", "spoke_to", "said"])
        if told:
            desk.told_in_a_call(tasks_to_tell(patient.pk).filter(pk__in=told), by=by, now=now)
        if call.why in ABOUT_THE_INJECTION and not _still_open(patient):
            aftercare.release(patient, now=now)
        if call.why in HOLDING_BACK:
            settle(call, "call-closed", patient, by=by, now=now)
        else:
            tell(call, "call-closed", patient, by=by, now=now)
        return call


def record_attempt(call_id: int, *, result: str, note: str = "", by: Actor, now: datetime) -> CallAttempt:
    """Somebody phoned and did not reach whom the call is for: a row of its own, that closes nothing.

    Raises: Missing, Invalid (result), Forbidden, AlreadyClosed.
    """
    if result not in CallAttempt.Result.values:
        raise Invalid.field("result", f"Choose one of {', '.join(CallAttempt.Result.values)}.")
    with fact_about(_patient_of(call_id)) as patient:
        call = Call.objects.get(pk=call_id)
        check_may_try(call, by=by)
        row = CallAttempt.objects.create(call=call, at=now, by_id=by.user_id, result=result, note=note.strip())
        tell(call, "call-attempted", patient, by=by, now=now, detail={"result": result})
        return row


def _check_said(reached: str, spoke_to: str, said: str) -> None:
    texts = {"spoke_to": spoke_to.strip(), "said": said.strip()}
    problems = [FieldError(f"#/{name}", "Say this.") for name, text in texts.items() if not text]
    if reached and reached not in Call.Reached.values:
        problems.append(FieldError("#/reached", f"Choose one of {', '.join(Call.Reached.values)}."))
    if problems:
        raise Invalid(problems)


def _patient_of(call_id: int) -> int:
    patient_id = who_holds(Call.objects.filter(pk=call_id))
    if patient_id is None:
        raise Missing("There is no such call.")
    return patient_id


def _still_open(patient: Patient) -> bool:
    return Call.objects.of_patient(patient.pk).filter(closed_at__isnull=True, why__in=ABOUT_THE_INJECTION).exists()
