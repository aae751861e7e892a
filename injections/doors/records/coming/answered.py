"""What a line says as a section of the batch check or in rows that are only added to: reports, answers, pathways and
outcomes. How each is read, which rows say the very same, and who records it.

What a line leaves out is not known: no answer is taken for given today, and no outcome for one of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from injections.answers.outcomes import outcomes_of, record_outcome
from injections.answers.outcomes_api import SAID, OutcomeAnswer, OutcomeBody, said_outcome
from injections.answers.pathway import PathwayNotes, set_pathway
from injections.answers.pathway_api import PathwayShape, read_pathway
from injections.answers.screening import answer_screening
from injections.answers.screening_api import ScreeningShape, read_screening
from injections.facts import sections
from injections.facts.answers import values_of
from injections.imaging import content as report_content
from injections.imaging.reports import add_report
from injections.models import ImagingReport, Pathway, Screening
from injections.safety.beside import LEADING_BESIDE, without_beside
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.web.api.bodies import read_partly
from scheduling.models import Patient

Read = tuple[dict[str, Any], list[FieldError]]
"""What can be read of a line, and every problem."""


def _writable(shape: Any) -> tuple[str, ...]:
    return tuple(name for name, field in shape().fields.items() if not field.read_only)


# -- Imaging reports ----------------------------------------------------------------------------------------
REPORT_NAMES: Final = report_content.FIELDS


def read_report(said: Mapping[str, Any]) -> Read:
    """As it stands: the use case names every problem."""
    return dict(said), []


def same_reports(patient_id: int, said: dict[str, Any]) -> list[int]:
    """Those that stand and say the very same; who reported is compared where the line says it."""
    rows = ImagingReport.objects.current().of_patient(patient_id).order_by("pk")
    wanted = _report_said(said)
    names = [name for name in REPORT_NAMES if name != "reported_by" or wanted[name]]
    return [row.pk for row in rows if _picked(report_content.content_of(row), names) == _picked(wanted, names)]


def _report_said(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: said.get(name) or None for name in REPORT_NAMES}
    return {name: value.strip() if isinstance(value, str) else value for name, value in found.items()}


def _picked(values: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [values[name] for name in names]


def add_said_report(patient_id: int, said: dict[str, Any], by: Actor, now: datetime) -> int:
    return int(add_report(patient_id, report=said, by=by, now=now).row.pk)


# -- Answers ------------------------------------------------------------------------------------------------
SCREENING_NAMES: Final = _writable(ScreeningShape)


def read_said_screening(said: Mapping[str, Any]) -> Read:
    """Answers of which no time is said were given nobody knows when."""
    return _read(lambda: dict(zip(("content", "beside"), read_screening({"answered_at": None, **said}), strict=True)))


def same_answers(patient_id: int, values: dict[str, Any]) -> list[int]:
    """Rows of the same place with the same answers, each of the same time and giver."""
    content, beside = values["content"], values["beside"]
    rows = Screening.objects.of_patient(patient_id).filter(**_place(beside)).order_by("pk")
    given = beside.get("answered_by")
    givers = given if isinstance(given, Mapping) else {}
    wanted = _answered(content, givers, given if isinstance(given, str) else _PATIENT)
    return [
        row.pk
        for row in rows
        if _answered(row.content, row.content.get("answered_by") or {}, row.answered_by) == wanted
    ]


_PATIENT: Final = "patient"


def _answered(content: Mapping[str, Any], givers: Mapping[str, str], giver: str) -> tuple[object, ...]:
    """What a row of answers says, however it was written."""
    facts = sections.screening(without_beside({name: one for name, one in content.items() if name != "answered_by"}))
    given = [question for question, value in values_of(content) if value is not None]
    beside = [content.get(name) for name in LEADING_BESIDE]
    return facts, beside, {question: givers.get(question, giver) for question in given}


def add_said_answers(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    content, beside = values["content"], values["beside"]
    return int(answer_screening(patient_id, screening=content, **beside, by=by, now=now).row.pk)


# -- Pathways -----------------------------------------------------------------------------------------------
PATHWAY_NAMES: Final = _writable(PathwayShape)


def read_said_pathway(said: Mapping[str, Any]) -> Read:
    return _read(lambda: dict(zip(("content", "notes", "beside"), read_pathway(said), strict=True)))


def same_pathways(patient_id: int, values: dict[str, Any]) -> list[int]:
    """Versions of the same place that say the same."""
    rows = Pathway.objects.of_patient(patient_id).filter(**_place(values["beside"])).order_by("pk")
    wanted = sections.pathway(values["content"]), _noted(PathwayNotes(**values["notes"]))
    return [row.pk for row in rows if (sections.pathway(row.content), _noted(PathwayNotes.of(row))) == wanted]


def _noted(notes: PathwayNotes) -> dict[str, Any]:
    return {**asdict(notes), "treatments_tried": sorted(set(notes.treatments_tried))}


def set_said_pathway(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    content, notes = values["content"], PathwayNotes(**values["notes"])
    return int(set_pathway(patient_id, pathway=content, notes=notes, **values["beside"], by=by, now=now).row.pk)


def _read(read: Callable[[], dict[str, Any]]) -> Read:
    try:
        return read(), []
    except Invalid as refusal:
        return {}, list(refusal.errors)


def _place(beside: Mapping[str, Any]) -> dict[str, str]:
    return {name: beside.get(name) or "" for name in ("area", "side")}


# -- Outcomes -----------------------------------------------------------------------------------------------
OUTCOME_NAMES: Final[tuple[str, ...]] = tuple(name for name in map(str, OutcomeBody().fields) if name != "appointment")


def read_said_outcome(said: Mapping[str, Any]) -> Read:
    values, problems = read_partly(OutcomeBody, said)
    if said.get("on") is None:
        problems.append(FieldError("#/on", "Say on which day it was said or scored."))
    return values, problems


def same_outcomes(patient_id: int, values: dict[str, Any]) -> list[int]:
    """Rows of the same day that say the same, of one with a total of that day."""
    wanted = _outcome_said(values)
    kept = outcomes_of(Patient.objects.get(pk=patient_id))
    return [one.row.pk for one in kept if one.on == values["on"] and _outcome_said(OutcomeAnswer(one).data) == wanted]


_ONLY_OF_WHAT_WAS_SAID: Final = ("occasion", "area", "answered_by")
"""A total that stands by itself has none of these."""


def _outcome_said(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: values.get(name) if values.get(name) != "" else None for name in OUTCOME_NAMES}
    found["on"] = found["on"].isoformat() if isinstance(found["on"], date) else found["on"]
    is_total = all(found[name] is None for name in SAID)
    return {name: value for name, value in found.items() if not (is_total and name in _ONLY_OF_WHAT_WAS_SAID)}


def record_said_outcome(patient_id: int, values: dict[str, Any], by: Actor, now: datetime) -> int:
    return record_outcome(patient_id, said_outcome(values), by=by, now=now).row.pk
