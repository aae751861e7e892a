"""The settings under which a demo runs: its own, unless the environment names others."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pht_clinic.demo.life.cast import HOW_MANY, MOST
from pht_clinic.demo.running import DemoError
from pht_clinic.demo.services import free_port, is_free
from pht_clinic.people.roles import ROLES

DEFAULT_PORT = 8000
INVENTED: Final[Mapping[str, str]] = {
    "CLINIC_NAME": "PHT Clinic",
    "CLINIC_PHONE": "020 7946 0100",
    "CLINIC_HOURS": "Monday to Friday, 8am to 6pm",
    "CLINIC_ADDRESS": "1 Example Street, London",
    "DEFAULT_FROM_EMAIL": "appointments@clinic.example",
    "DEFAULT_REPLY_TO": "reception@clinic.example",
    "CLINIC_HOURS_DE": "Montag bis Freitag, 8 bis 18 Uhr",
    "SIGNED_LANGUAGES": "de=Nobody (demo: awaiting a translator’s signature), 2026-11-29",
    "LOG_FORMAT": "text",
    "API_REQUESTS_A_MINUTE": "1000000",
    "API_REQUESTS_A_MINUTE_FROM_ONE_PLACE": "1000000",
}
"""What a real clinic must say for itself, limits that nobody reaches who tries out how much it bears, and a log that is
read as it stands. Tests and measurements run with the same.
"""


def port_wanted(environment: Mapping[str, str]) -> int:
    """The port of the web page, from PORT.

    Raises: DemoError (it is no port, or taken).
    """
    text = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise DemoError(f"PORT={text} is not a port; try PORT={DEFAULT_PORT}.")
    if not is_free(int(text)):
        raise DemoError(f"Port {text} is in use or not allowed; choose another: make demo PORT={int(text) + 80}")
    return int(text)


def people_wanted(environment: Mapping[str, str]) -> int:
    """How many people the past year has, from DEMO_PEOPLE; 0 for none.

    Raises: DemoError (it is no such number).
    """
    text = environment.get("DEMO_PEOPLE", "").strip() or str(HOW_MANY)
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise DemoError(f"DEMO_PEOPLE={text} is no number of people from 0 to {MOST}.")
    return int(text)


def port_near(port: int) -> int:
    """The next port after the web page's, if free: easy to remember; else any free one."""
    return port + 1 if port < 65535 and is_free(port + 1) else free_port()


def check_servers(environment: Mapping[str, str]) -> None:
    """Raises: DemoError (the environment names half of a database)."""
    if environment.get("DATABASE_OWNER_URL") and not environment.get("DATABASE_URL"):
        raise DemoError(
            "DATABASE_OWNER_URL is set without DATABASE_URL; set both, or neither for a database of our own."
        )


def demo_settings(var: Path, *, port: int, smtp_port: int, servers: Mapping[str, str]) -> dict[str, str]:
    """What the demo's processes need to know, before the environment has its say."""
    return {
        **INVENTED,
        "SECRET_KEY": kept_secret(var),
        "SECOND_FACTOR_KEYS": kept_secret(var, "SECOND_FACTOR_KEYS"),
        "SECOND_FACTOR_EXEMPT": ",".join(ROLES),
        "PUBLIC_BASE_URL": f"http://localhost:{port}",
        "ONLY_INVENTED_PATIENTS": "nobody here is real",
        "INSECURE_HTTP": "true",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "CLOCK_OFFSET_FILE": str(var / "clock-offset"),
        "DJANGO_SETTINGS_MODULE": "pht_clinic.demo.tour.clinic_settings",
        "DEMO_FOLDER": str(var),
        **servers,
    }


def kept_secret(var: Path, name: str = "SECRET_KEY") -> str:
    """A key made at the first start and kept, so that sessions and second factors outlive a restart of the demo."""
    kept = read_private(var / "demo-secret.json")
    if name not in kept:
        kept[name] = secrets.token_urlsafe(48)
        write_private(var / "demo-secret.json", kept)
    return str(kept[name])


def read_private(path: Path) -> dict[str, Any]:
    """What `write_private` wrote, or nothing."""
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}


def write_private(path: Path, values: Mapping[str, Any]) -> None:
    """Keep values in a file that only its owner can read; whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(values), file)
    fresh.replace(path)
