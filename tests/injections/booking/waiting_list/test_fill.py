"""A free time goes to somebody who waits by one click, through the one gate; and what ends a wish."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from injections.booking.book import NotClear
from injections.booking.finder_forms import ChosenTime
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.booking.waiting_list.fill import fill
from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.offer import accept, make_offer
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import NotWaiting, came_true_by, put_on, take_off, waiting
from injections.booking.wish import Wish
from injections.merging.merge import merge_patients
from injections.models import WaitingWish
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid, Missing
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Message
from scheduling.patients.death import HasDied
from tests.clinic import Clinic, local
from tests.injections.booking.waiting_list.test_fitting import LEFT, TEN, wish

pytestmark = pytest.mark.django_db
LATER = local("2026-03-24")


def chosen(clinic: Clinic) -> ChosenTime:
    return ChosenTime(TEN, clinic.practitioner.pk, clinic.room.pk)


def test_one_click_books_the_time_tells_the_patient_and_ends_the_wish(clinic: Clinic) -> None:
    waits = wish(clinic, clinic.fit_patient("Ash"))
    visit = fill(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert (visit.status, visit.start_at, visit.asked_by_id) == ("booked", TEN, clinic.reception.user_id)
    assert [row.kind for row in Message.objects.filter(appointment=visit, due_at=clinic.now)] == ["confirmed"]
    waits.refresh_from_db()
    assert (waits.ended_as, waits.appointment) == ("booked", visit)
    assert not waiting().exists()
    assert Entry.objects.filter(verb="wish-fulfilled", subject=f"waitingwish:{waits.pk}").count() == 1


def test_the_later_visit_that_the_wish_names_moves_there(clinic: Clinic) -> None:
    ash = clinic.fit_patient("Ash")
    later = clinic.book(ash, LATER).appointment
    assert later is not None
    waits = wish(clinic, ash, replaces=later.pk)
    assert fill(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now).pk == later.pk
    [visit] = Appointment.objects.filter(patient=ash)
    assert visit.start_at == TEN


def test_an_undo_of_that_move_brings_the_wish_back_to_its_place_on_the_list(clinic: Clinic) -> None:
    """Once: a second move, which somebody made by hand, has nothing to do with it."""
    ash = clinic.fit_patient("Ash")
    later = clinic.book(ash, LATER).appointment
    assert later is not None
    waits, other = wish(clinic, ash, replaces=later.pk), wish(clinic, clinic.fit_patient("Elm"))
    fill(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    clinic.now += timedelta(minutes=9)
    [moved_at] = WaitingWish.objects.filter(pk=waits.pk).values_list("ended_at", flat=True)
    assert [row.pk for row in came_true_by(later, moved_at=moved_at)] == [waits.pk]
    undo(later.pk, by=clinic.reception, now=clinic.now)
    later.refresh_from_db()
    waits.refresh_from_db()
    assert (later.start_at, waits.ended_as, waits.appointment, waits.ended_by) == (LATER, "", None, None)
    assert [row.pk for row in waiting()] == [waits.pk, other.pk]
    assert Entry.objects.filter(verb="wish-brought-back", subject=f"waitingwish:{waits.pk}").count() == 1
    assert [one.patient for one in WaitingRoom(now=clinic.now).free_times()[0].who] == [ash, other.patient]
    take_off(waits.pk, reason="Is better", by=clinic.reception, now=clinic.now)
    move(later.pk, MoveRequest(start=TEN), by=clinic.reception, now=clinic.now)
    undo(later.pk, by=clinic.reception, now=clinic.now)
    assert [row.pk for row in waiting()] == [other.pk]


def test_an_undo_of_a_move_that_an_offer_led_to_brings_the_wish_back_too(clinic: Clinic) -> None:
    ash = clinic.fit_patient("Ash")
    later = clinic.book(ash, LATER).appointment
    assert later is not None
    waits = wish(clinic, ash, replaces=later.pk, reach="mail")
    offer = make_offer(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    accept(offer.pk, by=clinic.reception, now=clinic.now)
    assert not waiting().exists()
    undo(later.pk, by=clinic.reception, now=clinic.now)
    assert [row.pk for row in waiting()] == [waits.pk]


def test_a_time_that_is_not_clear_any_more_or_taken_changes_nothing(clinic: Clinic) -> None:
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    soon, taken = wish(clinic, ash), wish(clinic, elm)
    clinic.earlier_injection(ash, "2025-11-20")
    with pytest.raises(NotClear):
        fill(soon.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    clinic.book(clinic.fit_patient("Oak"), TEN)
    with pytest.raises(Clash):
        fill(taken.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert [row.pk for row in waiting()] == [soon.pk, taken.pk]
    assert Appointment.objects.count() == 1


def test_what_cannot_be_waited_for_is_refused_with_every_field_that_is_wrong(clinic: Clinic) -> None:
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    of_elm = clinic.book(elm, LATER).appointment
    assert of_elm is not None
    wrong: dict[str, Any] = {
        "weekdays": frozenset({7}),
        "before": time(12),
        "practitioner_id": clinic.physiotherapist.pk,
        "to_on": date(2026, 3, 1),
        "notice_hours": 8761,
        "reach": "pigeon",
        "replaces": of_elm.pk,
        "note": "x" * 2001,
    }
    with pytest.raises(Invalid) as refused:
        put_on(NewWish(patient_id=ash.pk, what=LEFT, after=time(12), **wrong), by=clinic.reception, now=clinic.now)
    assert {error.pointer.removeprefix("#/") for error in refused.value.errors} == {
        name.removesuffix("_id").removesuffix("_on") for name in wrong
    }
    with pytest.raises(Invalid):
        put_on(NewWish(patient_id=ash.pk, what=Wish(kind="injection")), by=clinic.reception, now=clinic.now)


def test_who_may_not_keep_the_list_changes_nothing(clinic: Clinic) -> None:
    waits = wish(clinic, clinic.fit_patient("Ash"))
    new = NewWish(patient_id=waits.patient_id, what=LEFT)
    by: dict[str, Any] = {"by": clinic.manager, "now": clinic.now}
    for deed in (
        lambda: put_on(new, **by),
        lambda: take_off(waits.pk, reason="No", **by),
        lambda: fill(waits.pk, chosen(clinic), **by),
    ):
        with pytest.raises(Forbidden):
            deed()


def test_a_wish_is_taken_off_once_with_a_reason(clinic: Clinic) -> None:
    waits = wish(clinic, clinic.fit_patient("Ash"))
    by: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    for reason in (" ", "x" * 2001):
        with pytest.raises(Invalid):
            take_off(waits.pk, reason=reason, **by)
    take_off(waits.pk, reason=" Is better ", **by)
    waits.refresh_from_db()
    assert (waits.ended_as, waits.ended_reason, waits.ended_by_id) == ("taken-off", "Is better", by["by"].user_id)
    with pytest.raises(NotWaiting):
        take_off(waits.pk, reason="Again", **by)
    with pytest.raises(NotWaiting):
        fill(waits.pk, chosen(clinic), **by)
    with pytest.raises(Missing):
        take_off(0, reason="Nobody", **by)


def test_nobody_who_has_died_or_was_merged_is_put_on_the_list(clinic: Clinic) -> None:
    dead, double, kept = (clinic.fit_patient(name) for name in ("Dead", "Double", "Kept"))
    clinic.death(dead)
    merge_patients(double.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    for patient, refusal in ((dead, HasDied), (double, Invalid)):
        with pytest.raises(refusal):
            wish(clinic, patient)


def test_the_wish_of_a_merged_record_is_the_kept_ones(clinic: Clinic) -> None:
    """It fits by the facts of both, stands under the name that is kept and books for that one."""
    double, kept = clinic.fit_patient("Double"), clinic.fit_patient("Kept")
    waits = wish(clinic, double)
    merge_patients(double.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    [first, *_] = WaitingRoom(now=clinic.now).free_times()
    assert [one.patient.kept_id for one in first.who] == [kept.pk]
    assert [row.pk for row in waiting().of_patient(kept.pk)] == [waits.pk]
    assert fill(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now).patient_id == kept.pk


def test_the_database_keeps_a_wish_from_ending_as_nothing_and_from_hours_and_days_that_are_none(clinic: Clinic) -> None:
    waits = wish(clinic, clinic.fit_patient("Ash"))
    for wrong in (
        {"ended_at": clinic.now},
        {"ended_as": "booked"},
        {"after": time(12), "before": time(12)},
        {"from_on": date(2026, 3, 11), "to_on": date(2026, 3, 10)},
        {"notice_hours": 8761},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            WaitingWish.objects.filter(pk=waits.pk).update(**wrong)


def test_who_waits_longest_comes_first(clinic: Clinic) -> None:
    first = wish(clinic, clinic.fit_patient("Zed"))
    second = wish(clinic, clinic.fit_patient("Abel"))
    assert first.asked_at + timedelta(minutes=1) == second.asked_at
    assert [row.pk for row in waiting()] == [first.pk, second.pk]
