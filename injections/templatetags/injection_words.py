"""How pages print sites, sides, answers and verdicts. Text only, no HTML."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template

from injections import words
from injections.assessment import standing
from injections.assessment.coverage import finding_of
from injections.assessment.evidence_words import VALUES
from injections.assessment.visits import Visit
from injections.facts.examination import AVULSION, ExaminationFinding, examination_of
from injections.models import Pathway, WaitingFor
from injections.safety.beside import DIABETES_TYPE, DIABETES_TYPES
from injections.safety.dates import partial_in_words, when_in_words
from injections.safety.questions import QUESTIONS
from injections.safety.rules import RULES
from injections.words import LOADING_STAGES, TREATMENTS
from scheduling.templatetags.clinic_words import day, kind_name, moment, status_kind, status_words

register = template.Library()


_NO_HOURS, _ONE_HOUR = re.compile(r"\b0 hours(?= after)"), re.compile(r"\b1 hours\b")
_RULE_IDS = re.compile(rf"\b(?:{'|'.join(rule.id for rule in RULES if '-' in rule.id)})\b")


@register.filter
def site_name(code: str) -> str:
    return words.SITE_NAMES.get(code, code)


@register.filter
def area_name(code: str) -> str:
    """An area; without one it is for all of them."""
    return words.AREA_NAMES.get(code, code) if code else "All areas"


@register.filter
def side_name(code: str) -> str:
    return words.SIDES.get(code, code) if code else "Both sides"


@register.filter
def where(asked: Any) -> str:
    """Left hamstring origin: what has a site and a side, in words; of a visit with several injections each of them,
    both sides of one site together: "Left and right hamstring origin, left hip joint".
    """
    sides: dict[str, list[str]] = {}
    for one in getattr(asked, "wanted", ()):
        sides.setdefault(one.site, []).append(one.side)
    said = [f"{' and '.join(each)} {site_name(site).lower()}" for site, each in sides.items()]
    return ", ".join(said).capitalize() if said else _place(asked)


def _place(asked: Any) -> str:
    side = {"left": "Left ", "right": "Right ", "both": "Both sides, "}.get(asked.side, "Side not known, ")
    return f"{side}{site_name(asked.site).lower()}"


@register.filter
def further_query(asked: Any) -> str:
    """The injections of a visit after its first, as the query of a booking's address carries them on."""
    further = zip(("second", "third"), asked.wanted[1:], strict=False)
    return "".join(f"&{urlencode({name: f'{one.site}:{one.side}'})}" for name, one in further)


@register.filter
def found_of(finding: Any) -> str:
    """Of which injections of a visit a finding is, a stored one (a mapping) or a fresh one; "" where it has but one."""
    return standing.found_of(finding_of(finding) if isinstance(finding, dict) else finding)


@register.filter
def partial_date(given: str) -> str:
    """August 2026, or "date not known"."""
    return partial_in_words(given) if given else "Date not known"


@register.filter
def given_on(injection: Any) -> str:
    """When an injection was given: "14 August 2026", or "some time in 2025, counted as 31 December"."""
    return words.given_in_words(injection.given or None, injection.recorded_on, counts=injection.steroid is not False)


@register.filter
def verdict_words(verdict: str) -> str:
    return words.VERDICTS.get(verdict, "")


@register.filter
def rule_words(rule: str) -> str:
    return words.rule_words(rule)


@register.filter
def naming_rules(text: str) -> str:
    """A text about the rules, with what pages call them in place of their ids."""
    return _RULE_IDS.sub(lambda found: f"“{words.rule_words(found[0])}”", text)


@register.filter
def outcome_words(outcome: str) -> str:
    return words.OUTCOMES.get(outcome, outcome)


@register.filter
def as_said(message: str) -> str:
    """The words of a finding as a person says them: right after, 1 hour. What the rules say of hours stays as it is in
    files of the batch check and in the API.
    """
    return _ONE_HOUR.sub("1 hour", _NO_HOURS.sub("right", message))


register.filter("decided", standing.decided)
register.filter("decision_why", standing.why)
register.filter("decision_reach", standing.reach)


@register.filter
def question_label(code: str) -> str:
    return words.QUESTION_LABELS.get(code, code.replace("_", " "))


@register.filter
def giver(code: str) -> str:
    """Who gave an answer; of an old record the name that stands there."""
    return words.GIVERS.get(code, code)


@register.filter
def in_words(value: Any) -> str:
    """Any value of a record or of evidence as a reader would say it; nothing is "Not known"."""
    if value is None or value == "":
        return "Not known"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, dict):
        shown = _with_one_date(value)
        return ", ".join(f"{_name(key)}: {evidence_value(inner, key)}" for key, inner in shown.items())
    if isinstance(value, list | tuple):
        return "; ".join(in_words(inner) for inner in value) or "None"
    return str(value)


