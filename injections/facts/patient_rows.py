"""What is recorded of patients, out of several tables in one statement.

Each part is one table's rows as JSON, put back into its model by `rows.from_json`: a patient's page or the facts of a
thousand patients cost one query however many kinds of record there are. It stands here and not beside `rows.together`,
which reads whole query sets, because it knows patients: what was recorded on a merged record counts as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from injections.models import Injection
from pht_clinic.people.models import User
from pht_clinic.rows import from_json
from scheduling.models import Patient

CURRENT = f"""(
    row.status <> '{Injection.Status.ENTERED_IN_ERROR}'
    AND NOT EXISTS (SELECT FROM {Injection._meta.db_table} AS later WHERE later.supersedes_id = row.id))
"""
"""Of injections: those that stand, as `Injection.objects.current()`."""
_PATIENTS, _USERS = Patient._meta.db_table, User._meta.db_table
_RECORDS_OF_ONE = f"SELECT id FROM {_PATIENTS} WHERE id = %s OR merged_into_id = %s"  # noqa: S608 - as below
_RECORDS = f"""
WITH kept AS (SELECT DISTINCT coalesce(merged_into_id, id) AS id FROM {_PATIENTS} WHERE id = ANY(%(patients)s)),
  records AS (
    SELECT id, id AS holder_id FROM kept
     UNION ALL
    SELECT id, merged_into_id FROM {_PATIENTS} WHERE merged_into_id IN (SELECT id FROM kept))
"""  # noqa: S608 - nothing but names of tables and codes of the product's own are put in


@dataclass(frozen=True)
class Part:
    """Rows of one model that belong to a patient, whose id stands in the column `of`.

    `where` speaks of the table as `row`. Along come: under each name in `extra` the value of that SQL expression; the
    one row of another table whose relation `beside` names; of users in the fields `who` their id, name and address.
    """

    model: type[models.Model]
    of: str = "patient_id"
    where: str = "true"
    extra: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    who: tuple[str, ...] = ()

    def sql(self, name: str, *, of_one: bool = False) -> str:
        """The statement that reads it: for the CTE `records`, or for the given records of one patient."""
        along = {**self.extra, **{one: self._beside(one) for one in self.beside}}
        along |= {one: _who(one) for one in self.who}
        put = "".join(f" || jsonb_build_object('{key}', {value})" for key, value in along.items())
        holder, mine = "records.holder_id", f"records JOIN {{}} AS row ON row.{self.of} = records.id WHERE"
        if of_one:
            holder, mine = "%(patient)s", f"{{}} AS row WHERE row.{self.of} = ANY(%(records)s) AND"
        mine = mine.format(self.model._meta.db_table)
        return f"SELECT '{name}', {holder}, row.id, to_jsonb(row){put} FROM {mine} {self.where}"  # noqa: S608 - as above

    def _beside(self, name: str) -> str:
        relation: Any = self.model._meta.get_field(name)
        table, column = relation.related_model._meta.db_table, relation.field.column
        return f"(SELECT to_jsonb(other) FROM {table} AS other WHERE other.{column} = row.id)"  # noqa: S608 - as above


def _who(name: str) -> str:
    shown = "jsonb_build_object('id', who.id, 'name', who.name, 'email', who.email)"
    return f"(SELECT {shown} FROM {_USERS} AS who WHERE who.id = row.{name}_id)"  # noqa: S608 - as above


def one_of(column: str, codes: Iterable[str]) -> str:
    """The SQL condition that a column of a part holds one of the product's own codes."""
    return f"row.{column} IN ({', '.join(repr(str(code)) for code in sorted(codes))})"


@dataclass(frozen=True, slots=True)
class Found:
    """One row: of which part, whose it is (the patient who is kept), and the row itself."""

    part: str
    patient_id: int
    row: Any


class Records:
    """Some parts, and the statements that read them all, put together once."""

    def __init__(self, **parts: Part) -> None:
        self._parts = parts
        of_many = " UNION ALL ".join(part.sql(name) for name, part in parts.items())
        of_one = " UNION ALL ".join(part.sql(name, of_one=True) for name, part in parts.items())
        self._of_many, self._of_one = f"{_RECORDS}{of_many} ORDER BY 1, 3", f"{of_one} ORDER BY 1, 3"

    def of(self, patients: Collection[int]) -> Iterator[Found]:
        """The rows of these patients, those of each part in the order in which they were stored. One query.

        Asked for a record that was merged, those of the patient who is kept.
        """
        with connection.cursor() as cursor:
            cursor.execute(self._of_many, {"patients": list(patients)})
            rows = cursor.fetchall()
        return self._found(rows)

    def of_one(self, patient_id: int) -> Iterator[Found]:
        """As `of`, for one patient who is kept. Two queries, which together cost a third of that one: the database
        plans them without joins.
        """
        with connection.cursor() as cursor:
            cursor.execute(_RECORDS_OF_ONE, [patient_id, patient_id])
            records = [number for (number,) in cursor.fetchall()]
            cursor.execute(self._of_one, {"patient": patient_id, "records": records})
            rows = cursor.fetchall()
        return self._found(rows)

    def _found(self, rows: Iterable[tuple[str, int, int, str]]) -> Iterator[Found]:
        for name, patient_id, _, text in rows:
            yield Found(name, patient_id, _row(self._parts[name], json.loads(text)))


def _row(part: Part, stored: dict[str, Any]) -> Any:
    row = from_json(part.model, stored)
    for name in part.extra:
        setattr(row, name, stored[name])
    for name in part.beside:
        relation: Any = part.model._meta.get_field(name)
        other = from_json(relation.related_model, stored[name]) if stored[name] else None
        relation.set_cached_value(row, other)
    for name in part.who:
        setattr(row, name, User(**stored[name]) if stored[name] else None)
    return row
