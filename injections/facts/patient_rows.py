"""What is recorded of patients, out of several tables in one statement.

Each part is one table's rows as JSON, put back into its model by `rows.from_json`: a patient's page or the facts of a
thousand patients cost one query however many kinds of record there are. What was recorded on a merged record counts
as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from injections.models import Decision, Injection, InjectionRequest
from injections.models.recorded import Correctable
from injections.safety.codes import DECISIONS
from injections.visit_kinds import INJECTING
from pht_clinic.people.models import User
from pht_clinic.replica.scope import check_primary
from pht_clinic.rows import fetch_all, from_json, prepared
from scheduling.models import Death, Patient
from scheduling.states import Status


def _not_superseded(model: type[models.Model]) -> str:
    return f"NOT EXISTS (SELECT FROM {model._meta.db_table} AS later WHERE later.supersedes_id = row.id)"


CURRENT = f"(row.status <> '{Injection.Status.ENTERED_IN_ERROR}' AND {_not_superseded(Injection)})"
"""Of injections: those that stand, as `Injection.objects.current()`."""


def current(model: type[Correctable]) -> str:
    """Of what can be corrected or withdrawn: the rows that stand, as `objects.current()`."""
    return f"(NOT row.is_withdrawn AND {_not_superseded(model)})"


_PATIENTS, _USERS = Patient._meta.db_table, User._meta.db_table
_ONE, _MANY = "= %s::bigint", "= ANY(%s::bigint[])"


def _records(which: str) -> str:
    """The CTE `records`: the ids of these patients' records, each with the id of the one that is kept."""
    return f"""
WITH kept AS (SELECT DISTINCT coalesce(merged_into_id, id) AS id FROM {_PATIENTS} WHERE id {which}),
  records AS (
    SELECT id, id AS holder_id FROM kept
     UNION ALL
    SELECT id, merged_into_id FROM {_PATIENTS} WHERE merged_into_id IN (SELECT id FROM kept))
"""  # noqa: S608 - nothing but names of tables and codes of the product's own are put in


@dataclass(frozen=True)
class Part:
    """Rows of one model that belong to a patient, whose id stands in the column `of`: of the table itself, or of the
    one whose relation `through` names.

    `where` speaks of the table as `row`, of the other as `via`. Along come: under each name in `extra` the value of
    that SQL expression, put back into the model that `rows` has for it; the one row of another table whose relation
    `beside` names; of users in the fields `who` their id, name and address.
    """

    model: type[models.Model]
    of: str = "patient_id"
    through: str = ""
    where: str = "true"
    extra: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, type[models.Model]] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    who: tuple[str, ...] = ()

    def sql(self, name: str) -> str:
        """The statement that reads it for the CTE `records`."""
        along = {**self.extra, **{one: self._beside(one) for one in self.beside}}
        along |= {one: _who(one) for one in self.who}
        put = "".join(f" || jsonb_build_object('{key}', {value})" for key, value in along.items())
        return (
            f"SELECT '{name}', records.holder_id, row.id, to_jsonb(row){put}"  # noqa: S608 - as above
            f" FROM records {self._joined()} WHERE {self.where}"
        )

    def _joined(self) -> str:
        table = self.model._meta.db_table
        if not self.through:
            return f"JOIN {table} AS row ON row.{self.of} = records.id"
        relation: Any = self.model._meta.get_field(self.through)
        via = relation.related_model._meta.db_table
        return f"JOIN {via} AS via ON via.{self.of} = records.id JOIN {table} AS row ON row.{relation.column} = via.id"

    def _beside(self, name: str) -> str:
        relation: Any = self.model._meta.get_field(name)
        table, column = relation.related_model._meta.db_table, relation.field.column
        return f"(SELECT to_jsonb(other) FROM {table} AS other WHERE other.{column} = row.id)"  # noqa: S608 - as above


def _who(name: str) -> str:
    shown = "jsonb_build_object('id', who.id, 'name', who.name, 'email', who.email)"
    return f"(SELECT {shown} FROM {_USERS} AS who WHERE who.id = row.{name}_id)"  # noqa: S608 - as above


def one_of(column: str, codes: Iterable[str], *, of: str = "row") -> str:
    """The SQL condition that a column of a part holds one of the product's own codes; `of` is "row" or "via"."""
    return f"{of}.{column} IN ({_listed(codes)})"


def none_of(column: str, codes: Iterable[str]) -> str:
    """The SQL condition that a column of a part holds none of these codes."""
    return f"row.{column} NOT IN ({_listed(codes)})"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(repr(str(code)) for code in sorted(codes))


_ASKED = (
    f"(SELECT to_jsonb(asked) FROM {InjectionRequest._meta.db_table} AS asked"  # noqa: S608 - as above
    " WHERE asked.appointment_id = row.appointment_id)"
)


DECISIONS_OF_PATIENT = Part(
    Decision,
    through="appointment",
    # a visit that only loads the tendon is decided on as well: it has no area
    where=f"{one_of('outcome', DECISIONS)} AND {one_of('kind', INJECTING, of='via')}"
    f" AND via.status <> '{Status.ENTERED_IN_ERROR}'",
    extra={"asked": _ASKED},
    rows={"asked": InjectionRequest},
)
STANDING_DEATH = Part(
    Death,
    where=f"EXISTS (SELECT FROM {Patient._meta.db_table} AS whose WHERE whose.death_id = row.id)",
    who=("recorded_by",),
)
"""At most one, of the record that stands; of records that were merged each had its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """One row: of which part, whose it is (the patient who is kept), and the row itself."""

    part: str
    patient_id: int
    row: Any


class Records:
    """Some parts, and the statement that reads them all, put together once: for one patient, for whom the server plans
    it once, and for many.
    """

    def __init__(self, **parts: Part) -> None:
        self._parts = parts
        all_parts = " UNION ALL ".join(part.sql(name) for name, part in parts.items())
        self._of_one, self._of_many = (f"{_records(which)}{all_parts} ORDER BY 1, 3" for which in (_ONE, _MANY))

    def of(self, patients: Collection[int]) -> Iterator[Found]:
        """The rows of these patients, those of each part in the order in which they were stored. One query.

        Asked for a record that was merged, those of the patient who is kept.
        """
        check_primary()
        ids = list(patients)
        rows = prepared(self._of_one, ids) if len(ids) == 1 else fetch_all(self._of_many, [ids])
        for name, patient_id, _, text in rows:
            yield Found(name, patient_id, _row(self._parts[name], json.loads(text)))


def _row(part: Part, stored: dict[str, Any]) -> Any:
    row = from_json(part.model, stored)
    for name in part.extra:
        model = part.rows.get(name)
        setattr(row, name, from_json(model, stored[name]) if model and stored[name] else stored[name])
    for name in part.beside:
        relation: Any = part.model._meta.get_field(name)
        other = from_json(relation.related_model, stored[name]) if stored[name] else None
        relation.set_cached_value(row, other)
    for name in part.who:
        setattr(row, name, User(**stored[name]) if stored[name] else None)
    return row
