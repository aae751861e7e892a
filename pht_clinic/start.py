"""A wrong setting stops web, worker and beat at their start, as it stops `manage.py`."""

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, connection

SETTINGS = "settings"
"""The tag of the system checks that every process runs before it starts: what is wrong in the environment."""


def refuse_wrong_settings() -> None:
    """Look at the settings once the apps are ready. Raises: ImproperlyConfigured, a sentence for each that is wrong."""
    wrong = [found.msg for found in run_checks(tags=[SETTINGS]) if found.is_serious()]
    if wrong or (wrong := _wrong_keys()):
        raise ImproperlyConfigured("\n".join(wrong))


def _wrong_keys() -> list[str]:
    """A key that is none of those in use; a database that is away now, or has no tables yet, is not asked again."""
    from pht_clinic.people.second_factor import secrets  # noqa: PLC0415 - models cannot be imported any earlier

    try:
        count = secrets.count_unreadable()
    except (DatabaseError, InterfaceError):
        return []
    finally:
        connection.close()
    why = f"SECOND_FACTOR_KEYS does not open {count} of the second factors in the database: a key is missing."
    return [why] if count else []
