"""The calendar as a time grid: a day by practitioner or room, and a week. A free time leads into a booking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from injections.booking.forms import day_from
from injections.calendar.columns import CalendarColumn, day_by, patients_in, visits_of_days, week_of
from injections.calendar.grid import grid_of
from injections.calendar.marks import marks_of, stored_marks
from injections.calendar.opening import Clinic
from injections.visit_kinds import CHOICES, KINDS
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.fresh import asks_version, fresh, say_version, version_of
from pht_clinic.web.pages.showing import is_part, page
from scheduling.availability.bank_holidays import names_of_bank_holidays
from scheduling.models import Appointment, Practitioner, Room

FIRST_KIND = CHOICES[0][0]
LONGEST_ID = 18


@permitted("read-diary")
def day(request: HttpRequest) -> HttpResponse:
    """One local day, a column for each practitioner or each room."""
    now = clock.now()
    shown_on = day_from(request.GET, "day") or clock.local_date(now)
    by = "room" if request.GET.get("by") == "room" else "practitioner"
    kind = _kind(request.GET)
    clinic = Clinic.read(shown_on, shown_on, now=now)
    if asks_version(request):
        return say_version(request, _version(clinic, shown_on, shown_on, now=now))
    columns = day_by(by, shown_on, clinic, kind=kind, now=now)
    rest = {"by": by, "kind": kind}
    context = {
        "day": shown_on,
        "by": by,
        "before": _query(shown_on - timedelta(days=1), rest),
        "after": _query(shown_on + timedelta(days=1), rest),
        "today": _query(clock.local_date(now), rest),
        "is_today": shown_on == clock.local_date(now),
        "holiday": names_of_bank_holidays(shown_on, shown_on).get(shown_on, ""),
        "closed": clinic.closed_on(shown_on),
        "grid": grid_of(columns, clinic, beside="practitioner" if by == "room" else "room", now=now),
        "says": "practitioner" if by == "room" else "room",
    }
    return _page(request, "day", columns, clinic, {**context, "kind": KINDS[kind]}, now=now)


@permitted("read-diary")
def week(request: HttpRequest) -> HttpResponse:
    """The week around a local day, of everybody, one practitioner or one room."""
    now = clock.now()
    shown_on = day_from(request.GET, "day") or clock.local_date(now)
    monday = shown_on - timedelta(days=shown_on.weekday())
    sunday = monday + timedelta(days=6)
    clinic = Clinic.read(monday, sunday, now=now)
    kind = _kind(request.GET)
    person, room, of = _whose(request.GET.get("of", ""), clinic)
    only = {"practitioner_id": person.pk if person else None, "room_id": room.pk if room else None}
    beside = "room" if person else "practitioner" if room else ""
    if asks_version(request):
        return say_version(request, _version(clinic, monday, sunday, **only, now=now))
    columns = week_of(monday, clinic, kind=kind, now=now, **only)
    rest = {"of": of, "kind": kind}
    this = clock.local_date(now)
    context = {
        "day": shown_on,
        "monday": monday,
        "sunday": sunday,
        "places": clinic,
        "of": of,
        "whose": person or room,
        "before": _query(monday - timedelta(days=7), rest),
        "after": _query(monday + timedelta(days=7), rest),
        "today": _query(this, rest),
        "is_today": monday <= this < monday + timedelta(days=7),
        "own": _own(request, clinic),
        "grid": grid_of(columns, clinic, beside=beside, with_free=bool(beside), now=now),
        "says": beside or "both",
    }
    return _page(request, "week", columns, clinic, {**context, "kind": KINDS[kind]}, now=now)


def _page(
    request: HttpRequest,
    view: str,
    columns: Sequence[CalendarColumn],
    clinic: Clinic,
    context: Mapping[str, Any],
    *,
    now: datetime,
) -> HttpResponse:
    visits = sum(len(column.visits) for column in columns)
    shown_visits = (visit.appointment for column in columns for visit in column.visits)
    version = version_of(marks_of(shown_visits), clinic.marks, now=now)
    shown = {**context, "kinds": CHOICES, "visit_count": visits, "view": view, "fresh": fresh(request, version)}
    template = "injections/calendar/_grid.html" if is_part(request) else f"injections/calendar/{view}.html"
    return page(request, template, shown, shows=patients_in(columns))


def _version(clinic: Clinic, first: date, last: date, *, now: datetime, **only: int | None) -> str:
    """As `_page` makes it, without what else a page takes. One query."""
    rows = visits_of_days(Appointment.objects.all(), first, last, **only)
    return version_of(stored_marks(rows), clinic.marks, now=now)


def _whose(of: str, clinic: Clinic) -> tuple[Practitioner | None, Room | None, str]:
    """The practitioner or the room that an address names, and how it does; nobody where it names none of them."""
    what, _, text = of.partition("-")
    pk = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else 0
    person = clinic.people.get(pk) if what == "practitioner" else None
    room = clinic.rooms.get(pk) if what == "room" else None
    return person, room, of if person or room else ""


def _own(request: HttpRequest, clinic: Clinic) -> Practitioner | None:
    """Whose diary is that of whoever is signed in."""
    return next((one for one in clinic.people.values() if one.user_id == request.user.pk), None)


def _kind(query: Mapping[str, Any]) -> str:
    wanted = str(query.get("kind") or "")
    return wanted if wanted in KINDS else FIRST_KIND


def _query(on: date, rest: Mapping[str, str]) -> str:
    """The query of an address of this view on another day."""
    return urlencode({"day": on.isoformat(), **{name: value for name, value in rest.items() if value}})
