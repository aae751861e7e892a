"""Forms over one record that several people may edit: they carry the revision that was read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from pht_clinic.errors import Refusal
from pht_clinic.web.forms.base import ClinicForm

LARGEST_REVISION = 2**31 - 1
_NOT_YET = (
    "Nothing you typed has been saved yet. It is in the form, beside what was changed: read both, then save again."
)
_UNSAID = "This page does not say which version it was opened with. Open it again, then save."


class RevisedForm(ClinicForm):
    """A form that changes `row`, or adds one where it is None; `shown` says what it shows of a record.

    A stale save keeps what was typed, takes over what others changed elsewhere in the form, and says of each change
    who made it: at its field where two people changed the same one, on top otherwise. The next press saves.
    """

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=LARGEST_REVISION)

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        if row is not None:
            kwargs["initial"] = {**(kwargs.get("initial") or {}), **self.shown(row), "revision": row.revision}
        super().__init__(*args, **kwargs)
        if row is None:
            del self.fields["revision"]
        else:
            self.fields["revision"].error_messages |= dict.fromkeys(("required", "invalid"), _UNSAID)

    def shown(self, row: Any) -> dict[str, Any]:
        """What the fields say of a record, by field."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """What was typed, without the revision."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}

    @property
    def read_revision(self) -> int | None:
        """Which revision the person read; None where something is added."""
        return self.cleaned_data.get("revision")

    def add_refusal(self, refusal: Refusal) -> None:
        super().add_refusal(refusal)
        stale: Any = refusal
        if getattr(stale, "present", None) is None:
            return
        both = self._take_over(self.shown(stale.seen), self.shown(stale.present))
        self.add_error(None, _NOT_YET)
        for one in stale.differ:
            field = self._field_of(f"#/{one.column}")
            if field in both:
                self.add_error(
                    field, f"{one} You typed something else: it is still here, and is saved if you save again."
                )
            else:
                self.add_error(None, str(one))

    def _take_over(self, seen: dict[str, Any], present: dict[str, Any]) -> set[str]:
        """Put what others changed into the fields that this person left alone. Answers the fields that both changed."""
        fresh = self.as_sent()
        both = set()
        for name in seen:
            typed, was, now = (
                self._read(name, sent)
                for sent in (fresh.getlist(name), self._sent(name, seen[name]), self._sent(name, present[name]))
            )
            if was == now or typed == now:
                continue
            if typed == was:
                fresh.setlist(name, self._sent(name, present[name]))
            else:
                both.add(name)
        self.data = fresh
        return both

    def _sent(self, name: str, value: Any) -> list[str]:
        """What a browser would send of a field with this value."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return ["on"] if value else []
        if isinstance(value, list) and isinstance(field, forms.MultipleChoiceField):
            return [str(one) for one in value]
        prepared = field.prepare_value(value)
        if isinstance(field, forms.ChoiceField) or prepared is None:
            return ["" if prepared is None else str(prepared)]
        return [str(field.widget.format_value(prepared) or "")]

    def _read(self, name: str, sent: list[str]) -> Any:
        """What a field makes of this; as it was sent where that is nothing it accepts."""
        data: Any = QueryDict(mutable=True)
        data.setlist(name, sent)
        field = self.fields[name]
        try:
            return field.clean(field.widget.value_from_datadict(data, {}, name))
        except ValidationError:
            return sent
