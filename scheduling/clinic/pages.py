"""What the clinic consists of, for managers: practitioners, rooms, weekly and extra sessions, closures."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.revised import RevisedForm
from pht_clinic.web.pages.showing import page, part_of
from scheduling.clinic.closures import save_closure
from scheduling.clinic.forms import ClosureForm, ExtraSessionForm, PractitionerForm, RoomForm, SessionForm
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.saving import places, saving
from scheduling.clinic.schedules import save_schedule
from scheduling.diary.read import the
from scheduling.messages.words import WEEKDAYS
from scheduling.models import Closure, Practitioner, Room, Schedule


def _who(request: HttpRequest, form: RevisedForm) -> dict[str, Any]:
    return {"revision": form.read_revision, "by": actor_of(request.user), "now": clock.now()}


@permitted("manage-clinic")
def practitioners(request: HttpRequest) -> HttpResponse:
    """Those who take visits."""
    rows = Practitioner.objects.select_related("user").order_by("-active", "name")
    return page(request, "scheduling/clinic/practitioners.html", {"rows": rows})


@permitted("manage-clinic")
def practitioner(request: HttpRequest, practitioner_id: int | None = None) -> HttpResponse:
    """Add or change one."""
    row = None if practitioner_id is None else the(Practitioner, practitioner_id)
    free = Q(practitioner__isnull=True) | Q(practitioner=practitioner_id)
    users = list(User.objects.filter(free, is_active=True).order_by("name", "email"))
    form = PractitionerForm(request.POST or None, row=row, users=users)
    return saving(
        request,
        form,
        lambda yes: save_practitioner(practitioner_id, form.values(), confirm=yes, **_who(request, form)),
        title=f"Change {row.name}" if row else "Add a practitioner",
        said="The practitioner is saved.",
        back="practitioner-list",
    )


@permitted("manage-clinic")
def rooms(request: HttpRequest) -> HttpResponse:
    """Where visits take place."""
    return page(request, "scheduling/clinic/rooms.html", {"rows": Room.objects.order_by("-active", "name")})


@permitted("manage-clinic")
def room(request: HttpRequest, room_id: int | None = None) -> HttpResponse:
    """Add or change one."""
    row = None if room_id is None else the(Room, room_id)
    form = RoomForm(request.POST or None, row=row)
    return saving(
        request,
        form,
        lambda yes: save_room(room_id, form.values(), confirm=yes, **_who(request, form)),
        title=f"Change {row.name}" if row else "Add a room",
        said="The room is saved.",
        back="room-list",
    )


@permitted("manage-clinic")
def schedules(request: HttpRequest) -> HttpResponse:
    """Sessions that hold today or later, weekly ones and those of one day; those that ended on request."""
    shows_ended = request.GET.get("show") == "ended"
    today = clock.today()
    ended = Q(valid_to__lt=today)
    rows = Schedule.objects.filter(ended if shows_ended else ~ended | Q(valid_to__isnull=True))
    rows = rows.select_related("practitioner", "room").order_by("practitioner__name", "weekday", "opens", "valid_from")
    extra = [row for row in rows if row.valid_from == row.valid_to]
    context = {
        "weekly": [(row, WEEKDAYS[row.weekday]) for row in rows if row.valid_from != row.valid_to],
        "extra": sorted(extra, key=lambda row: (row.valid_from, row.opens)),
        "shows_ended": shows_ended,
        "today": today,
    }
    return page(request, "scheduling/clinic/schedules.html", context)


@permitted("manage-clinic")
def schedule(request: HttpRequest, schedule_id: int | None = None) -> HttpResponse:
    """Add or change a weekly session."""
    row = None if schedule_id is None else the(Schedule, schedule_id)
    initial = {"valid_from": clock.today(), "every_weeks": 1}
    form = SessionForm(request.POST or None, initial=initial, row=row, **places())
    return saving(
        request,
        form,
        lambda yes: save_schedule(schedule_id, form.values(), confirm=yes, **_who(request, form)),
        title="Change a weekly session" if schedule_id else "Add a weekly session",
        said="The session is saved.",
        back="schedule-list",
        lead="Hours are local clock times, in summer and in winter.",
    )


@permitted("manage-clinic")
def extra_session(request: HttpRequest) -> HttpResponse:
    """A session on one day only."""
    form = ExtraSessionForm(request.POST or None, **places())
    return saving(
        request,
        form,
        lambda yes: save_schedule(None, form.values(), confirm=yes, **_who(request, form)),
        title="Add an extra session",
        said="The extra session is saved.",
        back="schedule-list",
        lead="It opens on that day only, even on a bank holiday.",
    )


@permitted("manage-clinic")
def closures(request: HttpRequest) -> HttpResponse:
    """What is or will be closed; what is over on request."""
    now, shows_past = clock.now(), request.GET.get("show") == "past"
    rows = Closure.objects.select_related("practitioner", "room")
    wanted = rows.filter(ends_at__lte=now).order_by("-starts_at", "-pk") if shows_past else rows.filter(ends_at__gt=now)
    listed = part_of(request, wanted)
    return page(request, "scheduling/clinic/closures.html", {"page_obj": listed, "shows_past": shows_past})


@permitted("manage-clinic")
def closure(request: HttpRequest, closure_id: int | None = None) -> HttpResponse:
    """Add or change one. What it hits is listed and needs a yes; those bookings then wait to be moved."""
    row = None if closure_id is None else the(Closure, closure_id)
    form = ClosureForm(request.POST or None, row=row, **places())
    return saving(
        request,
        form,
        lambda yes: save_closure(closure_id, form.values(), confirm=yes, **_who(request, form)),
        title="Change a closure" if closure_id else "Add a closure",
        said="The closure is saved.",
        back="closure-list",
        lead="Nobody can be booked into a closure. Bank holidays are closed automatically.",
    )
