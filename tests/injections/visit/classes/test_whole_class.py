"""What is done to a whole class: moved, cancelled, given other places; everybody who takes part, or nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.booking.cancel import Why, cancel
from injections.booking.holds.hold import hold_to_book
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.visit.arrival import arrive
from injections.visit.classes.cancel_class import cancel_class
from injections.visit.classes.move_class import NotAll, move_class
from injections.visit.classes.participants import ClassChanged, find_class, show_class
from injections.visit.classes.places import set_places
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid, Missing
from scheduling.diary.locks import StaleRevision
from scheduling.diary.places import Clash
from scheduling.models import Appointment, AppointmentChange, GroupVisit, Message
from scheduling.states import WrongState
from tests.clinic import Clinic, local

TEN, TWO = local("2026-03-10", "10:00"), local("2026-03-10", "14:00")
HALF_PAST_TEN = local("2026-03-10", "10:30")
CLASS = {"kind": "exercise-class"}
ILL = Why("Tom is ill", "clinic", "clinic")
pytestmark = pytest.mark.django_db


def joined(clinic: Clinic, *names: str, start=TEN) -> list[Appointment]:  # type: ignore[no-untyped-def]
    found = [clinic.book(clinic.patient(name), start, **CLASS).appointment for name in names]
    return [one for one in found if one is not None]


def group_of(visits: list[Appointment]) -> int:
    group_id = visits[0].group_id
    assert group_id is not None
    return group_id


def told(visit: Appointment) -> list[tuple[str, str]]:
    """What is about to be said of a visit, and of which time."""
    rows = Message.objects.filter(appointment=visit, status="queued").exclude(kind__startswith="reminder")
    return [(row.kind, row.values["start_at"]) for row in rows.order_by("pk")]


def test_a_cancelled_class_cancels_each_visit_and_frees_the_time(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm", "Oak")
    Message.objects.filter(kind="confirmed").update(status="sent", handed_over_at=clinic.now, sent_at=clinic.now)
    gone = cancel_class(group_of(visits), reason=ILL, by=clinic.reception, now=clinic.now)
    assert {one.status for one in gone} == {"cancelled"}
    assert Message.objects.filter(kind="cancelled", status="queued").count() == 3
    lines = AppointmentChange.objects.filter(appointment__in=gone, verb="cancel")
    reasons = set(lines.values_list("reason", "cancelled_by", "reason_code"))
    assert reasons == {("Tom is ill", "clinic", "clinic")}
    assert clinic.book(clinic.patient("Fir"), HALF_PAST_TEN, kind="physiotherapy").appointment


def test_who_is_not_to_be_told_hears_nothing(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    Message.objects.filter(kind="confirmed").update(status="sent", handed_over_at=clinic.now, sent_at=clinic.now)
    cancel_class(group_of(visits), reason=ILL, tell_patients=False, by=clinic.reception, now=clinic.now)
    assert not Message.objects.filter(kind="cancelled", status="queued").exists()


def test_a_moved_class_takes_everybody_along_to_the_same_places(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm", "Oak")
    seats = {one.pk: one.seat for one in visits}
    gone = move_class(group_of(visits), MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)
    stored = Appointment.objects.filter(pk__in=seats)
    assert {(one.start_at, one.group_id, one.status) for one in stored} == {(TWO, group_of(visits), "booked")}
    assert {one.pk: one.seat for one in stored} == seats
    assert find_class(group_of(visits)).start_at == TWO
    assert [told(one) for one in gone] == [[("confirmed", TWO.isoformat())]] * 3
    assert clinic.book(clinic.patient("Fir"), TEN, kind="physiotherapy").appointment


def test_a_class_moves_by_half_an_hour_although_it_is_in_its_own_way(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    move_class(group_of(visits), MoveRequest(start=HALF_PAST_TEN), by=clinic.reception, now=clinic.now)
    assert set(Appointment.objects.values_list("start_at", flat=True)) == {HALF_PAST_TEN}
    assert GroupVisit.objects.count() == 1


def test_what_the_clinic_does_to_a_class_each_can_have_taken_back_while_the_time_is_free(clinic: Clinic) -> None:
    first, second = joined(clinic, "Ash", "Elm")
    move_class(group_of([first]), MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)
    undo(first.pk, by=clinic.reception, now=clinic.now)
    undo(second.pk, by=clinic.reception, now=clinic.now)
    assert set(Appointment.objects.values_list("start_at", flat=True)) == {TEN}
    assert len(set(Appointment.objects.values_list("group", flat=True))) == 1


@pytest.mark.parametrize("kind", ["physiotherapy", "exercise-class"])
def test_what_stands_there_already_is_in_the_way_another_class_too(clinic: Clinic, kind: str) -> None:
    visits = joined(clinic, "Ash", "Elm")
    clinic.book(clinic.patient("Oak"), TWO, kind=kind)
    with pytest.raises(Clash) as refused:
        move_class(group_of(visits), MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)
    resources = {one["resource"] for one in refused.value.extra["clashes"]}  # type: ignore[attr-defined]
    assert resources == {"practitioner", "room"}


def test_nobody_is_moved_where_one_has_another_visit_then(clinic: Clinic) -> None:
    first, second = joined(clinic, "Ash", "Elm")
    follow_up = clinic.book(second.patient, TWO, kind="follow-up").appointment
    assert follow_up is not None
    ask = MoveRequest(start=TWO)
    with pytest.raises(NotAll) as refused:
        move_class(group_of([first]), ask, by=clinic.reception, now=clinic.now)
    assert (
        refused.value.sentence
        == "1 of the participants cannot be moved with the class. Move or cancel their visits first."
    )
    assert refused.value.extra["appointments"] == [str(second.pk)]
    assert set(Appointment.objects.filter(**CLASS).values_list("start_at", flat=True)) == {TEN}
    cancel(follow_up.pk, reason="Not needed", by=clinic.reception, now=clinic.now)
    move_class(group_of([first]), ask, by=clinic.reception, now=clinic.now)


def test_nobody_is_moved_where_the_check_does_not_allow_it_for_one(clinic: Clinic) -> None:
    """Who was injected two days before the new time may not load the tendon then; three weeks later they may."""
    late = local("2026-03-24", "10:00")
    first, _ = joined(clinic, "Ash", "Elm", start=late)
    sore = clinic.fit_patient("Oak")
    clinic.earlier_injection(sore, "2026-03-01")
    third = clinic.book(sore, late, **CLASS).appointment
    assert third is not None
    with pytest.raises(NotAll) as refused:
        move_class(group_of([first]), MoveRequest(start=local("2026-03-03")), by=clinic.reception, now=clinic.now)
    assert refused.value.extra["appointments"] == [str(third.pk)]
    assert set(Appointment.objects.values_list("start_at", flat=True)) == {late}


def test_whoever_did_not_see_who_takes_part_now_looks_again(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    seen = show_class(find_class(group_of(visits)), now=clinic.now).version
    joined(clinic, "Oak")
    for deed in (
        lambda: cancel_class(group_of(visits), reason=ILL, version=seen, by=clinic.reception, now=clinic.now),
        lambda: move_class(group_of(visits), MoveRequest(start=TWO), version=seen, by=clinic.reception, now=clinic.now),
    ):
        with pytest.raises(ClassChanged):
            deed()
    assert Appointment.objects.filter(status="booked", start_at=TEN).count() == 3


def test_a_class_for_which_somebody_has_arrived_stays(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    arrive(visits[0].pk, by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState, match="Somebody has arrived"):
        cancel_class(group_of(visits), reason=ILL, by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState, match="Somebody has arrived"):
        move_class(group_of(visits), MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)


def test_a_class_that_everybody_left_has_nothing_to_move_or_cancel(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash")
    cancel(visits[0].pk, reason="Ill", by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState, match="Nobody takes part"):
        cancel_class(group_of(visits), reason=ILL, by=clinic.reception, now=clinic.now)


def test_a_class_may_have_fewer_places_and_whoever_takes_part_stays(clinic: Clinic) -> None:
    """The third moves up to the place that the first left; nobody is left out, and it is full now."""
    first, second, third = joined(clinic, "Ash", "Elm", "Oak")
    cancel(first.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    set_places(group_of([second]), 2, by=clinic.reception, now=clinic.now)
    stored = Appointment.objects.filter(status="booked").order_by("pk")
    assert [(one.pk, one.seat, one.seats) for one in stored] == [(second.pk, 2, 2), (third.pk, 1, 2)]
    with pytest.raises(Clash, match="All 2 places of this class are taken"):
        clinic.book(clinic.patient("Fir"), TEN, **CLASS)
    set_places(group_of([second]), 8, by=clinic.reception, now=clinic.now)
    assert clinic.book(clinic.patient("Yew"), TEN, **CLASS).appointment
    assert Entry.objects.filter(verb="class-resized").count() == 2


def test_no_fewer_places_than_are_taken_or_held_and_no_more_than_the_kind_allows(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    held = clinic.patient("Oak")
    hold_to_book(clinic.ask(held, TEN, **CLASS), by=clinic.reception, now=clinic.now)
    for seats in (0, 2, 9):
        with pytest.raises(Invalid, match="Choose 3 to 8"):
            set_places(group_of(visits), seats, by=clinic.reception, now=clinic.now)
    set_places(group_of(visits), 2, by=clinic.reception, now=clinic.now + timedelta(minutes=5))
    assert not Appointment.holds.exists()


def test_a_change_of_places_that_somebody_else_changed_is_stale(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash")
    set_places(group_of(visits), 5, revision=1, by=clinic.reception, now=clinic.now)
    with pytest.raises(StaleRevision):
        set_places(group_of(visits), 6, revision=1, by=clinic.reception, now=clinic.now)


def test_a_class_moves_with_its_fewer_places(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash", "Elm")
    set_places(group_of(visits), 2, by=clinic.reception, now=clinic.now)
    move_class(group_of(visits), MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)
    with pytest.raises(Clash):
        clinic.book(clinic.patient("Fir"), TWO, **CLASS)


def test_a_manager_changes_no_class_and_there_is_none_without_a_row(clinic: Clinic) -> None:
    visits = joined(clinic, "Ash")
    for deed in (
        lambda by, pk: cancel_class(pk, reason=ILL, by=by, now=clinic.now),
        lambda by, pk: move_class(pk, MoveRequest(start=TWO), by=by, now=clinic.now),
        lambda by, pk: set_places(pk, 4, by=by, now=clinic.now),
    ):
        with pytest.raises(Forbidden):
            deed(clinic.manager, group_of(visits))
        with pytest.raises(Missing):
            deed(clinic.reception, 10**9)


def test_one_who_moves_alone_leaves_the_others_where_they_are(clinic: Clinic) -> None:
    first, second = joined(clinic, "Ash", "Elm")
    move(first.pk, MoveRequest(start=TWO), by=clinic.reception, now=clinic.now)
    second.refresh_from_db()
    assert second.start_at == TEN
    assert find_class(group_of([second])).start_at == TEN
