"""What every form of this clinic shares: sentences that name the field, refusals shown at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal
from pht_clinic.text import what_is_hidden


class ClinicForm(forms.Form):
    """A form that shows what a use case refuses where it belongs.

    `pointer_fields` names the field of a pointer where the two differ: {"start": "at"}. `hides_optional` is for forms
    in which it goes without saying that a field may stay empty.
    """

    hides_optional: ClassVar[bool] = False
    use_required_attribute = False
    pointer_fields: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = field.label or name.replace("_", " ").capitalize()
            verb = "Choose" if isinstance(field, forms.ChoiceField) else "Enter"
            field.error_messages["required"] = _demand(verb, str(label))
            if type(field) is forms.CharField and not isinstance(field.widget, forms.PasswordInput):
                field.validators.append(partial(_check_seen, label=str(label), lines=_has_lines(field)))

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn a refusal inside the block into errors of this form; what nobody may do or find stays one."""
        try:
            yield
        except (Forbidden, Missing):
            raise
        except Refusal as refusal:
            self.add_refusal(refusal)

    def add_refusal(self, refusal: Refusal) -> None:
        """Show a refusal: each problem of a field there, everything else on top."""
        if refusal.code == "stale-revision" and "revision" in self.fields:
            # said once; whoever sends it again has read who changed it
            fresh = QueryDict(mutable=True)
            for name in self.data:
                fresh.setlist(name, self.data.getlist(name))  # type: ignore[attr-defined]  # a QueryDict: from a request
            fresh["revision"] = str(refusal.extra["revision"])
            self.data = fresh
        if not isinstance(refusal, Invalid) or not refusal.errors:
            self.add_error(None, refusal.sentence)
            return
        for error in refusal.errors:
            self.add_error(self._field_of(error.pointer), error.detail)

    def has_field_for(self, pointer: str) -> bool:
        """Whether a problem at this pointer would be shown at a field."""
        return self._field_of(pointer) is not None

    def _field_of(self, pointer: str) -> str | None:
        path = pointer.removeprefix("#/").split("/")
        wanted = ("/".join(path), "_".join(path), path[-1], path[0])
        names = (self.pointer_fields.get(name, name) for name in wanted)
        return next((name for name in names if name in self.fields), None)


def _has_lines(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.Textarea)


def _check_seen(text: str, *, label: str, lines: bool) -> None:
    """Raise ValidationError for a text with something in it that nobody can see."""
    if why := what_is_hidden(text, lines=lines):
        raise forms.ValidationError(f"{label}: this {why}", code="hidden")


_QUESTION_WORDS = ("Where", "When", "Was", "Who", "What", "Why", "How", "Has", "Are", "Did", "Do", "Is", "Tell", "The")


def _demand(verb: str, label: str) -> str:
    """What a field that was left empty says: "Enter the date of birth.", "Answer “Is this what was meant”."."""
    if label.split()[0] in _QUESTION_WORDS:
        return f"Answer “{label}”."
    return f"{verb} the {label if label[1:2].isupper() else label[:1].lower() + label[1:]}."


class ReasonForm(ClinicForm):
    """Nothing but a reason."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
