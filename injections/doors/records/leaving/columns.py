"""Rows that the API does not show, as lines: by the names of their columns, as in a patient's own copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

from injections.doors.records.leaving.kind import Line
from injections.patient.keeping.held import HELD
from injections.patient.keeping.own_data import columns_of, named_in


class ByColumns:
    """Every column of a table but those that nobody is given; a number that names another row is text, as ids are."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model
        self._held = HELD[model._meta.label]
        fields = [one for one in model._meta.concrete_fields if one.name not in self._held.secret]
        self._numbers = {one.name for one in fields if one.is_relation or one.primary_key}
        self.columns = list(dict.fromkeys(["id", "patient", *(one.name for one in fields)]))

    def rows(self) -> models.QuerySet[Any]:
        """All of them, with those whom they name by name."""
        return self._model._default_manager.select_related(*named_in(self._model))

    def __call__(self, found: Sequence[Any]) -> Iterator[Line]:
        for row in found:
            said = {name: self._as_text(name, value) for name, value in columns_of(row, self._held, None)}
            kept = getattr(row, "patient_number", None)
            whose = {} if kept is None else {"patient": str(kept)}
            yield {"id": said.pop("id"), **whose, **said, **whose}

    def _as_text(self, name: str, value: Any) -> Any:
        is_number = name in self._numbers and isinstance(value, int)
        return str(value) if is_number else value
