"""What an imaging report says: the rules' own object, and beside it what informs people and is judged by nobody.

One flat JSON object, alike from the page, the API and a row. Every problem of every kind is named at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from injections import words
from injections.facts.sections import field_errors
from injections.models import ImagingReport
from injections.patient.injection_checks import Whose
from injections.safety.codes import OTHER_DIAGNOSES
from injections.safety.dates import in_words
from injections.safety.reading.parse import parse_report
from injections.safety.reading.reader import Problem, Reader
from injections.safety.sites import AREAS
from pht_clinic import clock
from pht_clinic.errors import FieldError

OTHER: Final = "other"
LONGEST_TEXT: Final = 4000
_OF_THE_TENDON: Final = {"tendinopathy": "no", "bursitis": "no", "tear": "none"}
"""What the rules are told of a report of a joint that does not speak of the tendon."""
_JUDGED: Final = (
    *("modality", "area", "side", "performed_on", *_OF_THE_TENDON, "tear_grade", "tear_size_mm", "other_diagnosis"),
)
_TEXTS: Final = {
    "tendon": 100,
    "other_diagnosis_text": 200,
    "findings": LONGEST_TEXT,
    "conclusion": LONGEST_TEXT,
    "reported_by": 200,
}
"""Free text and its greatest length."""
_CODES: Final = {
    "tendinopathy_grade": tuple(words.TENDINOPATHY_GRADES),
    "effusion": tuple(words.YES_NO),
    "osteoarthritis": tuple(words.OSTEOARTHRITIS),
    "labral_tear": tuple(words.YES_NO),
    "sacroiliitis": tuple(words.YES_NO),
}
MAY_BE_SILENT: Final = (*_OF_THE_TENDON, *_CODES)
"""Codes that a report may leave unsaid: "" in its columns."""
FIELDS: Final = (*_JUDGED, *_TEXTS, *_CODES)


def read(content: object, whose: Whose) -> tuple[dict[str, Any], list[FieldError]]:
    """The columns of a report, and every problem: missing, ill-formed, impossible, contradictory.

    The columns are of use only where there is no problem. Of a joint, what is of the tendon may be left out. Boundary:
    performed today is accepted, and so is the day of birth.
    """
    if not isinstance(content, Mapping):
        return {}, [FieldError("#", "must be an object")]
    problems: list[Problem] = []
    report = parse_report(_judged(content), "#", problems)
    columns = _beside(content, problems)
    problems += _contradictions(content, columns, {problem.pointer for problem in problems})
    problems += _impossible_day(content.get("performed_on"), whose)
    if report is not None:
        columns |= {name: getattr(report, name) for name in _JUDGED}
        columns["tear_grade"] = report.tear_grade or ""
        columns |= {name: "" for name in _OF_THE_TENDON if content.get(name) is None}
    return columns, field_errors(problems)


def _judged(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The rules' own object; of a joint, with what the rules are told where it does not speak of the tendon."""
    judged = {name: sent[name] for name in _JUDGED if name in sent}
    silent = _OF_THE_TENDON if _is_joint(sent) else {}
    return judged | {name: none for name, none in silent.items() if judged.get(name) is None}


def _beside(sent: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The columns that no rule judges; a key that nobody knows is a problem."""
    reader = Reader({name: value for name, value in sent.items() if name not in _JUDGED}, "#", problems)
    columns: dict[str, Any] = {name: reader.text(name, max_length=most) or "" for name, most in _TEXTS.items()}
    columns |= {name: reader.choice(name, codes) or "" for name, codes in _CODES.items()}
    reader.done()
    return columns


def _is_joint(sent: Mapping[str, Any]) -> bool:
    area = sent.get("area")
    return isinstance(area, str) and area in words.JOINT_FINDINGS_OF


def _impossible_day(performed_on: object, whose: Whose) -> list[Problem]:
    try:
        day = date.fromisoformat(performed_on) if isinstance(performed_on, str) else None
    except ValueError:
        return []  # the parser has said so
    if day is not None and day > clock.local_date(whose.now):
        return [Problem("#/performed_on", "is in the future")]
    if day is not None and day < whose.born_on:
        return [Problem("#/performed_on", f"is before the date of birth, {in_words(whose.born_on)}")]
    return []


def _contradictions(sent: Mapping[str, Any], columns: Mapping[str, Any], known: set[str]) -> list[Problem]:
    """What does not go together, but for fields in which a problem is `known`."""
    found = {
        "other_diagnosis_text": _of_other(sent, columns),
        "tendinopathy_grade": columns["tendinopathy_grade"]
        and _is_none(sent, "tendinopathy")
        and "is only for a tendinopathy",
        **{name: _of_no_tear(sent, name) for name in ("tear_grade", "tear_size_mm")},
        **{name: columns[name] and _of_joint(sent, name) for name in words.JOINT_FINDINGS},
    }
    return [
        Problem(f"#/{name}", detail)
        for name, detail in found.items()
        if isinstance(detail, str) and detail and f"#/{name}" not in known
    ]


def _of_other(sent: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    is_other = sent.get("other_diagnosis") == OTHER
    if is_other and not columns["other_diagnosis_text"]:
        return "is required: say what else was found"
    is_another = sent.get("other_diagnosis") in OTHER_DIAGNOSES and not is_other
    return "is only for something else" if columns["other_diagnosis_text"] and is_another else ""


def _of_no_tear(sent: Mapping[str, Any], name: str) -> str:
    return "is only for a tear" if _is_none(sent, "tear") and sent.get(name) not in (None, "") else ""


def _is_none(sent: Mapping[str, Any], name: str) -> bool:
    """Whether the report says that there is none, or is one of a joint and does not speak of it."""
    return sent.get(name) == _OF_THE_TENDON[name] or (_is_joint(sent) and sent.get(name) is None)


def _of_joint(sent: Mapping[str, Any], name: str) -> str:
    area = sent.get("area")
    fits = area not in AREAS or name in words.JOINT_FINDINGS_OF.get(str(area), ())
    areas = [words.AREA_NAMES[one].lower() for one, names in words.JOINT_FINDINGS_OF.items() if name in names]
    return "" if fits else f"is only for the {' and the '.join(areas)}"


def content_of(row: ImagingReport) -> dict[str, Any]:
    """A stored report as the object that `read` takes."""
    found: dict[str, Any] = {name: getattr(row, name) or None for name in FIELDS}
    size = row.tear_size_mm
    return found | {
        "performed_on": row.performed_on.isoformat(),
        "tear_size_mm": float(size) if size is not None else None,
    }


def changed(row: ImagingReport, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A stored report with these changes. What fits no longer goes with it, unless it was sent again."""
    after = content_of(row) | dict(changes)
    leaves = {
        "other_diagnosis_text": after["other_diagnosis"] != OTHER,
        "tendinopathy_grade": after["tendinopathy"] != "yes",
        "tear_grade": after["tear"] == "none",
        "tear_size_mm": after["tear"] == "none",
        **{name: name not in words.JOINT_FINDINGS_OF.get(str(after["area"]), ()) for name in words.JOINT_FINDINGS},
    }
    return after | {name: None for name, is_left in leaves.items() if is_left and name not in changes}
