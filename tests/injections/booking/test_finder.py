"""The finder: times of several days, by weekday, half of the day, person and room; the one chosen is held."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.cancel import cancel
from injections.booking.finder import FoundTimes, Most, find, spread
from injections.booking.holds.hold import hold_to_book
from injections.booking.offers import SlotSearch
from injections.booking.request import BookingRequest
from scheduling.availability.hours_of_day import AFTERNOON, MORNING, HoursOfDay
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.models import Appointment, Patient, Schedule
from tests.api_world import World
from tests.clinic import LONDON, Clinic, local
from tests.pages_world import LEFT_HAMSTRING, Browser, when

MONDAY = date(2026, 3, 9)
pytestmark = pytest.mark.django_db


def found(clinic: Clinic, patient: Patient, *, most: Most | None = None, **values: Any) -> FoundTimes:
    """For a left hamstring-origin injection, whoever gives it, in the month from that Monday on."""
    who = {name: values.pop(name) for name in ("practitioner_id", "room_id") if name in values}
    ask = BookingRequest(kind="injection", patient_id=patient.pk, site="hamstring-origin", side="left", **who)
    search = SlotSearch(**{"from_on": MONDAY, "to_on": MONDAY + timedelta(days=60)} | values)
    return find(ask, search, most=most or Most(), now=clinic.now)


def test_des7_the_times_found_are_spread_over_days_and_each_day_says_how_many_more_there_are(clinic: Clinic) -> None:
    """Six of each day, the first and the last among them; what follows begins on the next day."""
    result = found(clinic, clinic.fit_patient())
    assert [day.on for day in result.days] == [MONDAY + timedelta(days=number) for number in range(7)]
    assert {(len(day.times), day.count, day.more) for day in result.days} == {(6, 15, 9)}
    first, last = result.days[0].times[0], result.days[0].times[-1]
    assert (first.slot.start, last.slot.start) == (local("2026-03-09", "08:00"), local("2026-03-09", "17:20"))
    assert {offer.verdict for day in result.days for offer in day.times} == {"clear"}
    assert result.next_on == MONDAY + timedelta(days=7)
    whole = found(clinic, clinic.fit_patient("Elm"), from_on=MONDAY, to_on=MONDAY)
    assert [(len(day.times), day.more) for day in whole.days] == [(15, 0)]
    assert whole.next_on is None


@pytest.mark.parametrize(
    ("halves", "first", "last"),
    [
        ({MORNING}, "08:00", "11:20"),
        ({AFTERNOON}, "12:00", "17:20"),
        ({MORNING, AFTERNOON}, "08:00", "17:20"),
        (set(), "08:00", "17:20"),
    ],
)
def test_a_half_of_the_day_is_where_a_visit_starts(clinic: Clinic, halves: set[str], first: str, last: str) -> None:
    """Boundary: noon is the afternoon's first; what begins before noon may end after it."""
    result = found(clinic, clinic.fit_patient(), hours=HoursOfDay.of_halves(halves), to_on=MONDAY)
    times = [f"{offer.slot.start:%H:%M}" for offer in result.days[0].times]
    assert (times[0], times[-1]) == (first, last)


def test_noon_is_that_of_the_clinics_clock_in_summer_too(clinic: Clinic) -> None:
    summer = date(2026, 4, 7)
    result = found(clinic, clinic.fit_patient(), hours=HoursOfDay.of_halves({AFTERNOON}), from_on=summer, to_on=summer)
    assert result.days[0].times[0].slot.start == local("2026-04-07", "12:00")


def test_des8_tuesday_afternoons_of_one_doctor_over_seven_weeks(clinic: Clinic) -> None:
    second = _second_doctor(clinic)
    wanted = {"weekdays": frozenset({1}), "hours": HoursOfDay.of_halves({AFTERNOON}), "practitioner_id": second}
    result = found(clinic, clinic.fit_patient(), **wanted)
    assert [day.on for day in result.days] == [date(2026, 3, 10) + timedelta(weeks=number) for number in range(7)]
    assert {offer.slot.practitioner_id for day in result.days for offer in day.times} == {second}
    assert all(offer.slot.start.astimezone(LONDON).hour >= 12 for day in result.days for offer in day.times)
    assert result.next_on == date(2026, 4, 28)


