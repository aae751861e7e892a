"""A wrong or unsafe setting stops web, worker and beat at their start, as it stops `manage.py`."""

import logging

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

log = logging.getLogger(__name__)

SETTINGS = "settings"
"""The tag of the system checks that every process runs before it starts: what is wrong in the environment."""
UNREAD = "clinic.unread"
"""Where the application finds the status of a request that the web server could not read. No header of a request is
called so: theirs begin with HTTP_.
"""


def refuse_unsafe_start() -> None:
    """Look at the settings, then at the role in the database, once the apps are ready.

    A database that does not answer is no reason: whoever waits for it must be there when it comes back. In a demo the
    role may be the owner's.

    Raises: ImproperlyConfigured, a sentence for each that is wrong.
    """
    wrong = [found.msg for found in run_checks(tags=[SETTINGS]) if found.is_serious()]
    if "owner" in settings.DATABASES:
        wrong.append("DATABASE_OWNER_URL is for migrate alone: take it out of the environment of web, worker and beat.")
    if not wrong and not settings.ONLY_INVENTED_PATIENTS:
        wrong = _wrong_in_the_database()
    if not wrong:
        from pht_clinic.start.keys import wrong_keys  # noqa: PLC0415 - models cannot be imported any earlier

        wrong = wrong_keys()
    if wrong:
        raise ImproperlyConfigured("\n".join(wrong))


def _wrong_in_the_database() -> list[str]:
    try:
        known = [alias for alias in ("default", "retention") if alias in settings.DATABASES]
        found = run_checks(tags=[Tags.database], databases=known)
    except OperationalError:
        log.warning("the database does not answer: whether its role is a safe one is not known")
        return []
    finally:
        connections.close_all()  # no connection of this process reaches those that it starts
    return [f"{one.msg} {one.hint or ''}".strip() for one in found if one.is_serious()]
