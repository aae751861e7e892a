"""A wrong configuration stops the start and says why; a right one for production passes every check."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PRODUCTION = {
    "ONLY_INVENTED_PATIENTS": "",
    "INSECURE_HTTP": "",
    "CLOCK_OFFSET_FILE": "",
    "PUBLIC_BASE_URL": "https://booking.clinic.example",
    "EMAIL_URL": "smtp+tls://clinic:secret@mail.clinic.example:587",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "BACKUP_FOLDER": "/var/backups/clinic",
    "PRINTED_DAY_FOLDER": "/var/lib/clinic/days",
    "TRUSTED_PROXY_COUNT": "1",
}


def check(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "django", "check", *arguments, **changes)


def read(**changes: str) -> list[str]:
    """Django's `diffsettings`, line by line. The settings alone are loaded: that takes a fifth of a whole start."""
    said = python("-c", READ, **changes)
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


def python(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in (os.environ | changes).items() if value}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )


READ = """
from django.core.management.commands.diffsettings import Command
print(Command().handle(all=False, default=None, output="hash"))
"""
REQUIRED = (
    "SECRET_KEY",
    "SECOND_FACTOR_KEYS",
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_BASE_URL",
    "CLINIC_NAME",
    "CLINIC_PHONE",
    "CLINIC_HOURS",
    "CLINIC_ADDRESS",
    "DEFAULT_FROM_EMAIL",
    "DEFAULT_REPLY_TO",
)
NOT_SET = re.compile(r"(?:^|: )([A-Z_]+) is not set and has no default: [^.]+\.$", re.M)


def test_a_missing_setting_stops_the_start_and_is_named() -> None:
    result = check(CLINIC_PHONE="")
    assert result.returncode != 0
    assert NOT_SET.findall(result.stderr.splitlines()[-1]) == ["CLINIC_PHONE"]


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("value", ["", " "], ids=["unset", "blank"])
def test_all_that_is_missing_is_named_at_once(value: str) -> None:
    result = check(**dict.fromkeys(REQUIRED, value))
    assert result.returncode != 0
    assert sorted(NOT_SET.findall(result.stderr)) == sorted(REQUIRED)


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("value", ["", " "], ids=["unset", "blank"])
def test_where_there_is_a_default_a_blank_value_is_the_default(value: str) -> None:
    names = ("DUTY_EMAIL", "ALLOWED_HOSTS", "STATIC_MANIFEST", "HSTS_SECONDS", "DATABASE_OWNER_URL", "CLINIC_TIME_ZONE")
    found = read(**PRODUCTION, **dict.fromkeys(names, value))
    assert "DUTY_EMAIL = 'reception@clinic.example'  ###" in found
    assert "ALLOWED_HOSTS = ['booking.clinic.example']" in found
    assert "STATIC_MANIFEST = True  ###" in found
    assert "SECURE_HSTS_SECONDS = 31536000" in found
    assert "CLINIC_TIME_ZONE = 'Europe/London'  ###" in found
    assert not any("pht_owner" in line for line in found)


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("url", ["sqlite:///clinic.db", "mysql://a:b@db.example/clinic"])
def test_only_postgresql_will_do(url: str) -> None:
    result = check(DATABASE_URL=url)
    assert "DATABASE_URL must be a postgresql:// address" in result.stderr.splitlines()[-1]


def test_where_several_clinics_share_a_broker_each_has_keys_of_its_own() -> None:
    found = "\n".join(read(BROKER_PREFIX=" pht_north: "))
    assert "BROKER_PREFIX = 'pht_north:'" in found
    assert "'global_keyprefix': 'pht_north:'" in found
    assert "'global_keyprefix': ''" in "\n".join(read(BROKER_PREFIX=""))


def test_the_owner_is_needed_by_migrate_only() -> None:
    assert check(DATABASE_OWNER_URL="").returncode == 0


def test_a_production_environment_passes_every_deployment_check() -> None:
    result = check("--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (result.returncode, result.stderr) == (0, "")


def test_what_is_for_demo_and_tests_only_is_refused_in_deployment() -> None:
    result = check("--deploy")
    assert result.returncode != 0
    for number in (101, 102, 103, 104, 105, 110, 111):
        assert f"clinic.E{number}" in result.stderr


@pytest.mark.full_trial(one_in=4)
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("CLINIC_TIME_ZONE", "Europe/Londn", "E001"),
        ("PUBLIC_BASE_URL", "clinic.example", "E002"),
        ("CLOCK_OFFSET_FILE", "offset", "E003"),
        ("BROKER_VISIBILITY_SECONDS", "5", "E004"),
        ("RETENTION_DATABASE_URL", "postgres://pht_app@/pht?host=/nonexistent", "E021"),
        ("REPLICA_DATABASE_URL", "postgres://another@/pht?host=/nonexistent", "E023"),
        ("TRUSTED_PROXY_COUNT", "-1", "E005"),
        ("SAFETY_NO_SUCH_THRESHOLD", "5", "E007"),
        ("PHONE_REGION", "UK", "E008"),
    ],
)
def test_a_wrong_value_has_an_id_of_its_own(name: str, value: str, error: str) -> None:
    assert f"clinic.{error}" in check(ONLY_INVENTED_PATIENTS="", **{name: value}).stderr


def test_behind_a_pooler_nothing_is_asked_of_a_connection_that_the_next_transaction_would_miss() -> None:
    found = read(**PRODUCTION, DATABASE_BEHIND_POOLER="true", DATABASE_OWNER_URL="")
    [databases] = [line for line in found if line.startswith("DATABASES = ")]
    assert "'DISABLE_SERVER_SIDE_CURSORS': True" in databases
    assert "lock_timeout" not in databases


def test_a_migration_waits_no_longer_for_a_table_than_a_page_does() -> None:
    [databases] = [line for line in read(**PRODUCTION) if "DATABASES = " in line]
    assert "'options': '-c lock_timeout=3s'" in databases


def test_where_there_is_no_pooler_each_connection_brings_its_limits_along() -> None:
    """Control of the one above; the limits are those that a role behind a pooler is asked for."""
    found = read(**PRODUCTION, DATABASE_OWNER_URL="")
    [databases] = [line for line in found if line.startswith("DATABASES = ")]
    assert "DISABLE_SERVER_SIDE_CURSORS" not in databases
    for name, value in settings.DATABASE_LIMITS.items():
        assert f"-c {name}={value}" in databases
