"""Which of a patient's recorded answers, and which pathway, count for an area and side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from injections.models import ByAreaAndSide

Row = TypeVar("Row", bound=ByAreaAndSide)


def newest_that_fits(rows: Iterable[Row], area: str | None, side: str | None) -> Row | None:
    """The one stored last of those that count there; None where there is none.

    A row without area or side counts everywhere, one of both or unknown side for both. None asks for any area or side,
    "" for rows that name none.
    """
    fitting = (row for row in rows if _fits(row.area, area, {""}) and _fits(row.side, side, {"", "both", "unknown"}))
    return max(fitting, key=lambda row: row.pk, default=None)


def _fits(named: str, asked: str | None, everywhere: set[str]) -> bool:
    return asked is None or named == asked or named in everywhere