def test_a_room_and_a_last_day_narrow_it(clinic: Clinic) -> None:
    other = save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=clinic.now)
    result = found(clinic, clinic.fit_patient(), room_id=other.pk, to_on=MONDAY + timedelta(days=1))
    assert [day.on for day in result.days] == [MONDAY, MONDAY + timedelta(days=1)]
    assert {offer.slot.room_id for day in result.days for offer in day.times} == {other.pk}
    assert result.next_on is None


def test_times_of_one_verdict_are_counted_by_themselves(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-12-20")
    result = found(clinic, patient, verdict="clear", to_on=date(2026, 6, 30))
    assert result.days[0].on == date(2026, 4, 20)
    assert {offer.verdict for day in result.days for offer in day.times} == {"clear"}


def test_a_search_for_a_verdict_that_never_comes_says_how_far_it_looked(clinic: Clinic) -> None:
    """Sixty days are judged for nothing; then it says from which day to look further, and cuts nothing in silence."""
    result = found(clinic, clinic.patient(), verdict="clear", to_on=MONDAY + timedelta(days=300))
    assert result.days == []
    assert result.next_on == MONDAY + timedelta(days=63)  # three bank holidays lie between


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [(0, 4, []), (3, 4, [0, 1, 2]), (4, 4, [0, 1, 2, 3]), (5, 4, [0, 1, 2, 4]), (10, 2, [0, 9]), (7, 3, [0, 3, 6])],
)
def test_a_spread_keeps_the_first_and_the_last(count: int, most: int, expected: list[int]) -> None:
    assert spread(range(count), most) == expected


def test_finding_takes_no_more_queries_however_far_it_looks(clinic: Clinic, in_a_request: None) -> None:
    """Tuesdays only, behind a full month, and times that are clear."""
    patient = clinic.fit_patient()
    for values in ({"weekdays": frozenset({1})}, {"verdict": "clear"}, {"hours": HoursOfDay.of_halves({MORNING})}):
        with CaptureQueriesContext(connection) as captured:
            assert found(clinic, patient, to_on=MONDAY + timedelta(days=365), **values).days
        assert len(captured) <= 8, [one["sql"] for one in captured]


def _second_doctor(clinic: Clinic) -> int:
    person = save_practitioner(None, {"name": "Dr Wen Li", "kinds": ["injection"]}, by=clinic.manager, now=clinic.now)
    room = save_room(None, {"name": "Ultrasound 9", "has_ultrasound": True}, by=clinic.manager, now=clinic.now)
    Schedule.objects.bulk_create(
        Schedule(
            practitioner=person, room=room, weekday=number, opens=time(9), closes=time(17), valid_from=date(2026, 1, 1)
        )
        for number in range(5)
    )
    return person.pk


# -- The pages --------------------------------------------------------------------------------------------


def chosen(clinic: Clinic, start: Any) -> dict[str, str]:
    """What the button of a time sends."""
    return {"time": f"{start.isoformat()}/{clinic.practitioner.pk}/{clinic.room.pk}"}


