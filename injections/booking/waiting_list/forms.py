"""Forms of the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any, Final

from django import forms

from injections.booking.finder_forms import WEEKDAYS
from injections.booking.forms import WhatForm
from injections.booking.waiting_list.wished import LONGEST, NOTICE_HOURS, WHAT, NewWish
from injections.booking.wish import Wish
from injections.models import WaitingWish
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, TimeField
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.availability.hours_of_day import AFTERNOON, MORNING, NOON
from scheduling.models import Appointment, Practitioner
from scheduling.templatetags.clinic_words import kind_name, moment

_ROW: Final = {"class": "choices"}
_OWN: Final = "own"
_HOURS: Final[dict[str, tuple[time | None, time | None]]] = {
    "": (None, None),
    MORNING: (None, NOON),
    AFTERNOON: (NOON, None),
}
"""The quick choices, each with the times after and before which a visit would start."""
_NOTICES: Final = {2: "2 hours", 4: "4 hours", 24: "1 day", 48: "2 days", 168: "1 week"}


class WishForm(RevisedForm, WhatForm):
    """What a patient waits for: the kind and where, which days and hours suit, and how they are told."""

    names_fields = True
    pointer_fields = {
        "practitioner": "who",
        "practitioner_id": "who",
        "replaces_id": "replaces",
        "from": "from_on",
        "to": "to_on",
    }

    replaces = forms.ChoiceField(label="An earlier time than", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        help_text="Tick none for any day.",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs=_ROW),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
    )
    part = forms.ChoiceField(
        label="Time of day",
        required=False,
        widget=forms.RadioSelect(attrs=_ROW),
        choices=[("", "Any time"), (MORNING, "Mornings"), (AFTERNOON, "Afternoons"), (_OWN, "Between these times")],
        initial="",
    )
    after = TimeField(label="Starting at or after", required=False)
    before = TimeField(label="Starting before", required=False)
    who = forms.ChoiceField(label="With", required=False)
    from_on = DateField(label="First day", required=False)
    to_on = DateField(label="Last day", required=False)
    notice_hours = forms.TypedChoiceField(label="The patient can come at short notice of", coerce=int)
    reach = forms.ChoiceField(
        label="How to tell them about a free time", widget=forms.RadioSelect, choices=WaitingWish.Reach.choices
    )
    note = forms.CharField(
        label="Note for colleagues", required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: Any,
        people: Sequence[Practitioner],
        coming: Sequence[Appointment],
        row: WaitingWish | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, row=row, **kwargs)
        self._offer("replaces", [("", "None: this is an additional visit"), *map(_visit, _with_later(coming, row))])
        self._offer("who", [("", "Anyone"), *((str(one.pk), one.name) for one in people)])
        own = {row.notice_hours: row.notice_words} if row else {}
        self._offer("notice_hours", [(str(hours), said) for hours, said in sorted({**_NOTICES, **own}.items())])
        if row is None:
            self.fields["notice_hours"].initial = str(NOTICE_HOURS)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def shown(self, row: WaitingWish) -> dict[str, Any]:
        hours = (row.after, row.before)
        part = next((name for name, times in _HOURS.items() if times == hours), _OWN)
        own = hours if part == _OWN else (None, None)
        what = {name: getattr(row, name) for name in WHAT}
        same = {name: getattr(row, name) for name in ("from_on", "to_on", "notice_hours", "reach", "note")}
        ids = {"who": str(row.practitioner_id or ""), "replaces": str(row.replaces_id or "")}
        return {**what, **same, **ids, "weekdays": row.weekdays, "part": part, "after": own[0], "before": own[1]}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        part, own = cleaned.get("part") or "", (cleaned.get("after"), cleaned.get("before"))
        if part == _OWN and not any(own) and not {"after", "before"} & self.errors.keys():
            self.add_error("after", "Enter a time, here or in the next field.")
        if part in (MORNING, AFTERNOON) and any(own):
            self.add_error("part", "Choose “Between these times” for times of your own.")
        cleaned["after"], cleaned["before"] = own if any(own) else _HOURS.get(part, (None, None))
        return cleaned

    def said(self) -> dict[str, Any]:
        """What it says, by the fields of `NewWish`; ask `is_valid` first."""
        sent = self.cleaned_data
        what = Wish.of(sent)
        return {
            **{name: getattr(what, name) for name in WHAT},
            **{name: sent[name] for name in ("after", "before", "from_on", "to_on", "notice_hours", "reach", "note")},
            "weekdays": frozenset(sent["weekdays"]),
            "practitioner_id": int(sent["who"]) if sent["who"] else None,
            "replaces": int(sent["replaces"]) if sent["replaces"] else None,
        }

    def new_wish(self, patient_id: int) -> NewWish:
        """The same of a patient."""
        return NewWish.of({"patient_id": patient_id, **self.said()})


def _visit(one: Appointment) -> tuple[str, str]:
    return str(one.pk), f"{moment(one.start_at)}, {kind_name(one.kind)}"


def _with_later(coming: Sequence[Appointment], row: WaitingWish | None) -> list[Appointment]:
    """The visits to come, and the one that a wish names already, whatever became of it."""
    later = row.replaces if row else None
    return [*coming, *([later] if later and later not in coming else [])]


class TakeOffForm(ClinicForm):
    """Why somebody does not wait any more."""

    reason = forms.CharField(
        label="Why they are no longer waiting", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )
