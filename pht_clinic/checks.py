"""System checks of the project's own: a wrong configuration has an id and stops the start."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from pht_clinic.audit.grants import retention_may_remove
from pht_clinic.audit.months import locks_and_room
from pht_clinic.people.roles import RECEPTION, ROLES
from pht_clinic.start import SETTINGS
from pht_clinic.start.role import wrong_role
from pht_clinic.start.servers import is_here
from pht_clinic.start.unsafe import unsafe_anywhere, unsafe_where_patients_are_real

_LEAST: Final = {
    "BACKUP_KEEP_DAYS": 1,
    "BACKUP_PROOF_HOURS": 1,
    "BROKER_RESTORE_SECONDS": 1,
    "CONFIRMED_SECONDS": 60,
    "DATABASE_KEEP_SECONDS": 0,
    "EMAIL_TIMEOUT": 1,
    "LATE_CANCELLATION_HOURS": 0,
    "LATE_OR_MISSED_MANY": 1,
    "LETTER_DAYS": 1,
    "MAX_BODY_BYTES": 10_000,
    "OFFER_HOURS": 1,
    "API_REQUESTS_A_MINUTE": 1,
    "API_REQUESTS_A_MINUTE_FROM_ONE_PLACE": 1,
    "OUTBOX_DRAIN_SECONDS": 1,
    "OUTBOX_LEASE_SECONDS": 1,
    "OUTBOX_MESSAGE_SECONDS": 1,
    "PATIENT_LINK_DAYS": 1,
    "RETENTION_MESSAGE_DAYS": 1,
    "RETENTION_VIEW_DAYS": 365,
    "RETENTION_WEBHOOK_DAYS": 7,
    "RETENTION_PATIENT_YEARS": 8,
    "RETENTION_NOTICE_DAYS": 1,
    "PATIENT_NOTICE_HOURS": 0,
    "SESSION_IDLE_SECONDS": 60,
    "UNUSUAL_EXPORTS_AN_HOUR": 1,
    "UNUSUAL_PATIENTS_AN_HOUR": 1,
    "UNUSUAL_TIMES_USUAL": 1,
}
"""Settings that are a number, with the least of each that can work."""


@register(SETTINGS)
def check_clinic(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What every start needs, demo and tests included."""
    return [*_clinic_problems(), *_role_problems(), *_watching_problems(), *_sign_in_problems()]


