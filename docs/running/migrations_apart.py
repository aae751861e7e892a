"""Says which new migrations cannot run while the clinic does: what squawk finds in the SQL that they send.

`python docs/running/migrations_apart.py`, as `make check` runs it; no database is asked. An old process that still
serves must neither fail on the new tables nor wait long for them, so a change is made in two steps
(docs/running/upgrade.md). A migration that needs web, worker and beat to stop says so in a line of its own:

    # stops the clinic: WHY
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))
SQUAWK: Final = Path(sys.prefix) / "bin" / "squawk"
BEFORE: Final = {"audit": 6, "backup": 1, "injections": 38, "people": 8, "scheduling": 31, "web": 8}
"""The last migration of each app that was made before anybody was told that a clinic can go on meanwhile."""
STOPS: Final = re.compile(r"^\s*# stops the clinic: (\S+ .+)$", re.MULTILINE)
LEFT_OUT: Final = (
    # where each migration is one transaction, and the limits stand at the connection of DATABASE_OWNER_URL
    *("transaction-nesting", "require-lock-timeout", "require-statement-timeout", "require-timeout-settings"),
    # the form of names and fields, which is Django's
    *("prefer-text-field", "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity"),
    *("prefer-robust-stmts", "prefer-timestamp-tz"),
)


def new_migrations() -> Iterator[tuple[str, str]]:
    """App and name of each, in order."""
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - once Django is set up

    for app, name in sorted(MigrationLoader(None).disk_migrations):
        if app in BEFORE and int(name[:4]) > BEFORE[app]:
            yield app, name


def statements(app: str, name: str) -> str:
    """The SQL of one migration, put together without a database; Python that it runs is not among it."""
    from django.db import connections  # noqa: PLC0415 - once Django is set up
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor  # noqa: PLC0415 - the same
    from django.db.backends.postgresql.schema import DatabaseSchemaEditor  # noqa: PLC0415 - the same
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - the same

    class Editor(DatabaseSchemaEditor):
        """Quotes values, as the default of a column, by itself; PostgreSQL's own asks the database how."""

        execute = BaseDatabaseSchemaEditor.execute

    loader = MigrationLoader(None)
    migration = loader.graph.nodes[app, name]
    before = loader.project_state((app, name), at_end=False)
    with Editor(connections["default"], collect_sql=True, atomic=False) as editor:
        migration.apply(before, editor, collect_sql=True)
    return "\n".join(editor.collected_sql)


def dangers(sql: str) -> list[str]:
    """What squawk says of it, a line each: the rule and why."""
    command = [str(SQUAWK), "--pg-version", "15", "--assume-in-transaction", "--reporter", "gcc"]
    command += [f"--exclude={','.join(LEFT_OUT)}"]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours
    found = [line.partition("warning: ")[2] or line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode not in (0, 1) or bool(found) != bool(done.returncode):
        raise RuntimeError(f"squawk ended with {done.returncode}: {done.stderr or done.stdout}")
    return found


def wrong(source: str, sql: str) -> list[str]:
    """The dangers that the migration's own text does not speak of."""
    return [] if STOPS.search(source) else dangers(sql)


def main() -> int:
    """0 where each new migration can run meanwhile or says why not."""
    import django  # noqa: PLC0415 - the settings of the environment have to be there

    django.setup()
    from django.apps import apps  # noqa: PLC0415 - not before they are set up

    is_fine = True
    for app, name in new_migrations():
        source = (Path(apps.get_app_config(app).path) / "migrations" / f"{name}.py").read_text(encoding="utf-8")
        for danger in wrong(source, statements(app, name)):
            sys.stderr.write(f"{app}.{name}: {danger}\n")
            is_fine = False
    if not is_fine:
        sys.stderr.write('Make it in two steps (docs/running/upgrade.md), or say "# stops the clinic: WHY" in it.\n')
    return 0 if is_fine else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    sys.exit(main())
