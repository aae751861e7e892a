"""What stands in the database, in short: to see that something changed nothing, or only what it should."""

from __future__ import annotations

from django.db import connection

NOT_CONTENT = frozenset({"django_session", "web_cache", "django_migrations", "audit_repeat", "web_guesscount"})


def fingerprint(*, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """By table: how many rows, and a digest of all of them. Sessions and counters of attempts are left out."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names()) - NOT_CONTENT - without):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), ''))"  # noqa: S608 - our own tables
                f" FROM {connection.ops.quote_name(table)} AS row"
            )
            count, digest = cursor.fetchone()
            found[table] = f"{count} {digest}"
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that differ."""
    return {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}
