"""Calls that somebody has to make, as Task."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Greatest
from fhir.resources.R4B.annotation import Annotation
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.identifier import Identifier
from fhir.resources.R4B.period import Period
from fhir.resources.R4B.task import Task, TaskOutput

from injections.doors.coded.own import RULES
from injections.doors.fhir import systems
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.references import to, to_patient
from injections.models import Call, CallAttempt

_PRIORITY: Final = {
    Call.Urgency.EMERGENCY: "stat",
    Call.Urgency.AFTER_INJECTION: "asap",
    Call.Urgency.RED_FLAG: "urgent",
    Call.Urgency.LATER: "routine",
}


def calls() -> QuerySet[Call]:
    """Every call with what its resource shows, `tried_at` (its last attempt) and `changed_at` (a reason or an attempt
    added, or closed), in two queries."""
    last_try = CallAttempt.objects.filter(call=OuterRef("pk")).order_by("-at").values("at")[:1]
    last_reason = Cast(KeyTextTransform("at", KeyTransform("-1", "later")), DateTimeField())
    return (
        Call.objects.select_related("patient", "closed_by")
        .prefetch_related("attempts__by")
        .annotate(tried_at=Subquery(last_try))
        .annotate(changed_at=Greatest("opened_at", "closed_at", "tried_at", last_reason))
    )


def call_resource(row: Call) -> Task:
    """One call: why, how urgent, what to say, each attempt, and whom it reached.

    An open one is "requested", with attempts "in-progress". One that closed by itself is "cancelled". The priorities
    are those of the call list, whose two "today" are told apart: after an injection comes before a red flag.
    """
    is_rule = bool(row.rule)
    changed: datetime = getattr(row, "changed_at")  # noqa: B009 - an annotation, no field of the model
    whose: dict[str, Any] = {"for": to_patient(row.patient)}  # a word of Python, so no keyword
    return Task(
        id=str(row.pk),
        groupIdentifier=Identifier(system=systems.CALL, value=f"{row.why}{f'/{row.rule}' if is_rule else ''}"),
        status=_status(row),
        intent="order",
        priority=_PRIORITY[Call.Urgency(row.urgency)],
        code=elements.concept(systems.CALL, row.why, f"Phone the patient: {row.get_why_display()}"),
        description=row.say,
        focus=to("Appointment", row.appointment_id) if row.appointment_id else None,
        authoredOn=row.opened_at,
        lastModified=changed,
        executionPeriod=Period(start=row.opened_at, end=row.closed_at) if row.closed_at else None,
        owner=elements.person(row.closed_by),
        reasonCode=elements.concept(RULES, row.rule) if is_rule else None,
        note=_notes(row),
        output=_reached(row),
        **whose,
    )


def _status(row: Call) -> str:
    if row.closed_at is None:
        return "in-progress" if row.attempts.all() else "requested"
    return "completed" if row.closed_by else "cancelled"


def _notes(row: Call) -> list[Annotation] | None:
    """What came to its reasons, each attempt and what was said, in the order of their times."""
    later = [(one.at, Annotation(time=one.at, text=one.text)) for one in row.reasons[1:]]
    tried = [(one.at, _attempt(one)) for one in row.attempts.all()]
    told = sorted(later + tried, key=lambda one: one[0])
    said = Annotation(time=row.closed_at, authorReference=elements.person(row.closed_by), text=row.said)
    return [note for _, note in told] + ([said] if row.said else []) or None


def _attempt(row: CallAttempt) -> Annotation:
    text = ": ".join(filter(None, (f"Attempt to phone, {row.get_result_display()}", row.note)))
    return Annotation(time=row.at, authorReference=elements.person(row.by), text=text)


def _reached(row: Call) -> list[TaskOutput] | None:
    """Whom the phone call that closed it reached."""
    if not row.reached:
        return None
    words = ": ".join(filter(None, (row.get_reached_display(), row.spoke_to)))
    return [
        TaskOutput(
            type=CodeableConcept(text="Who was reached"),
            valueCodeableConcept=elements.concept(systems.CALL_REACHED, row.reached, words),
        )
    ]
