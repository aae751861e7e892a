"""Bookings that are judged later: many facts come at once, and each patient is judged by all of them, once.

Whose facts they are is a row, stored with the fact, so that nobody is forgotten whoever dies; `outdated.py` judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final

from injections.models import UnjudgedPatient
from pht_clinic.rows import Compiled, are_any
from scheduling.models import Appointment, Patient
from scheduling.states import HOLDING

AT_THE_LATEST: Final = timedelta(minutes=15)
"""After the last fact: then a task judges them, whatever has become of whoever was to."""
_is_later: ContextVar[bool] = ContextVar("bookings_judged_later", default=False)


@contextmanager
def judged_later() -> Iterator[None]:
    """What settles in this block is stored and told to the trail; the bookings wait for `judge_noted`."""
    token = _is_later.set(True)
    try:
        yield
    finally:
        _is_later.reset(token)


def is_judged_later() -> bool:
    return _is_later.get()


_OPEN: Final = Compiled(
    lambda patient_id, now: Appointment.objects.filter(patient=patient_id, status__in=HOLDING, end_at__gt=now),
    int,
    datetime,
)


def note_unjudged(patients: Iterable[Patient], *, now: datetime) -> None:
    """Note those who have a booking that is not over; of others there is nothing to judge. In the transaction of the
    change, with the patients locked: a booking that comes after it is judged by it.
    """
    for patient in patients:
        if are_any((_OPEN, [patient.pk, now])):
            UnjudgedPatient.objects.update_or_create(patient=patient, defaults={"due_at": now + AT_THE_LATEST})
