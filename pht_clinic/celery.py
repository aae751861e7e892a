"""The Celery application: workers and beat run `celery --app pht_clinic`."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, after_setup_task_logger, beat_init, task_prerun, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

from pht_clinic.start import refuse_unsafe_start
from pht_clinic.web.logs import format_wanted, formatter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")

_GUARDED = "pht_clinic.broker.transport:Guarded"
TRANSPORT_ALIASES.update(
    redis=f"{_GUARDED}Transport", rediss=f"{_GUARDED}Transport", sentinel=f"{_GUARDED}SentinelTransport"
)

app = Celery("pht_clinic", task_cls="pht_clinic.broker.task:ReadingTask")
app.Worker = app.subclass_with_self("pht_clinic.broker.worker:DeafWorker", name="Worker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@after_setup_logger.connect
@after_setup_task_logger.connect
def write_lines_of_ours(logger: logging.Logger, **_: Any) -> None:
    """Celery brings handlers of its own; what they write is to be as free of values and control characters."""
    for handler in logger.handlers:
        handler.setFormatter(formatter(format_wanted(os.environ)))


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
