"""A task that is of one time, as a request is."""

from typing import Any

from celery import Task

from pht_clinic.clinic_words import read_once


class ReadingTask(Task):
    """What the clinic says of itself is read once, when it is first asked for, and not again until the task ends."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with read_once():
            return self.run(*args, **kwargs)  # type: ignore[no-untyped-call]  # it has no types
