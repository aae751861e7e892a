"""The evidence of a finding as a radiologist would say it: a few whole sentences, none of them a name and a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import template
from django.utils.text import capfirst

from injections import words
from injections.safety.dates import when_in_words
from injections.safety.findings import Finding, Severity
from injections.templatetags.injection_words import evidence_value, in_words
from scheduling.templatetags.clinic_words import moment

register = template.Library()

_UNSAID: Final = ("area", "side", "performed_on", "tear_grade", "tear_size_mm", "tendinopathy", "bursitis", "tear")
"""Of evidence that is a report: it is said as one."""
_OPINION: Final = "Consider a surgical or specialist opinion"


@register.filter
def evidence_sentences(evidence: Mapping[str, Any]) -> str:
    """All of it, in the order in which it stands there; nothing is left out but what a sentence before has said."""
    return " ".join(filter(None, _sentences(evidence)))


@register.filter
def advice(finding: Finding | Mapping[str, Any]) -> str:
    """What a radiologist may think of beside what clears it, "" of most findings.

    Of `repeat-number` where the last injection did not help, or where their number has to be looked at.
    Source: overview of the condition (surgery where long care without it fails); the number is ours.
    """
    said: Mapping[str, Any] = finding.as_dict() if isinstance(finding, Finding) else finding
    evidence = said.get("evidence") or {}
    if said.get("rule") != "repeat-number":
        return ""
    if evidence.get("helped") == "no":
        return f"{_OPINION}: the last injection did not help."
    if said.get("severity") == Severity.WARNING:
        return f"{_OPINION}: this would be injection number {evidence.get('number')} here."
    return ""


def _sentences(evidence: Mapping[str, Any]) -> Iterator[str]:
    if "modality" in evidence:
        yield _report(evidence)
        evidence = {
            key: value for key, value in evidence.items() if key not in (*_UNSAID, "modality", "other_diagnosis")
        }
    for key, value in evidence.items():
        try:
            yield _sentence(key, value)
        except (AttributeError, KeyError, TypeError, ValueError):
            # an assessment of an earlier version of the rules, whose evidence has another shape
            yield _plainly(key, value)


def _sentence(key: str, value: Any) -> str:
    if say := _SAID.get(key):
        return say(value)
    return _answered(value, [key]) if key in words.QUESTION_LABELS else _plainly(key, value)


def _plainly(key: str, value: Any) -> str:
    return f"{capfirst(key.replace('_', ' '))}: {in_words(value)}."


def _answered(value: str | None, questions: list[str]) -> str:
    said = f"answered “{in_words(value).lower()}”" if value else "not answered"
    return f"{capfirst(', '.join(words.QUESTION_LABELS.get(one, in_words(one)) for one in questions))}: {said}."


def _injection(one: Mapping[str, Any]) -> str:
    """ "Left ischial tuberosity, 31 March 2026", with what was said where the day is not exact."""
    side = {"left": "left ", "right": "right ", "both": "both sides, "}.get(one["side"], "side not known, ")
    area = in_words(one["area"])
    where = f"{side}{area[:1].lower()}{area[1:]}"
    said = when_in_words(one.get("given", one["counted_on"]), date.fromisoformat(one["counted_on"]))
    return f"{where}, {said}"


def _injections(found: list[Mapping[str, Any]]) -> str:
    return f"Counted: {'; '.join(map(_injection, found)) or 'none'}."


def _load(one: Mapping[str, Any]) -> str:
    start, ended = (moment(datetime.fromisoformat(one[name])) for name in ("start", "injection_ended"))
    agreed = " The patient agreed to move it." if one["agreed_to_move"] else ""
    what = f"{in_words(one['kind'])} on {start}, after an injection that ends on {ended}"
    return f"{what}: rest is {one['rest_hours']} hours.{agreed}"


def _report(one: Mapping[str, Any]) -> str:
    said = evidence_value([one], "reports")
    return str(said)


def _reports(found: list[Mapping[str, Any]]) -> str:
    return " ".join(map(_report, found)) or "There is no report of this area and side."


def _on(known: str, unknown: str) -> Callable[[Any], str]:
    """A sentence with the day, or another where it is not known."""
    return lambda value: f"{known} {in_words(value)}." if value else unknown


def _of(known: Mapping[Any, str], otherwise: str = "{}") -> Callable[[Any], str]:
    """One sentence for each code."""
    return lambda value: known.get(value) or otherwise.format(in_words(value).lower())


def _days(hours: int) -> str:
    days, rest = divmod(timedelta(hours=hours), timedelta(days=1))
    return f"{hours} hours" if rest else f"{days} days"


_SAID: Final[dict[str, Callable[[Any], str]]] = {
    "start_on": _on("The visit is asked for", "No day is asked for."),
    "injections": _injections,
    "last": lambda one: f"The last: {_injection(one)}.",
    "number": lambda number: f"This would be number {number}.",
    "injections_given": lambda number: f"{number} given before.",
    "helped": _of({"yes": "It helped.", "no": "It did not help."}, "Whether it helped is not known."),
    "yes": lambda questions: _answered("yes", questions),
    "not_sure": lambda questions: _answered("not-sure", questions) if questions else "",
    "unanswered": lambda questions: _answered(None, questions) if questions else "",
    "questions": lambda questions: f"Of these: {', '.join(map(in_words, questions))}.",
    "older_than_hours": lambda hours: f"At the visit answers will be {_days(hours)} old or older.",
    "answered_on": _on("Answered on", "The day of the answer is not known."),
    "onset": _of(
        {"gradual": "The pain came gradually.", "sudden": "The pain came suddenly."}, "How it began is not known."
    ),
    "injury_on": _on("The injury was on", "The day of the injury is not known."),
    "tears": lambda tears: (
        f"Tear in the reports since then: {', '.join(in_words(one).lower() for one in tears) or 'no report'}."
    ),
    "open_warning_sign": lambda is_open: "A call about a warning sign is open." if is_open else "",
    "open_calls": lambda rules: f"Calls are open about: {', '.join(words.rule_words(one).lower() for one in rules)}.",
    "outcome": _of({"decline": "It was declined: do not inject.", "delay": "It was delayed."}, "Decided: {}."),
    "decided_on": _on("That was decided on", "The day of that decision is not known."),
    "until": _on("Not before", "Without a date to come back on."),
    "loads": lambda loads: " ".join(map(_load, loads)),
    "blood_thinner_kind": lambda kind: f"The blood thinner is {in_words(kind).lower() if kind else 'not named'}.",
    "inr": lambda inr: f"The last INR was {inr:g}." if inr is not None else "The last INR is not known.",
    "inr_on": _on("It was taken on", "When it was taken is not known."),
    "diabetes_poorly_controlled": _of(
        {"yes": "The diabetes is poorly controlled.", "no": "The diabetes is well controlled."},
        "Whether the diabetes is well controlled is not known.",
    ),
    "physiotherapy": _of({}, "Physiotherapy: {}."),
    "response": _of({}, "Response to it: {}."),
    "not_possible_reason": lambda why: (
        f"Why it is not possible: {why}" if why else "Why it is not possible was not said."
    ),
    "reports": _reports,
    "ultrasound": _on("The newest ultrasound report is of", "There is no ultrasound report of this area and side."),
    "mri": lambda is_there: "There is an MRI report." if is_there else "There is no MRI report.",
    "suspected_avulsion": _of({"yes": "An avulsion is suspected.", "no": "No avulsion is suspected."}, "Avulsion: {}."),
    "specialist_assessment": _of({"no": "No specialist has assessed it."}, "Assessed by a specialist: {}."),
    "mild_and_improving": _of({"yes": "It is mild and improving."}, "Mild and improving: {}."),
    "indications": lambda found: f"Indications: {', '.join(map(in_words, found)).lower() or 'none'}.",
    "treatments_tried": lambda tried: f"Tried before: {in_words(tried).lower()}.",
    "targets": lambda targets: f"Target: {', '.join(map(in_words, targets)).lower()}.",
    "ultrasound_guided": lambda is_guided: (
        "The room has an ultrasound." if is_guided else "The room has no ultrasound."
    ),
    "main_pain_site": _of({}, "The pain is mostly at: {}."),
    "pain_side": _of({}, "The side the patient names: {}."),
    "side": _of({}, "The side asked for: {}."),
    "area": _of({}, "The area: {}."),
    "next_event_on": _on("The next event is on", "When the next event is, is not known."),
    "surgery_on": _on("The operation is on", "The day of the operation is not known."),
    "date_of_birth": _on("Born on", "The date of birth is not known."),
    "adult_on": _on("18 on", ""),
}
