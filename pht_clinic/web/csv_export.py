"""Tables as CSV that a spreadsheet shows as text and numbers, and never runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

CONTENT_TYPE = "text/csv; charset=utf-8"
Response = TypeVar("Response", bound=HttpResponseBase)
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and the rows, lines ending in CRLF (RFC 4180)."""
    return csv_rows([columns, *rows])


def csv_rows(rows: Iterable[Sequence[object]]) -> str:
    """Rows without a header: a later part of a file."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> object:
    """A number stays one; None is empty; before a text that a spreadsheet would run stands an apostrophe.

    Leading blanks do not hide a formula.
    """
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA) else text


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download; `name` is a code of ours, never what somebody typed."""
    response = HttpResponse(csv_text(columns, rows), content_type=CONTENT_TYPE)
    return as_attachment(response, name)


def as_attachment(response: Response, name: str) -> Response:
    """Let the browser keep it as a file instead of showing it."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
