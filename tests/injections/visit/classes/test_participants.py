"""Several patients in one exercise class: one booking of room and practitioner, a place for each, each told alone."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from injections.booking.book import book
from injections.booking.cancel import Why, cancel
from injections.booking.finder import find
from injections.booking.holds.hold import hold_to_book
from injections.booking.move import MoveRequest, move
from injections.booking.offers import SlotSearch
from injections.booking.request import BookingRequest
from injections.booking.undo import undo
from injections.patient_link.own_times import times_to_choose
from pht_clinic.people.actors import PATIENT
from scheduling.availability.slots import Search, free_slots
from scheduling.diary.places import Clash
from scheduling.kinds import KINDS
from scheduling.models import Appointment, GroupVisit, Message, Patient
from tests.clinic import Clinic, local

TEN, ELEVEN = local("2026-03-10", "10:00"), local("2026-03-10", "11:00")
HALF_PAST_TEN = local("2026-03-10", "10:30")
DAY = date(2026, 3, 10)
CLASS = {"kind": "exercise-class"}
SEATS = KINDS["exercise-class"].seats
pytestmark = pytest.mark.django_db


def join(clinic: Clinic, name: str, start=TEN) -> Appointment:  # type: ignore[no-untyped-def]
    appointment = clinic.book(clinic.patient(name), start, **CLASS).appointment
    assert appointment is not None
    return appointment


def full(clinic: Clinic) -> list[Appointment]:
    return [join(clinic, f"Patient{chr(65 + number)}") for number in range(SEATS)]


def places(clinic: Clinic, patient: Patient | None = None, holder: int | None = None) -> dict[str, tuple[int, int]]:
    """What a search for a class offers on the day: how many places are left of how many, by hour."""
    search = Search(KINDS["exercise-class"], DAY, DAY, patient_id=patient.pk if patient else None, holder=holder)
    return {f"{one.start:%H:%M}": (one.places_left, one.seats) for one in free_slots(search, now=clinic.now)}  # type: ignore[misc]


def test_des16_as_many_patients_as_the_class_takes_and_each_is_told_alone(clinic: Clinic) -> None:
    """And no more: the ninth is told that it is full."""
    participants = full(clinic)
    assert {one.status for one in participants} == {"booked"}
    assert len({one.group_id for one in participants}) == 1
    assert sorted(one.seat or 0 for one in participants) == list(range(1, SEATS + 1))
    assert Message.objects.filter(kind="confirmed", appointment__in=participants).count() == SEATS
    reminded = Message.objects.filter(kind__startswith="reminder", status="queued", appointment__in=participants)
    assert reminded.values("appointment").distinct().count() == SEATS
    with pytest.raises(Clash) as refused:
        join(clinic, "Latecomer")
    assert refused.value.sentence == "All 8 places of this class are taken."
    assert {one["resource"] for one in refused.value.extra["clashes"]} == {"class"}  # type: ignore[attr-defined]


def test_each_participant_goes_through_the_whole_check(clinic: Clinic) -> None:
    """One who was injected two days before may not load the tendon; the others are not kept from it."""
    join(clinic, "Ash")
    sore = clinic.fit_patient("Elm")
    clinic.earlier_injection(sore, "2026-03-01")
    outcome = clinic.book(sore, local("2026-03-02", "12:00"), **CLASS)
    assert outcome.refused or outcome.appointment.status == "pending"  # type: ignore[union-attr]
    assert join(clinic, "Oak").status == "booked"


def test_the_first_takes_practitioner_and_room_and_the_last_who_leaves_gives_them_back(clinic: Clinic) -> None:
    first, second = join(clinic, "Ash"), join(clinic, "Elm")
    physiotherapy = {"kind": "physiotherapy"}
    with pytest.raises(Clash) as refused:
        clinic.book(clinic.patient("Oak"), HALF_PAST_TEN, **physiotherapy)
    assert {one["resource"] for one in refused.value.extra["clashes"]} == {"practitioner", "room"}  # type: ignore[attr-defined]
    cancel(first.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    with pytest.raises(Clash):
        clinic.book(clinic.patient("Yew"), HALF_PAST_TEN, **physiotherapy)
    cancel(second.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    assert clinic.book(clinic.patient("Fir"), HALF_PAST_TEN, **physiotherapy).appointment


def test_another_class_at_an_overlapping_time_is_in_the_way(clinic: Clinic) -> None:
    join(clinic, "Ash")
    with pytest.raises(Clash):
        join(clinic, "Elm", HALF_PAST_TEN)


def test_nobody_takes_part_twice(clinic: Clinic) -> None:
    patient = clinic.patient("Ash")
    clinic.book(patient, TEN, **CLASS)
    with pytest.raises(Clash) as refused:
        clinic.book(patient, TEN, **CLASS)
    assert [one["resource"] for one in refused.value.extra["clashes"]] == ["patient"]  # type: ignore[attr-defined]


def test_a_place_that_somebody_leaves_is_the_next_ones(clinic: Clinic) -> None:
    third = full(clinic)[2]
    cancel(third.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    assert join(clinic, "Oak").seat == third.seat
    with pytest.raises(Clash):
        undo(third.pk, by=clinic.reception, now=clinic.now)


def test_who_cancelled_comes_back_to_the_same_place_while_it_is_free(clinic: Clinic) -> None:
    first, second = join(clinic, "Ash"), join(clinic, "Elm")
    cancel(first.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    back = undo(first.pk, by=clinic.reception, now=clinic.now).appointment
    assert back is not None
    assert (back.group_id, back.seat, back.status) == (second.group_id, 1, "booked")


def test_one_participant_moves_to_another_class_and_back(clinic: Clinic) -> None:
    mover, stays, other = join(clinic, "Ash"), join(clinic, "Elm"), join(clinic, "Oak", ELEVEN)
    there = move(mover.pk, MoveRequest(start=ELEVEN), by=clinic.reception, now=clinic.now).appointment
    assert there is not None
    assert (there.group_id, there.seat) == (other.group_id, 2)
    [told] = Message.objects.filter(kind="confirmed", status="queued", appointment=mover)
    assert told.values["start_at"] == ELEVEN.isoformat()
    assert Message.objects.filter(kind="confirmed", status="queued", appointment__in=[stays, other]).count() == 2
    back = undo(mover.pk, by=clinic.reception, now=clinic.now).appointment
    assert back is not None
    assert back.group_id == stays.group_id


def test_a_patient_who_cancels_by_their_link_leaves_a_place_and_nobody_else_hears_of_it(clinic: Clinic) -> None:
    first, second = join(clinic, "Ash"), join(clinic, "Elm")
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=clinic.now)
    cancel(first.pk, reason=Why("By the link", "patient", "cannot-come"), by=PATIENT, now=clinic.now)
    assert places(clinic)["10:00"] == (7, 8)
    assert [one.appointment_id for one in Message.objects.filter(kind="cancelled")] == [first.pk]
    second.refresh_from_db()
    assert second.status == "booked"


def test_a_patient_chooses_among_the_classes_that_take_place_and_begins_none(clinic: Clinic) -> None:
    mine = join(clinic, "Ash")
    join(clinic, "Elm", ELEVEN)
    found = [offer.slot for day in times_to_choose(mine, now=clinic.now).days for offer in day.times]
    assert [(slot.start, slot.places_left) for slot in found] == [(ELEVEN, 7)]


def test_a_search_offers_the_places_left_and_the_times_at_which_a_class_could_be_begun(clinic: Clinic) -> None:
    ash = join(clinic, "Ash")
    join(clinic, "Elm")
    found = places(clinic, clinic.patient("Oak"))
    assert found["10:00"] == (6, 8)
    assert found["11:00"] == (8, 8)
    assert "10:00" not in places(clinic, ash.patient)


def test_a_full_class_is_offered_to_nobody_until_somebody_leaves(clinic: Clinic) -> None:
    participants = full(clinic)
    assert "10:00" not in places(clinic)
    cancel(participants[0].pk, reason="Ill", by=clinic.reception, now=clinic.now)
    assert places(clinic)["10:00"] == (1, 8)


def test_a_place_that_is_held_is_taken_for_others_and_free_for_whoever_holds_it(clinic: Clinic) -> None:
    """The last one: with it held the class is full, and once it lapsed it is not."""
    for number in range(SEATS - 1):
        join(clinic, f"Patient{chr(65 + number)}")
    oak, fir = clinic.patient("Oak"), clinic.patient("Fir")
    hold_to_book(clinic.ask(oak, TEN, **CLASS), by=clinic.reception, now=clinic.now)
    assert "10:00" not in places(clinic, fir, clinic.radiologist.user_id)
    assert places(clinic, oak, clinic.reception.user_id)["10:00"] == (1, 8)
    with pytest.raises(Clash):
        clinic.book(fir, TEN, **CLASS, by=clinic.radiologist)
    later = clinic.now + timedelta(minutes=5)
    booked = book(clinic.ask(fir, TEN, **CLASS), by=clinic.radiologist, now=later).appointment
    assert booked is not None
    assert booked.seat == SEATS
    with pytest.raises(Clash):
        book(clinic.ask(oak, TEN, **CLASS), by=clinic.reception, now=later)


def test_what_somebody_holds_in_a_class_is_given_up_only_where_it_has_the_last_place(clinic: Clinic) -> None:
    for number in range(SEATS - 2):
        join(clinic, f"Patient{chr(65 + number)}")
    oak, fir, elm = clinic.patient("Oak"), clinic.patient("Fir"), clinic.patient("Elm")
    hold_to_book(clinic.ask(oak, TEN, **CLASS), by=clinic.reception, now=clinic.now)
    assert clinic.book(fir, TEN, **CLASS).appointment
    assert Appointment.holds.get().patient_id == oak.pk
    assert clinic.book(elm, TEN, **CLASS).appointment
    assert not Appointment.holds.exists()


def test_the_finder_shows_every_class_with_places_left_before_times_at_which_none_is_yet(clinic: Clinic) -> None:
    """Of ten hours six are shown; the two classes are among them."""
    for name, hour in (("Ash", "09:00"), ("Elm", "14:00")):
        join(clinic, name, local("2026-03-10", hour))
    search = SlotSearch(from_on=DAY, to_on=DAY + timedelta(days=1))
    ask = BookingRequest(kind="exercise-class", patient_id=clinic.patient("Oak").pk)
    [day, _] = find(ask, search, now=clinic.now).days
    shown = {f"{one.slot.start:%H:%M}": one.slot.places_left for one in day.times}
    assert len(shown) == 6
    assert (shown["09:00"], shown["14:00"]) == (7, 7)
    assert list(shown) == sorted(shown)


def test_the_database_keeps_the_last_place_one_place(clinic: Clinic) -> None:
    """Neither one seat twice, nor one beyond the last, nor a copy of their number that is not the class's own."""
    first, second = join(clinic, "Ash"), join(clinic, "Elm")
    for values in ({"seat": 1}, {"seat": SEATS + 1}, {"seat": 0}, {"seats": SEATS + 1}, {"group": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.filter(pk=second.pk).update(**values)
    GroupVisit.objects.filter(pk=first.group_id).update(seats=2)
    assert set(Appointment.objects.values_list("seats", flat=True)) == {2}
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupVisit.objects.filter(pk=first.group_id).update(seats=1)


def test_the_database_lets_nobody_but_a_class_share_a_practitioner_or_a_room(clinic: Clinic) -> None:
    first, other = join(clinic, "Ash"), join(clinic, "Elm", ELEVEN)
    for values in ({"group": other.group_id, "seat": 2}, {"group": None, "seat": None, "seats": None}):
        second = join(clinic, f"Oak{len(values)}")
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.filter(pk=second.pk).update(**values)
    assert first.group_id
