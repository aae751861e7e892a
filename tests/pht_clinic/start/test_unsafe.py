"""An unsafe setting stops every start with one sentence; a demo, told by one setting, may do some of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from django.conf import settings as in_force
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from pht_clinic.demo.postgresql import APPLICATION, OWNER, RETENTION, PostgresServer
from pht_clinic.demo.services import free_port
from pht_clinic.start import SETTINGS, refuse_unsafe_start
from tests.pht_clinic.test_settings import PRODUCTION

SAFE: Final[Mapping[str, Any]] = {
    "ONLY_INVENTED_PATIENTS": False,
    "INSECURE_HTTP": False,
    "CLOCK_OFFSET_FILE": "",
    "PUBLIC_BASE_URL": "https://booking.clinic.example",
    "ALLOWED_HOSTS": ["booking.clinic.example"],
    "SECRET_KEY": PRODUCTION["SECRET_KEY"],
    "EMAIL_HOST": "localhost",
}


def database(server: str, **options: str) -> dict[str, Any]:
    return {"default": {**in_force.DATABASES["default"], "HOST": server, "OPTIONS": options}}


BROKER: Final = "clinic:a-long-password@broker.example:6379/0"
UNSAFE: Final = (
    ("DEBUG", "on", True),
    ("SECRET_KEY", "short", "x7" * 10),
    ("SECRET_KEY", "one letter", "x" * 60),
    ("SECRET_KEY", "one character short", PRODUCTION["SECRET_KEY"][:49]),
    ("SECRET_KEY_FALLBACKS", "one of them short", [PRODUCTION["SECRET_KEY"], "short"]),
    ("METRICS_TOKEN", "short", "x" * 19),
    ("ALLOWED_HOSTS", "all", ["booking.clinic.example", "*"]),
    ("ALLOWED_HOSTS", "all below", [".clinic.example"]),
    ("ALLOWED_HOSTS", "this machine alone", ["localhost", "127.0.0.1", "[::1]"]),
    ("ALLOWED_HOSTS", "nobody", []),
    ("TRUSTED_PROXY_COUNT", "negative", -1),
    ("CLOCK_OFFSET_FILE", "relative", "offset"),
    ("CLOCK_OFFSET_FILE", "any", "/nonexistent/offset"),
    ("CLOCK_OFFSET_FILE", "a folder", "/"),
    ("INSECURE_HTTP", "on", True),
    ("PUBLIC_BASE_URL", "clear", "http://booking.clinic.example"),
    ("PUBLIC_BASE_URL", "clear, this machine", "http://localhost:8000"),
    ("DATABASES", "elsewhere", database("db.example")),
    ("DATABASES", "one of two elsewhere", database("localhost,db.example")),
    ("DATABASES", "TLS if it happens", database("db.example", sslmode="prefer")),
    ("DATABASES", "TLS allowed", database("", host="10.0.0.5", sslmode="allow")),
    ("DATABASES", "address elsewhere", database("localhost", hostaddr="10.0.0.5")),
    ("CELERY_BROKER_URL", "elsewhere", f"redis://{BROKER}"),
    ("CELERY_BROKER_URL", "TLS and no password", "rediss://broker.example:6379/0"),
    ("CELERY_BROKER_URL", "any certificate", f"rediss://{BROKER}?ssl_cert_reqs=none"),
    ("CELERY_BROKER_URL", "sentinels elsewhere", "sentinel://10.0.0.5:26379"),
    ("CELERY_BROKER_URL", "the second elsewhere", "redis://localhost:6379/0;redis://10.0.0.5:6379/0"),
    ("CELERY_BROKER_URL", "no address", "redis://[x"),
    ("EMAIL_HOST", "elsewhere", "mail.clinic.example"),
    ("SENTRY_DSN", "elsewhere", "http://key@reports.example/7"),
    ("TRACES_URL", "elsewhere", "http://collector.example:4318/v1/traces"),
)
NAMED_AS: Final = {"DATABASES": "DATABASE_URL", "CELERY_BROKER_URL": "REDIS_URL", "EMAIL_HOST": "EMAIL_URL"}
FINE: Final = (
    ("METRICS_TOKEN", "long", "x" * 20),
    ("DATABASES", "TLS", database("db.example", sslmode="verify-full")),
    ("DATABASES", "TLS of any certificate", database("db.example", sslmode="require")),
    ("DATABASES", "loopback", database("127.0.0.2")),
    ("DATABASES", "by its own name", database(socket.gethostname())),
    ("DATABASES", "a socket", database("", host="/run/postgresql")),
    ("CELERY_BROKER_URL", "TLS", f"rediss://{BROKER}"),
    ("CELERY_BROKER_URL", "TLS, no user", "rediss://:a-long-password@broker.example"),
    ("CELERY_BROKER_URL", "loopback", "redis://[::1]:6379/0"),
    ("CELERY_BROKER_URL", "a socket", "redis+socket:///run/valkey.sock"),
    ("EMAIL_HOST", "loopback", "::1"),
    ("SENTRY_DSN", "TLS", "https://key@reports.example/7"),
    ("SENTRY_DSN", "loopback", "http://key@127.0.0.1:9000/7"),
    ("TRACES_URL", "TLS", "https://collector.example:4318/v1/traces"),
    ("TRACES_URL", "loopback", "http://localhost:4318/v1/traces"),
)
UNSAFE_ANYWHERE: Final = ("DEBUG", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "METRICS_TOKEN", "TRUSTED_PROXY_COUNT")
"""What stops a demo too, whatever the value."""
ALSO_IN_A_DEMO: Final = tuple(row for row in UNSAFE if row[0] in UNSAFE_ANYWHERE)


def ids(rows: tuple[tuple[str, str, Any], ...]) -> list[str]:
    return [f"{name}: {what}" for name, what, _ in rows]


def told(**changes: Any) -> list[str]:
    """The sentences of a start, with the patients real."""
    with override_settings(**{**SAFE, **changes}):
        return [found.msg for found in run_checks(tags=[SETTINGS])]


@pytest.fixture(autouse=True)
def _no_host_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGHOST", raising=False)


def test_the_settings_that_the_table_starts_from_are_safe() -> None:
    assert told() == []


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES:UserWarning")
@pytest.mark.parametrize(("name", "what", "value"), UNSAFE, ids=ids(UNSAFE))
def test_what_is_unsafe_is_refused_in_one_sentence_that_names_it(name: str, what: str, value: Any) -> None:
    [sentence] = told(**{name: value})
    assert sentence.split()[0] == NAMED_AS.get(name, name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "password@" not in sentence
    assert PRODUCTION["SECRET_KEY"][:20] not in sentence


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES:UserWarning")
@pytest.mark.parametrize(("name", "what", "value"), FINE, ids=ids(FINE))
def test_what_is_safe_is_taken(name: str, what: str, value: Any) -> None:
    assert told(**{name: value}) == []


def test_a_host_that_the_database_library_reads_from_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    with override_settings(**SAFE), pytest.warns(UserWarning, match="DATABASES"):
        with override_settings(DATABASES=database("")):
            assert [found.msg.split()[0] for found in run_checks(tags=[SETTINGS])] == ["DATABASE_URL"]


def test_mail_and_broker_with_tls_and_a_provider_may_be_elsewhere() -> None:
    for changes in ({"EMAIL_USE_TLS": True}, {"EMAIL_USE_SSL": True}):
        assert told(EMAIL_HOST="mail.clinic.example", **changes) == []
    assert told(EMAIL_HOST="mail.example", EMAIL_PROVIDER="postmark", EMAIL_PROVIDER_KEY="k") == []


@pytest.mark.parametrize(("name", "what", "value"), ALSO_IN_A_DEMO, ids=ids(ALSO_IN_A_DEMO))
def test_a_demo_is_refused_what_it_does_not_need(name: str, what: str, value: Any) -> None:
    assert [sentence.split()[0] for sentence in told(**{"ONLY_INVENTED_PATIENTS": True, name: value})] == [name]


def test_a_demo_may_do_without_encryption_on_its_machine() -> None:
    plain = {"INSECURE_HTTP": True, "PUBLIC_BASE_URL": "http://localhost:8000", "ALLOWED_HOSTS": ["localhost"]}
    assert told(ONLY_INVENTED_PATIENTS=True, **plain) == []
    assert len(told(**plain)) == 3


@pytest.mark.parametrize("text", ["soon", "inf", "nan", "9" * 40], ids=["a word", "no end", "no number", "too far"])
def test_a_clock_file_that_cannot_be_read_stops_even_a_demo(tmp_path: Path, text: str) -> None:
    file = tmp_path / "offset"
    file.write_text(text)
    [sentence] = told(ONLY_INVENTED_PATIENTS=True, CLOCK_OFFSET_FILE=str(file))
    assert sentence.startswith("CLOCK_OFFSET_FILE ")


# -- The role in the database ------------------------------------------------------------------------------------------


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    """One gunicorn of a clinic whose patients are real; it ends by itself only if it refuses."""
    environment = {name: value for name, value in (os.environ | PRODUCTION | changes).items() if value}
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}", "pht_clinic.wsgi:application"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3]
    )


def test_the_owners_role_and_a_superuser_are_refused_by_the_web_server(
    postgres: PostgresServer, django_db_setup: None
) -> None:
    for role, power in ((OWNER, "owns the tables"), ("postgres", "is a superuser")):
        result = start(DATABASE_URL=postgres.url(role), DATABASE_OWNER_URL="")
        assert result.returncode != 0
        assert "DATABASE_URL names a role that " in result.stderr
        assert power in result.stderr


def test_the_owners_address_is_refused_where_the_clinic_is_served(postgres: PostgresServer) -> None:
    result = start(DATABASE_OWNER_URL=postgres.url(OWNER))
    assert result.returncode != 0
    assert "DATABASE_OWNER_URL is for migrate alone" in result.stderr


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings as a process that serves has them: without the owner."""
    monkeypatch.delitem(in_force.DATABASES, "owner")


