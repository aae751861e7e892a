"""Steps of records as text: JSON Lines, or a table of one type of line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from injections.doors.records.leaving.kind import Line
from injections.doors.records.leaving.read import ReadStep, header
from injections.doors.records.leaving.wanted import CSV, JSON_LINES, WantedRecords
from pht_clinic.web.csv_export import csv_rows, csv_text


def text_of(wanted: WantedRecords, step: ReadStep, *, is_first: bool) -> str:
    """What a step says in its file; the first one with what stands above all."""
    if wanted.form == CSV:
        columns = columns_of(wanted)
        rows = [cells(line, columns) for line in step.lines]
        named = [name.replace(".", "_") for name in columns]
        return csv_text(named, rows) if is_first else csv_rows(rows)
    above = [header(wanted)] if is_first and wanted.form == JSON_LINES else []
    return "".join(as_text([*above, *step.lines]))


def as_text(lines: Iterable[Line]) -> Iterator[str]:
    """One JSON object a line; a line separator of Unicode is in no line as itself, as some programs end lines there."""
    for line in lines:
        text = json.dumps(line, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n"


def columns_of(wanted: WantedRecords) -> Sequence[str]:
    """What stands in a table: the names of its type of lines; "gp.name" is headed gp_name."""
    return list(dict.fromkeys(name for kind in wanted.kinds for name in kind.columns))


def cells(line: Mapping[str, Any], columns: Sequence[str]) -> list[object]:
    """A line as a row: what is not there is empty, yes and no are true and false, lists and objects are JSON."""
    return [_cell(_inside(line, name)) for name in columns]


def _inside(line: Mapping[str, Any], name: str) -> Any:
    """ "gp.name" is the name in what `gp` holds."""
    outer, _, inner = name.partition(".")
    found = line.get(outer)
    if not inner:
        return found
    return found.get(inner) if isinstance(found, Mapping) else None


def _cell(value: Any) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False) if value else ""
    return value