def test_des7_step_3_groups_by_day_and_leads_on_at_the_end(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-09")
    for day in ("Monday 9 March", "Tuesday 10 March", "Sunday 15 March"):
        assert day in said
    assert "9 more times on Monday 9 March" in said
    assert "More times from Monday 16 March" in said
    further = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-16")
    assert "Monday 16 March" in further
    whole = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-09", to_on="2026-03-09")
    assert whole.count("Safety check: clear") == 15
    assert "Times on other days" in whole


def test_des8_weekday_half_day_and_doctor_are_three_fields_of_one_form(world: World, reception: Browser) -> None:
    patient, second = world.clinic.fit_patient(), _second_doctor(world.clinic)
    query = {**LEFT_HAMSTRING, "weekdays": "1", "halves": "afternoon", "who": second}
    said = reception.get("booking-when", patient.pk, **query)
    for day in ("Tuesday 3 March", "Tuesday 10 March", "Tuesday 14 April"):
        assert day in said
    assert "Wednesday" not in said.replace("Wednesdays", "")
    assert reception.html.count(" checked") == 2


def test_days_in_the_wrong_order_are_said_at_their_field_and_nothing_is_lost(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    query = {**LEFT_HAMSTRING, "from_on": "2026-04-09", "to_on": "2026-04-01", "halves": "morning"}
    said = reception.get("booking-when", patient.pk, expect=422, **query)
    assert "The last day is before the first." in said
    assert 'value="2026-04-01"' in reception.html
    said = reception.get("booking-when", patient.pk, expect=422, **LEFT_HAMSTRING, to_on="2026-03-01")
    assert "is over" in said


def test_a_part_holds_the_same_times_as_the_page(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    query = {**LEFT_HAMSTRING, "from_on": "2026-03-09"}
    page = reception.get("booking-when", patient.pk, **query)
    for more, whole in (({}, True), ({"more": "1"}, False)):
        part = reception.client.get(
            f"/patients/{patient.pk}/book/when/", query | more, headers={"HX-Request": "true"}
        ).content.decode()
        assert "<html" not in part
        assert ("verdict-panel" in part) is whole
        assert part.count('name="time"') == reception.html.count('name="time"') == 42
    assert "Monday 9 March" in page


def test_choosing_a_time_holds_it_and_the_check_says_until_when(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    start = local("2026-03-10")
    said = reception.post("booking-when", patient.pk, query=LEFT_HAMSTRING, data=chosen(world.clinic, start))
    assert "Check and confirm" in said
    assert "Held for you until 09:05" in said
    row = Appointment.holds.get()
    assert (row.patient_id, row.start_at, row.held_by_name) == (patient.pk, start, "reception")
    query = when(patient, world.clinic, start)
    reception.post("booking-check", patient.pk, query=query, data={"intent": "book"})
    assert Appointment.objects.get().pk == row.pk
    assert not Appointment.holds.exists()


def test_a_held_time_is_given_back_on_leaving(world: World, reception: Browser) -> None:
    patient, start = world.clinic.fit_patient(), local("2026-03-10")
    reception.post("booking-when", patient.pk, query=LEFT_HAMSTRING, data=chosen(world.clinic, start))
    query = when(patient, world.clinic, start)
    said = reception.post("booking-check", patient.pk, query=query, data={"intent": "give-back"})
    assert "The time is released." in said
    assert "When?" in said
    assert not Appointment.holds.exists()
    assert "free, and nobody is holding it" in reception.get("booking-check", patient.pk, **query)
    said = reception.post(
        "booking-check", patient.pk, query=query, data={"intent": "look", "note": "Likes mornings"}, expect=200
    )
    assert "Held for you until" in said
    assert "Likes mornings" in said


def test_des4_a_time_taken_before_confirming_says_by_whom_and_when_and_keeps_what_was_typed(
    world: World, reception: Browser
) -> None:
    clinic = world.clinic
    patient, other = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    start = local("2026-03-10")
    query = when(patient, clinic, start)
    clinic.book(other, start, by=clinic.radiologist)
    sent = {"intent": "book", "note": "Hard of hearing"}
    said = reception.post("booking-check", patient.pk, query=query, data=sent, expect=409)
    assert "That time is already taken (practitioner, room)." in said
    assert "Practitioner, room: Robin Cole, injection, 10:00 to 10:30. Radiologist booked it, " in said
    assert "Monday 2 March 2026 at 09:00" in said
    assert "Clear to book" not in said
    assert "Confirm and send email" not in said
    assert "Hard of hearing" in said
    days = {day for day in ("Tuesday 10", "Wednesday 11", "Thursday 12", "Friday 13", "Saturday 14") if day in said}
    assert len(days) == 5


def test_des4_the_next_time_chosen_there_is_held_with_the_note_kept(world: World, reception: Browser) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient("Birch")
    query = when(patient, clinic, local("2026-03-11"))
    sent = {"intent": "look", "note": "Hard of hearing"}
    said = reception.post("booking-check", patient.pk, query=query, data=sent, expect=200)
    assert "Hard of hearing" in said
    assert Appointment.holds.get().start_at == local("2026-03-11")


def test_des5_the_check_of_a_time_that_is_taken_says_so_and_by_what(world: World, reception: Browser) -> None:
    clinic = world.clinic
    patient, other = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    clinic.book(other, local("2026-03-10"))
    said = reception.get("booking-check", patient.pk, **when(patient, clinic, local("2026-03-10", "10:10")))
    assert "This time is not available" in said
    assert "Robin Cole, injection, 10:00 to 10:30. Reception booked it" in said
    assert "Clear to book" not in said
    assert "Confirm" not in said.replace("Check and confirm", "")
    assert Appointment.objects.count() == 1


def test_des5_a_time_that_somebody_is_booking_is_said_to_be_theirs(world: World, reception: Browser) -> None:
    clinic = world.clinic
    patient, other = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    hold_to_book(clinic.ask(other, local("2026-03-10")), by=clinic.radiologist, now=clinic.now)
    query = when(patient, clinic, local("2026-03-10"))
    said = reception.get("booking-check", patient.pk, **query)
    assert "That time is being booked by radiologist, who has it until 09:05." in said
    sent = chosen(clinic, local("2026-03-10"))
    said = reception.post("booking-when", patient.pk, query=LEFT_HAMSTRING, data=sent, expect=409)
    assert "That time is being booked by radiologist" in said
    assert "Choose another time below" in said
    said = reception.post("booking-check", patient.pk, query=query, data={"intent": "look", "note": "Kept"}, expect=409)
    assert "Kept" in said


def test_des5_a_time_outside_every_session_is_said_to_be_closed(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    said = reception.get("booking-check", patient.pk, **when(patient, world.clinic, local("2026-03-10", "19:00")))
    assert "has no open session for the whole visit at that time" in said
    assert "choose another time" in said
    assert "Confirm and send email" not in said


@pytest.mark.parametrize(
    "time",
    ["", "soon", "2026-03-10T10:00:00+00:00", "2026-03-10T10:00:00/1/2", "9999-12-31T10:00:00+00:00/1/2",
     "2026-03-10T10:00:00+00:00/²/2", "2026-03-10T10:00:00+00:00/99999999999999999999/2",
     "2026-03-10T10:00:00+00:00/987654/987654", "2020-03-10T10:00:00+00:00/1/1"],
)  # fmt: skip
def test_a_time_that_no_button_sends_is_refused_and_holds_nothing(time: str, world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    reception.post("booking-when", patient.pk, query=LEFT_HAMSTRING, data={"time": time}, expect=422)
    assert not Appointment.holds.exists()


def test_a_second_visit_of_a_kind_offers_to_move_the_first(world: World, reception: Browser) -> None:
    clinic = world.clinic
    patient = clinic.patient("Birch")
    first = clinic.book(patient, local("2026-03-10"), kind="follow-up").appointment
    assert first is not None
    said = reception.get("booking-when", patient.pk, kind="follow-up")
    assert "Robin Birch already has a visit: follow-up, Tuesday 10 March 2026 at" in said
    assert f'href="/appointments/{first.pk}/move/"' in reception.html
    assert "already has" not in reception.get("booking-when", patient.pk, kind="physiotherapy")
    cancel(first.pk, reason="x", by=clinic.reception, now=clinic.now)
    assert "already has" not in reception.get("booking-when", patient.pk, kind="follow-up")


def test_des9_a_later_booking_that_blocks_an_earlier_day_is_named_and_offered_to_be_moved(
    world: World, reception: Browser
) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient("Birch")
    later = clinic.book(patient, local("2026-04-14")).appointment
    assert later is not None
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-10")
    assert "booked in this area on 14 April 2026" in said
    assert "That booking is why this day is too soon" in said
    assert f'href="/appointments/{later.pk}/move/"' in reception.html
    said = reception.get("booking-check", patient.pk, **when(patient, clinic, local("2026-03-10")))
    assert "That booking is why this day is too soon" in said
    right = {**LEFT_HAMSTRING, "side": "right"}
    assert "why this day is too soon" not in reception.get("booking-when", patient.pk, **right, from_on="2026-03-10")


def test_the_pages_of_a_booking_take_at_most_12_queries(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.book(patient, local("2026-09-10"))
    where = f"/patients/{patient.pk}/book"
    for address in (
        f"{where}/when/?{urlencode(LEFT_HAMSTRING)}",
        f"{where}/when/?{urlencode(LEFT_HAMSTRING | {'weekdays': '1', 'halves': 'afternoon'})}",
        f"{where}/check/?{urlencode(when(patient, world.clinic, local('2026-09-10')))}",
        f"{where}/check/?{urlencode(when(patient, world.clinic, local('2026-10-10')))}",
    ):
        reception.client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert reception.client.get(address).status_code == 200
        assert len(captured) <= 12, "\n".join([address] + [" ".join(one["sql"].split())[:170] for one in captured])
