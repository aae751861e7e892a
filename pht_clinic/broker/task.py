"""A task that is of one time, as a request is, and as visible: it has an id, and is counted and timed."""

import time
from datetime import datetime
from typing import Any

from celery import Task
from structlog.contextvars import bound_contextvars

from pht_clinic.audit.request_id import request_id
from pht_clinic.clinic_words import read_once
from pht_clinic.watching.counts import TASK_FAILURES, TASK_SECONDS, TASK_WAIT_SECONDS


class ReadingTask(Task):
    """What the clinic says of itself is read once, when it is first asked for, and not again until the task ends.

    The id of its call stands where a request's would: on the audit trail and in every line of the log.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (waited := self._waited_seconds()) is not None:
            TASK_WAIT_SECONDS.labels(self.name).observe(waited)
        known = request_id.set(self.request.id or request_id.get())
        try:
            with (
                bound_contextvars(task=self.name),
                read_once(),
                TASK_SECONDS.labels(self.name).time(),
                TASK_FAILURES.labels(self.name).count_exceptions(),
            ):
                return self.run(*args, **kwargs)  # type: ignore[no-untyped-call]  # it has no types
        finally:
            request_id.reset(known)

    def _waited_seconds(self) -> float | None:
        """How long the call lay in the broker: since beat put it there, so many seconds before it would have expired.

        None where beat did not call. Real time: the product's clock may be shifted.
        """
        entries = self.app.conf.beat_schedule.values()
        lasts = next((one.get("options", {}).get("expires") for one in entries if one["task"] == self.name), None)
        expires = self.request.expires
        if lasts is None or not isinstance(expires, str):
            return None
        return max(0.0, time.time() - (datetime.fromisoformat(expires).timestamp() - float(lasts)))