@pytest.mark.parametrize("power", ["CREATEROLE", "REPLICATION", "BYPASSRLS"])
def test_a_role_with_any_power_over_others_is_refused(
    postgres: PostgresServer, committed_db: None, serving: None, power: str
) -> None:
    with override_settings(**SAFE), psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        refuse_unsafe_start()
        superuser.execute(f"ALTER ROLE {APPLICATION} {power}")
        try:
            with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL names a role that may "):
                refuse_unsafe_start()
        finally:
            superuser.execute(f"ALTER ROLE {APPLICATION} NO{power}")


def test_the_role_of_retention_is_looked_at_too(postgres: PostgresServer, committed_db: None, serving: None) -> None:
    with override_settings(**SAFE), psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"ALTER ROLE {RETENTION} CREATEROLE")
        try:
            with pytest.raises(ImproperlyConfigured, match=r"RETENTION_DATABASE_URL names a role that may make roles"):
                refuse_unsafe_start()
        finally:
            superuser.execute(f"ALTER ROLE {RETENTION} NOCREATEROLE")


def test_a_role_that_may_change_the_trail_is_refused(
    committed_db: None, serving: None, owner_connection: psycopg.Connection
) -> None:
    owner_connection.execute(f"GRANT UPDATE ON audit_entry TO {APPLICATION}")
    try:
        with override_settings(**SAFE), pytest.raises(ImproperlyConfigured, match="may change append-only tables"):
            refuse_unsafe_start()
    finally:
        owner_connection.execute(f"REVOKE UPDATE ON audit_entry FROM {APPLICATION}")


