"""What the application's role may do in the database: no more than its work, whatever PostgreSQL gives to everybody."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.conf import settings as in_force
from django.core.checks import Tags, run_checks

from pht_clinic.audit import role_settings
from pht_clinic.demo.postgresql import APPLICATION, PostgresServer


@pytest.fixture
def application(postgres: PostgresServer, committed_db: None) -> Any:
    with psycopg.connect(postgres.url(APPLICATION), autocommit=True) as connection:
        yield connection


FORBIDDEN = (
    "CREATE TEMPORARY TABLE patient (id int)",
    "CREATE TABLE public.more (id int)",
    "CREATE SCHEMA more",
    "INSERT INTO django_content_type (app_label, model) VALUES ('x', 'y')",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
    "DELETE FROM auth_permission",
    "UPDATE auth_group SET name = 'x'",
    "TRUNCATE web_tally",
    "SELECT last_value FROM scheduling_patient_id_seq",
    "SELECT setval('scheduling_patient_id_seq', 1)",
    "ALTER TABLE web_tally DISABLE TRIGGER ALL",
    "SET log_statement = 'all'",
    "SET track_activities = on",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_may_not(application: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(statement)


def test_a_role_that_was_given_nothing_cannot_connect(postgres: PostgresServer, committed_db: None) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE stranger LOGIN")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(postgres.url("stranger"))
        finally:
            superuser.execute("DROP ROLE stranger")


@pytest.mark.django_db
def test_names_are_looked_up_where_nobody_else_can_put_any() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == ("pg_catalog,public,pg_temp",)


def test_whatever_program_somebody_comes_with_names_are_looked_up_there_too(application: psycopg.Connection) -> None:
    assert application.execute("SHOW search_path").fetchone() == ("public, pg_temp",)


def test_the_role_owns_nothing_and_no_function_lends_it_more_than_is_known(application: psycopg.Connection) -> None:
    """A function that works with its owner's rights looks names up where nobody else can put any; here is each of them.
    Nobody but the role may call one of ours.
    """
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
    assert application.execute(owned).fetchone() == (0,)
    lent = """
        SELECT proname, proconfig FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname
    """
    fixed, harmless = {"search_path=public, pg_temp"}, {"TimeZone=UTC", "lock_timeout=500ms"}
    known = ("forget_views", "give_back_after_merge", "make_audit_months", "webhook_event_is_noted")
    found = [(name, set(given) - harmless) for name, given in application.execute(lent).fetchall()]
    assert found == [(name, fixed) for name in known]
    for_all = """
        SELECT proname FROM pg_proc AS one, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given
         WHERE pronamespace = 'public'::regnamespace AND given.grantee = 0
           AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = one.oid AND deptype = 'e')
    """
    assert application.execute(for_all).fetchall() == []


@pytest.mark.parametrize("name", role_settings.QUIET)
def test_a_role_that_would_tell_postgresqls_log_is_refused(
    postgres: PostgresServer, committed_db: None, name: str
) -> None:
    """With the statement that mends it."""
    from django.db import connections

    with psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"ALTER ROLE {APPLICATION} RESET {name}")
        connections.close_all()
        default = superuser.execute("SELECT setting FROM pg_settings WHERE name = %s", [name]).fetchone()
        assert default is not None
        try:
            found = run_checks(databases=["default"])
        finally:
            for statement in role_settings.quietening(APPLICATION):
                superuser.execute(statement)
            connections.close_all()
    if default[0] == role_settings.QUIET[name]:
        assert found == []
        return
    [error] = found
    assert error.id == "clinic.E018"
    assert name in error.msg
    assert f'ALTER ROLE "{APPLICATION}" SET {name} = \'' in (error.hint or "")


@pytest.mark.parametrize("name", in_force.DATABASE_LIMITS)
def test_a_role_that_would_wait_longer_behind_a_pooler_is_refused(
    postgres: PostgresServer, committed_db: None, name: str
) -> None:
    """With the statements that mend it, which then do. Each connection asks for nothing, as behind a pooler."""
    from django.db import connection

    limits = in_force.DATABASE_LIMITS
    asked = connection.settings_dict["OPTIONS"].pop("options")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        try:
            for statement in role_settings.limiting(APPLICATION, limits):
                superuser.execute(statement)
            superuser.execute(f"ALTER ROLE {APPLICATION} RESET {name}")
            connection.close()
            [error] = run_checks(tags=[Tags.database], databases=["default"])
            assert error.id == "clinic.E022"
            assert f"another {name} than" in error.msg
            superuser.execute((error.hint or "").partition("once: ")[2])
            connection.close()
            assert run_checks(tags=[Tags.database], databases=["default"]) == []
        finally:
            for one in limits:
                superuser.execute(f"ALTER ROLE {APPLICATION} RESET {one}")
            connection.settings_dict["OPTIONS"]["options"] = asked
            connection.close()
