"""Refusals and forms in the language that their patient reads. In English all of it stays as it is."""

from __future__ import annotations

from copy import copy
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop

from pht_clinic import languages
from pht_clinic.errors import FieldError, Invalid, Refusal
from pht_clinic.web.forms.base import ClinicForm

_SAID: Final = {
    "too-late": gettext_noop("This can no longer be changed here. Phone us."),
    "stale-revision": gettext_noop("Your appointment has changed since you opened this page. Look at it again first."),
    "clash": gettext_noop("This time is no longer free. Choose another."),
    "not-clear": gettext_noop("This time needs to be looked at first. Choose another, or phone us."),
    "wrong-state": gettext_noop("Your appointment has changed, so this cannot be done now. Phone us."),
    "nothing-asked": gettext_noop("There is no longer a question to answer."),
    "offer-over": gettext_noop("This offer has ended. The time may have gone to somebody else."),
    "busy": gettext_noop("The system is busy. Try again in a moment."),
}
_OTHERWISE: Final = gettext_noop("This cannot be done here. Please phone us.")
_OF_A_FIELD: Final = gettext_noop("Please check this answer.")


def as_read(refusal: Refusal) -> Refusal:
    """The refusal as its patient reads it: in another language than English its sentences are those of the catalogue,
    by the refusal's code where they name what stands in a record.
    """
    if languages.is_english():
        return refusal
    said = copy(refusal)
    said.sentence = _known(refusal.sentence) or gettext(_SAID.get(refusal.code, _OTHERWISE))
    if isinstance(said, Invalid):
        said.errors = [FieldError(one.pointer, _known(one.detail) or gettext(_OF_A_FIELD)) for one in said.errors]
    return said


def _known(sentence: str) -> str:
    found = gettext(sentence)
    return found if found != sentence else ""


class OwnForm(ClinicForm):
    """A form on a patient's page. Whoever declares one ends its `__init__` with `speak`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._usual = {name: field.error_messages["required"] for name, field in self.fields.items()}

    def add_refusal(self, refusal: Refusal) -> None:
        super().add_refusal(as_read(refusal))

    def speak(self) -> None:
        """Labels, hints, choices and sentences of errors in the language that is spoken now."""
        if languages.is_english():
            return
        for name, field in self.fields.items():
            asks = field.error_messages["required"]
            is_usual = isinstance(asks, Promise) or asks == self._usual.get(name)
            field.label = gettext(str(field.label or name))
            field.help_text = gettext(str(field.help_text)) if field.help_text else ""
            field.error_messages |= {
                code: gettext(said) for code, said in field.error_messages.items() if not isinstance(said, Promise)
            }
            field.error_messages["required"] = (_known(str(asks)) or _demand(field)) if is_usual else gettext(str(asks))
            if isinstance(field, forms.ChoiceField):
                shown = field.widget.choices  # of some fewer than would be taken
                field.choices, field.widget.choices = _said(field.choices), _said(shown)


def _said(choices: Any) -> list[tuple[Any, str]]:
    return [(code, gettext(str(label)) if label else "") for code, label in choices]


def _demand(field: forms.Field) -> str:
    verb = gettext("Choose an answer: {label}") if isinstance(field, forms.ChoiceField) else gettext("Fill in: {label}")
    return verb.format(label=field.label)
