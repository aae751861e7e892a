"""The demo's page, and what its buttons do. Whoever reaches this machine may press them: nobody here is real."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from pht_clinic import clock
from pht_clinic.demo.noted import last_move, opened_at, year
from pht_clinic.demo.stories.told import STORIES
from pht_clinic.demo.tour import starting_over
from pht_clinic.demo.tour.clock import BUTTONS, due, move_on, since
from pht_clinic.demo.tour.people import become, become_a_patient, everybody
from pht_clinic.demo.tour.progress import story
from pht_clinic.demo.tour.where import folder
from pht_clinic.web.pages.fresh import asks_version, fresh, say_version, version_of
from pht_clinic.web.pages.showing import go_back, is_part, page
from scheduling.models import Patient


@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """Who to be, the story with what is done of it, the clock, the inbox, the twelve."""
    now = clock.now()
    move = last_move(folder())
    opened = opened_at(folder()) or now
    steps, left = story(opened=opened, move=move), since(move, now=now) if move else None
    version = version_of(steps, [left, year(folder()), f"{now:%H:%M}"], now=now)
    if asks_version(request):
        return say_version(request, version)
    context: dict[str, Any] = {
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "since": left,
        "buttons": BUTTONS,
        "year": year(folder()),
        "fresh": fresh(request, version),
    }
    if is_part(request):
        return page(request, "demo/_news.html", context)
    return page(request, "demo/tour.html", {**context, "people": everybody(request), "stories": _stories()})


def _stories() -> list[dict[str, Any]]:
    """The twelve, each with the number of their record while there is one of that name."""
    ids = dict(
        Patient.objects.filter(family_name__in=[one.family_name for one in STORIES]).values_list("family_name", "pk")
    )
    return [{"told": one, "patient_id": ids.get(one.family_name)} for one in STORIES]


@require_POST
def be(request: HttpRequest) -> HttpResponse:
    """Sign in as somebody of the demo, and go where the button led; as a patient, be signed in as nobody."""
    who = request.POST.get("who", "")
    if who == "patient":
        become_a_patient(request)
        messages.success(request, "You are a patient now: nobody is signed in here. Open the inbox and follow a link.")
        return redirect("demo")
    user = become(request, who)
    messages.success(request, f"You are {user} now, {user.get_role_display().lower()}.")
    return go_back(request, "/")


@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the clock on, and say what falls due by it."""
    move = move_on(request.POST.get("how", ""), now=clock.now())
    count = due(now=move.to_at).count()
    messages.success(request, f"It is {_said(move.to_at)} now. {_falls_due(count)}")
    return redirect("demo")


def _said(at: datetime) -> str:
    return f"{at.astimezone(clock.zone()):%A %-d %B at %H:%M}"


def _falls_due(count: int) -> str:
    if count == 0:
        return "No message goes out because of it."
    go = "messages go" if count > 1 else "message goes"
    return (
        f"{count} {go} out within a few seconds, and what they lead to; what may not be sent at night goes out in the "
        "morning."
    )


@require_http_methods(["GET", "HEAD", "POST"])
def start_over(request: HttpRequest) -> HttpResponse:
    """Ask first; then have everything made anew. Whoever was signed in is no more then: the page loads as a whole."""
    if request.method == "POST":
        starting_over.ask(folder())
        return redirect("demo-start-over")
    state = starting_over.state(folder())
    if is_part(request) and state not in (starting_over.ASKED, starting_over.MAKING):
        return HttpResponseClientRefresh()
    return page(request, "demo/start_over.html", {"state": state})
