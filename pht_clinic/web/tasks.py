"""Background work of the web app."""

from celery import shared_task

from pht_clinic.web.tidy import tidy


@shared_task(name="pht_clinic.web.tasks.tidy_up")
def tidy_up() -> None:
    """Remove old keys and sessions."""
    tidy()
