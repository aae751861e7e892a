"""A PostgreSQL of its own that asks every role but the administrator for a password, and clinics made on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pht_clinic.clinics.files import read_clinic
from pht_clinic.clinics.names import ClinicNames, names_of
from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.demo.settings import INVENTED

ROOT = Path(__file__).parents[1]
ADMINISTRATOR = "postgres"
ASKS_FOR_PASSWORDS = f"local all {ADMINISTRATOR} trust\nlocal all all scram-sha-256\n"


@dataclass(frozen=True)
class Several:
    """A server, and the folder of the clinics on it."""

    postgres: PostgresServer
    folder: Path
    broker_url: str

    @property
    def administrator_url(self) -> str:
        return self.postgres.url(ADMINISTRATOR, database="postgres")

    def administrator(self, database: str = "postgres") -> psycopg.Connection:
        """A superuser's connection, each statement committed at once."""
        return psycopg.connect(self.postgres.url(ADMINISTRATOR, database=database), autocommit=True)

    def names(self, clinic: str) -> ClinicNames:
        return names_of(clinic)

    def settings(self, clinic: str) -> dict[str, str]:
        """All of one clinic, the owner's and retention's address among them."""
        return read_clinic(self.folder / clinic)

    def environment(self, clinic: str, **changes: str) -> dict[str, str]:
        """That of a process of this clinic."""
        own = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "pht_clinic.settings"}
        return {**own, **self.settings(clinic), **changes}

    def new(self, clinic: str, *options: str, **words: str) -> subprocess.CompletedProcess[str]:
        """`manage.py new_clinic`, with what an invented clinic says of itself and `words`."""
        file = self.folder.parent / f"{clinic}.txt"
        said = {**INVENTED, **self._of_tests(clinic), **words}
        file.write_text("".join(f"{name}={value}\n" for name, value in said.items()))
        return self.manage("new_clinic", clinic, str(file), str(self.folder), *options)

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command of manage.py, by default with the administrator's address alone."""
        own = {"PATH": os.environ["PATH"], "ADMINISTRATOR_DATABASE_URL": self.administrator_url}
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        return subprocess.run(command, env=own | environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def _of_tests(self, clinic: str) -> dict[str, str]:
        return {
            "CLINIC_NAME": f'The "{clinic}" at St Mary\'s, $1 \\ `2`',
            "PUBLIC_BASE_URL": f"http://localhost:{8000 + sum(clinic.encode())}",
            "REDIS_URL": self.broker_url,
            "ALLOWED_HOSTS": "localhost,testserver",
            "ONLY_INVENTED_PATIENTS": "nobody here is real",
            "INSECURE_HTTP": "true",
        }

    def left_of(self, clinic: str) -> list[str]:
        """What there is of a clinic: database, roles, folders."""
        names = names_of(clinic)
        with self.administrator() as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname = %s UNION SELECT rolname FROM pg_roles"
                " WHERE rolname = ANY(%s)",
                [names.database, list(names.roles)],
            ).fetchall()
        return sorted([name for (name,) in found] + [one.name for one in self.folder.glob(f"{clinic}*")])


@contextmanager
def several_clinics(*, broker_url: str = "redis://127.0.0.1:1/0") -> Iterator[Several]:
    """A server without any clinic yet; it ends with the block."""
    with short_folder("several") as folder:
        postgres = PostgresServer(state=folder, sockets=folder, durable=False)
        clinics = folder / "clinics"
        clinics.mkdir()
        postgres.start()
        try:
            found = Several(postgres, clinics, broker_url)
            ask_for_passwords(found)
            yield found
        finally:
            postgres.stop()


def ask_for_passwords(several: Several, rules: str = ASKS_FOR_PASSWORDS) -> None:
    """Put these rules of pg_hba.conf in force."""
    (several.postgres.data / "pg_hba.conf").write_text(rules)
    with several.administrator() as connection:
        assert connection.execute("SELECT pg_reload_conf()").fetchone() == (True,)
