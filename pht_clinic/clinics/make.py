"""Making a clinic on a server that may hold others: whole, or nothing of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pht_clinic.clinics import administrator as server
from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.files import CLINIC, OWNER, RETENTION, clinics_in, new_folder, read
from pht_clinic.clinics.names import ClinicNames
from pht_clinic.clinics.programs import manage

MADE_HERE: Final = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "RETENTION_DATABASE_URL",
        "SECRET_KEY",
        "SECOND_FACTOR_KEYS",
        "BROKER_PREFIX",
    }
)
"""Settings that nobody but us gives a clinic."""
OWN: Final = (
    *("PUBLIC_BASE_URL", "BACKUP_FOLDER", "PRINTED_DAY_FOLDER", "REPLICA_DATABASE_URL"),
    *("METRICS_TOKEN", "METRICS_FOLDER", "EMAIL_NEWS_SECRET", "EMAIL_NEWS_KEY"),
)
"""Settings that no two clinics may share: what is written there, or let in by it, would be of both."""


@dataclass(frozen=True, slots=True)
class NewClinic:
    """What is asked for. `words` is the file of what the clinic says of itself; its folder comes to lie in `into`."""

    names: ClinicNames
    words: Path
    into: Path
    most_connections: int

    @property
    def folder(self) -> Path:
        return self.into / self.names.name


def make(wanted: NewClinic, *, administrator_url: str) -> list[str]:
    """1. Look whether it can be: the files, what other clinics have, the names at the server.
    2. Make the roles, then the database, shut to everybody else from its first moment.
    3. Make the tables in the owner's role, which looks at the settings first; then look at what each role may do, and
       whether the wall stands.
    4. Let the files take their place.

    What fails takes back what was made before it. Which other databases of the server the clinic's application may
    connect to, as everybody may.
    Raises: ClinicsError.
    """
    names, given = wanted.names, _given(wanted)
    keys = {"SECRET_KEY": secrets.token_urlsafe(48), "SECOND_FACTOR_KEYS": secrets.token_urlsafe(48)}
    clinic = {**given, **keys, "BROKER_PREFIX": names.broker_prefix}
    with server.administrator(administrator_url) as connection, ExitStack() as taken_back:
        server.claim(connection, names)
        taken_back.callback(server.take_back, administrator_url, names)
        passwords = server.make_roles(connection, names)
        addresses = _addresses(administrator_url, names, passwords)
        with new_folder(wanted.folder, _files(clinic, addresses)):
            server.make_database(connection, names, most_connections=wanted.most_connections)
            everything = {**clinic, **addresses}
            manage("migrate", "--no-input", settings=everything)
            manage("check", "--database", "default", "--database", "retention", settings=everything)
            roles = (names.application, names.retention, names.owner)
            server.check_wall(connection, names, dict(zip(roles, addresses.values(), strict=True)))
        taken_back.pop_all()
        return server.also_open(connection, names)


def _given(wanted: NewClinic) -> dict[str, str]:
    if not wanted.into.is_dir():
        raise ClinicsError(f"There is no folder {wanted.into}.")
    if wanted.folder.exists():
        raise ClinicsError(f"{wanted.folder} is there already.")
    given = read(wanted.words)
    if ours := sorted(MADE_HERE & given.keys()):
        raise ClinicsError(f"{wanted.words} names what is made here: {', '.join(ours)}.")
    if given.get("METRICS_TOKEN") and not given.get("METRICS_FOLDER"):
        raise ClinicsError(f"{wanted.words} has a METRICS_TOKEN and no METRICS_FOLDER: clinics would count together.")
    for other in clinics_in(wanted.into):
        theirs = read(other / CLINIC)
        if shared := [name for name in OWN if given.get(name) and given[name] == theirs.get(name)]:
            raise ClinicsError(f"The clinic {other.name} has the same {', '.join(shared)}.")
    return given


def _addresses(administrator_url: str, names: ClinicNames, passwords: Mapping[str, str]) -> dict[str, str]:
    of = {
        "DATABASE_URL": names.application,
        "RETENTION_DATABASE_URL": names.retention,
        "DATABASE_OWNER_URL": names.owner,
    }
    return {name: server.url_of(administrator_url, role, passwords[role], names.database) for name, role in of.items()}


def _files(clinic: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        CLINIC: {**clinic, "DATABASE_URL": addresses["DATABASE_URL"]},
        RETENTION: {"RETENTION_DATABASE_URL": addresses["RETENTION_DATABASE_URL"]},
        OWNER: {"DATABASE_OWNER_URL": addresses["DATABASE_OWNER_URL"]},
    }
