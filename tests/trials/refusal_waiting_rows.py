"""The same of the waiting list: what is not there any more, and what is not offered to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from injections.booking.waiting_list.offer import make_offer, take_back
from injections.booking.waiting_list.wishes import take_off
from injections.models import WaitingOffer, WaitingWish
from tests.api_world import World
from tests.injections.booking.waiting_list.test_fitting import wish
from tests.injections.booking.waiting_list.test_offer import chosen
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row

_NO_OFFERS_BY_API = "Times are offered, and offers answered, by the desk and by the patient’s link alone."


def _waits(world: World, name: str = "Ash", **values: Any) -> WaitingWish:
    return wish(world.clinic, world.clinic.fit_patient(name), **values)


def _offered(world: World) -> WaitingOffer:
    waits = _waits(world, reach="mail")
    return make_offer(waits.pk, chosen(world.clinic), by=world.clinic.reception, now=world.clinic.now)


def _time(world: World) -> dict[str, Any]:
    to = chosen(world.clinic)
    return {"time": f"{to.start.isoformat()}/{to.practitioner_id}/{to.room_id}"}


@row("not-waiting")
def not_waiting(world: World) -> Iterator[Door]:
    waits = _waits(world)
    take_off(waits.pk, reason="Is better", by=world.clinic.reception, now=world.clinic.now)
    says = "This is not on the waiting list any more."
    desk = at(world, "reception")
    sent = {"reason": "Went elsewhere"}
    yield ByPage(client=desk, name="waiting-off", args=[waits.pk], data=sent, says=says, typed=["Went elsewhere"])
    yield ByPage(client=desk, name="waiting-book", args=[waits.pk], data=_time(world), says=says)
    yield ByPage(client=desk, name="waiting-offer", args=[waits.pk], data=_time(world), says=says)
    yield ByApi(api=world.reception, path=f"/waiting-list/{waits.pk}/off/", body=sent, says=says)


@row("not-by-mail", no_api=_NO_OFFERS_BY_API)
def not_by_mail(world: World) -> Iterator[Door]:
    waits, desk = _waits(world), at(world, "reception")
    says = "This patient is phoned."
    yield ByPage(client=desk, name="waiting-offer", args=[waits.pk], data=_time(world), says=says)


@row("out-of-turn", no_api=_NO_OFFERS_BY_API)
def out_of_turn(world: World) -> Iterator[Door]:
    _waits(world, reach="mail")
    second = _waits(world, "Elm", reach="mail")
    says = "Somebody who waits longer fits this time too. Offer it to them first."
    yield ByPage(client=at(world, "reception"), name="waiting-offer", args=[second.pk], data=_time(world), says=says)


@row("offer-over", no_api=_NO_OFFERS_BY_API)
def offer_over(world: World) -> Iterator[Door]:
    offer = _offered(world)
    take_back(offer.pk, by=world.clinic.reception, now=world.clinic.now)
    says = "This offer has ended. The time may have gone to somebody else."
    for intent in ("accept", "decline", "take-back"):
        sent = {"intent": intent}
        yield ByPage(client=at(world, "reception"), name="waiting-answer", args=[offer.pk], data=sent, says=says)
