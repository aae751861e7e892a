"""R23 with offers: of those who come for one time at the same instant one wins, over real connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from injections.booking.book import BookingOutcome
from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list.fill import fill
from injections.booking.waiting_list.offer import OfferOver, accept, decline, lapse_offers, make_offer
from injections.booking.waiting_list.wishes import take_off, waiting
from injections.models import WaitingOffer, WaitingWish
from pht_clinic.errors import Conflict, Refusal
from pht_clinic.people.actors import PATIENT
from scheduling.diary import locks
from scheduling.diary.places import Clash
from scheduling.models import Appointment, GroupVisit
from tests.clinic import Clinic
from tests.injections.booking.waiting_list.test_fitting import CLASS, TEN, wish
from tests.together import Deadlocks, at_once, those

pytestmark = pytest.mark.full_trial(one_in=3)

CLIENTS = 12
HOURS_A_DAY = 8
"""From ten o'clock on, until the gym closes."""
MOST_ROUNDS = 10


def offered(clinic: Clinic, number: int) -> WaitingOffer:
    """A time of some day is offered to somebody."""
    waits = wish(clinic, clinic.fit_patient(f"Ash{number}"), reach="mail")
    return make_offer(waits.pk, there(clinic, number), by=clinic.reception, now=clinic.now)


def there(clinic: Clinic, number: int) -> ChosenTime:
    return ChosenTime(TEN + number * timedelta(hours=1), clinic.practitioner.pk, clinic.room.pk)


def standing(start: Any) -> list[Appointment]:
    return list(Appointment.objects.filter(start_at=start))


def accepting(offer: WaitingOffer, *, now: Any) -> Callable[[], Any]:
    return lambda: accept(offer.pk, by=PATIENT, now=now)


def test_r23_an_offer_that_is_accepted_many_times_at_once_is_booked_once(clinic: Clinic, deadlocks: Deadlocks) -> None:
    offer = offered(clinic, 0)
    found = at_once(*[accepting(offer, now=clinic.now)] * CLIENTS)
    assert len(those(found, Appointment)) == 1, found
    assert all(isinstance(one, Appointment | OfferOver | Conflict) for one in found), found
    assert len(standing(offer.start_at)) == 1
    assert deadlocks.seen() == 0


def test_r23_accepting_against_declining_and_lapsing_has_one_end(clinic: Clinic, deadlocks: Deadlocks) -> None:
    """Whoever comes first: a visit stands exactly where the offer was accepted."""
    for number in range(3):
        offer = offered(clinic, number)
        end = offer.expires_at
        at_once(
            accepting(offer, now=end - timedelta(seconds=1)),
            lambda pk=offer.pk, now=end: decline(pk, by=PATIENT, now=now - timedelta(seconds=1)),
            lambda now=end: lapse_offers(now=now),
        )
        offer.refresh_from_db()
        assert offer.ended_as in ("accepted", "declined", "lapsed")
        assert len(standing(offer.start_at)) == (offer.ended_as == "accepted")
        assert not Appointment.holds.filter(start_at=offer.start_at).exists()
        if offer.ended_as != "accepted":
            take_off(offer.wish_id, reason="Next round", by=clinic.reception, now=clinic.now)
    assert deadlocks.seen() == 0


def rush(clinic: Clinic, offer: WaitingOffer, number: int, *, now: Any) -> list[Any]:
    """Its patient accepts while the desk books the time for others, gives it to others who wait, and books."""
    others = [clinic.fit_patient(f"Elm{number}x{one}") for one in range(4)]
    waits = [wish(clinic, clinic.fit_patient(f"Oak{number}x{one}")) for one in range(3)]
    to = there(clinic, number)
    return at_once(
        accepting(offer, now=now),
        *[lambda one=one: clinic.book(one, to.start) for one in others],
        *[lambda one=one: fill(one.pk, to, by=clinic.radiologist, now=now) for one in waits],
    )