@register(SETTINGS)
def check_safety(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What works and is not safe; of invented patients on one machine less is asked."""
    safe_enough = settings.ONLY_INVENTED_PATIENTS
    return [*unsafe_anywhere(), *(() if safe_enough else unsafe_where_patients_are_real())]


@register(deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What is fine for a demo and not where patients are real."""
    return list(_deployment_problems())


@register(Tags.database)
def check_rights(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The roles of the application and of retention own nothing, and cannot change what may only be added to."""
    named = {"default": "DATABASE_URL", "retention": "RETENTION_DATABASE_URL"}
    looked_at = [alias for alias in named if alias in (databases or ()) and alias in settings.DATABASES]
    but = {"default": (), "retention": retention_may_remove()}
    return [found for alias in looked_at for found in wrong_role(connections[alias], named[alias], but=but[alias])]


@register(Tags.database)
def check_locks(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """PostgreSQL has room for the locks that questions about the whole trail take: each month brings a few more."""
    taken, room = locks_and_room() if "default" in (databases or ()) else (0, 0)
    if taken <= room:
        return []
    said = f"Questions about the trail may take {taken} locks at once, and PostgreSQL has room for {room}."
    hint = f"ALTER SYSTEM SET max_locks_per_transaction = {max(128, 2 * taken // 100)}, then restart PostgreSQL."
    return [Warning(said, hint=hint, id="clinic.W104")]


def _clinic_problems() -> Iterator[CheckMessage]:
    try:
        ZoneInfo(settings.CLINIC_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, as "Europe"
        yield Error(f"CLINIC_TIME_ZONE is not a time zone: {settings.CLINIC_TIME_ZONE!r}.", id="clinic.E001")
    if why := _why_no_base(settings.PUBLIC_BASE_URL):
        yield Error(f"PUBLIC_BASE_URL {why}: {settings.PUBLIC_BASE_URL!r}.", id="clinic.E002")
    for name in ("BACKUP_FOLDER", "PRINTED_DAY_FOLDER"):
        if (folder := getattr(settings, name)) and not Path(folder).is_absolute():
            yield Error(f"{name} must be an absolute path: no process knows where another stands.", id="clinic.E017")
    if settings.BROKER_VISIBILITY_SECONDS < 10:
        yield Error("BROKER_VISIBILITY_SECONDS must be at least 10.", id="clinic.E004")
    if settings.TRUSTED_PROXY_COUNT < 0:
        yield Error("TRUSTED_PROXY_COUNT must not be negative.", id="clinic.E005")
    for name, least in _LEAST.items():
        if getattr(settings, name) < least:
            yield Error(f"{name} must be at least {least}.", id="clinic.E012")


def _role_problems() -> Iterator[CheckMessage]:
    if (retention := settings.DATABASES.get("retention")) and retention["USER"] == settings.DATABASES["default"][
        "USER"
    ]:
        yield Error("RETENTION_DATABASE_URL names the application's role: give it one of its own.", id="clinic.E021")
    if (replica := settings.DATABASES.get("replica")) and replica["USER"] != settings.DATABASES["default"]["USER"]:
        yield Error(
            "REPLICA_DATABASE_URL names another role than DATABASE_URL: nobody looks at what that one may do.",
            id="clinic.E023",
        )


def _watching_problems() -> Iterator[CheckMessage]:
    if settings.REQUEST_ID_HEADER and not settings.TRUSTED_PROXY_COUNT:
        yield Error("REQUEST_ID_HEADER needs a proxy that sets it, and TRUSTED_PROXY_COUNT is 0.", id="clinic.E022")


def _sign_in_problems() -> Iterator[CheckMessage]:
    if needless := set(settings.SECOND_FACTOR_EXEMPT).difference(ROLES if settings.INSECURE_HTTP else {RECEPTION}):
        yield Error(f"SECOND_FACTOR_EXEMPT cannot exempt {_listed(needless)}: reception alone.", id="clinic.E013")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(words)))


def _why_no_base(url: str) -> str:
    """Why links cannot start with this address, "" where they can."""
    try:
        read = urlsplit(url)
        port = read.port
    except ValueError:
        return "is no address"
    if read.scheme not in ("http", "https"):
        return "must start with https:// (or http:// for a demo)"
    if not read.hostname or port == 0 or not _HOST.fullmatch(read.hostname):
        return "names no host"
    if read.username is not None or read.path or read.query or read.fragment:
        return "must end with its host and port, as in https://booking.clinic.example"
    return ""


_HOST: Final = re.compile(r"[\w.-]+|[0-9a-f:.]+")
"""A name or an address, as `urlsplit` gives it; of a name in letters of any alphabet."""


def _deployment_problems() -> Iterator[CheckMessage]:
    if settings.ONLY_INVENTED_PATIENTS:
        yield Error("ONLY_INVENTED_PATIENTS is set: for demo and tests only.", id="clinic.E110")
        yield from unsafe_where_patients_are_real()
    if not settings.STATIC_MANIFEST:
        yield Error("STATIC_MANIFEST is off: browsers would keep yesterday's stylesheet.", id="clinic.E105")
    if not settings.TRUSTED_PROXY_COUNT:
        yield Error(
            "TRUSTED_PROXY_COUNT is 0: behind the proxy that speaks HTTPS everybody would count as one visitor.",
            hint="Set it to how many proxies of yours stand in front, usually 1.",
            id="clinic.E111",
        )
    if not settings.BACKUP_FOLDER:
        yield Warning("BACKUP_FOLDER is not set: nobody is told when backups fail or are missing.", id="clinic.W102")
    if not settings.PRINTED_DAY_FOLDER:
        yield Warning("PRINTED_DAY_FOLDER is not set: nobody knows who comes when nothing runs.", id="clinic.W103")
    if is_here(settings.EMAIL_HOST) and not settings.EMAIL_PROVIDER_KEY:
        yield Warning(
            "EMAIL_URL points to this machine. Fine with a mail server here; patients get nothing without.",
            id="clinic.W101",
        )
