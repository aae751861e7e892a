"""Rows that are copies of one that the product wrote, of other visits: every column right, most of them the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Copied:
    """Which row of a table is copied, and for which rows of `sources`.

    `own` has SQL for the columns that are not as in the model, over `source` (a row of `sources`) and `model`.
    """

    table: str
    model: str
    sources: str
    own: Mapping[str, str]


def copy(owner: psycopg.Connection, what: Copied, values: Mapping[str, object]) -> int:
    """How many rows were made. Raises: AssertionError where there is no row to copy."""
    model = sql.SQL("SELECT * FROM {} WHERE {} ORDER BY id DESC LIMIT 1").format(
        sql.Identifier(what.table),
        sql.SQL(what.model),  # type: ignore[arg-type]  # ours
    )
    assert owner.execute(sql.SQL("SELECT FROM ({}) one").format(model), values).rowcount == 1, what
    names = [name for name in _columns(owner, what.table) if name != "id"]
    shown = [sql.SQL(what.own[name]) if name in what.own else sql.Identifier("model", name) for name in names]  # type: ignore[arg-type]  # ours
    return owner.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM ({}) source CROSS JOIN ({}) model").format(
            sql.Identifier(what.table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(shown),
            sql.SQL(what.sources),  # type: ignore[arg-type]  # ours
            model,
        ),
        values,
    ).rowcount


def _columns(owner: psycopg.Connection, table: str) -> list[str]:
    question = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    return [name for (name,) in owner.execute(question, [table])]
