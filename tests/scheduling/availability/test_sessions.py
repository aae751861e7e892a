"""Sessions that meet: refused where they overlap, one where they touch; also those stored before that was refused."""

from datetime import date, time

import pytest

from pht_clinic.errors import Invalid
from scheduling.availability.overlap import first_overlap
from scheduling.availability.slots import Search, free_slots
from scheduling.clinic.schedules import save_schedule
from scheduling.kinds import KINDS
from scheduling.models import Schedule
from tests.clinic import Clinic, local
from tests.scheduling.availability.test_weekly import weekly

TUESDAY = date(2026, 3, 10)


def session(clinic: Clinic, opens: int, closes: int, **values: object) -> dict[str, object]:
    """On Tuesdays, of the radiologist in the ultrasound room."""
    usual = {"practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk, "weekday": 1}
    return usual | {"opens": time(opens), "closes": time(closes), "valid_from": date(2026, 1, 1), **values}


def stored(clinic: Clinic, *sessions: tuple[int, int]) -> None:
    """These sessions and no others of that weekday, written past the use case."""
    Schedule.objects.filter(practitioner=clinic.practitioner, weekday=1).delete()
    Schedule.objects.bulk_create(Schedule(**session(clinic, *hours)) for hours in sessions)


def starts(clinic: Clinic) -> list[str]:
    search = Search(KINDS["injection"], TUESDAY, TUESDAY)
    return [slot.start.strftime("%H:%M") for slot in free_slots(search, now=clinic.now)]


def save(clinic: Clinic, values: dict[str, object], pk: int | None = None) -> Schedule:
    row: Schedule = save_schedule(pk, values, by=clinic.manager, now=clinic.now).row
    return row


@pytest.mark.django_db
def test_des1_the_same_session_saved_twice_is_refused_and_names_the_other(clinic: Clinic) -> None:
    stored(clinic)
    save(clinic, session(clinic, 9, 12))
    with pytest.raises(Invalid) as refused:
        save(clinic, session(clinic, 9, 12))
    assert [error.pointer for error in refused.value.errors] == ["#/opens"]
    said = refused.value.sentence
    assert "Dr Imogen Hale already has a session then: 09:00 to 12:00 in Ultrasound 1" in said
    assert "Tuesday 3 March 2026" in said
    assert Schedule.objects.filter(practitioner=clinic.practitioner, weekday=1).count() == 1


@pytest.mark.django_db
def test_des1_sessions_stored_twice_before_offer_each_time_once(clinic: Clinic) -> None:
    stored(clinic, (9, 12), (9, 12))
    assert starts(clinic) == ["09:00", "09:40", "10:20", "11:00"]


@pytest.mark.django_db
def test_des2_overlapping_sessions_are_refused_and_those_stored_before_offer_each_time_once(clinic: Clinic) -> None:
    stored(clinic, (10, 13), (9, 12))
    assert starts(clinic) == ["09:00", "09:40", "10:20", "11:00", "11:40", "12:20"]
    stored(clinic)
    first = save(clinic, session(clinic, 10, 13))
    with pytest.raises(Invalid, match="10:00 to 13:00"):
        save(clinic, session(clinic, 9, 12))
    with pytest.raises(Invalid, match="10:00 to 13:00"):  # in another room she cannot be at the same time either
        save(clinic, session(clinic, 9, 12, room_id=clinic.gym.pk))
    save(clinic, session(clinic, 8, 10))
    save(clinic, {"closes": time(12)}, first.pk)  # it is not in its own way
    with pytest.raises(Invalid, match="08:00 to 10:00"):
        save(clinic, {"opens": time(9)}, first.pk)


@pytest.mark.django_db
def test_a_visit_may_cross_the_seam_of_two_sessions_in_one_room(clinic: Clinic) -> None:
    stored(clinic, (9, 10), (10, 11))
    assert starts(clinic) == ["09:00", "09:40", "10:20"]
    assert clinic.book(clinic.fit_patient(), local("2026-03-10", "09:40")).appointment


def overlap(one: dict[str, object], other: dict[str, object], from_on: date = date(2025, 1, 1)) -> date | None:
    return first_overlap(weekly(**one), weekly(**other), from_on=from_on)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "other", "day"),
    [
        ({}, {}, date(2026, 1, 5)),
        ({}, {"opens": time(17), "closes": time(18)}, None),
        ({}, {"opens": time(16, 59), "closes": time(18)}, date(2026, 1, 5)),
        ({}, {"weekday": 1}, None),
        ({"valid_to": date(2026, 3, 1)}, {"valid_from": date(2026, 3, 2)}, None),
        ({"valid_to": date(2026, 3, 2)}, {"valid_from": date(2026, 3, 2)}, date(2026, 3, 2)),
        # fortnights that alternate never meet; every second and every third week do
        ({"every_weeks": 2}, {"every_weeks": 2, "valid_from": date(2026, 1, 12)}, None),
        ({"every_weeks": 2}, {"every_weeks": 3, "valid_from": date(2026, 1, 12)}, date(2026, 2, 2)),
        # Easter Monday: the weekly session does not take place, the extra one does
        ({}, {"valid_from": date(2026, 4, 6), "valid_to": date(2026, 4, 6)}, None),
    ],
)
def test_two_sessions_overlap_only_where_both_take_place(
    one: dict[str, object], other: dict[str, object], day: date | None
) -> None:
    assert overlap(one, other) == day
    assert overlap(other, one) == day


def test_what_two_sessions_shared_before_today_keeps_nobody_from_changing_one() -> None:
    ended = {"valid_to": date(2026, 3, 2)}
    assert overlap(ended, {}, date(2026, 3, 2)) == date(2026, 3, 2)
    assert overlap(ended, {}, date(2026, 3, 3)) is None
