"""The same of the waiting list: what is not there any more, and what is not offered to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from injections.booking.waiting_list.offer import make_offer, take_back
from injections.booking.waiting_list.wishes import take_off
from injections.models import WaitingOffer, WaitingWish
from tests.api_world import World
from tests.clinic import local
from tests.injections.booking.waiting_list.test_fitting import wish
from tests.injections.booking.waiting_list.test_offer import chosen
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row


def _waits(world: World, name: str = "Ash", **values: Any) -> WaitingWish:
    return wish(world.clinic, world.clinic.fit_patient(name), **values)


def _offered(world: World) -> WaitingOffer:
    waits = _waits(world, reach="mail")
    return make_offer(waits.pk, chosen(world.clinic), by=world.clinic.reception, now=world.clinic.now)


def _time(world: World) -> dict[str, Any]:
    to = chosen(world.clinic)
    return {"time": f"{to.start.isoformat()}/{to.practitioner_id}/{to.room_id}"}


def _place(world: World) -> dict[str, Any]:
    to = chosen(world.clinic)
    return {"start": to.start.isoformat(), "practitioner": to.practitioner_id, "room": to.room_id}


@row("not-waiting")
def not_waiting(world: World) -> Iterator[Door]:
    waits = _waits(world)
    take_off(waits.pk, reason="Is better", by=world.clinic.reception, now=world.clinic.now)
    says = "This is no longer on the waiting list."
    desk = at(world, "reception")
    sent = {"reason": "Went elsewhere"}
    yield ByPage(client=desk, name="waiting-off", args=[waits.pk], data=sent, says=says, typed=["Went elsewhere"])
    yield ByPage(client=desk, name="waiting-book", args=[waits.pk], data=_time(world), says=says)
    yield ByPage(client=desk, name="waiting-offer", args=[waits.pk], data=_time(world), says=says)
    change = {"kind": "follow-up", "part": "", "notice_hours": "24", "reach": "mail", "revision": "1", "note": "Late"}
    yield ByPage(client=desk, name="waiting-change", args=[waits.pk], data=change, says=says, typed=["Late"])
    path = f"/waitlist/{waits.pk}/"
    yield ByApi(api=world.reception, method="DELETE", path=path, body=sent, says=says)
    yield ByApi(api=world.reception, method="PATCH", path=path, body={"weekdays": [1]}, says=says)
    yield ByApi(api=world.reception, path=f"{path}offer/", body=_place(world), says=says)


@row("not-by-mail")
def not_by_mail(world: World) -> Iterator[Door]:
    """The visit that would move there is too near to be moved by its link."""
    patient = world.clinic.fit_patient("Ash")
    later = world.clinic.book(patient, local("2026-03-03", "08:00")).appointment
    assert later is not None
    waits = wish(world.clinic, patient, reach="mail", replaces=later.pk)
    says = "Their present visit cannot be moved by link. Phone the patient."
    desk = at(world, "reception")
    yield ByPage(client=desk, name="waiting-offer", args=[waits.pk], data=_time(world), says=says)
    yield ByApi(api=world.reception, path=f"/waitlist/{waits.pk}/offer/", body=_place(world), says=says)


@row("out-of-turn")
def out_of_turn(world: World) -> Iterator[Door]:
    _waits(world, reach="mail")
    second = _waits(world, "Elm", reach="mail")
    says = "This time also suits somebody who has waited longer. Offer it to them first."
    yield ByPage(client=at(world, "reception"), name="waiting-offer", args=[second.pk], data=_time(world), says=says)
    yield ByApi(api=world.reception, path=f"/waitlist/{second.pk}/offer/", body=_place(world), says=says)


@row("offer-over")
def offer_over(world: World) -> Iterator[Door]:
    offer = _offered(world)
    take_back(offer.pk, by=world.clinic.reception, now=world.clinic.now)
    says = "This offer has ended. The time may have gone to somebody else."
    for intent in ("accept", "decline", "take-back"):
        sent = {"intent": intent}
        yield ByPage(client=at(world, "reception"), name="waiting-answer", args=[offer.pk], data=sent, says=says)
        path = f"/waitlist/{offer.wish_id}/offer/answer/"
        yield ByApi(api=world.reception, path=path, body={"answer": intent}, says=says)
