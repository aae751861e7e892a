"""Writes the settings of a new server into a folder: what has to be filled in, with every key and password made.

`python docs/running/prepare.py /etc/clinic https://booking.clinic.example`, as root. The files are their owner's alone:

    clinic.env       what web, worker and beat read; every setting of pht_clinic/start/settings.toml by its name
    retention.env    beside it the role that removes what has been kept long enough: for the worker
    owner.env        beside it the role that owns the tables: for migrations and backups
    roles.sql        the three roles and the database, for PostgreSQL's superuser, once
    redis.conf       the broker's password, for Debian's redis.conf to include

A folder that has any of them is left as it is. systemd and a shell both read the .env files.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from pht_clinic.audit.role_settings import quietening  # noqa: E402 - the line above finds it
from pht_clinic.clinics.files import line_of  # noqa: E402 - the same
from pht_clinic.start.listed import Listed, listed  # noqa: E402

DATABASE: Final = "clinic"
OWNER, APPLICATION, RETENTION = "pht_owner", "pht_app", "pht_retention"
SOCKET: Final = "/run/postgresql"
ELSEWHERE: Final = {"DATABASE_OWNER_URL": "owner.env", "RETENTION_DATABASE_URL": "retention.env"}
NEVER: Final = ("ONLY_INVENTED_PATIENTS", "INSECURE_HTTP", "DEBUG", "CLOCK_OFFSET_FILE", "SAFETY_…")
"""What a server with patients has no line for: all but the last stop its start."""
NO_DEFAULT: Final = "–"


def files(address: str) -> dict[str, str]:
    """Each file by its name, and what stands in it. Every call makes other keys."""
    passwords = {role: secrets.token_hex(24) for role in (OWNER, APPLICATION, RETENTION)}
    broker = secrets.token_hex(24)
    urls = {role: f"postgres://{role}:{word}@/{DATABASE}?host={SOCKET}" for role, word in passwords.items()}
    known = {
        "DATABASE_URL": urls[APPLICATION],
        "REDIS_URL": f"redis://:{broker}@127.0.0.1:6379/0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "SECOND_FACTOR_KEYS": secrets.token_urlsafe(48),
        "PUBLIC_BASE_URL": address,
        "TRUSTED_PROXY_COUNT": "1",
        "BACKUP_FOLDER": "/var/backups/clinic",
        "PRINTED_DAY_FOLDER": "/var/lib/clinic/days",
        "METRICS_FOLDER": "/var/lib/clinic/metrics",
        "STATIC_ROOT": "/var/lib/clinic-static",
        "EMAIL_URL": "",
    }
    return {
        "clinic.env": "".join(_lines(known)),
        "owner.env": line_of("DATABASE_OWNER_URL", urls[OWNER]),
        "retention.env": line_of("RETENTION_DATABASE_URL", urls[RETENTION]),
        "roles.sql": "".join(f"{statement};\n" for statement in _roles(passwords)),
        "redis.conf": f"requirepass {broker}\nmaxmemory-policy noeviction\n",
    }


def _lines(known: dict[str, str]) -> Iterator[str]:
    yield "# The clinic's settings. What is empty has to be filled in; what begins with #: has its default.\n"
    for one in listed():
        names = [name for name in one.names if name not in NEVER and name not in ELSEWHERE]
        if names:
            yield f"\n# {_said(one)}\n"
        for name in names:
            is_needed = name in known or one.default == NO_DEFAULT
            yield line_of(name, known.get(name, "")) if is_needed else f"#: {name}=\n"


def _said(one: Listed) -> str:
    default = "" if one.default == NO_DEFAULT else f" Default: {one.default.replace('`', '')}."
    return f"{one.plain_meaning}.{default}"


def _roles(passwords: dict[str, str]) -> Iterator[str]:
    """An owner who may make the database in which a backup is proven, and two roles that own nothing."""
    yield "\\set ON_ERROR_STOP on\nSET password_encryption = 'scram-sha-256'"
    for role, password in passwords.items():
        may = " CREATEDB" if role == OWNER else ""
        yield f"CREATE ROLE {role} LOGIN{may} PASSWORD '{password}'"
        yield from quietening(role)
    yield f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"


def main(folder: Path, address: str) -> int:
    """0 where the files are written."""
    made = files(address)
    if there := sorted(name for name in made if (folder / name).exists()):
        sys.stderr.write(f"{folder} has {', '.join(there)}: nothing was written.\n")
        return 1
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).touch(mode=0o600, exist_ok=False)
        (folder / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"Fill in what is empty in {folder / 'clinic.env'}.\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].startswith("https://"):
        sys.exit("python docs/running/prepare.py FOLDER https://ADDRESS")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
