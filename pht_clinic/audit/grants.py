"""What the roles of the application and of retention may do in the database; given after each `migrate` by the owner's
role.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

from pht_clinic.audit.append_only import append_only_tables

OF_MIGRATE = ("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
"""Tables that nobody changes between two versions."""


_RETENTION: Final[dict[str, str]] = {}
FORGET_VIEWS: Final = "forget_views(timestamptz, integer)"
"""The function by which views leave the audit trail, and nothing else does (migration 0006)."""


def let_retention(rights: Mapping[str, str]) -> None:
    """What the role of RETENTION_DATABASE_URL may do, by table: "SELECT, DELETE"; other apps say so from `ready()`."""
    _RETENTION.update(rights)


def retention_may_remove() -> set[str]:
    """The tables from which that role may remove rows."""
    return {table for table, rights in _RETENTION.items() if "DELETE" in rights}


def retention_role() -> str:
    """The role of RETENTION_DATABASE_URL; empty where there is none."""
    return str(settings.DATABASES.get("retention", {}).get("USER") or "")


def application_role() -> str:
    """The role of DATABASE_URL; empty when the address leaves it to the system user."""
    return str(settings.DATABASES["default"].get("USER") or "")


def give(connection: BaseDatabaseWrapper) -> bool:
    """Give the application's role its rights in the schema `public` of this database.

    Ordinary tables: read, add, change, remove. Append-only tables: read and add; a month of the trail: nothing, it is
    read and added to by the table that it is of. What `migrate` alone writes: read.
    Functions: call. The role of retention, where there is one, gets what `let_retention` was told and nothing else.
    Nobody else may connect or call a function, and nobody makes temporary tables. Does nothing, and returns False, when
    the connection belongs to the application's role itself: an owner cannot take its own rights away for good.
    """
    role = application_role()
    if not role:
        return False
    with atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            return False
        for statement in _statements(connection, role):
            cursor.execute(statement)
        cursor.execute("SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()")
        if cursor.fetchone()[0]:
            for statement in _of_the_database(connection, filter(None, (role, retention_role()))):
                cursor.execute(statement)
    return True


def _statements(connection: BaseDatabaseWrapper, role: str) -> list[str]:
    quote = connection.ops.quote_name
    existing = set(_tables(connection))
    append_only = ", ".join(quote(table) for table in append_only_tables() if table in existing)
    to, of = f"TO {quote(role)}", f"FROM {quote(role)}"
    statements = [
        f"GRANT USAGE ON SCHEMA public {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public {to}",
        f"REVOKE SELECT ON ALL SEQUENCES IN SCHEMA public {of}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public {to}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public {to}",
    ]
    written_by_migrate = ", ".join(quote(table) for table in OF_MIGRATE if table in existing)
    statements.append(f"REVOKE INSERT, UPDATE, DELETE ON {written_by_migrate} {of}")
    statements += _of_retention(connection, existing)
    if append_only:
        statements.append(f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON {append_only} {of}")
    statements += [f"REVOKE ALL ON {quote(month)} {of}" for month in _months(connection)]
    return statements


def _tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Every table of the schema `public`, partitions too: whoever may write to one passes by the table it is of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in cursor.fetchall()]


def _months(connection: BaseDatabaseWrapper) -> list[str]:
    """The partitions that are made as time goes on: nobody is given a right on one, they are for whoever made them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relispartition AND relname <> ALL(%s) ORDER BY relname",
            [append_only_tables()],
        )
        return [name for (name,) in cursor.fetchall()]


def _of_retention(connection: BaseDatabaseWrapper, existing: Collection[str]) -> Iterator[str]:
    """Of the function by which views go too: nobody else may call it."""
    role, quote = retention_role(), connection.ops.quote_name
    forgets = _forgets_views(connection)
    if forgets:
        yield f"REVOKE ALL ON FUNCTION {FORGET_VIEWS} FROM PUBLIC, {quote(application_role())}"
    if not role or role == application_role():
        return
    yield f"GRANT USAGE ON SCHEMA public TO {quote(role)}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quote(role)}"
    for table, rights in _RETENTION.items():
        if table in existing:
            yield f"GRANT {rights} ON {quote(table)} TO {quote(role)}"
    if forgets:
        yield f"GRANT EXECUTE ON FUNCTION {FORGET_VIEWS} TO {quote(role)}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}"  # each of its deeds is an entry


def _forgets_views(connection: BaseDatabaseWrapper) -> bool:
    """Whether the function is there: a database on its way between two versions may be without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [FORGET_VIEWS])
        return bool(cursor.fetchone()[0])


def _of_the_database(connection: BaseDatabaseWrapper, roles: Iterable[str]) -> list[str]:
    """Connecting is for these roles, and a temporary table, which could pass for one of ours, for none.

    Nobody's name is looked up in a schema of their own, whatever program they come with.
    """
    quote = connection.ops.quote_name
    database = quote(str(connection.settings_dict["NAME"]))
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        *(f"GRANT CONNECT ON DATABASE {database} TO {quote(role)}" for role in roles),
        f"ALTER DATABASE {database} SET search_path = public, pg_temp",
    ]
