"""Forms about two records: merging them, saying that they are of two people, taking a merge back."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import models

from injections.merging.between import name_of
from injections.merging.details import DETAILS, in_words
from injections.merging.words import what_it_is
from pht_clinic.errors import Refusal
from pht_clinic.web.forms.base import ClinicForm
from scheduling.diary.locks import StaleRevision
from scheduling.models import Merge, Patient
from scheduling.patients.duplicates import LONGEST_NOTE
from scheduling.patients.joining import OTHER, THIS, differing

_RIGHT = {name: words if words[:2].isupper() else words[:1].lower() + words[1:] for name, words in DETAILS.items()}


class MergeForm(ClinicForm):
    """Which of the two is kept, which detail where they differ, and that somebody has compared them.

    Nothing is chosen beforehand.
    """

    pointer_fields: ClassVar[dict[str, str]] = {"into": "keep"}

    keep = forms.ChoiceField(
        label="Which record is kept",
        widget=forms.RadioSelect,
        help_text="From then on, everything counts for that record. Anything it lacks is taken from the other one.",
        error_messages={"required": "Choose which record is kept."},
    )
    same_person = forms.BooleanField(
        label="I have compared both: they belong to one person",
        error_messages={"required": "Say that you have compared both records."},
    )
    seen = forms.RegexField(r"^\d{1,9}\.\d{1,9}$", required=False, widget=forms.HiddenInput)
    """The revisions of the two as they were compared."""

    def __init__(self, *args: Any, pair: tuple[Patient, Patient], **kwargs: Any) -> None:
        self.pair = pair
        self.differing = differing(*pair)
        super().__init__(*args, **{"initial": {"seen": self._present}, **kwargs})
        for name in ("keep", "same_person"):
            # the words for what is missing are a sentence of their own here
            self.fields[name].error_messages["required"] = self.base_fields[name].error_messages["required"]
        choice = self.fields["keep"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [(str(one.pk), f"{one}, record {one.pk}") for one in pair]
        for name in self.differing:
            self.fields[f"keep_{name}"] = forms.ChoiceField(
                label=DETAILS[name],
                widget=forms.RadioSelect,
                choices=[(str(one.pk), f"{in_words(one, name)} (record {one.pk})") for one in pair],
                error_messages={"required": f"Choose which {_RIGHT[name]} is right."},
            )
        self.order_fields([*(f"keep_{name}" for name in self.differing), "keep", "same_person"])

    @property
    def _present(self) -> str:
        return ".".join(str(one.revision) for one in self.pair)

    @property
    def revisions(self) -> dict[int, int]:
        """By record, the revision that was compared; empty where the form did not say."""
        seen = self.cleaned_data["seen"]
        return dict(zip((one.pk for one in self.pair), map(int, seen.split(".")), strict=True)) if seen else {}

    def add_refusal(self, refusal: Refusal) -> None:
        """A record that was changed meanwhile is compared again: it stands on the page as it is now."""
        super().add_refusal(refusal)
        if isinstance(refusal, StaleRevision):
            self.send_next_time("seen", self._present)
            self.add_error(None, "Both are shown as they are now. Compare them again, then merge.")

    def choices(self, gone: Patient) -> dict[str, str]:
        """Whose details stay, as the use case takes it."""
        chosen = {name: self.cleaned_data[f"keep_{name}"] for name in self.differing}
        return {name: THIS if chosen[name] == str(gone.pk) else OTHER for name in chosen}


class TwoPeopleForm(ClinicForm):
    """Why two records that look alike are of two people."""

    reason = forms.CharField(
        label="Why they are two people",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        help_text="For example: twins, or a father and daughter sharing a phone. The search will not list them again.",
    )


class UnmergeForm(ClinicForm):
    """Whose each row is that was made since the merge and does not say so itself; and that it is meant."""

    two_people = forms.BooleanField(
        label="They are two people: undo the merge", error_messages={"required": "Say that they are two people."}
    )

    def __init__(self, *args: Any, merge: Merge, asked: list[models.Model], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["two_people"].error_messages["required"] = "Say that they are two people."
        self.names = [name_of(row) for row in asked]
        pair = (merge.source, merge.target)
        for row in asked:
            self.fields[name_of(row)] = forms.ChoiceField(
                label=what_it_is(row),
                widget=forms.RadioSelect,
                choices=[(str(one.pk), f"{one}, record {one.pk}") for one in pair],
                error_messages={"required": f"Choose whose this is: {what_it_is(row)}."},
            )
        self.order_fields([*self.names, "two_people"])

    @property
    def assigned(self) -> dict[str, int]:
        """What was chosen, as the use case takes it."""
        return {name: int(self.cleaned_data[name]) for name in self.names}
