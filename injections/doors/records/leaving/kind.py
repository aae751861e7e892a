"""What one type of line is: from which rows it is read, whose they are, and how rows become lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from rest_framework import serializers

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineKind:
    """`rows` are those that it is read from, with all that a line needs in a fixed number of queries; `shape` makes
    lines of some of them, in their order, each with the row's `patient_number` as its patient.

    `path` leads from a row to its patient's row, "" for a patient's row itself, None for what is the clinic's.
    `columns` are the names in a line, in their order, "gp.name" for a name inside of one. `about` is said to people.
    `is_whole`: what `shape` makes says by itself what it is.
    """

    name: str
    about: str
    rows: Callable[[], models.QuerySet[Any]]
    shape: Callable[[Sequence[Any]], Iterable[Line]]
    columns: Sequence[str]
    path: str | None = "patient__"
    is_whole: bool = False

    @property
    def model(self) -> type[models.Model]:
        return self.rows().model

    def lines(self, found: Sequence[Any]) -> Iterator[Line]:
        """What some rows say, as it stands in the file."""
        for said in self.shape(found):
            yield said if self.is_whole else {"type": self.name, **said}


class Shown:
    """An answer of the API as a line of its own, without some of its names and with `more` of them."""

    def __init__(
        self,
        answer: type[serializers.Serializer[Any]],
        *,
        without: Iterable[str] = (),
        more: Callable[[Any], Line] | None = None,
        and_columns: Iterable[str] = (),
    ) -> None:
        self._answer, self._without, self._more = answer, frozenset(without), more
        self._and_columns = tuple(and_columns)
        self._made: serializers.Serializer[Any] | None = None

    @property
    def columns(self) -> list[str]:
        """The number and whose it is first."""
        named = [name for one, field in self._serializer.fields.items() for name in _names(one, field)]
        return list(dict.fromkeys(["id", "patient", *named, *self._and_columns]))

    def line(self, row: Any, *, kept: int | None, shown: Any = None) -> Line:
        """One row; `kept` is the patient who stands, `shown` what the answer is made of where it is not the row."""
        said = self._serializer.to_representation(row if shown is None else shown)
        more = self._more(row) if self._more else {}
        whose = {} if kept is None else {"patient": str(kept)}
        return {"id": said.get("id", str(row.pk)), **whose, **said, **more, **whose}

    def __call__(self, found: Sequence[Any]) -> Iterator[Line]:
        """Each row as it is."""
        return (self.line(row, kept=getattr(row, "patient_number", None)) for row in found)

    @property
    def _serializer(self) -> serializers.Serializer[Any]:
        """Made once: a serializer copies all its fields when it is made."""
        if self._made is None:
            self._made = self._answer()
            for name in self._without:
                self._made.fields.pop(name)
        return self._made


def _names(name: str, field: Any) -> list[str]:
    """Those inside of an object with its own before them."""
    if isinstance(field, serializers.Serializer):
        return [f"{name}.{one}" for one in field.fields]
    return [name]
