"""Whether the keys of second factors open what lies under them in the database."""

from django.db import DatabaseError, InterfaceError, connections

from pht_clinic.people.second_factor import secrets


def wrong_keys() -> list[str]:
    """A sentence where a key that is in use is missing. A database that is away now, or has no tables yet, is not asked
    again.
    """
    try:
        count = secrets.count_unreadable()
    except (DatabaseError, InterfaceError):
        return []
    finally:
        connections.close_all()
    what = f"{count} of the second factors and secrets of webhooks in the database"
    return [f"SECOND_FACTOR_KEYS does not open {what}: a key is missing."] if count else []
