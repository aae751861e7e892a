"""Forms of the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from injections.booking.finder_forms import HALVES, WEEKDAYS
from injections.booking.forms import WhatForm
from injections.booking.waiting_list.wishes import LONGEST, NewWish
from injections.booking.wish import Wish
from injections.models import WaitingWish
from injections.models.waiting import NOTICES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from scheduling.models import Appointment, Practitioner
from scheduling.templatetags.clinic_words import kind_name, moment

_ROW = {"class": "choices"}


class WishForm(WhatForm):
    """What a patient waits for: the kind and where, which days suit, and how they are told."""

    names_fields = True
    pointer_fields = {"practitioner": "who", "kind": "kind"}

    instead_of = forms.ChoiceField(label="An earlier time than", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        help_text="Nothing ticked is any day.",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs=_ROW),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
    )
    halves = forms.MultipleChoiceField(
        label="Time of day",
        help_text="Nothing ticked is any time.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_ROW),
        choices=HALVES,
    )
    who = forms.ChoiceField(label="With", required=False)
    earliest_on = DateField(label="Not before", required=False)
    notice_hours = forms.TypedChoiceField(
        label="The patient can come at short notice of", coerce=int, choices=list(NOTICES.items()), initial=24
    )
    reach = forms.ChoiceField(
        label="How to tell them of a free time", widget=forms.RadioSelect, choices=WaitingWish.Reach.choices
    )
    note = forms.CharField(
        label="Note for colleagues", required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, people: Sequence[Practitioner], coming: Sequence[Appointment], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._coming = {str(one.pk): one for one in coming}
        visits = [(pk, f"{moment(one.start_at)}, {kind_name(one.kind)}") for pk, one in self._coming.items()]
        choices = {
            "instead_of": [("", "No visit of theirs: this is one more"), *visits],
            "who": [("", "Anyone"), *((str(one.pk), one.name) for one in people)],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = offered

    def new_wish(self, patient_id: int) -> NewWish:
        """What it says; ask `is_valid` first."""
        sent = self.cleaned_data
        what = Wish.of(sent)
        return NewWish(
            patient_id=patient_id,
            what=what,
            weekdays=frozenset(sent["weekdays"]),
            halves=frozenset(sent["halves"]),
            practitioner_id=int(sent["who"]) if sent["who"] else None,
            earliest_on=sent["earliest_on"],
            notice_hours=sent["notice_hours"],
            reach=sent["reach"],
            instead_of=int(sent["instead_of"]) if sent["instead_of"] else None,
            note=sent["note"],
        )


class TakeOffForm(ClinicForm):
    """Why somebody does not wait any more."""

    reason = forms.CharField(
        label="Why they do not wait any more", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )
