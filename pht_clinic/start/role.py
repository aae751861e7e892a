"""Whether the roles in the database that the clinic works in cannot lift what protects the rows, and are quiet."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.backends.base.base import BaseDatabaseWrapper

from pht_clinic.audit.append_only import append_only_tables
from pht_clinic.audit.role_settings import limiting, loud, quietening, unlimited

_POWERS: Final = {
    "rolsuper": "is a superuser",
    "rolcreaterole": "may make roles",
    "rolreplication": "may copy the whole cluster",
    "rolbypassrls": "may pass by the rules of rows",
}


def wrong_role(connection: BaseDatabaseWrapper, setting: str, *, but: Collection[str] = ()) -> Iterator[CheckMessage]:
    """What the role of this connection, which `setting` names, may do and must not: anything of a superuser's, owning,
    changing the trail `but` for these tables; whether its values would stand in PostgreSQL's log; and whether it waits
    longer than is safe, as it may behind a pooler.
    """
    with connection.cursor() as cursor:
        powers = _powers(cursor)
        owns = _owns(cursor)
        changeable = [table for table in _changeable(cursor) if table not in but]
        tells = loud(cursor)
        waits = unlimited(cursor, settings.DATABASE_LIMITS)
    role = connection.ops.quote_name(connection.settings_dict["USER"] or "the application's role")
    if powers or owns:
        said = ", ".join([*powers, *(["owns the tables or the schema"] if owns else [])])
        yield Error(
            f"{setting} names a role that {said}.",
            hint="Give it a role of its own that owns nothing; migrate gives it its rights.",
            id="clinic.E020",
        )
    elif changeable:
        yield Error(
            f"The role of {setting} may change append-only tables: {', '.join(changeable)}.",
            hint="Run migrate with DATABASE_OWNER_URL, the address of another role that owns the tables.",
            id="clinic.E006",
        )
    if tells:
        yield Error(
            f"PostgreSQL's log would hold names: the role of {setting} has another {', '.join(tells)} than is safe.",
            hint=f"Let a superuser run, once: {'; '.join(quietening(role))};",
            id="clinic.E018",
        )
    if waits:
        yield Error(
            f"The pooler passes no limits on, and the role of {setting} has another {', '.join(waits)} than is safe.",
            hint=f"Let a superuser run, once: {'; '.join(limiting(role, settings.DATABASE_LIMITS))};",
            id="clinic.E022",
        )


def _powers(cursor: Any) -> list[str]:
    cursor.execute(f"SELECT {', '.join(_POWERS)} FROM pg_roles WHERE rolname = current_user")  # noqa: S608 - names of ours
    return [power for power, has_it in zip(_POWERS.values(), cursor.fetchone(), strict=True) if has_it]


def _owns(cursor: Any) -> bool:
    """Whether it is, or may become, the owner of the schema or of anything in it."""
    cursor.execute(
        """
        SELECT EXISTS (
            SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'MEMBER')
        ) OR EXISTS (
            SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'MEMBER')
        )
        """
    )
    return bool(cursor.fetchone()[0])


def _changeable(cursor: Any) -> list[str]:
    """Append-only tables that exist and that the role could update, delete from or truncate; every partition is one."""
    cursor.execute(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND (relname = ANY(%s) OR relispartition)
          AND has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')
        ORDER BY relname
        """,
        [append_only_tables()],
    )
    return [name for (name,) in cursor.fetchall()]
