"""Background work of the web app."""

from celery import shared_task

from pht_clinic.web import exports
from pht_clinic.web.tidy import tidy

EXPORT_SECONDS = 10
"""How long one round of writing files goes on: far below half of the time after which a task is given to another."""


@shared_task(name="pht_clinic.web.tasks.tidy_up")
def tidy_up() -> None:
    """Remove old keys, files, typed work and sessions."""
    tidy()


@shared_task(name="pht_clinic.web.tasks.write_exports")
def write_exports() -> None:
    """Go on with the long files that somebody waits for."""
    exports.work(seconds=EXPORT_SECONDS)
