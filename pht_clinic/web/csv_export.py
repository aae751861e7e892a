"""Tables as CSV that a spreadsheet shows as text and numbers, and never runs.

Whatever it takes for the separator: a file of commas is read by semicolons where those are the custom, and by tabs
where somebody chose so; a cell may then begin in the middle of one of ours.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

CONTENT_TYPE = "text/csv; charset=utf-8"
Response = TypeVar("Response", bound=HttpResponseBase)
BYTE_ORDER_MARK = "\ufeff"
"""By it a spreadsheet knows the file for UTF-8."""
_BEGINS_A_FORMULA = re.compile('(^|[,;|\t\r\n])(?=[\\s"]*[-=+@\uff0d\uff1d\uff0b\uff20])')
_BEGINS_UNSEEN = re.compile("^(?=[\t\r\n])")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole file, or its first part: the mark, a header and the rows, lines ending in CRLF (RFC 4180)."""
    return BYTE_ORDER_MARK + csv_rows([columns, *rows])


def csv_rows(rows: Iterable[Sequence[object]]) -> str:
    """Rows without a header: a later part of a file."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> object:
    """A number stays one; None is empty; before what a spreadsheet would run stands an apostrophe.

    That is a formula at the start of the text, or after anything in it that may be taken for a separator; blanks and
    quotation marks do not hide one. Nor does a text begin with a tab or the end of a line.
    """
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    return _BEGINS_UNSEEN.sub("'", _BEGINS_A_FORMULA.sub(r"\1'", str(value)))


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download; `name` is a code of ours, never what somebody typed."""
    response = HttpResponse(csv_text(columns, rows), content_type=CONTENT_TYPE)
    return as_attachment(response, name)


def as_attachment(response: Response, name: str, ending: str = "csv") -> Response:
    """Let the browser keep it as a file instead of showing it."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response
