"""Columns of a CSV: which field of the API each one holds, and how a cell becomes what the API takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from rest_framework import serializers

from injections.patient.identity_shapes import NewPatientBody
from injections.patient.injections_api import InjectionBody
from pht_clinic.errors import Invalid
from pht_clinic.web.api.bodies import Body, OwnedBody
from pht_clinic.web.api.fields import Day, Id, OptionalText, PartialDate

PATIENT, INJECTION = "patient", "injection"
ROWS: Final = {PATIENT: "A patient", INJECTION: "An injection given elsewhere, with whose it is"}
"""What the lines of a CSV may be."""


class WhoseBody(Body):
    """Of whom a line is: by the number of the record here, or by who they are, as in a search for duplicates."""

    patient = Id(required=False, allow_null=True, default=None)
    nhs_number = OptionalText(max_length=20)
    given_name = OptionalText(max_length=100)
    family_name = OptionalText(max_length=100)
    date_of_birth = Day(required=False, allow_null=True, default=None)


_OF_ROWS: Final[Mapping[str, tuple[type[Body], ...]]] = {
    PATIENT: (NewPatientBody,),
    INJECTION: (WhoseBody, InjectionBody),
}
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_MONTH_FIRST: Final = re.compile(r"(\d{1,2})[/.](\d{4})")
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
_BETWEEN: Final = re.compile(r"\s*[;|]\s*")


@cache
def fields_of(rows: str) -> Mapping[str, serializers.Field[Any, Any, Any, Any]]:
    """Every field that a line may have, by the name of its column: `gp_email` for the `email` of `gp`."""
    found: dict[str, serializers.Field[Any, Any, Any, Any]] = {}
    for body in _OF_ROWS[rows]:
        for name, one in body().fields.items():
            inside = one.fields.items() if isinstance(one, OwnedBody) else ()
            found |= {f"{name}_{member}": inner for member, inner in inside} if inside else {name: one}
    return found


def named_alike(rows: str, header: Sequence[str]) -> dict[str, str]:
    """The field of each column that bears its name, in whatever capitals and with whatever between the words."""
    known = fields_of(rows)
    found = {column: re.sub(r"[\s.\-/]+", "_", column.strip().lower()) for column in header}
    return {column: name if name in known else "" for column, name in found.items()}


def rows_meant(header: Sequence[str]) -> str:
    """What the lines are, by the columns that are named; "" where that does not say."""
    named = {rows: {name for name in named_alike(rows, header).values() if name} for rows in ROWS}
    if "site" in named[INJECTION]:
        return INJECTION
    return PATIENT if named[PATIENT] & {"given_name", "family_name"} else ""


def check_columns(rows: str, header: Sequence[str], columns: Mapping[str, str]) -> None:
    """Raise Invalid for a field that two columns claim, or that a line of this kind does not have."""
    taken = [columns.get(column, "") for column in header]
    named = [name for name in taken if name]
    if unknown := sorted(set(named) - set(fields_of(rows))):
        raise Invalid(sentence=f"There is no such field: {', '.join(unknown)}.")
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise Invalid(sentence=f"Two columns are named alike: {', '.join(twice)}. One column can hold each field.")
    if not named:
        raise Invalid(sentence="Say of at least one column what it holds.")


def cells_of(rows: str, header: Sequence[str], columns: Mapping[str, str], cells: Sequence[str]) -> dict[str, Any]:
    """A line as the API takes it; an empty cell says nothing. Raises: Invalid (more cells than columns)."""
    if any(cell.strip() for cell in cells[len(header) :]):
        raise Invalid(sentence=f"The line has {len(cells)} cells, and the file {len(header)} columns.")
    known = fields_of(rows)
    body: dict[str, Any] = {}
    for column, cell in zip(header, cells, strict=False):
        name, text = columns.get(column, ""), cell.strip()
        if name and text:
            group = next((one for one in ("gp", "carer") if name.startswith(f"{one}_")), "")
            into = body.setdefault(group, {}) if group else body
            into[name.removeprefix(f"{group}_") if group else name] = _read(known[name], text)
    return body


def _read(field: serializers.Field[Any, Any, Any, Any], text: str) -> Any:
    """A cell as its field takes it; what it does not look like is left for the field to refuse."""
    if isinstance(field, serializers.BooleanField):
        return _TRUTHS.get(text.lower(), text)
    if isinstance(field, serializers.ListField):
        return [one for one in _BETWEEN.split(text) if one]
    if isinstance(field, Day | PartialDate):
        return _date(text)
    return text


def _date(text: str) -> str:
    """24/3/2026 and 3/2026 as 2026-03-24 and 2026-03: day before month, as written here."""
    if whole := _DAY_FIRST.fullmatch(text):
        day, month, year = whole.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if part := _MONTH_FIRST.fullmatch(text):
        return f"{part[2]}-{part[1]:0>2}"
    return text
