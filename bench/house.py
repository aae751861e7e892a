"""The servers of one measurement: PostgreSQL, the broker, web processes. All of them end with the block.

PostgreSQL writes durably (fsync on, as in production) and has 64 MB of shared buffers.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connections

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, DATABASE, OWNER, PostgresServer, postgres_server
from pht_clinic.demo.processes import Child
from pht_clinic.demo.services import CHECKOUT, free_port, wait_for_web, without_the_owner
from pht_clinic.demo.settings import INVENTED
from pht_clinic.demo.valkey import valkey_server

FOREIGN = ("PG", "SAFETY_", "CLINIC_", "EMAIL_", "DATABASE_", "REDIS_", "CLOCK_", "OUTBOX_", "DUTY_")


@dataclass
class House:
    """What runs, and the settings under which Django is set up in this process and in those it starts."""

    folder: Path
    postgres: PostgresServer
    smtp_port: int
    web_port: int
    ends: ExitStack
    children: list[Child] = field(default_factory=list)

    def owner(self, database: str = DATABASE) -> psycopg.Connection:
        """A connection in the owner's role, each statement committed at once."""
        return psycopg.connect(self.postgres.url(OWNER, database=database), autocommit=True)

    def web(self, application: str, *, port: int, workers: int = 2, threads: int = 8) -> Child:
        """Gunicorn with one WSGI application, as the product runs its own."""
        options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads)]
        options += ["--worker-class", "gthread", "--keep-alive", "30", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", *options, application]
        child = self.start(application, command)
        wait_for_web(child, port=port)
        return child

    def start(self, name: str, command: list[str], **env: str) -> Child:
        """A process that ends with the house."""
        log = self.folder / f"{name.replace(':', '-').replace('.', '-')}.log"
        child = Child(name, command, log, without_the_owner({**os.environ, **env}), CHECKOUT)
        self.ends.callback(child.stop)
        self.children.append(child.start())
        return child


@contextmanager
def house(*, with_broker: bool = False) -> Iterator[House]:
    """Servers, tables and Django, ready to use; `DJANGO_SETTINGS_MODULE` may be set before."""
    with ExitStack() as ends:
        folder = ends.enter_context(short_folder("bench"))
        postgres = ends.enter_context(postgres_server(state=folder, sockets=folder, durable=True))
        broker = ends.enter_context(valkey_server(folder)).url if with_broker else "redis://127.0.0.1:1/0"
        found = House(folder, postgres, free_port(), free_port(), ends)
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            del os.environ[name]
        os.environ.update(_environment(found, broker))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
        django.setup()
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        ends.callback(connections.close_all)
        yield found


def _environment(found: House, broker: str) -> dict[str, str]:
    return {
        **INVENTED,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SECOND_FACTOR_KEYS": secrets.token_urlsafe(48),
        "DATABASE_URL": found.postgres.url(APPLICATION),
        "DATABASE_OWNER_URL": found.postgres.url(OWNER),
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{found.smtp_port}",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{found.web_port}",
        "ONLY_INVENTED_PATIENTS": "nobody here is real",
        "INSECURE_HTTP": "true",
        "LOG_LEVEL": "WARNING",
    }
