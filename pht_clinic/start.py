"""A wrong setting stops web, worker and beat at their start, as it stops `manage.py`."""

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

SETTINGS = "settings"
"""The tag of the system checks that every process runs before it starts: what is wrong in the environment."""


def refuse_wrong_settings() -> None:
    """Look at the settings once the apps are ready. Raises: ImproperlyConfigured, a sentence for each that is wrong."""
    wrong = [found.msg for found in run_checks(tags=[SETTINGS]) if found.is_serious()]
    if wrong:
        raise ImproperlyConfigured("\n".join(wrong))
