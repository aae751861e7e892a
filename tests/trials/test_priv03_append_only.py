"""PRIV3: what is append-only cannot be changed or removed by the application, by the ORM or by any SQL it can say.

The application's role owns nothing and cannot lift what the owner forbids. Control: with the rights given, the same
statements change every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.db.models import Model
from psycopg import sql

from pht_clinic.audit.append_only import AppendOnlyError, append_only_tables
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import viewed
from tests.clinic import NOW, Clinic, local

EXPECTED = frozenset(
    {
        "audit_entry",
        "audit_entry_deeds",
        "audit_entry_deeds_other",
        "audit_entry_views",
        "audit_entry_views_other",
        "audit_value",
        "scheduling_appointmentchange",
        "scheduling_recordedit",
        "injections_injection",
        "injections_screening",
        "injections_pathway",
        "injections_imagingreport",
        "injections_assessment",
        "injections_decision",
    }
)
"""The clinical and audit rows there must be; more may be append-only, never fewer."""


@pytest.fixture
def filled(clinic: Clinic) -> Clinic:
    """At least one row of everything that is append-only: a visit that was reviewed, decided and moved."""
    from injections.booking.move import MoveRequest, move
    from injections.patient.identity import correct_patient
    from injections.review.decide import DecisionRequest, decide

    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2025-11-20")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    appointment = clinic.book(patient, local("2026-03-10")).appointment
    assert appointment is not None
    correct_patient(patient.pk, changes={"phone": "07700 900321"}, by=clinic.reception, now=NOW)
    decide(appointment.pk, DecisionRequest(outcome="approve", reason="Weighed."), by=clinic.radiologist, now=NOW)
    move(appointment.pk, MoveRequest(start=local("2026-03-12")), by=clinic.reception, now=NOW)
    viewed(by=clinic.reception, now=NOW, patients=[patient.pk], what="patient")
    return clinic


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every append-only table."""
    found = {}
    with connection.cursor() as cursor:
        for table in append_only_tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608 - our own tables
            found[table] = cursor.fetchall()
    return found


def models() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if getattr(model, "append_only", False))


def statements(table: str) -> Iterator[str]:
    """Ways to change or remove its rows, or to get the right to."""
    yield f"UPDATE {table} SET id = id"  # noqa: S608 - our own tables
    yield f"DELETE FROM {table}"  # noqa: S608 - our own tables
    yield f"DELETE FROM {table} WHERE id = (SELECT id FROM {table} ORDER BY id LIMIT 1)"  # noqa: S608 - our own tables
    yield f"TRUNCATE {table} CASCADE"
    yield f"WITH gone AS (DELETE FROM {table} RETURNING *) SELECT count(*) FROM gone"  # noqa: S608 - our own tables
    once = f"ON CONFLICT ON CONSTRAINT {table}_pkey"  # of a partitioned table the key is more than the id
    yield f"INSERT INTO {table} SELECT * FROM {table} {once} DO UPDATE SET id = excluded.id"  # noqa: S608 - our own tables
    yield f"MERGE INTO {table} AS t USING {table} AS s ON t.id = s.id WHEN MATCHED THEN DELETE"
    yield f"DROP TABLE {table} CASCADE"
    yield f"ALTER TABLE {table} RENAME TO gone"
    yield f"ALTER TABLE {table} OWNER TO CURRENT_USER"
    yield f"ALTER TABLE {table} DISABLE TRIGGER ALL"
    yield f"CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    yield f"CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING"
    yield f"SELECT * FROM {table} FOR UPDATE"  # noqa: S608 - our own tables


