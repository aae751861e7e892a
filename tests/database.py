"""The test database: migrated once, emptied between tests that commit."""

import psycopg
from psycopg import sql

# Made by `migrate` itself; the content types and permissions are needed by whatever is looked up later.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
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


def empty(owner: psycopg.Connection) -> None:
    """Empty every table but those that migrations filled; in one statement, so that no order matters."""
    tables = [sql.Identifier(name) for name in _tables(owner) if name not in KEPT | _seeded]
    if tables:
        owner.execute("SET lock_timeout = '20s'")
        owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))


def _tables(owner: psycopg.Connection) -> list[str]:
    found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in found]
