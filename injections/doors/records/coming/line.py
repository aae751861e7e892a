"""One line: read, its patient found, recorded by the use case that pages and the API use; and what became of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from rest_framework.exceptions import ParseError

from injections.assessment.noted import judged_later
from injections.doors.records.coming import whose
from injections.doors.records.coming.columns import PATIENT, WhoseBody
from injections.doors.records.coming.kinds import DEATH, KINDS, AlreadyThere, ComingKind
from injections.doors.records.coming.resources import KIND_OF, PassedOver
from injections.doors.records.coming.said import LineSaid, read_line
from injections.doors.records.coming.whose import MayBe
from injections.models import ImportLine, RecordImport
from injections.patient.identity_shapes import NewPatientBody
from injections.patient.resembling import Resembles
from pht_clinic.errors import Busy, FieldError, Invalid, Refusal, field_words, naming
from pht_clinic.people.actors import Actor
from pht_clinic.web.api.bodies import Body, read_partly
from pht_clinic.web.problem import is_away, refusal_of

logger = logging.getLogger(__name__)
Outcome = ImportLine.Outcome
_LONGEST_ID, _LONGEST_TYPE = 100, 20
_PATIENT: Final = re.compile(r'"(?:patient|reference)"\s*:\s*"([^"\\]{1,100})"')
_OWN_ID: Final = re.compile(r'"id"\s*:\s*"([^"\\]{1,100})"')
"""What looks like the name of a patient, and like the id of a line; what they are is read from the line itself."""
_RESOURCE: Final = next(resource for resource, kind in KIND_OF.items() if kind == PATIENT)
_PLACES: Final = (Outcome.ADDED, Outcome.THERE)
"""What became of a line that says whose the lines after it are."""
_WHOSE: Final = tuple(WhoseBody().fields)


@dataclass
class Bringing:
    """One file on its way in, as whom it acts and when.

    `placed` are records of patients of the file, by the id that they have there: those whom lines before registered, in
    a trial for the moment, and those whom lines to come name. `lines` says where in the file they were placed; of the
    ids in `looked_up` no other line before this step did. `line` is where it is now. `had` are the rows, with their
    types, that lines of this step added, or found there. `keep` stores what became of a line that came in, with it.
    """

    run: RecordImport
    by: Actor
    now: datetime
    is_trial: bool = False
    placed: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    looked_up: set[str] = field(default_factory=set)
    line: int = 0
    had: set[tuple[str, int | None]] = field(default_factory=set)
    keep: Callable[[TakenLine], None] | None = None


@dataclass(frozen=True, slots=True)
class TakenLine:
    """What became of a line: of which type it is, its own id in the file, whose it is, the row, and why. `is_kept`:
    that is stored already, together with what came in.
    """

    outcome: str
    kind: str = ""
    source_id: str = ""
    patient_id: int | None = None
    row_id: int | None = None
    said: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()
    is_kept: bool = False


def place(lines: Sequence[Any], bringing: Bringing) -> None:
    """Find at once whom these lines of JSON name by an id of the file, and which of their own are placed. One query."""
    named, own = _ids_in([line for line in lines if isinstance(line, str)], bringing.run)
    known = _of_patients(bringing.run).filter(source_id__in=named | own).order_by("number")
    found_lines = known.values_list("source_id", Coalesce("patient__merged_into", "patient"), "line", "outcome")
    for source_id, patient_id, line, outcome in found_lines:
        if patient_id is not None:
            bringing.placed[source_id] = patient_id
        if outcome in _PLACES:
            bringing.lines.setdefault(source_id, line)
    bringing.looked_up |= own


def _ids_in(lines: Sequence[str], run: RecordImport) -> tuple[set[str], set[str]]:
    """Whom lines of JSON may name, and what may be their own ids."""
    named = {found[1] for line in lines if (found := _PATIENT.search(line))}
    own = {found for line in lines for found in _OWN_ID.findall(line)}
    return named, {f"{_RESOURCE}/{one}" for one in own} if run.form == RecordImport.Form.FHIR else own


def take(line: Any, bringing: Bringing) -> TakenLine:
    """Bring one line in, and store with it what became of it. What is refused leaves nothing behind.

    Raises: Busy, OperationalError (somebody else has the patient, the database is away: the line is taken later).
    """
    told = TakenLine(Outcome.REFUSED)
    try:
        line_said = read_line(line, bringing.run)
        told = replace(told, kind=line_said.kind[:_LONGEST_TYPE], source_id=line_said.source_id[:_LONGEST_ID])
        return _taken(told, line_said.bodies(now=bringing.now), bringing)
    except PassedOver as why:
        return replace(told, outcome=Outcome.PASSED, said=(str(why),))
    except (Refusal, ParseError) as refusal:
        return _refused(told, refusal)
    except Exception as error:  # the worker's outer loop: one line that fails must not keep the others
        if is_away(error):
            raise
        known = refusal_of(error)
        if known is None:
            logger.exception("import %s: a line failed", bringing.run.pk)
            return replace(told, said=("It failed here. Whoever runs the clinic’s computers finds why in the log.",))
        return _refused(told, known)


def _taken(told: TakenLine, line_said: LineSaid, bringing: Bringing) -> TakenLine:
    """All that one line says, or nothing of it; it is added where any of it is. It is all of one patient, who is placed
    once nothing of it can be taken back any more.
    """
    taken: list[TakenLine] = []
    if bringing.is_trial:
        _place_again(line_said.bodies[0][1], bringing)
    with transaction.atomic(), judged_later():
        for kind, body in line_said.bodies:
            of_it = replace(told, kind=kind, patient_id=taken[0].patient_id if taken else None)
            taken.append(_patient(of_it, body, bringing) if kind == PATIENT else _fact(of_it, body, bringing))
        found = next((one for one in taken if one.outcome == Outcome.ADDED), taken[0])
        found = replace(found, said=(*found.said, *line_said.remarks))
        if bringing.keep is not None:
            bringing.keep(found)
    if taken[0].kind == PATIENT and taken[0].patient_id and told.source_id:
        bringing.placed[told.source_id] = taken[0].patient_id
        bringing.lines[told.source_id] = bringing.line
    return replace(found, is_kept=bringing.keep is not None)


def _patient(told: TakenLine, body: Mapping[str, Any], bringing: Bringing) -> TakenLine:
    if told.source_id and (line := _placed_on(told.source_id, bringing)):
        raise Invalid.field("id", f"Line {line} is of this patient already.")
    values = read_body(NewPatientBody, body, strictly=bringing.run.form == RecordImport.Form.CSV)
    apart = _apart(told, bringing, is_another=bool(values.get("confirm_new")))
    registered = whose.register(values, apart=apart, by=bringing.by, now=bringing.now)
    bringing.had.add((PATIENT, registered.patient_id))
    outcome = Outcome.ADDED if registered.is_new else Outcome.THERE
    return replace(told, outcome=outcome, patient_id=registered.patient_id, row_id=registered.patient_id)


def _placed_on(source_id: str, bringing: Bringing) -> int | None:
    """The line before this one whose patient has this id, if there is one: an id is one person, once."""
    if source_id in bringing.lines or source_id in bringing.looked_up:
        return bringing.lines.get(source_id)
    line = _line_of(source_id, bringing.run)
    return line.line if line and line.outcome in _PLACES else None


def _line_of(source_id: str, run: RecordImport) -> ImportLine | None:
    """The line that placed a patient; else the last that would have."""
    lines = _of_patients(run).filter(source_id=source_id).select_related("patient").order_by("number")
    return lines.filter(outcome__in=_PLACES).first() or lines.last()


def _of_patients(run: RecordImport) -> QuerySet[ImportLine]:
    """The lines of patients. A resource of somebody who was there already, and has died, is one of the death."""
    return run.lines.filter(kind__in=(PATIENT, DEATH) if run.form == RecordImport.Form.FHIR else (PATIENT,))


def _apart(told: TakenLine, bringing: Bringing, *, is_another: bool) -> Callable[[Collection[int]], Collection[int]]:
    """Which records are of other patients of this file: two ids of one file are two people, and so is a line that says
    that it `is_another`.
    """

    def those_of(alike: Collection[int]) -> Collection[int]:
        if not told.source_id and not is_another:
            return ()
        lines = _of_patients(bringing.run).filter(patient__in=list(alike)).exclude(outcome=Outcome.ALIKE)
        had = {row for kind, row in bringing.had if kind == PATIENT and row is not None} if is_another else set()
        return {*lines.values_list("patient", flat=True), *bringing.placed.values(), *had}

    return those_of


def _fact(told: TakenLine, body: Mapping[str, Any], bringing: Bringing) -> TakenLine:
    kind = KINDS[told.kind]
    values, problems = kind.read(_of(kind.names, body))
    try:
        patient_id = told.patient_id or _whose(body, bringing)
    except Invalid as unknown:  # said together with what is wrong with the rest
        errors = unknown.errors or [FieldError("#", unknown.sentence)]
        raise Invalid([*errors, *problems]) from unknown
    if problems:
        raise Invalid(problems)
    told = replace(told, patient_id=patient_id)
    if there := _there(told.kind, kind, patient_id, values, bringing):
        bringing.had.add((told.kind, there[0]))
        return replace(told, outcome=Outcome.THERE, row_id=there[0])
    try:
        row_id = kind.record(patient_id, values, bringing.by, bringing.now)
    except AlreadyThere as there_already:
        bringing.had.add((told.kind, there_already.row_id))
        return replace(told, outcome=Outcome.THERE, row_id=there_already.row_id)
    except Resembles as refusal:
        sentence = "An injection like this is recorded already."
        alike = tuple(row.pk for row in refusal.rows)
        return replace(told, outcome=Outcome.ALIKE, said=(sentence,), alike=alike)
    bringing.had.add((told.kind, row_id))
    return replace(told, outcome=Outcome.ADDED, row_id=row_id)


def _there(name: str, kind: ComingKind, patient_id: int, values: dict[str, Any], bringing: Bringing) -> list[int]:
    """The rows that say the very same; of what has versions those alone that were there before this import, and each
    for one line: what is said again after something else is a version of its own. So is what a line says is another.
    """
    same = list(kind.same(patient_id, values))
    if not same or (kind.versions is None and not values.get("confirm_new")):
        return same
    if kind.versions is not None:
        before = kind.versions.objects.filter(pk__in=same, recorded_at__lt=bringing.run.asked_at)
        same = list(before.order_by("pk").values_list("pk", flat=True))
    lines = bringing.run.lines.filter(kind=name, row_id__in=same)
    had = {*lines.values_list("row_id", flat=True), *(row for of, row in bringing.had if of == name)}
    return [pk for pk in same if pk not in had]


def _whose(body: Mapping[str, Any], bringing: Bringing) -> int:
    """Whose a line is: of a file with ids the patient whose line came before. Raises: Invalid, MayBe."""
    source_id = body.get("patient")
    if bringing.run.form == RecordImport.Form.CSV or source_id is None:
        return whose.patient_of(read_body(WhoseBody, _of(_WHOSE, body), strictly=True), now=bringing.now)
    if str(source_id) in bringing.placed:
        return bringing.placed[str(source_id)]
    line = _line_of(str(source_id)[:_LONGEST_ID], bringing.run)
    if line is None:
        raise Invalid.field("patient", f"No line before this one is of patient {str(source_id)[:_LONGEST_ID]}.")
    if line.patient is None:
        raise Invalid.field("patient", f"Its patient, on line {line.line}, was not brought in.")
    return line.patient.kept_id


def _place_again(body: Mapping[str, Any], bringing: Bringing) -> None:
    """In a trial, for the moment: the patient of a line, whom an earlier step registered and took back."""
    source_id = str(body.get("patient"))
    line = None if source_id in bringing.placed else _line_of(source_id[:_LONGEST_ID], bringing.run)
    if line is None or line.patient is not None or line.outcome != Outcome.ADDED:
        return
    part = bringing.run.parts.filter(first__lte=line.number).order_by("-first")[0]
    said = read_line(part.lines[line.number - part.first][1], bringing.run).bodies(now=bringing.now)
    values = read_body(NewPatientBody, said.bodies[0][1], strictly=False) | {"confirm_new": True}
    again = whose.register(values, apart=lambda alike: alike, by=bringing.by, now=bringing.now)
    bringing.placed[line.source_id] = again.patient_id


def read_body(of: type[Body], body: Mapping[str, Any], *, strictly: bool) -> dict[str, Any]:
    """The values of a line. Raises: Invalid, with every problem. Unless strictly, names that it has not are passed
    over: they are for people.
    """
    values, problems = _values(of, body, strictly=strictly)
    if problems:
        raise Invalid(problems)
    return values


def _values(of: type[Body], body: Mapping[str, Any], *, strictly: bool) -> tuple[dict[str, Any], list[FieldError]]:
    return read_partly(of, body if strictly else _of(_names_of(of), body))


@cache
def _names_of(body: type[Body]) -> tuple[str, ...]:
    return tuple(body().fields)


def _of(names: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in names if body.get(name) not in (None, "", [])}


def _refused(told: TakenLine, refusal: Refusal | ParseError) -> TakenLine:
    if isinstance(refusal, Busy):
        raise refusal
    if isinstance(refusal, MayBe):
        return replace(told, outcome=Outcome.ALIKE, said=(refusal.sentence,), alike=tuple(refusal.alike))
    if isinstance(refusal, ParseError):
        return replace(told, said=(str(refusal.detail).replace("The body", "The line", 1),))
    if isinstance(refusal, Invalid) and refusal.errors:
        return replace(told, said=tuple(_sentence(error) for error in refusal.errors))
    return replace(told, said=(refusal.sentence,))


def _sentence(error: FieldError) -> str:
    return naming(field_words(error.pointer), error.detail) if "/" in error.pointer else error.detail
