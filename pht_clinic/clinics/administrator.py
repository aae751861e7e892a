"""What the administrator of a PostgreSQL server does for a clinic: its roles, its database, and a look at the wall."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pht_clinic.audit.role_settings import QUIET, quietening
from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.names import ClinicNames

_SECONDS: Final = 5
_OWN: Final = ("host", "port", "user", "password", "dbname")
_MAY_CONNECT: Final = """
SELECT rolname FROM pg_roles
WHERE rolcanlogin AND NOT rolsuper AND has_database_privilege(oid, %s, 'CONNECT') ORDER BY rolname
"""
_OPEN_TO: Final = """
SELECT datname FROM pg_database
WHERE datallowconn AND datname <> %s AND has_database_privilege(%s, oid, 'CONNECT') ORDER BY datname
"""


@contextmanager
def administrator(url: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection whose statements stand in no log. Raises: ClinicsError."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=_SECONDS)
    except psycopg.OperationalError as error:
        raise ClinicsError(f"The administrator cannot connect: {_first_line(error)}") from None
    except psycopg.Error:  # it would print the address
        raise ClinicsError("The administrator's address is none: postgres://user:password@host/postgres.") from None
    with connection:
        if connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() != (True,):
            raise ClinicsError(
                "The administrator's role is no superuser, which makes roles and keeps them out of the log."
            )
        for name, value in QUIET.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        try:
            yield connection
        except psycopg.Error as error:
            raise ClinicsError(f"PostgreSQL does not do it: {_first_line(error)}") from error


def claim(connection: psycopg.Connection, names: ClinicNames) -> None:
    """Nobody else makes a clinic of this name as long as this connection lasts.

    Raises: ClinicsError (somebody does; a database or a role is there already).
    """
    lock = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [names.database]).fetchone()
    if lock != (True,):
        raise ClinicsError(f"The clinic {names.name} is being made by somebody else.")
    found = connection.execute(
        "SELECT 'database ' || datname FROM pg_database WHERE datname = %s"
        " UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname = ANY(%s) ORDER BY 1",
        [names.database, list(names.roles)],
    ).fetchall()
    if found:
        raise ClinicsError(f"There is already a {', a '.join(what for (what,) in found)}. Nothing was changed.")


def make_roles(connection: psycopg.Connection, names: ClinicNames) -> dict[str, str]:
    """All three or none, each with a password of its own, quiet; the owner may make databases, to prove backups in.

    What is sent is what PostgreSQL keeps of a password, never the password. By role, the passwords.
    """
    passwords = {role: secrets.token_urlsafe(32) for role in names.roles}
    with connection.transaction():
        for role, password in passwords.items():
            kept = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            power = sql.SQL("CREATEDB" if role == names.owner else "NOCREATEDB")
            made = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
            connection.execute(made.format(sql.Identifier(role), power, sql.Literal(kept)))
            for statement in quietening(role):
                connection.execute(statement)
    return passwords


def make_database(connection: psycopg.Connection, names: ClinicNames, *, most_connections: int) -> None:
    """Shut to everybody until nobody but its roles may connect. What these may do in it, `migrate` decides."""
    database = sql.Identifier(names.database)
    made = "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT {} ALLOW_CONNECTIONS false"
    owner = sql.Identifier(names.owner)
    connection.execute(sql.SQL(made).format(database, owner, sql.Literal(most_connections)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    to = sql.SQL(", ").join([sql.Identifier(names.application), sql.Identifier(names.retention)])
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, to))
    connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


def take_back(url: str, names: ClinicNames) -> None:
    """Drop what there is of the database and the roles, for whoever has claimed the name; who is connected goes."""
    roles = sql.SQL(", ").join(map(sql.Identifier, names.roles))
    with administrator(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(names.database)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(roles))


def url_of(administrator_url: str, role: str, password: str, database: str) -> str:
    """The same server for one role, as the settings take it."""
    parts = {name: str(value) for name, value in conninfo_to_dict(administrator_url).items() if value is not None}
    host, port = parts.get("host", ""), parts.get("port", "")
    others = {name: value for name, value in parts.items() if name not in _OWN}
    if not host or host.startswith("/"):  # a socket's folder
        others |= {name: value for name, value in (("host", host), ("port", port)) if value}
        place = ""
    else:
        place = f"{host}:{port}" if port else host
    query = urlencode(others, safe="/")
    return f"postgres://{role}:{quote(password, safe='')}@{place}/{database}" + (f"?{query}" if query else "")


def check_wall(connection: psycopg.Connection, names: ClinicNames, urls: dict[str, str]) -> None:
    """Nobody but its roles may connect to the database, and none of these without its password.

    Raises: ClinicsError.
    """
    may = {role for (role,) in connection.execute(_MAY_CONNECT, [names.database])}
    if others := may - set(names.roles):
        raise ClinicsError(f"Others may connect to {names.database}: {', '.join(sorted(others))}.")
    for role, url in urls.items():
        try:
            psycopg.connect(url, password=secrets.token_urlsafe(8), connect_timeout=_SECONDS).close()
        except psycopg.OperationalError:
            continue
        raise ClinicsError(
            f"The server lets {role} in whatever the password (trust in pg_hba.conf), "
            "so nothing would stand between two clinics. Ask for scram-sha-256."
        )


def also_open(connection: psycopg.Connection, names: ClinicNames) -> list[str]:
    """Other databases of the server to which the application's role may connect, since everybody may."""
    found = connection.execute(_OPEN_TO, [names.database, names.application]).fetchall()
    return [database for (database,) in found]


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or ["it said nothing"])[0]
