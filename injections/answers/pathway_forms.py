"""The pathway to an injection as a form that opens with what is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django import forms

from injections import words
from injections.answers.forms import ANSWER_CHOICES, NOT_KNOWN, UNKNOWN, OpenedForm, plain
from injections.answers.pathway import NOTES, PathwayNotes
from injections.answers.pathway_sheet import PathwayChanged, PathwaySheet
from injections.models import Pathway
from injections.words import LOADING_STAGES, TREATMENTS
from pht_clinic.web.forms.fields import TypedDateField


class PathwayForm(OpenedForm):
    """What was tried before, and who has looked."""

    specialist_assessment = forms.ChoiceField(
        label="Has a specialist examined the patient for this?",
        required=False,
        widget=forms.RadioSelect,
        choices=ANSWER_CHOICES,
    )
    physiotherapy = forms.ChoiceField(
        label="Physiotherapy",
        required=False,
        widget=forms.RadioSelect,
        choices=words.choices({**words.PHYSIOTHERAPY, **NOT_KNOWN}),
    )
    response = forms.ChoiceField(
        label="Result of the physiotherapy",
        required=False,
        widget=forms.RadioSelect,
        choices=words.choices({**words.RESPONSES, **NOT_KNOWN}),
    )
    loading_stage = forms.ChoiceField(
        label="Stage of the loading programme",
        required=False,
        widget=forms.RadioSelect,
        choices=[*((str(stage), f"{stage}: {name}") for stage, name in LOADING_STAGES.items()), *NOT_KNOWN.items()],
    )
    treatments_tried = forms.MultipleChoiceField(
        label="What has been tried",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=words.choices(TREATMENTS),
    )
    not_possible_reason = forms.CharField(
        label="Why physiotherapy is not possible", required=False, max_length=500, help_text="In a clinician’s words"
    )
    indications = forms.MultipleChoiceField(
        label="Reasons for the injection (sit bone)",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=words.choices(words.INDICATIONS),
    )
    mild_and_improving = forms.ChoiceField(
        label="Are the symptoms mild and getting better?",
        required=False,
        widget=forms.RadioSelect,
        choices=ANSWER_CHOICES,
    )
    suspected_avulsion = forms.ChoiceField(
        label="Does the referrer or examiner suspect an avulsion?",
        required=False,
        widget=forms.RadioSelect,
        choices=ANSWER_CHOICES,
    )
    examined_by = forms.CharField(
        label="Who examined", required=False, max_length=200, help_text="Who made these findings"
    )
    examined_on = TypedDateField(label="Date of the examination", required=False, help_text="For example, 27 3 2026")

    replace_newer = forms.BooleanField(
        label="Save mine anyway: it replaces what was changed", required=False, widget=forms.HiddenInput
    )

    BESIDE = ("area", "side", "shown", "replace_newer", *NOTES)
    """What a pathway carries beside the rules' object."""

    def pathway(self) -> dict[str, Any]:
        """The pathway object of the rules."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in self.BESIDE}
        indications = cleaned.pop("indications")
        return {**{name: plain(value) for name, value in cleaned.items()}, "indications": indications}

    @property
    def notes(self) -> PathwayNotes:
        """What is noted beside it."""
        noted = {name: self.cleaned_data[name] for name in NOTES}
        stage = noted["loading_stage"]
        return PathwayNotes(**noted | {"loading_stage": int(stage) if stage.isdigit() else None})

    version: Pathway | None = None
    changed: Sequence[tuple[str, str]] = ()
    """The version that stands, once `warn_of` was told of it, and what it has otherwise: labels and values."""

    def sheet(self) -> PathwaySheet:
        """What was filled in."""
        cleaned = self.cleaned_data
        return PathwaySheet(
            content=self.pathway(),
            notes=self.notes,
            **self.place,
            shown=cleaned["shown"],
            replace_newer=cleaned["replace_newer"],
        )

    def warn_of(self, changed: PathwayChanged) -> None:
        """Name what somebody else changed, and let that be passed."""
        self.fields["replace_newer"].widget = forms.CheckboxInput()
        self.version = changed.version
        stands = self.initial_of(changed.version, "", "")
        self.changed = [
            (str(self.fields[name].label), self._in_words(name, stands.get(name))) for name in changed.fields
        ]
        self.add_error("replace_newer", changed.sentence)

    def _in_words(self, name: str, value: Any) -> str:
        said = dict(getattr(self.fields[name], "choices", ()))
        chosen = value if isinstance(value, list) else [value]
        return "; ".join(str(said.get(one, one)) for one in chosen if one) or NOT_KNOWN[UNKNOWN]

    @staticmethod
    def initial_of(before: Pathway | None, area: str, side: str) -> dict[str, Any]:
        """The form as the pathway is recorded now for this area and side."""
        place = {"area": area, "side": side}
        if before is None:
            return place
        recorded = {
            **before.content,
            **asdict(PathwayNotes.of(before)),
            "loading_stage": str(before.loading_stage or ""),
        }
        return {**recorded, **place, "shown": before.pk}
