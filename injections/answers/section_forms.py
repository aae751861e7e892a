"""The questions section by section: how far it is, what was read out, and "no" to what is left of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from injections.answers.sections import BY_NAME, SECTIONS, Section
from injections.safety.codes import NOT_SURE
from injections.safety.questions import ALWAYS_ASKED, QUESTIONS
from pht_clinic.web.forms.base import ClinicForm

_OPEN = (None, "", "unknown", NOT_SURE)
_READ_OUT = "I read this section out, and all of it was answered today"
OPEN_ONES = "open"


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section as a page shows it: its questions, each with what is asked after a yes to it."""

    section: Section
    questions: Sequence[tuple[forms.BoundField, Sequence[forms.BoundField]]]
    read_out: forms.BoundField
    answered: int


class BySections(ClinicForm):
    """The fields of a screening in sections. `only`: OPEN_ONES leaves out what is answered, else all are there.

    Two buttons save and go on with the next section; the second says "no" to what is left open of a section that takes
    that, once it was read out. Nobody answers a red flag so.
    """

    def __init__(self, *args: Any, only: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in SECTIONS:
            self.fields[section.read_out] = forms.BooleanField(label=_READ_OUT, required=False)
        self.is_only_open = only == OPEN_ONES

    def leave_out_answered(self, follow_ups: Mapping[str, Collection[str]]) -> None:
        """Take away what is answered, with what is asked after it: `follow_ups` by question."""
        for section in SECTIONS:
            for name in [one for one in section.asks if self.initial.get(one) not in _OPEN]:
                for gone in (name, *follow_ups.get(name, ())):
                    self.fields.pop(gone, None)
            if not any(name in self.fields for name in section.asks if name in (*QUESTIONS, *ALWAYS_ASKED)):
                for gone in (*section.asks, section.read_out):
                    self.fields.pop(gone, None)

    @property
    def section(self) -> Section | None:
        """The one whose button was pressed; None for the form as a whole."""
        return BY_NAME.get(self.data.get("no_to") or self.data.get("go_on") or "")

    @property
    def sections(self) -> list[ShownSection]:
        """Those that are asked."""
        asked: dict[str, Sequence[forms.BoundField]] = {field.name: after for field, after in self.questions}  # type: ignore[attr-defined]  # of QuestionFields
        return [
            ShownSection(
                section,
                [(self[name], asked.get(name, ())) for name in section.asks if name in self.fields],
                self[section.read_out],
                sum(self._is_answered(name) for name in section.asks),
            )
            for section in SECTIONS
            if section.read_out in self.fields
        ]

    @property
    def answered(self) -> int:
        """How many of the rules' questions have an answer, here or before; "not sure" is one."""
        return sum(self._is_answered(name) for name in QUESTIONS)

    @property
    def answered_in_all(self) -> int:
        """The same once it is saved, with what was answered by "no" to all; ask `is_valid` first."""
        return sum(bool(self.cleaned_data.get(name) or self.initial.get(name)) for name in QUESTIONS)

    @property
    def total(self) -> int:
        return len(QUESTIONS)

    def _is_answered(self, name: str) -> bool:
        return bool(self[name].value() if name in self.fields else self.initial.get(name))

    def next_section(self) -> Section | None:
        """Where to go on after the section that was saved: the next one in which something is open, else the first."""
        here = SECTIONS.index(self.section) if self.section else -1
        still = [section for section in SECTIONS if any(self._is_left(name) for name in section.asks)]
        return next((one for one in still if SECTIONS.index(one) > here), next(iter(still), None))

    def _is_left(self, name: str) -> bool:
        is_asked = name in self.fields and name in (*QUESTIONS, *ALWAYS_ASKED)
        return is_asked and self.cleaned_data.get(name) in (None, "", "unknown")

    @property
    def asked_anew(self) -> frozenset[str]:
        """What was read out, all of it: every answer there is of today, also one that reads as before."""
        read = [section for section in SECTIONS if self.cleaned_data.get(section.read_out)]
        return frozenset(name for section in read for name in section.asks if name in self.fields)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        section = BY_NAME.get(self.data.get("no_to", ""))
        if section is None or not section.takes_no_to_all or section.read_out not in self.fields:
            return cleaned
        if not cleaned.get(section.read_out):
            self.add_error(
                section.read_out, "Tick that you read this section out. Only then can you answer no to all of it."
            )
            return cleaned
        for field, after in next(one for one in self.sections if one.section is section).questions:
            if not cleaned.get(field.name) and field.name not in self.errors:
                self._say_no(field.name, after, cleaned)
        return cleaned

    def _say_no(self, question: str, after: Sequence[forms.BoundField], cleaned: dict[str, Any]) -> None:
        """No, but where what is asked after a yes was answered: then somebody did not mean no."""
        if any(cleaned.get(one.name) for one in after):
            self.add_error(question, "Answer this question on its own: its follow-up question has been filled in.")
        else:
            cleaned[question] = "no"
