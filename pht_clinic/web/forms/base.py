"""What every form of this clinic shares: sentences that name the field, refusals shown at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

from pht_clinic.errors import FieldError, Forbidden, Invalid, Missing, Refusal, naming
from pht_clinic.text import what_is_hidden


class ClinicForm(forms.Form):
    """A form that shows what a use case refuses where it belongs.

    `pointer_fields` names the field of a pointer where the two differ: {"start": "at"}. `hides_optional` is for forms
    in which it goes without saying that a field may stay empty; `names_fields` for forms of many fields, in which every
    sentence names its own.
    """

    hides_optional: ClassVar[bool] = False
    names_fields: ClassVar[bool] = False
    use_required_attribute = False
    pointer_fields: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = bare(str(field.label or name.replace("_", " ").capitalize()))
            verb = "Choose" if isinstance(field, forms.ChoiceField) else "Enter"
            field.error_messages["required"] = _demand(verb, label)
            if type(field) is forms.CharField and not isinstance(field.widget, forms.PasswordInput):
                field.validators.append(partial(_check_seen, label=label, lines=_has_lines(field)))

    def add_error(self, field: str | None, error: Any) -> None:
        """A sentence that could be about any field names its own, whoever found the error."""
        found = error if isinstance(error, ValidationError) else ValidationError(error)
        if field is None or hasattr(found, "error_dict"):
            super().add_error(field, found)
            return
        name = _name_of(bare(str(self.fields[field].label or field.replace("_", " ").capitalize())))
        messages = [naming(name, text) if self.names_fields or _could_be_any(text) else text for text in found.messages]
        super().add_error(field, messages)

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
            self.send_next_time("revision", str(refusal.extra["revision"]))
        if not isinstance(refusal, Invalid) or not refusal.errors:
            self.add_error(None, refusal.sentence)
            return
        for error in refusal.errors:
            self.add_error(self._field_of(error.pointer), error.detail)

    def send_next_time(self, field: str, value: str) -> None:
        """Let the form, shown again as it was sent, carry this value in a field that nobody types into."""
        fresh = self.as_sent()
        fresh[field] = value
        self.data = fresh

    def as_sent(self) -> QueryDict:
        """A copy of what was sent, that may be changed and shown in its place."""
        fresh = QueryDict(mutable=True)
        for name in self.data:
            fresh.setlist(name, self.data.getlist(name))  # type: ignore[attr-defined]  # a QueryDict: from a request
        return fresh

    def add_problems(self, problems: Iterable[FieldError]) -> None:
        """Show at their fields problems that a use case would find, but where something is wrong with one already."""
        known = set(self.errors)
        for problem in problems:
            if self._field_of(problem.pointer) not in known:
                self.add_error(self._field_of(problem.pointer), problem.detail)

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
        said = gettext("{label}: this {why}").format(label=gettext(label), why=gettext(why))
        raise forms.ValidationError(said, code="hidden")


_QUESTION_WORDS = ("Where", "When", "Was", "Who", "What", "Why", "How", "Has", "Are", "Did", "Do", "Is", "Tell", "The")


def _could_be_any(sentence: str) -> bool:
    """Whether a sentence is the framework's own, or a half one that wants its field in front."""
    return sentence[:1].islower() or sentence.startswith(_OF_THE_FRAMEWORK)


_OF_THE_FRAMEWORK = ("This ", "Ensure ", "Enter a ", "Select a valid ", "Dieser Wert ", "Bitte sicher", "Bitte eine ")
"""How its sentences begin, in each language that a form is read in."""


def bare(label: str) -> str:
    """A label as sentences name it: without "(required)", or "(required for …)", at its end."""
    return re.sub(r" \(required\b[^)]*\)$", "", label)


_OPEN_ENDED = (" at", " by", " from", " of", " on", " until")


def _name_of(label: str) -> str:
    """How a sentence calls a field: by its label, in quotes where that is a question."""
    return f"“{label}”" if label.split()[0] in _QUESTION_WORDS else label


def _demand(verb: str, label: str) -> str:
    """What a field that was left empty says: "Enter the date of birth.", "Answer “Is this what was meant”."."""
    if label.endswith(_OPEN_ENDED):
        return f"{verb} “{label}”."
    if label.split()[0] in _QUESTION_WORDS:
        return f"Answer “{label}”."
    if label.startswith("Your "):
        return f"{verb} your {label.removeprefix('Your ')}."
    return f"{verb} the {label if label[1:2].isupper() else label[:1].lower() + label[1:]}."


class ReasonForm(ClinicForm):
    """Nothing but a reason."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
