"""The form in which a manager words a message."""

from __future__ import annotations

from typing import Any

from django import forms

from pht_clinic.web.forms.revised import RevisedForm
from scheduling.messages.kinds import MessageKind
from scheduling.messages.wording.own_words import NAMES, OPENING, SUBJECT_LINE, Words, kept_in
from scheduling.messages.wording.rewording import LONGEST_REASON, InUse


class WordingForm(RevisedForm):
    """The clinic's own words of one kind of message; why they change is asked only of what is saved."""

    hides_optional = True

    subject_line = forms.CharField(label="Subject", max_length=200)
    opening = forms.CharField(
        label="First paragraph",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Enter the first paragraph."},
    )
    closing = forms.CharField(
        label="Your own closing, if you want one",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Paragraphs, and lists whose lines begin with “- ”. For example how to find you, or where to park.",
    )
    reason = forms.CharField(
        label="Why it changes",
        required=False,
        max_length=LONGEST_REASON,
        help_text="It is shown with the versions. Needed when you save.",
    )

    def __init__(self, *args: Any, kind: MessageKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject_line"].help_text = _may_print(kind, SUBJECT_LINE)
        self.fields["opening"].help_text = _may_print(kind, OPENING)

    def shown(self, row: InUse) -> dict[str, Any]:
        return {name: getattr(row.words, name) for name in NAMES}

    @property
    def words(self) -> Words:
        """What was typed."""
        return Words(**{name: self.cleaned_data[name] for name in NAMES})


def _may_print(kind: MessageKind, part: str) -> str:
    kept = " and ".join(f"{{{name}}}" for name in kept_in(kind, part))
    keep = f" Keep {kept}." if kept else ""
    return f"It is visible in the inbox, so it must not show what the visit is about.{keep}"
