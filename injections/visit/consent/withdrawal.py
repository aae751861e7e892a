"""Use cases: a patient withdraws consent to the injection of a visit, or agrees again. Each says who, when and how.

The visit stands until somebody has talked to them: it is on the call list, its reminders wait, and nothing can be
recorded as given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from injections.assessment.calls_of_consent import close_calls_of_consent
from injections.assessment.fact_change import tell, written
from injections.assessment.open_calls import open_call
from injections.assessment.superseding import columns_of, reason_problems
from injections.facts.consent import withdrawn_consent
from injections.messages import consent
from injections.models import Call, ConsentWithdrawal
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import words
from scheduling.models import Appointment
from scheduling.patients.death import check_alive
from scheduling.states import HOLDING, WrongState

LONGEST_NAME: Final = 200
LONGEST: Final = 2000
_AGREES_AGAIN: Final = "Closed automatically: the patient agrees again."


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`said_by` is the patient or who speaks for them; `how` a code of `ConsentWithdrawal.How`; `said` their words."""

    said_by: str
    how: str
    said: str = ""


class WithdrawnAlready(Conflict):
    """It stands already."""

    code = "already-recorded"
    sentence = "It is already recorded that the patient withdrew consent to this injection."


def check_may_withdraw_consent(appointment: Appointment, *, by: Actor) -> None:
    """Raise Forbidden, HasDied, or WrongState unless it is of a visit whose injection is still to come."""
    check_permitted("withdraw-consent", by)
    check_alive(appointment.patient)
    if not KINDS[appointment.kind].injects or appointment.status not in HOLDING:
        raise WrongState("Consent can be withdrawn only for an injection that is still to come.")


def withdraw_consent(appointment_id: int, told: Withdrawn, *, by: Actor, now: datetime) -> Appointment:
    """The patient no longer agrees: reminders are held back, and the visit goes on the call list.

    Raises: Forbidden, Missing, HasDied, WrongState (no injection is to come), Invalid (fields), WithdrawnAlready.
    """
    if problems := _problems(told):
        raise Invalid(problems)
    with use_case():
        appointment, locked = lock_appointment(appointment_id)
        check_may_withdraw_consent(appointment, by=by)
        if withdrawn_consent(appointment) is not None:
            raise WithdrawnAlready
        patient = locked.patients[appointment.patient_id]
        row = ConsentWithdrawal.objects.create(
            patient=patient, appointment=appointment, **asdict(told), **written(by=by, now=now)
        )
        tell(row, "consent-withdrawn", patient, by=by, now=now)
        consent.hold_back(appointment)
        open_call(patient, why=Call.Why.CONSENT, say=_say(appointment, row), appointment=appointment, now=now)
        return appointment


def agree_again(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """The patient agrees after all: what was held back goes out at its time, and the call closes. `reason` says how.

    Raises: Forbidden, Missing, HasDied, Invalid (a reason is required), WrongState (nothing was withdrawn).
    """
    if problems := reason_problems(reason):
        raise Invalid(problems)
    with use_case():
        appointment, locked = lock_appointment(appointment_id)
        check_may_withdraw_consent(appointment, by=by)
        old = withdrawn_consent(appointment)
        if old is None:
            raise WrongState("Consent to this injection has not been withdrawn.")
        patient = locked.patients[appointment.patient_id]
        said = {"reason": reason.strip(), "supersedes_id": old.pk, "is_withdrawn": True, "patient_id": patient.pk}
        row = ConsentWithdrawal.objects.create(**{**columns_of(old), **said, **written(by=by, now=now)})
        tell(row, "consent-given-again", patient, by=by, now=now)
        consent.release(appointment)
        close_calls_of_consent([appointment], said=_AGREES_AGAIN, by=by, now=now)
        return appointment


def _problems(told: Withdrawn) -> list[FieldError]:
    problems = []
    if not told.said_by.strip():
        problems.append(FieldError("#/said_by", "Say who withdrew it: the patient, or who speaks for them."))
    if len(told.said_by) > LONGEST_NAME:
        problems.append(FieldError("#/said_by", f"Use at most {LONGEST_NAME} characters."))
    if told.how not in ConsentWithdrawal.How.values:
        problems.append(FieldError("#/how", f"Choose one of {', '.join(ConsentWithdrawal.How.values)}."))
    if len(told.said) > LONGEST:
        problems.append(FieldError("#/said", f"Use at most {LONGEST} characters."))
    return problems


def _say(appointment: Appointment, row: ConsentWithdrawal) -> str:
    when = words.when(appointment.start_at, clock.zone())
    told = f"Consent to the injection on {when} was withdrawn {row.get_how_display()}: {row.said_by}."
    said = f" “{row.said}”" if row.said else ""
    return f"{told}{said}\nTalk to them: cancel the visit, or record that they agree again."