def months() -> list[str]:
    """The partitions of the trail that are made as time goes on, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^audit_entry_.*_[0-9]{2}$' AND relkind = 'r'")
        return sorted(name for (name,) in cursor.fetchall())


def of_a_partition(table: str) -> Iterator[str]:
    """Ways to take a partition away from its table, or to put another in its place."""
    parent = table.rpartition("_")[0] if table.endswith("_other") else table[: -len("_2026_11")]
    yield f"ALTER TABLE {parent} DETACH PARTITION {table}"
    yield f"ALTER TABLE {parent} ATTACH PARTITION {table} FOR VALUES FROM ('2000-01-01') TO ('2000-02-01')"
    yield f"CREATE TABLE more PARTITION OF {parent} FOR VALUES FROM ('2000-01-01') TO ('2000-02-01')"
    yield f"CREATE OR REPLACE FUNCTION make_audit_months() RETURNS integer LANGUAGE sql AS 'DROP TABLE {table}'"


def escapes() -> Iterator[str]:
    """Ways to become somebody who may."""
    owner = settings.DATABASES["owner"]["USER"]
    yield f"SET ROLE {owner}"
    yield f"SET SESSION AUTHORIZATION {owner}"
    yield f"GRANT {owner} TO CURRENT_USER"
    yield "ALTER ROLE CURRENT_USER SUPERUSER"
    yield "SET session_replication_role = replica"
    yield "CREATE TABLE public.gone (id int)"
    yield "DROP SCHEMA public CASCADE"
    yield "ALTER DEFAULT PRIVILEGES FOR ROLE pht_owner GRANT ALL ON TABLES TO CURRENT_USER"


def get_through(said: Iterable[str]) -> list[str]:
    """The statements that were not refused; each is taken back."""
    found = []
    for statement in said:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                found.append(statement)
                transaction.set_rollback(True)
        except ProgrammingError as error:
            if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
                raise
    return found


def test_priv3_every_clinical_and_audit_row_is_append_only() -> None:
    assert set(append_only_tables()) >= EXPECTED


def test_priv3_no_statement_of_the_applications_role_changes_a_row(filled: Clinic) -> None:
    before = rows()
    assert all(before[table] for table in EXPECTED), "a table without a row proves nothing"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == settings.DATABASES["default"]["USER"]
    for table in append_only_tables():
        found = get_through(statements(table))
        assert not found, found
    found = get_through(escapes())
    assert not found, found
    assert rows() == before


def test_priv3_nothing_is_changed_by_the_name_of_a_partition(filled: Clinic) -> None:
    """The months' rows are not even read that way: whoever reads or adds goes by the table that they are of."""
    rest = [f"audit_entry_{kind}_other" for kind in ("deeds", "views")]
    assert len(months()) >= 6
    for table in (*rest, *months()):
        found = get_through(of_a_partition(table))
        assert not found, found
    for table in months():
        found = get_through([*statements(table), f"SELECT * FROM {table}", f"INSERT INTO {table} VALUES (1)"])  # noqa: S608 - our own tables
        assert not found, found


def test_priv3_control_with_the_rights_given_a_month_is_changed_by_its_name(
    filled: Clinic, owner_connection: psycopg.Connection
) -> None:
    from django.core.checks import run_checks

    role, table = settings.DATABASES["default"]["USER"], months()[0]
    owner_connection.execute(f"GRANT SELECT, UPDATE, DELETE ON {table} TO {role}")
    try:
        found = get_through(statements(table))
        assert [error.id for error in run_checks(databases=["default"])] == ["clinic.E006"]
    finally:
        owner_connection.execute(f"REVOKE ALL ON {table} FROM {role}")
    assert len(found) >= 4, found
    assert run_checks(databases=["default"]) == []


def test_priv3_the_role_cannot_give_itself_the_rights(filled: Clinic) -> None:
    """Granting what one does not own is no error in PostgreSQL, only without effect."""
    with connection.cursor() as cursor:
        for table in append_only_tables():
            cursor.execute(f"GRANT ALL ON {table} TO CURRENT_USER")
            cursor.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')", [table])
            assert cursor.fetchone() == (False,), table


def test_priv3_the_orm_refuses_before_the_database_is_asked(filled: Clinic) -> None:
    before = rows()
    for model in models():
        query = model._default_manager.all()
        row = query.first()
        if row is None:
            continue
        for change in (
            row.save,
            row.delete,
            query.delete,
            lambda query=query: query.update(id=1),
            lambda query=query, row=row: query.bulk_update([row], ["id"]),
            lambda model=model, row=row: model._base_manager.filter(pk=row.pk).update(id=1),
            lambda model=model, row=row: model._base_manager.filter(pk=row.pk)._raw_delete("default"),
        ):
            with pytest.raises(AppendOnlyError):
                change()
    assert rows() == before


def test_priv3_control_with_the_rights_given_rows_change(filled: Clinic, owner_connection: psycopg.Connection) -> None:
    role = sql.Identifier(settings.DATABASES["default"]["USER"])
    table = sql.Identifier(Entry._meta.db_table)
    owner_connection.execute(sql.SQL("GRANT UPDATE, DELETE ON {} TO {}").format(table, role))
    try:
        found = get_through(statements(Entry._meta.db_table))
    finally:
        owner_connection.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(table, role))
    print(f"PRIV3 control: {len(found)} statements get through once the rights are given")
    assert len(found) >= 5
