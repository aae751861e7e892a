"""A radiologist's question to the patient, and the answer that comes back to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from injections.answers.earlier import NOTHING_TOLD, ToldInjections, record_told
from injections.answers.screening import answer_screening
from injections.assessment.fact_change import fact_about, tell, who_holds, written
from injections.models import Decision, InformationAnswer
from injections.words import GIVERS
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import Status

LONGEST_ANSWER = 4000


class NothingAsked(Conflict):
    """No question to the patient is open at this visit."""

    code = "nothing-asked"


def open_question(appointment: Appointment) -> Decision | None:
    """The question that a radiologist asked and nobody has answered yet, while the visit waits. At most two queries."""
    if appointment.status != Status.PENDING:
        return None
    newest = Decision.objects.filter(appointment=appointment).order_by("-pk").first()
    if newest is None or newest.outcome != Decision.Outcome.ASK or newest.answers.exists():
        return None
    return newest


def check_may_answer_information(appointment: Appointment, *, by: Actor) -> Decision:
    """The open question. Raise Forbidden or NothingAsked unless there is one that this person may answer."""
    check_permitted("answer-screening", by)
    asked = open_question(appointment)
    if asked is None:
        raise NothingAsked("There is no open question to the patient about this visit.")
    return asked


def answer_information(
    appointment_id: int,
    *,
    text: str,
    answered_by: str = "patient",
    screening: Mapping[str, Any] | None = None,
    earlier: ToldInjections = NOTHING_TOLD,
    by: Actor,
    now: datetime,
) -> InformationAnswer:
    """Store what the patient answers; the case goes back on top of the radiologist's queue.

    `screening` holds the answers to questions that were asked again, for each area and side of the visit; they are
    stored in the same transaction, and so are the injections that were told of with them.
    Raises: Missing, Invalid (fields), Forbidden, NothingAsked, Resembles.
    """
    _check_fields(text, answered_by)
    patient_id = who_holds(Appointment.objects.filter(pk=appointment_id))
    if patient_id is None:
        raise Missing("There is no such appointment.")
    with fact_about(patient_id) as patient:
        appointment = Appointment.objects.select_related("injection_request").get(pk=appointment_id)
        asked = check_may_answer_information(appointment, by=by)
        row = InformationAnswer.objects.create(
            patient=patient,
            appointment=appointment,
            decision=asked,
            text=text.strip(),
            answered_by=answered_by,
            **written(by=by, now=now),
        )
        tell(row, "information-answered", patient, by=by, now=now)
        if screening and screening.get("answers"):
            wish = getattr(appointment, "injection_request", None)
            for area, side in wish.places if wish else [(None, None)]:
                place: dict[str, Any] = {"area": area, "side": side}
                answer_screening(patient.pk, screening=screening, **place, answered_by=answered_by, by=by, now=now)
        record_told(patient.pk, earlier, by=by, now=now)
        return row


def _check_fields(text: str, answered_by: str) -> None:
    problems = []
    if not text.strip():
        problems.append(FieldError("#/text", "Write the answer."))
    if len(text) > LONGEST_ANSWER:
        problems.append(FieldError("#/text", f"Write at most {LONGEST_ANSWER} characters."))
    if answered_by not in GIVERS:
        problems.append(FieldError("#/answered_by", f"Choose one of {', '.join(GIVERS)}."))
    if problems:
        raise Invalid(problems)
