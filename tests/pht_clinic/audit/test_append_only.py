"""Audit rows, and every row like them, can be added and never changed: not by the ORM, not by SQL."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import ProgrammingError, connection, transaction

from pht_clinic.audit import grants
from pht_clinic.audit.append_only import AppendOnlyError, append_only_tables
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record, viewed
from pht_clinic.people.actors import SYSTEM, actor_of

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)


@pytest.fixture
def entry() -> Entry:
    return record("probed", by=SYSTEM, now=NOON, patients=[5, 2, 5], subject="probe:1", detail={"a": 1})


def test_a_row_says_who_did_what_when_and_to_whom(make_user: Callable[..., object]) -> None:
    user = make_user("reception")
    row = record("booked", by=actor_of(user), now=NOON, patients=[9], subject="appointment:12")
    row.refresh_from_db()
    assert (row.at, row.actor_kind, row.user_id, row.actor_name) == (NOON, "user", user.pk, user.name)
    assert (row.verb, row.subject, row.patient_ids, row.detail) == ("booked", "appointment:12", [9], {})


def test_viewed_is_one_row_for_all_patients_shown() -> None:
    viewed(by=SYSTEM, now=NOON, patients=[3, 1, 3], what="calendar")
    assert list(Entry.objects.values_list("verb", "subject", "patient_ids")) == [("viewed", "calendar", [1, 3])]


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: Entry.objects.update(verb="x"),
        lambda entry: Entry.objects.filter(pk=entry.pk).delete(),
        lambda entry: Entry.objects.bulk_update([entry], ["verb"]),
        lambda entry: Entry.objects.update_or_create(pk=entry.pk, defaults={"verb": "x"}),
        lambda entry: Entry._base_manager.filter(pk=entry.pk).update(verb="x"),
        lambda entry: Entry._base_manager.filter(pk=entry.pk)._raw_delete("default"),
    ],
)
def test_the_orm_refuses_to_change_a_row(entry: Entry, change: Callable[[Entry], object]) -> None:
    entry.verb = "forged"
    with pytest.raises(AppendOnlyError):
        change(entry)
    assert Entry.objects.get(pk=entry.pk).verb == "probed"


@pytest.mark.parametrize("table", append_only_tables())
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_an_append_only_table(table: str, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(connection.ops.quote_name(table)))


def test_control_with_the_right_given_the_same_statement_works(
    entry: Entry, owner_connection: psycopg.Connection
) -> None:
    """What refuses above is the missing right, and nothing else."""
    role = psycopg.sql.Identifier(grants.application_role())
    change = psycopg.sql.SQL("{} UPDATE, DELETE ON audit_entry {} {}")
    owner_connection.execute(change.format(psycopg.sql.SQL("GRANT"), psycopg.sql.SQL("TO"), role))
    try:
        assert [error.id for error in run_checks(databases=["default"])] == ["clinic.E006"]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_entry SET verb = 'forged' WHERE id = %s", [entry.pk])
            assert cursor.rowcount == 1
    finally:
        owner_connection.execute(change.format(psycopg.sql.SQL("REVOKE"), psycopg.sql.SQL("FROM"), role))


def test_every_migrate_gives_the_rights_anew(owner_connection: psycopg.Connection) -> None:
    role = psycopg.sql.Identifier(grants.application_role())
    owner_connection.execute(psycopg.sql.SQL("GRANT DELETE ON audit_entry TO {}").format(role))
    # a process of its own: in here the owner's connection is closed to tests
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True, timeout=60)
    assert run_checks(databases=["default"]) == []


def test_the_application_role_cannot_give_itself_rights_or_tables() -> None:
    for statement in (
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_entry OWNER TO CURRENT_USER",
        "DROP TABLE audit_entry",
        "CREATE TABLE public.audit_entry_2 (id int)",
        "DELETE FROM django_migrations",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_application_role_reads_and_writes_every_other_table() -> None:
    ordinary = {model._meta.db_table for model in apps.get_models() if not getattr(model, "append_only", False)}
    ordinary -= set(grants.OF_MIGRATE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::text[]) t WHERE has_table_privilege(t, 'SELECT')"
            " AND has_table_privilege(t, 'INSERT') AND has_table_privilege(t, 'UPDATE')"
            " AND has_table_privilege(t, 'DELETE')",
            [sorted(ordinary)],
        )
        assert cursor.fetchone() == (len(ordinary),)
