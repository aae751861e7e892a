"""Whether the keys of second factors open those that are in the database."""

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
    why = f"SECOND_FACTOR_KEYS does not open {count} of the second factors in the database: a key is missing."
    return [why] if count else []
