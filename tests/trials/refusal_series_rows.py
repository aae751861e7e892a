"""The same of several visits at once: what cannot be had, what would swap places, and what nothing is left of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from injections.booking.cancel import Why
from injections.booking.series.rest import cancel_rest
from tests.api_world import World
from tests.clinic import local
from tests.injections.booking.series.test_api import body
from tests.injections.booking.series.world import TUESDAYS, booked, spots
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row
from tests.trials.refusal_visit_rows import ONLY_IN_A_RACE

DAYS = TUESDAYS[:2]


def _rule(world: World) -> str:
    return urlencode({"on": DAYS[0], "at": "10:00", "who": world.clinic.physiotherapist.pk, "where": ""})


def _starts(*days: str) -> list[str]:
    return [local(day).isoformat() for day in days]


@row("some-lost", no_page=ONLY_IN_A_RACE)
def some_lost(world: World) -> Iterator[Door]:
    """The second is somebody else's."""
    ash = world.clinic.patient("Ash")
    world.clinic.book(world.clinic.patient("Birch"), local(DAYS[1]), kind="physiotherapy")
    api, says = world.reception, "One time can no longer be booked. Nothing was booked."
    yield ByApi(api=api, path="/series/", body=body(world, ash, starts=_starts(*DAYS)), says=says)
    series = booked(world.clinic, ash, (DAYS[0], TUESDAYS[2]))
    moved: dict[str, Any] = {"starts": _starts(DAYS[1], TUESDAYS[3])}
    says = "One time can no longer be booked. Nothing was moved."
    yield ByApi(api=api, path=f"/series/{series.series.pk}/move/", body=moved, says=says)


@row("change-places")
def change_places(world: World) -> Iterator[Door]:
    """The first of two visits goes to the time of the second, and the other way round."""
    series = booked(world.clinic, world.clinic.patient(), DAYS)
    first, second = spots(world.clinic, DAYS)
    form = {"visit_1": second.code, "visit_2": first.code, "intent": "look", "tell": "yes"}
    says, pk = "swap places", series.series.pk
    desk = at(world, "reception")
    yield ByPage(client=desk, name="visit-series-move", args=[pk], query=_rule(world), data=form, says=says)
    swapped = {"starts": _starts(*reversed(DAYS))}
    yield ByApi(api=world.reception, path=f"/series/{pk}/move/", body=swapped, says=says)


@row("nothing-to-come")
def nothing_to_come(world: World) -> Iterator[Door]:
    series = booked(world.clinic, world.clinic.patient(), DAYS).series
    cancel_rest(series.pk, Why("Is better"), by=world.clinic.reception, now=world.clinic.now)
    says, desk = "This series has no more visits to come.", at(world, "reception")
    for name in ("visit-series-move", "visit-series-cancel"):
        yield ByPage(client=desk, name=name, args=[series.pk], data={"intent": "look"}, says=says)
    path = f"/series/{series.pk}/"
    yield ByApi(api=world.reception, path=f"{path}move/", body={"first": _starts(DAYS[1])[0]}, says=says)
    yield ByApi(api=world.reception, path=f"{path}cancel/", body={"reason": "Is better"}, says=says)
