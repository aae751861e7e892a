"""The calendar in columns: a day by practitioner or room, and a week. A free time leads into a booking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from injections.booking.forms import day_from
from injections.calendar.columns import CalendarColumn, Clinic, day_by, patients_in, week_of
from injections.visit_kinds import CHOICES, KINDS
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page

FIRST_KIND = CHOICES[0][0]


@permitted("read-diary")
def day(request: HttpRequest) -> HttpResponse:
    """One local day, a column for each practitioner or each room."""
    now = clock.now()
    shown_on = day_from(request.GET, "day") or clock.local_date(now)
    by = "room" if request.GET.get("by") == "room" else "practitioner"
    kind = _kind(request.GET)
    columns = day_by(by, shown_on, Clinic.read(), kind=kind, now=now)
    rest = {"by": by, "kind": kind}
    context = {
        "day": shown_on,
        "by": by,
        "before": _query(shown_on - timedelta(days=1), rest),
        "after": _query(shown_on + timedelta(days=1), rest),
        "today": _query(clock.local_date(now), rest),
        "is_today": shown_on == clock.local_date(now),
    }
    return _page(request, "injections/calendar/day.html", columns, kind, context)


@permitted("read-diary")
def week(request: HttpRequest) -> HttpResponse:
    """The week around a local day, of everybody, one practitioner or one room."""
    now = clock.now()
    clinic = Clinic.read()
    shown_on = day_from(request.GET, "day") or clock.local_date(now)
    monday = shown_on - timedelta(days=shown_on.weekday())
    kind, of = _kind(request.GET), request.GET.get("of", "")
    what, _, pk = of.partition("-")
    person = next((one for one in clinic.people.values() if what == "practitioner" and str(one.pk) == pk), None)
    room = next((one for one in clinic.rooms.values() if what == "room" and str(one.pk) == pk), None)
    columns = week_of(
        monday,
        clinic,
        kind=kind,
        now=now,
        practitioner_id=person.pk if person else None,
        room_id=room.pk if room else None,
    )
    rest = {"of": of if person or room else "", "kind": kind}
    this = clock.local_date(now)
    context = {
        "day": shown_on,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "places": clinic,
        "of": rest["of"],
        "whose": person or room,
        "before": _query(monday - timedelta(days=7), rest),
        "after": _query(monday + timedelta(days=7), rest),
        "today": _query(this, rest),
        "is_today": monday <= this < monday + timedelta(days=7),
        "own": next((one for one in clinic.people.values() if one.user_id == request.user.pk), None),
    }
    return _page(request, "injections/calendar/week.html", columns, kind, context)


def _page(
    request: HttpRequest, template: str, columns: list[CalendarColumn], kind: str, context: dict[str, Any]
) -> HttpResponse:
    visits = sum(len(column.visits) for column in columns)
    shown = {**context, "columns": columns, "kinds": CHOICES, "kind": KINDS[kind], "visit_count": visits}
    return page(request, template, shown, shows=patients_in(columns))


def _kind(query: Mapping[str, Any]) -> str:
    wanted = str(query.get("kind") or "")
    return wanted if wanted in KINDS else FIRST_KIND


def _query(on: date, rest: Mapping[str, str]) -> str:
    """The query of an address of this view on another day."""
    return urlencode({"day": on.isoformat(), **{name: value for name, value in rest.items() if value}})
