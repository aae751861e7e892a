"""Findings as cards: worst first, each with its source, reasons to pass over it, and a later date where one helps."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.urls import reverse

from injections.doors.coded.own import RULES
from injections.models.cds import REASON_SYSTEM
from injections.safety.findings import SEVERITY_RANK, Finding, Severity
from injections.words import REASON_CODES
from pht_clinic.clinic_words import words_in_force

LONGEST_SUMMARY: Final = 139
CLINICS_OWN: Final = "own-records"
NOT_READ: Final = "not-read"
NOT_CHECKED: Final = "not-checked"
NEXT_DATES: Final = "next-dates"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LONGEST_SOURCE: Final = 200


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change that a press there makes: the resource as it would be. `type` is "update", or "create" of what has no
    id yet.
    """

    label: str
    type: str
    resource: dict[str, object]
    is_recommended: bool = False
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def as_dict(self) -> dict[str, object]:
        action = {"type": self.type, "description": self.label, "resource": self.resource}
        return {"label": self.label, "uuid": str(self.id), "isRecommended": self.is_recommended, "actions": [action]}


@dataclass(frozen=True, slots=True)
class HookCard:
    """One card. `rule` is the rule that found it, or one of the door's own words; `detail` is Markdown."""

    rule: str
    severity: Severity
    summary: str
    detail: str
    source: str
    suggestions: tuple[Suggestion, ...] = ()
    link: str = ""
    may_override: bool = True
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def as_dict(self) -> dict[str, object]:
        """As it is sent: nothing in it is null or empty."""
        card: dict[str, object] = {
            "uuid": str(self.id),
            "summary": _cut(self.summary, LONGEST_SUMMARY),
            "detail": self.detail,
            "indicator": self.severity.value,
            "source": {
                "label": _cut(self.source, _LONGEST_SOURCE),
                "url": _address("rules"),
                "topic": {"system": RULES, "code": self.rule, "display": self.rule.replace("-", " ")},
            },
            "links": [{"label": "Open in PHT Clinic", "url": self.link or _address("rules"), "type": "absolute"}],
        }
        if self.suggestions:
            card["suggestions"] = [one.as_dict() for one in self.suggestions]
            card["selectionBehavior"] = "at-most-one"
        if self.may_override:
            card["overrideReasons"] = override_reasons()
        return card


def of_finding(
    finding: Finding, *, about: str = "", suggestions: Sequence[Suggestion] = (), link: str = ""
) -> HookCard:
    """The card of a finding. `about` names the appointment, where the call is about several."""
    lines = [
        plain(finding.message),
        f"**What to do:** {plain(finding.action)}" if finding.action else "",
        f"**What clears it:** {plain(finding.clears)}",
        f"Rule {plain(finding.rule)}. {plain(finding.source)}.".replace("..", "."),
    ]
    return HookCard(
        rule=finding.rule,
        severity=finding.severity,
        summary=f"{about}: {finding.message}" if about else finding.message,
        detail="\n\n".join(filter(None, lines)),
        source=finding.source,
        suggestions=tuple(suggestions),
        link=link,
        may_override=finding.needs_decision,
    )


def of_own_records(severity: Severity, *, about: str = "") -> HookCard:
    """That this clinic's own records speak against it, to somebody who may not be told what they say."""
    summary = "This clinic's own records speak against this time: phone before it is booked."
    clinic = words_in_force()
    return HookCard(
        rule=CLINICS_OWN,
        severity=severity,
        summary=f"{about}: {summary}" if about else summary,
        detail=f"What they say cannot be shown here. **Phone {plain(clinic.name)}: {plain(clinic.phone)}.**",
        source=words_in_force().name,
    )


def of_unchecked(problems: Iterable[str], *, about: str = "", is_ours: bool) -> HookCard:
    """That an appointment was not judged, as it does not say what is to be done where. `is_ours`: it is an injection or
    a visit that loads the tendon; else it merely names a place that is injected here.
    """
    summary = (
        "Not checked: it is not coded what is to be done where."
        if is_ours
        else "Not checked: no injection by its code."
    )
    return HookCard(
        rule=NOT_CHECKED,
        severity=Severity.WARNING if is_ours else Severity.INFO,
        summary=f"{about}: {summary}" if about else summary,
        detail="\n".join(f"- {plain(one)}" for one in problems),
        source=words_in_force().name,
        may_override=is_ours,
    )


def of_gaps(gaps: Iterable[tuple[str, str]], *, is_part: bool) -> HookCard:
    """What could not be read. `is_part`: of what was there, so that the other cards may be too mild."""
    named = list(gaps)
    summary = (
        "Not all of the record could be read: what is missing may speak against this."
        if is_part
        else "Some of the record is missing, or says nothing to this check, and counts as unknown."
    )
    return HookCard(
        rule=NOT_READ,
        severity=Severity.WARNING if is_part else Severity.INFO,
        summary=summary,
        detail="\n".join(f"- {plain(what)}: {plain(why)}" for what, why in named),
        source=words_in_force().name,
        may_override=is_part,
    )


def worst_first(cards: Iterable[HookCard]) -> list[HookCard]:
    """Critical before warning before information; among equals as they came."""
    return sorted(cards, key=lambda card: SEVERITY_RANK[card.severity])


def override_reasons() -> list[dict[str, object]]:
    """Why somebody passes over a card: the codes by which radiologists of this clinic decide too."""
    return [{"system": REASON_SYSTEM, "code": code, "display": words} for code, words in REASON_CODES.items()]


def plain(text: str) -> str:
    """Text in Markdown that reads as it stands, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def page_of_patient(patient_id: int) -> str:
    """The address of the patient's page, for whoever signs in."""
    return _address("patient", patient_id)


def _address(name: str, *parts: object) -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse(name, args=parts)}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
