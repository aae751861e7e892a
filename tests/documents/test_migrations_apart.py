"""A new migration runs while the clinic does, or says that it cannot."""

from __future__ import annotations

import re
import runpy
from types import SimpleNamespace

import pytest
from django.apps import apps

from tests.documents.markdown import ROOT

migrations_apart = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "running" / "migrations_apart.py")))
TABLE = 'ALTER TABLE "scheduling_patient"'


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        (f'{TABLE} ADD COLUMN "x" varchar(9) NOT NULL;', "adding-required-field"),
        (
            f'{TABLE} ADD COLUMN "x" varchar(9) DEFAULT \'\' NOT NULL; {TABLE} ALTER "x" DROP DEFAULT;',
            "ban-drop-default",
        ),
        (f'{TABLE} DROP COLUMN "x";', "ban-drop-column"),
        (f'{TABLE} RENAME COLUMN "x" TO "y";', "renaming-column"),
        (f'{TABLE} ALTER COLUMN "x" TYPE bigint;', "changing-column-type"),
        (f'{TABLE} ADD CONSTRAINT "c" CHECK ("x" > 0);', "constraint-missing-not-valid"),
        ('CREATE INDEX "i" ON "scheduling_patient" ("x");', "require-concurrent-index-creation"),
        ('DROP TABLE "scheduling_patient";', "ban-drop-table"),
    ],
    ids=["required", "default dropped", "column dropped", "renamed", "type", "constraint", "index", "table dropped"],
)
def test_what_an_old_process_could_not_live_with_is_named(sql: str, rule: str) -> None:
    assert any(found.startswith(rule) for found in migrations_apart.dangers(sql)), migrations_apart.dangers(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"{TABLE} ADD COLUMN \"x\" varchar(9) DEFAULT '' NOT NULL;",
        f'{TABLE} ADD COLUMN "x" integer NULL;',
        f'{TABLE} ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID;',
        'CREATE TABLE "new" ("id" bigint PRIMARY KEY, "x" varchar(9) NOT NULL); CREATE INDEX "i" ON "new" ("x");',
    ],
    ids=["kept default", "nullable", "not valid", "new table"],
)
def test_the_first_of_two_steps_is_fine(sql: str) -> None:
    assert migrations_apart.dangers(sql) == []


@pytest.mark.parametrize(
    ("source", "is_said"),
    [
        ("    # stops the clinic: every row is written anew\n", True),
        ("    # stops the clinic:\n", False),
        ("    # stops the clinic: yes\n", False),
        ("", False),
    ],
    ids=["with a reason", "none", "one word", "nothing"],
)
def test_a_migration_may_say_that_it_stops_the_clinic_and_why(source: str, is_said: bool) -> None:
    assert (migrations_apart.wrong(source, f'{TABLE} DROP COLUMN "x";') == []) is is_said


def test_a_program_that_cannot_read_the_statements_is_no_silence() -> None:
    assert any("syntax-error" in found for found in migrations_apart.dangers("ALTER TABEL x;"))


def test_the_statements_of_a_migration_are_had_without_a_database() -> None:
    assert 'CREATE TABLE "web_' in migrations_apart.statements("web", "0008_open_sessions")


def test_no_app_of_ours_is_left_out() -> None:
    """What is looked at begins after a migration that is there."""
    places = tuple(f"{ROOT}/{top}" for top in ("pht_clinic", "scheduling", "injections"))
    ours = {app.label for app in apps.get_app_configs() if str(app.path).startswith(places) and _numbers(app.path)}
    assert ours == set(migrations_apart.BEFORE)
    for label, last in migrations_apart.BEFORE.items():
        assert last in _numbers(apps.get_app_config(label).path)


def _numbers(path: str) -> set[int]:
    names = (one.name for one in (ROOT / path / "migrations").glob("0*.py"))
    return {int(re.match(r"\d+", name).group()) for name in names}  # type: ignore[union-attr]  # the glob says so


def test_no_database_is_asked_for_the_default_of_a_column() -> None:
    """A test without the mark for the database may not ask one."""
    sql = migrations_apart.statements("scheduling", "0032_webhook_revisions")
    assert 'ADD COLUMN "revision" integer DEFAULT 1 NOT NULL' in sql
