"""The test database: migrated once, emptied between tests that commit."""

from typing import Final

import psycopg
from psycopg import sql

# Made by `migrate` itself; the content types and permissions are needed by whatever is looked up later.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
MANY = 2000
_seeded: set[str] = set()


def migrate(owner_url: str) -> None:
    """Make all tables in the owner's role, and remember which of them migrations filled."""
    from django.core.management import call_command

    call_command("migrate", database="owner", interactive=False, verbosity=0)
    close_connections()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for table in _tables(owner):
            question = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table))
            if owner.execute(question).fetchone() == (True,):
                _seeded.add(table)


def close_connections() -> None:
    """Close this thread's connections, so that none of them holds a lock."""
    from django.db import connections

    connections.close_all()


_NAMED_AT_ONCE: Final = """
    SELECT relname FROM pg_constraint JOIN pg_class ON pg_class.oid = confrelid
     WHERE contype = 'f' AND NOT condeferrable AND relnamespace = 'public'::regnamespace
"""


def empty(owner: psycopg.Connection) -> None:
    """Empty every table but those that migrations filled.

    Row by row where there are few, as after most tests: to truncate takes new files for each table and index. All in
    one transaction, at whose end foreign keys are looked at; what is named by one that looks at once goes last.
    """
    tables = [name for name in _tables(owner) if name not in KEPT | _seeded]
    with owner.transaction():
        owner.execute("SET LOCAL lock_timeout = '20s'")
        filled = _count(owner, tables)
        if sum(filled.values()) > MANY:
            names = sql.SQL(", ").join(map(sql.Identifier, tables))
            owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
            return
        named_at_once = {name for (name,) in owner.execute(_NAMED_AT_ONCE).fetchall()}
        for name in sorted(filled, key=named_at_once.__contains__):
            owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def _count(owner: psycopg.Connection, tables: list[str]) -> dict[str, int]:
    """How many rows each table has, if any; a table of many counts as one more than MANY."""
    few = sql.SQL("SELECT {name}, count(*) FROM (SELECT FROM {table} LIMIT {most}) one")
    each = [few.format(name=name, table=sql.Identifier(name), most=MANY + 1) for name in tables]
    return {name: number for name, number in owner.execute(sql.SQL(" UNION ALL ").join(each)) if number}


def _tables(owner: psycopg.Connection) -> list[str]:
    found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in found]