@register.filter
def evidence_value(value: Any, key: str) -> str:
    """A piece of evidence as a reader would say it; some codes mean one thing here and another there."""
    if key == "other_diagnosis" and isinstance(value, str):
        return words.OTHER_DIAGNOSES.get(value, value)
    if key == "diabetes_poorly_controlled" and isinstance(value, str) and value:
        return words.answer_words(key, value)
    if key == DIABETES_TYPE and isinstance(value, str):
        return DIABETES_TYPES.get(value, value)
    if key == "reports" and isinstance(value, list):
        return " ".join(
            f"{in_words(one['modality'])} of {in_words(one['performed_on'])}: {words.report_says(one)}" for one in value
        )
    return str(in_words(value))


_EVIDENCE = {"counted_on": "counts as", "given": "date", "start_on": "start of the visit"}


def _name(key: str) -> str:
    if key in _EVIDENCE:
        return _EVIDENCE[key]
    return words.QUESTION_LABELS.get(key, key.removesuffix("_on").removesuffix("_at").replace("_", " "))


def _with_one_date(value: dict[str, Any]) -> dict[str, Any]:
    """Evidence about an injection: when it was given and the day that it counts as are said as one."""
    if "given" not in value or not value.get("counted_on"):
        return value
    said = when_in_words(value["given"], date.fromisoformat(value["counted_on"])).removeprefix("on ")
    return {key: said if key == "given" else inner for key, inner in value.items() if key != "counted_on"}


def _of_text(text: str) -> str:
    if text in VALUES:
        return VALUES[text]
    if text in words.QUESTION_LABELS:
        return words.QUESTION_LABELS[text]
    try:
        if len(text) == len("2026-08"):
            return partial_in_words(text)
        if len(text) == len("2026-08-14"):
            return day(date.fromisoformat(text))
        if "T" in text:
            return moment(datetime.fromisoformat(text))
    except ValueError:
        pass
    return text


@register.filter
def activity_name(kind: str) -> str:
    return words.ACTIVITIES.get(kind, kind)


@register.filter
def answers_like(content: dict[str, Any], wanted: str) -> list[str]:
    """The labels of the questions that were answered like this; "open" is not sure or not answered."""
    answers = content.get("answers", {})
    likes = {"open": ("not-sure", None)}.get(wanted, (wanted,))
    return [words.QUESTION_LABELS[code] for code in QUESTIONS if answers.get(code) in likes]


@register.filter
def examined(row: Pathway, versions: list[Pathway]) -> list[ExaminationFinding]:
    """What an examination found among what a pathway says, each with who recorded it and since when."""
    return examination_of(row, versions)


@register.filter
def examination_label(name: str) -> str:
    return "Avulsion suspected" if name == AVULSION else words.INDICATIONS[name]


@register.filter
def physiotherapy_name(code: str | None) -> str:
    return words.PHYSIOTHERAPY.get(code or "", "Not known")


@register.filter
def loading_stage_words(stage: int | None) -> str:
    """The stage of tendon loading: "2: isotonic with little hip flexion"."""
    return f"{stage}: {LOADING_STAGES[stage]}" if stage else "Not known"


@register.filter
def treatments_words(tried: list[str]) -> str:
    """What was tried, in one line; nothing is "Not recorded"."""
    return "; ".join(TREATMENTS.get(code, code) for code in tried) or "Not recorded"


@register.filter
def words_of(text: str) -> list[str]:
    """The words of a line, to loop over names in a template."""
    return text.split()


@register.filter
def of_severity(findings: Any, severity: str) -> list[Any]:
    """The findings of one severity, stored ones (mappings) or fresh ones."""
    return [one for one in findings if (one["severity"] if isinstance(one, dict) else one.severity) == severity]


@register.filter
def state_words(visit: Visit) -> str:
    """The state of a visit; a pending one says whom it waits for."""
    return "waiting for answers" if visit.waiting_for == WaitingFor.ANSWERS else status_words(visit.appointment.status)


@register.filter
def state_kind(visit: Visit) -> str:
    """Which tag goes with that."""
    return "info" if visit.waiting_for == WaitingFor.ANSWERS else status_kind(visit.appointment.status)


@register.filter
def visit_what(appointment: Any) -> str:
    """What an appointment is, in one phrase: "Injection, left hamstring origin"."""
    asked = getattr(appointment, "injection_request", None)
    name = kind_name(appointment.kind)
    return f"{name}, {where(asked).lower()}" if asked else name
