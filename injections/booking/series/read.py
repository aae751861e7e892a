"""Reading a series: its visits in order, and where one visit stands among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from injections.assessment.visits import Visit, appointments, with_assessments
from pht_clinic.errors import Missing
from scheduling.diary.read import the
from scheduling.models import Appointment, Patient, VisitSeries
from scheduling.states import WAITING_OR_BOOKED, Status

_GONE = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
"""Visits that a series does not count any more."""


@dataclass(frozen=True, slots=True)
class InSeries:
    """Which of how many visits one is: "2 of 6"; those that were cancelled do not count. `number` 0 is one of these."""

    series_id: int
    number: int
    count: int
    before: Appointment | None = None
    after: Appointment | None = None


@dataclass(frozen=True, slots=True)
class WholeSeries:
    """A series with all its visits, in order of time, and the patient whose they are."""

    series: VisitSeries
    visits: list[Visit] = field(default_factory=list)

    @property
    def patient(self) -> Patient:
        return self.visits[0].appointment.patient

    @property
    def numbered(self) -> list[tuple[int, Visit]]:
        """Each visit with its number among those that count, 0 for one that does not."""
        number, found = 0, []
        for visit in self.visits:
            counts = visit.appointment.status not in _GONE
            number += counts
            found.append((number if counts else 0, visit))
        return found

    @property
    def count(self) -> int:
        return sum(visit.appointment.status not in _GONE for visit in self.visits)

    def to_come(self, *, now: datetime, since: int | None = None) -> list[Appointment]:
        """The visits that can still be moved or cancelled, from the one of this id on, or all of them."""
        rows = [visit.appointment for visit in self.visits]
        coming = [row for row in rows if row.status in WAITING_OR_BOOKED and row.start_at > now]
        first = next((row.start_at for row in rows if row.pk == since), None)
        return [row for row in coming if first is None or row.start_at >= first]


def find_series(series_id: int) -> WholeSeries:
    """One series. Three queries. Raises: Missing."""
    series = the(VisitSeries, series_id)
    rows = list(appointments().filter(series=series).order_by("start_at", "pk"))
    if not rows:
        raise Missing("There is no such series.")
    return WholeSeries(series, with_assessments(rows))


def place_of(appointment: Appointment) -> InSeries | None:
    """Where a visit stands in its series; None for one of none. At most one query."""
    if appointment.series_id is None:
        return None
    return places_among(Appointment.objects.filter(series=appointment.series_id))[appointment.pk]


def places_among(rows: Iterable[Appointment]) -> dict[int, InSeries]:
    """Where each of these visits that is of a series stands in it, by its id; `rows` hold all visits of each series."""
    series: dict[int, list[Appointment]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one.start_at, one.pk)):
        if row.series_id is not None:
            series[row.series_id].append(row)
    return {pk: place for visits in series.values() for pk, place in _places(visits)}


def _places(visits: list[Appointment]) -> Iterator[tuple[int, InSeries]]:
    """Those of one series, in order of time."""
    counting = [one for one in visits if one.status not in _GONE]
    for one in visits:
        if one.status in _GONE:
            yield one.pk, InSeries(one.series_id or 0, 0, len(counting))
    for number, one in enumerate(counting):
        after = counting[number + 1] if number + 1 < len(counting) else None
        yield (
            one.pk,
            InSeries(one.series_id or 0, number + 1, len(counting), counting[number - 1] if number else None, after),
        )
