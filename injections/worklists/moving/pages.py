"""The pages of visits that have lost their place: somebody is ill or a room out of use, times for all that it hits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.booking.finder_forms import ChosenTime
from injections.worklists.moving.carry_out import ChosenFor, ask_by_phone, give_all_back, look_at, move_each, open_again
from injections.worklists.moving.proposals import A_PAGE, ToMove, proposals, what_is_hit
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid, Refusal, why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, page, part_of
from scheduling.availability.sessions import to_be_moved
from scheduling.clinic.closures import check_may_lift, close_at_short_notice
from scheduling.clinic.forms import OutageForm
from scheduling.clinic.saving import places, saving
from scheduling.diary.read import the
from scheduling.models import Closure

OPEN_AGAIN = "It is open again. Messages about its visits are no longer held back, and go out when they are due."
_LONGEST_ID = 18


@permitted("close-at-short-notice")
def outage(request: HttpRequest) -> HttpResponse:
    """Somebody is ill, or a room is out of use: what it hits is named before it is closed."""
    form = OutageForm(form_data(request), initial=OutageForm.today(), **places())
    return saving(
        request,
        form,
        lambda yes: close_at_short_notice(form.values(), confirm=yes, by=actor_of(request.user), now=clock.now()),
        title="Close a practitioner or room at short notice",
        said="It is closed. Messages that confirm its visits are held back until each has another time.",
        back="moving-proposals",
        lead="Nobody can be booked there during this time. The visits affected are listed, with other times for each.",
    )


@permitted("close-at-short-notice")
def lift(request: HttpRequest, closure_id: int) -> HttpResponse:
    """It is open again: what stands there stays, and what was held back goes out."""
    now, by = clock.now(), actor_of(request.user)
    closure = the(Closure.objects.select_related("practitioner", "room"), closure_id)
    back = reverse("moving-proposals")
    if request.method == "POST":
        return act(request, lambda: open_again(closure.pk, by=by, now=now), said=OPEN_AGAIN, back=back)
    if why := why_not(check_may_lift, closure, by=by, now=now):
        messages.error(request, why)
        return redirect(back)
    hit = what_is_hit(now=now).by(closure)
    context = {"closure": closure, "hit": hit}
    return page(request, "injections/worklists/moving/lift.html", context, shows={row.patient_id for row in hit})


@permitted("move")
def moving(request: HttpRequest) -> HttpResponse:
    """The visits to be moved with times for each; a choice among them is looked at, then done."""
    lost: Refusal | None = None
    if request.method == "POST":
        try:
            return _done(request, request.POST.get("intent", ""), by=actor_of(request.user), now=clock.now())
        except (Conflict, Invalid) as refusal:
            lost = refusal
    shown = _listed(request, lost)
    if lost is not None:
        shown.status_code = 409 if isinstance(lost, Conflict) else 422
    return shown


def _listed(request: HttpRequest, lost: Refusal | None) -> HttpResponse:
    now = clock.now()
    hit = what_is_hit(now=now)
    wanted = request.GET.get("closure", "")
    only = next((one for one in hit.sudden if str(one.pk) == wanted), None)
    listed = part_of(request, hit.together(only), size=A_PAGE)
    found = proposals(list(listed), hit.closures, now=now)
    context = {
        "closures": hit.sudden,
        "only": only,
        "page_obj": listed,
        "count": len(hit.by(only)),
        "items": [(one, _code(request, one)) for one in found],
        "lost": lost,
    }
    shows = {visit.appointment.patient_id for one in found for visit in one.visits}
    return page(request, "injections/worklists/moving/list.html", context, shows=shows)


def _code(request: HttpRequest, item: ToMove) -> str:
    """The time that is chosen for a visit: what was sent, else the usual one."""
    typed = form_data(request)
    return item.usual if typed is None else typed.get(f"time-{item.visit.appointment.pk}", "")


def _done(request: HttpRequest, intent: str, *, by: Actor, now: datetime) -> HttpResponse:
    """What a button of the list, or of the look, asks for. Raises: Invalid, Conflict."""
    name, _, which = intent.partition("-")
    deeds: dict[str, Callable[..., HttpResponse]] = {
        "look": _looked,
        "move": _moved,
        "call": _called,
        "back": _given_back,
    }
    deed = deeds.get(name)
    if deed is None:
        raise Invalid.field("time", "Choose what to do: press one of the buttons.")
    return deed(request, which, by=by, now=now)


def _looked(request: HttpRequest, which: str, *, by: Actor, now: datetime) -> HttpResponse:
    looked = look_at(_choices(request, which), by=by, now=now)
    movable = [one for one in looked if one.can_be_moved and (one.is_clear or len(looked) == 1)]
    context = {"looked": looked, "movable": movable, "is_one": len(looked) == 1}
    shows = {patient for one in looked for patient in one.shows}
    return page(request, "injections/worklists/moving/look.html", context, shows=shows)


def _moved(request: HttpRequest, which: str, *, by: Actor, now: datetime) -> HttpResponse:
    came = move_each(_choices(request, which), only_clear="clear" in request.POST, by=by, now=now)
    context = {
        "moved": [one for one in came if not one.problem],
        "stayed": [one for one in came if one.problem],
        "left": len(to_be_moved(now=now)),
    }
    shows = {one.visit.patient_id for one in came}
    return page(request, "injections/worklists/moving/moved.html", context, shows=shows)


def _called(request: HttpRequest, which: str, *, by: Actor, now: datetime) -> HttpResponse:
    times = [ChosenTime.of({"time": code}) for code in request.POST.getlist(f"offer-{which}")[:A_PAGE]]
    revision = _number(request.POST.get(f"revision-{which}", ""))
    ask_by_phone(_number(which), times, revision=revision, by=by, now=now)
    messages.success(request, "The patient is on the call list, with the number and these times.")
    return _back(request)


def _given_back(request: HttpRequest, which: str, *, by: Actor, now: datetime) -> HttpResponse:
    give_all_back(_choices(request, which), by=by, now=now)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(request.get_full_path())


def _choices(request: HttpRequest, which: str) -> Sequence[ChosenFor]:
    """The times that were chosen, of all visits or of `which`. Raises: Invalid."""
    names = [f"time-{which}"] if which else [name for name in request.POST if name.startswith("time-")]
    given = {name.partition("-")[2]: request.POST.get(name, "") for name in names}
    chosen = {which: code for which, code in given.items() if code}
    if not chosen:
        raise Invalid.field("time", "Choose a time first.")
    if len(chosen) > A_PAGE:
        raise Invalid.field("time", f"Choose times for at most {A_PAGE} visits at once.")
    return [
        ChosenFor(
            appointment_id=_number(which),
            revision=_number(request.POST.get(f"revision-{which}", "")),
            time=ChosenTime.of({"time": code}),
            version=request.POST.get(f"version-{which}", ""),
            knows=f"knows-{which}" in request.POST,
        )
        for which, code in chosen.items()
    ]


def _number(text: str) -> int:
    """An id or a revision as a page sends it. Raises: Invalid."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID):
        raise Invalid.field("time", "Choose one of the times offered.")
    return int(text)
