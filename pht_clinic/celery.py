"""The Celery application: workers and beat run `celery --app pht_clinic`."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_prerun, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections

from pht_clinic.start import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")

app = Celery("pht_clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def look_at_the_start(**_: Any) -> None:
    """Stop it where a setting cannot work or is unsafe. Celery goes on after any other error of a receiver."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as why:
        raise SystemExit(f"{why}") from None


@task_prerun.connect
def look_at_kept_connections(sender: Any, **_: Any) -> None:
    """Before each task, as Django does before each request: drop a connection that is too old or does not answer.

    Celery itself keeps one for many tasks (CELERY_DB_REUSE_MAX) without a look at it: after a restart of the database
    every one of them would fail on it.
    """
    if not sender.request.is_eager:  # inside somebody's transaction the connection is theirs
        close_old_connections()
