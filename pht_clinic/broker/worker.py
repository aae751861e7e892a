"""A worker that hears of tasks alone: nobody can ask, tell or stop it through the broker."""

from typing import Any, Final

from celery.apps.worker import Worker

_DEAF: Final = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True, "task_events": False}


class DeafWorker(Worker):
    """Celery's worker, whatever its command line says, without its talk with other workers."""

    def __init__(self, app: Any = None, hostname: str | None = None, **options: Any) -> None:
        super().__init__(app, hostname, **{**options, **_DEAF})  # type: ignore[no-untyped-call]  # it has no types
