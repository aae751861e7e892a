"""What a line may hold, by type: how it is read, whether it is there already, who records it and who withdraws it.

Each is the body of the API and the use case behind it (docs/doors/records.md lists them); a clinic's own file says of
itself of which type a line is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from injections.conditions.api import AllergyBody, ConditionBody
from injections.conditions.content import Allergy, ConditionOrMedicine, columns_of_text
from injections.conditions.recording import (
    AlreadyRecorded,
    record_allergy,
    record_condition,
    withdraw_allergy,
    withdraw_condition,
)
from injections.doors.records.coming import answered
from injections.doors.records.coming.answered import Read
from injections.doors.records.coming.people import TOLD_BY
from injections.imaging.reports import withdraw_report
from injections.models import AllergyIntolerance, Condition, Injection, Note, Pathway, PlannedActivity, Screening
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.activities_api import ActivityBody
from injections.patient.death import ToldOfDeath, record_death
from injections.patient.death_api import DeathBody
from injections.patient.injections import EarlierInjection, record_injection, withdraw_injection
from injections.patient.injections_api import InjectionBody
from injections.patient.notes import LONGEST, add_note
from injections.patient.resembling import Resembles
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.text import tidy
from pht_clinic.web.api.bodies import Body, read_partly
from pht_clinic.web.api.fields import Text
from scheduling.models import Patient


class AlreadyThere(Conflict):
    """The very same stands: there is nothing to do."""

    code = "already-there"

    def __init__(self, row_id: int | None) -> None:
        self.row_id = row_id
        super().__init__()


class NoteBody(Body):
    text = Text(lines=True, max_length=LONGEST)


@dataclass(frozen=True, slots=True)
class ComingKind:
    """One type of line about a patient: the `names` that an import takes, what it reads of them with every problem, and
    who records it; `record` returns the id of the new row.

    `same` are the rows that say the very same; of what has `versions`, one that was recorded before and is said again
    is a new one. Raises of `record`: what its use case does, AlreadyThere. `withdraw` is None of what is never
    withdrawn, and `why_kept` says what to do instead.
    """

    words: str
    names: Collection[str]
    read: Callable[[Mapping[str, Any]], Read]
    record: Callable[[int, dict[str, Any], Actor, datetime], int]
    withdraw: Callable[[int, Actor, datetime], object] | None = None
    same: Callable[[int, dict[str, Any]], Collection[int]] = lambda patient_id, values: ()
    versions: type[Pathway | Screening] | None = None
    why_kept: str = "A record of this kind is never withdrawn."


def _of(
    body: type[Body], words: str, record: Callable[[int, dict[str, Any], Actor, datetime], int], **more: Any
) -> ComingKind:
    """One whose line is a body of the API."""
    return ComingKind(words, tuple(body().fields), partial(read_partly, body), record, **more)


DEATH: Final = "death"
WITHDRAWN: Final = "The import that brought it was withdrawn."


def _injection(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    confirm_new = values.pop("confirm_new", False)
    try:
        return _pk(
            record_injection(patient_id, EarlierInjection(**values), confirm_new=confirm_new, by=by, now=now).row
        )
    except Resembles as refusal:
        same = _saying_the_same(refusal.rows, values)
        if same:
            raise AlreadyThere(same[0]) from refusal
        raise


def _same_injections(patient_id: int, values: dict[str, Any]) -> list[int]:
    """Of a line that says that it is another than those it is like: it may have said so before. The others the use case
    finds by itself.
    """
    if not values.get("confirm_new"):
        return []
    said = {name: value for name, value in values.items() if name != "confirm_new"}
    return _saying_the_same(Injection.objects.current().of_patient(patient_id).order_by("pk"), said)


def _saying_the_same(rows: Iterable[Injection], values: Mapping[str, Any]) -> list[int]:
    said = {**values, "given": values["given"] or ""}
    return [row.pk for row in rows if all(getattr(row, name) == value for name, value in said.items())]


def _allergy(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    return _once(AllergyIntolerance, values, lambda: record_allergy(patient_id, Allergy(**values), by=by, now=now))


def _condition(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    said = ConditionOrMedicine(**values)
    return _once(Condition, values, lambda: record_condition(patient_id, said, by=by, now=now))


def _once(model: type[AllergyIntolerance | Condition], values: Mapping[str, Any], deed: Callable[[], Any]) -> int:
    """What its use case knows by itself to be recorded: there already where all that the line says stands there.

    Raises: AlreadyThere, as the deed (AlreadyRecorded: it stands, and otherwise).
    """
    try:
        return _pk(deed())
    except AlreadyRecorded as refusal:
        named: Any = refusal.extra["recorded"]
        for row in model.objects.filter(pk__in=named).order_by("pk"):
            if _says(row, columns_of_text(values)):
                raise AlreadyThere(row.pk) from refusal
        raise


def _says(row: Any, said: Mapping[str, Any]) -> bool:
    """Whether all that is said stands in a row."""
    return all(getattr(row, name) == value for name, value in said.items() if value != "")


def _note(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    same = Note.objects.of_patient(patient_id).filter(text=values["text"].strip()).first()
    if same is not None:
        raise AlreadyThere(same.pk)
    return _pk(add_note(patient_id, **values, by=by, now=now))


def _activity(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    standing = PlannedActivity.objects.of_patient(patient_id).filter(withdrawn_at=None)
    same = standing.filter(kind=values["kind"], start_at=values["start"]).first()
    if same is not None and same.agreed_to_move != values.get("agreed_to_move", False):
        raise Conflict("This plan is recorded, with another answer to whether it may be moved.")
    if same is not None:
        raise AlreadyThere(same.pk)
    return _pk(plan_activity(patient_id, **values, by=by, now=now).row)


def _death(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    """Another day or source is for a person to see: its use case refuses it. No resource says who told of it."""
    known = Patient.objects.select_related("death").get(pk=patient_id).death
    said = {**values, "source": "" if values["source"] == TOLD_BY else tidy(values["source"])}
    if known is not None and _says(known, said):
        raise AlreadyThere(known.pk)
    return _pk(record_death(patient_id, ToldOfDeath(**values), by=by, now=now)[0])


def _pk(row: Any) -> int:
    return int(row.pk)


def _takes_back(use_case: Callable[..., object]) -> Callable[[int, Actor, datetime], object]:
    """Of those that ask for a reason."""
    return lambda row_id, by, now: use_case(row_id, reason=WITHDRAWN, by=by, now=now)


KINDS: Final[Mapping[str, ComingKind]] = {
    "injection": _of(
        InjectionBody, "Injection", _injection, withdraw=_takes_back(withdraw_injection), same=_same_injections
    ),
    "allergy": _of(AllergyBody, "Allergy", _allergy, withdraw=_takes_back(withdraw_allergy)),
    "condition": _of(ConditionBody, "Condition or medicine", _condition, withdraw=_takes_back(withdraw_condition)),
    "report": ComingKind(
        "Imaging report",
        answered.REPORT_NAMES,
        answered.read_report,
        answered.add_said_report,
        _takes_back(withdraw_report),
        answered.same_reports,
    ),
    "screening": ComingKind(
        "Answers",
        answered.SCREENING_NAMES,
        answered.read_said_screening,
        answered.add_said_answers,
        same=answered.same_answers,
        versions=Screening,
        why_kept="Answers are never withdrawn. Go through the questions with the patient again.",
    ),
    "pathway": ComingKind(
        "Pathway",
        answered.PATHWAY_NAMES,
        answered.read_said_pathway,
        answered.set_said_pathway,
        same=answered.same_pathways,
        versions=Pathway,
        why_kept="A pathway is never withdrawn. Record how it is.",
    ),
    "activity": _of(
        ActivityBody, "Plan", _activity, withdraw=lambda row_id, by, now: withdraw_activity(row_id, by=by, now=now)
    ),
    "outcome": ComingKind(
        "Outcome",
        answered.OUTCOME_NAMES,
        answered.read_said_outcome,
        answered.record_said_outcome,
        same=answered.same_outcomes,
    ),
    "note": _of(NoteBody, "Note", _note),
    DEATH: _of(DeathBody, "Death", _death),
}
"""By the `type` of a line. A patient is no line about a patient, and stands apart (`whose.py`)."""
NOT_BROUGHT_IN: Final = "Lines of this type are not imported."