def test_a_database_that_is_away_stops_no_start(
    committed_db: None, serving: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Web, worker and beat are there when it comes back."""
    from django.db import connections

    connections.close_all()
    host = in_force.DATABASES["default"]["OPTIONS"]["host"]
    in_force.DATABASES["default"]["OPTIONS"]["host"] = "/nonexistent"
    try:
        with override_settings(**SAFE):
            refuse_unsafe_start()
    finally:
        in_force.DATABASES["default"]["OPTIONS"]["host"] = host
    assert "the database does not answer" in caplog.text


# -- What says that patients are invented --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "base", "sentence"),
    [
        ("true", "http://localhost:8000", 'ONLY_INVENTED_PATIENTS is not "nobody here is real"'),
        ("nobody here is real", "https://booking.clinic.example", "PUBLIC_BASE_URL leads to others"),
        ("nobody here is real", "http://10.0.0.5:8000", "PUBLIC_BASE_URL leads to others"),
    ],
    ids=["a mere yes", "another host", "another address"],
)
def test_a_clinic_with_patients_cannot_pass_for_a_demo_by_accident(said: str, base: str, sentence: str) -> None:
    result = start(ONLY_INVENTED_PATIENTS=said, PUBLIC_BASE_URL=base)
    assert result.returncode != 0
    assert sentence in result.stderr
