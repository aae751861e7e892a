"""Rows that a task takes up one at a time: one that fails goes behind the others, and its next try is stored.

Otherwise the first rows that fail each time would take every turn there is, and what comes after them would get none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from injections.models import FailedTry
from pht_clinic import clock
from pht_clinic.errors import Busy
from pht_clinic.web.metrics import gauge

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)
"""A try that has been due for so long is of a row the task has no business with any more."""


def take_turns(
    task: str, rows: QuerySet[Any], deed: Callable[[int], int], *, at_most: int | None = None, now: datetime
) -> int:
    """Do the deed to these rows, each by its id, and return the sum of what it returns, as `each` does.

    Those that have not failed come first, then those that failed, the longest due first; whose next try lies ahead is
    left out. Boundary: a next try at `now` itself is due.
    """
    tries = FailedTry.objects.filter(task=task, row_id=OuterRef("pk"))
    due = rows.exclude(Exists(tries.filter(next_try_at__gt=now)))
    due = due.annotate(next_try_at=Subquery(tries.values("next_try_at")))
    in_turn = due.order_by(F("next_try_at").asc(nulls_first=True), "pk")
    return each(task, in_turn.values_list("pk", flat=True)[:at_most], deed, now=now)


def each(task: str, ids: Iterable[int], deed: Callable[[int], int], *, now: datetime) -> int:
    """Do the deed to each of these whose next try does not lie ahead; the sum of what it returns.

    One that fails is logged and waits, and the others go on. One that somebody else has locked has not failed: it comes
    next time, whether the deed says 0 or is refused as Busy.
    """
    wanted = list(ids)
    tries = FailedTry.objects.filter(task=task, row_id__in=wanted)
    next_try = dict(tries.values_list("row_id", "next_try_at")) if wanted else {}
    done = 0
    for pk in wanted:
        if next_try.get(pk, now) > now:
            continue
        try:
            made = deed(pk)
        except Busy:
            logger.info("%s: somebody else has row %s", task, pk)
            continue
        except Exception as error:  # the task's outer loop: one row that fails must not hold up the others
            logger.exception("%s: row %s failed", task, pk)
            _put_behind(task, pk, now=now)
            if isinstance(error, SoftTimeLimitExceeded):  # the task's time is up, and this row took it
                raise
            continue
        if made and pk in next_try:
            tries.filter(row_id=pk).delete()
        done += made
    return done


def wait_after(failures: int) -> timedelta:
    """How long a row waits after so many failures: 1 min, 2 min, 4 min, … up to 1 h."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)


def _put_behind(task: str, row_id: int, *, now: datetime) -> None:
    FailedTry.objects.filter(next_try_at__lte=now - FORGOTTEN_AFTER).delete()
    failed, _ = FailedTry.objects.get_or_create(task=task, row_id=row_id, defaults={"next_try_at": now})
    failed.failures += 1
    failed.next_try_at = now + wait_after(failed.failures)
    failed.save(update_fields=["failures", "next_try_at"])


@gauge("task_rows_failing", "Rows that failed in a task and wait for their next try.")
def failing() -> float:
    """Whose next try lies ahead, by the product's clock."""
    return float(FailedTry.objects.filter(next_try_at__gt=clock.now()).count())
