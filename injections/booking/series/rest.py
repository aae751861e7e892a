"""Moving or cancelling what is still to come of a series from a local day on, whichever visits that are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from injections.booking.cancel import Why
from injections.booking.series.change import SeriesMove, cancel_series, move_series
from injections.booking.series.read import find_series
from injections.booking.series.standing import VisitTime, following, in_their_rooms
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment


class NothingToCome(Conflict):
    """Nothing of the series can be moved or cancelled any more."""

    code = "nothing-to-come"
    sentence = "This series has no more visits to come."


@dataclass(frozen=True, slots=True, kw_only=True)
class RestMove:
    """Where the visits to come from the local day `from_on` on (included; None: all) go: the first of them to the
    instant `first` and the others by as many days on, at the same wall time; or each to its own of `starts`, in order.

    Without a practitioner each keeps their own, and their room unless one is named; with one and no room they go to the
    room of that session.
    """

    from_on: date | None = None
    first: datetime | None = None
    starts: tuple[datetime, ...] = ()
    practitioner_id: int | None = None
    room_id: int | None = None
    tell_patient: bool = True


def move_rest(series_id: int, ask: RestMove, *, by: Actor, now: datetime) -> list[Appointment]:
    """Move them, all or none. Raises: Forbidden, Missing, NothingToCome, Invalid, and as `move_series`."""
    check_permitted("move", by)
    visits = visits_from(series_id, ask.from_on, now=now)
    to = dict(zip([one.pk for one in visits], _spots(visits, ask), strict=True))
    return move_series(series_id, SeriesMove(to, {}, tell_patient=ask.tell_patient), by=by, now=now)


def cancel_rest(
    series_id: int, why: Why, *, from_on: date | None = None, tell_patient: bool = True, by: Actor, now: datetime
) -> list[Appointment]:
    """Cancel them, all or none. Raises: Forbidden, Missing, NothingToCome, and as `cancel_series`."""
    check_permitted("cancel", by)
    seen = dict.fromkeys((one.pk for one in visits_from(series_id, from_on, now=now)), None)
    return cancel_series(series_id, seen, why, tell_patient=tell_patient, by=by, now=now)


def visits_from(series_id: int, from_on: date | None, *, now: datetime) -> list[Appointment]:
    """The visits of a series that can still be moved or cancelled, from a local day on, in order of time.

    Raises: Missing, NothingToCome.
    """
    coming = find_series(series_id).to_come(now=now)
    found = [one for one in coming if from_on is None or clock.local_date(one.start_at) >= from_on]
    if not found:
        raise NothingToCome
    return found


def _spots(visits: list[Appointment], ask: RestMove) -> list[VisitTime]:
    """Where each goes. Raises: Invalid."""
    if ask.first is not None:
        local = ask.first.astimezone(clock.zone())
        starts = following(visits, local.date(), local.time())
    else:
        starts = list(ask.starts)
    if len(starts) != len(visits):
        raise Invalid.field("starts", f"Name {len(visits)} times, one for each visit to come from that day on.")
    who, where = ask.practitioner_id, ask.room_id
    if who is not None:
        return in_their_rooms([VisitTime(start, who, where) for start in starts])
    return [
        VisitTime(start, one.practitioner_id, where or one.room_id) for start, one in zip(starts, visits, strict=True)
    ]
