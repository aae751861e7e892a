"""What a clinical letter says, as one value that is filed and set as HTML and as PDF. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from injections.messages.aftercare_plan import LOAD_ADVICE, LOADED_AREAS, TWO_WEEKS
from injections.safety.sites import area_of
from scheduling.messages import words
from scheduling.messages.blocks import Block

TO_GP, TO_PHYSIOTHERAPIST, TO_PATIENT = "gp", "physiotherapist", "patient-copy"
MOST_OF_A_TEXT: Final = 800
"""Letters of what was written with the procedure, so that the page holds it; a longer one says that there is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Another injection of the same visit, in the same words; of one that was not given `why_not` says so."""

    site: str
    place: str
    target: str = ""
    scan: str = ""
    given: str = ""
    batch: str = ""
    anaesthetic: str = ""
    review_from: date | None = None
    clear_from: date | None = None
    why_not: str = ""

    @property
    def was_given(self) -> bool:
        return bool(self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What the record says of one injection, in words where it is printed as it stands; "" is nothing recorded.

    `also` are the other injections of its visit: the rest and the end are then the latest of them.
    Instants are aware; `ended_at` is the actual end. `warnings` is the safety net, as every message after it has it.
    """

    clinic: Sequence[str]
    patient: str
    born_on: date
    nhs_number: str
    address: str
    gp: Sequence[str]
    site: str
    place: str
    target: str
    scan: str
    drug: str
    batch: str
    anaesthetic: str
    result: str
    given_by: str
    ended_at: datetime
    rest_until: datetime
    complications: Sequence[str]
    review_from: date | None
    clear_from: date | None
    warnings: Sequence[Block]
    zone: ZoneInfo
    also: Sequence[Also] = ()

    @property
    def given_also(self) -> list[Also]:
        return [one for one in self.also if one.was_given]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """A letter as it is rendered, from top to bottom: lines, and pairs of a label and what stands beside it."""

    clinic: Sequence[str]
    to: Sequence[str]
    title: str
    about: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, str]]
    paragraph: str
    warnings: Sequence[Mapping[str, Any]]
    signed: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, equal for equal letters."""
        made: dict[str, Any] = _plain(asdict(self))
        return made


def letter_content(kind: str, said: LetterFacts, paragraph: str) -> LetterContent:
    """The letter of this kind from what is recorded; the physiotherapist's leaves out all that is not theirs."""
    what = "Injections" if said.given_also else "Injection"
    rows = _for_physiotherapy(said) if kind == TO_PHYSIOTHERAPIST else _all(said)
    return LetterContent(
        clinic=said.clinic,
        to=_addressee(kind, said),
        title=f"{what} on {words.full_date(said.ended_at.astimezone(said.zone).date())}",
        about=_shown(
            [
                ("Patient", said.patient),
                ("Born", words.full_date(said.born_on)),
                ("NHS number", said.nhs_number),
                ("Address", "" if kind == TO_PHYSIOTHERAPIST else said.address),
            ]
        ),
        rows=_shown(rows),
        paragraph=paragraph,
        warnings=[{"form": block.form, "lines": list(block.lines)} for block in said.warnings],
        signed=said.given_by,
    )


def one_paragraph(text: str) -> str:
    """What was typed as one paragraph: no line breaks, single spaces."""
    return " ".join(text.split())


def _addressee(kind: str, said: LetterFacts) -> list[str]:
    if kind == TO_GP:
        return list(said.gp)
    if kind == TO_PHYSIOTHERAPIST:
        return ["The treating physiotherapist"]
    return [line for line in (said.patient, said.address) if line]


def _all(said: LetterFacts) -> list[tuple[str, str]]:
    return [
        ("Site and side", said.place),
        ("Target", said.target),
        ("Scan", said.scan),
        ("Given", f"{said.drug}{' (only part of it)' if said.result == 'part-given' else ''}"),
        ("Batch", said.batch),
        ("Local anaesthetic", said.anaesthetic or "None recorded"),
        *(row for one in said.also for row in _rows_of(one)),
        ("Given by", said.given_by),
        ("Complications", _cut("; ".join(said.complications)) or "None recorded"),
        *_what_follows(said),
    ]


def _rows_of(also: Also) -> list[tuple[str, str]]:
    if not also.was_given:
        return [("Not injected", f"{also.place}{': ' if also.why_not else ''}{_cut(also.why_not)}")]
    return [
        ("Also injected", also.place),
        ("Target", also.target),
        ("Scan", also.scan),
        ("Given", also.given),
        ("Batch", also.batch),
        ("Local anaesthetic", also.anaesthetic or "None recorded"),
    ]


def _for_physiotherapy(said: LetterFacts) -> list[tuple[str, str]]:
    """Of what was not given it says nothing: there is nothing to spare."""
    return [("Site and side", ", ".join([said.place, *(one.place for one in said.given_also)])), *_what_follows(said)]


def _what_follows(said: LetterFacts) -> list[tuple[str, str]]:
    return [
        ("Rest until", words.when(said.rest_until, said.zone)),
        ("For two weeks", _load(said)),
        ("Next injection here", _next_of_all(said)),
    ]


def _load(said: LetterFacts) -> str:
    """Two weeks of load, for sites beside a loaded tendon; days of the clinic's calendar."""
    if LOADED_AREAS.isdisjoint(area_of(site) for site in (said.site, *(one.site for one in said.given_also))):
        return ""
    until = said.ended_at.astimezone(said.zone).date() + TWO_WEEKS
    return f"Until {words.full_date(until)}: {LOAD_ADVICE}"


def _next_of_all(said: LetterFacts) -> str:
    """Of several each place with its own dates."""
    if not said.given_also:
        return _next(said)
    each: list[LetterFacts | Also] = [said, *said.given_also]
    return ". ".join(f"{one.place}: {text}" for one in each if (text := _next(one)))


def _next(said: LetterFacts | Also) -> str:
    """From when another one of this area and side is possible."""
    review = f"radiologist review from {words.full_date(said.review_from)}" if said.review_from else ""
    clear = f"interval free from {words.full_date(said.clear_from)}" if said.clear_from else ""
    text = ", ".join(filter(None, (review, clear)))
    return f"{text[:1].upper()}{text[1:]}"


def _cut(text: str) -> str:
    if len(text) <= MOST_OF_A_TEXT:
        return text
    return f"{text[:MOST_OF_A_TEXT].rpartition(' ')[0] or text[:MOST_OF_A_TEXT]} … (there is more in the record)"


def _shown(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of what nothing is known nothing is said."""
    return [(label, text) for label, text in pairs if text]


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