def test_r23_what_is_on_offer_goes_to_its_patient_and_to_nobody_who_comes_at_that_instant(
    clinic: Clinic, deadlocks: Deadlocks
) -> None:
    for number in range(2):
        offer = offered(clinic, number)
        found = rush(clinic, offer, number, now=clinic.now)
        assert isinstance(found[0], Appointment), found[0]
        assert all(isinstance(one, Clash) for one in found[1:]), found
        [visit] = standing(offer.start_at)
        assert visit.patient_id == offer.wish.patient_id
    assert deadlocks.seen() == 0


def test_r23_once_it_has_lapsed_one_of_those_who_come_wins(clinic: Clinic, deadlocks: Deadlocks) -> None:
    offer = offered(clinic, 0)
    clinic.now = offer.expires_at
    found = rush(clinic, offer, 0, now=clinic.now)
    assert isinstance(found[0], OfferOver)
    assert len([one for one in found if isinstance(one, Appointment | BookingOutcome)]) == 1, found
    assert len(standing(offer.start_at)) == 1
    assert deadlocks.seen() == 0


def test_r23_control_without_locks_and_constraints_a_time_on_offer_is_taken_twice(
    clinic: Clinic, without_exclusion: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lapsed, so that nothing but the guards keeps those apart who come together."""

    def read_only(wanted: Any) -> list[list[Any]]:
        return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

    offers = [offered(clinic, number) for number in range(4)]
    monkeypatch.setattr(locks, "_lock_rows", read_only)
    most = 0
    with without_exclusion():
        for number, offer in enumerate(offers):
            clinic.now = offer.expires_at
            found = rush(clinic, offer, number, now=clinic.now)
            assert all(isinstance(one, Appointment | BookingOutcome | Refusal) for one in found), found
            most = max(most, len(standing(offer.start_at)))
            print(f"R23 control of offers: {most} have one time after round {number + 1}")
            if most > 1:
                break
    assert most > 1


def all_who_come(clinic: Clinic, to: ChosenTime, waits: Sequence[WaitingWish]) -> list[Any]:
    """To the first three of those who wait it is offered, to the others given with one click; others just book it."""
    others = [clinic.patient(f"Elm{to.start:%H}x{one}") for one in range(3)]
    by = {"by": clinic.reception, "now": clinic.now}
    return at_once(
        *[lambda one=one: make_offer(one.pk, to, **by) for one in waits[:3]],
        *[lambda one=one: fill(one.pk, to, **by) for one in waits[3:]],
        *[lambda one=one: clinic.book(one, to.start, kind=CLASS.kind) for one in others],
    )


def last_place(clinic: Clinic, number: int) -> ChosenTime:
    """A class of two of some hour, in which one takes part."""
    days, hours = divmod(number, HOURS_A_DAY)
    to = ChosenTime(TEN + timedelta(days=days, hours=hours), clinic.physiotherapist.pk, clinic.gym.pk)
    clinic.book(clinic.patient(f"Fellow{number}"), to.start, kind=CLASS.kind)
    GroupVisit.objects.update(seats=2)
    return to


def test_r23_the_last_place_of_a_class_goes_to_one_of_those_who_wait_for_it(
    clinic: Clinic, deadlocks: Deadlocks, is_full_trial: bool
) -> None:
    """Whoever loses waits on."""
    for number in range(10 if is_full_trial else 2):
        to = last_place(clinic, number)
        waits = [wish(clinic, clinic.patient(f"Ash{number}x{one}"), CLASS) for one in range(CLIENTS)]
        found = all_who_come(clinic, to, waits)
        [won] = those(found, Appointment | WaitingOffer | BookingOutcome)  # type: ignore[arg-type]
        assert len(those(found, Refusal)) == len(found) - 1, found
        there = [*standing(to.start), *Appointment.holds.filter(start_at=to.start)]
        assert sorted(one.seat or 0 for one in there) == [1, 2]
        still = waiting().filter(pk__in=[one.pk for one in waits]).count()
        assert still == CLIENTS - isinstance(won, Appointment)
    assert deadlocks.seen() == 0
