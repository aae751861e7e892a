"""How often a patient cancelled late, or did not come, in the last 12 months. Words alone; nothing hangs on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from injections.safety.dates import add_months
from pht_clinic import clock
from scheduling.diary.why_cancelled import PATIENT, read
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status

MONTHS = 12
"""Visits of so long ago are counted, by the local day that they were on."""


@dataclass(frozen=True, slots=True)
class LateAndMissed:
    """The counts of one patient, merged records together, with the clinic's rule: `hours` before a visit, and from how
    many of them together on somebody speaks about it.
    """

    late: int
    missed: int
    hours: int
    many: int

    @property
    def is_any(self) -> bool:
        return bool(self.late or self.missed)

    @property
    def is_many(self) -> bool:
        """Boundary: from that number on."""
        return self.late + self.missed >= self.many


def with_cancellation(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """The same appointments, each with `cancelled_at`, `cancelled_by` and `cancelled_why` (codes) of its newest
    cancellation; None where nobody cancelled it. No query more.
    """
    newest = AppointmentChange.objects.filter(appointment=OuterRef("pk"), verb="cancel").order_by("-pk")
    return rows.annotate(
        cancelled_at=Subquery(newest.values("at")[:1]),
        cancelled_by=Subquery(newest.values("cancelled_by")[:1]),
        cancelled_why=Subquery(newest.values("reason_code")[:1]),
    )


def late_and_missed(visits: Iterable[Appointment], *, now: datetime) -> LateAndMissed:
    """Of the visits of one patient, read by `with_cancellation`: what they cancelled late themselves, and missed.

    Boundary: cancelled to the second LATE_CANCELLATION_HOURS before its start is in time. What the clinic cancelled, or
    nobody said who, what was taken back, and what is 12 months ago to the day or longer does not count.
    """
    today = clock.local_date(now)
    of_late = [one for one in visits if add_months(clock.local_date(one.start_at), MONTHS) > today]
    missed = sum(one.status == Status.NOSHOW for one in of_late)
    return LateAndMissed(sum(map(_is_late, of_late)), missed, _hours(), settings.LATE_OR_MISSED_MANY)


def _is_late(visit: Appointment) -> bool:
    at, by, why = (getattr(visit, f"cancelled_{name}", None) for name in ("at", "by", "why"))
    is_theirs = visit.status == Status.CANCELLED and read(by or "", why or "").by == PATIENT
    return is_theirs and at is not None and visit.start_at - at < timedelta(hours=_hours())


def _hours() -> int:
    hours: int = settings.LATE_CANCELLATION_HOURS
    return hours
