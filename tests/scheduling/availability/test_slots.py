"""Free times: in order, on the grid, never where something stands, with verdicts where a patient is known."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.offers import SlotSearch, offers
from injections.booking.request import BookingRequest
from pht_clinic.errors import Invalid
from scheduling.availability.looks import Looks, for_days
from scheduling.availability.sessions import to_be_moved
from scheduling.availability.slots import Reads, Search, free_slots
from scheduling.clinic.consequences import HitsBookings
from scheduling.clinic.schedules import save_schedule
from scheduling.kinds import KINDS
from tests.clinic import NOW, Clinic, close, local

TUESDAY = date(2026, 3, 10)


def times(clinic: Clinic, *, on: date = TUESDAY, **values: object) -> list[str]:
    """The clinic-local starts of the free slots of one day."""
    search = Search(**{"kind": KINDS["injection"], "from_on": on, "to_on": on, **values})  # type: ignore[arg-type]
    return [slot.start.strftime("%H:%M") for slot in free_slots(search, now=clinic.now)]


def test_a_free_day_is_filled_without_gaps(clinic: Clinic) -> None:
    """30 minutes and 10 for the room: from 08:00 every 40 minutes, the last ending by 18:00."""
    found = times(clinic)
    assert found[:3] == ["08:00", "08:40", "09:20"]
    assert found[-1] == "17:20"


def test_what_is_booked_or_closed_is_not_offered_and_the_next_time_follows_at_once(clinic: Clinic) -> None:
    """After a booking the room is cleaned for 10 minutes; a closure has no buffer."""
    clinic.book(clinic.fit_patient(), local("2026-03-10", "08:00"))
    close(
        starts_at=local("2026-03-10", "10:00"),
        ends_at=local("2026-03-10", "17:00"),
        practitioner_id=clinic.practitioner.pk,
        by=clinic.manager,
        now=clinic.now,
    )
    assert times(clinic) == ["08:40", "09:20", "17:00"]


def test_a_slot_never_starts_in_the_past(clinic: Clinic) -> None:
    """Today's slots begin on the grid at or after now (09:00)."""
    assert times(clinic, on=NOW.date())[0] == "09:00"


def test_the_patients_own_visits_are_in_the_way_too(clinic: Clinic) -> None:
    """A patient at physiotherapy cannot be injected at that time."""
    patient = clinic.patient()
    clinic.book(patient, local("2026-03-10", "08:00"), kind="physiotherapy")
    assert times(clinic, patient_id=patient.pk)[0] == "08:30"


def test_every_offered_time_can_be_booked(clinic: Clinic) -> None:
    """What the search offers, the booking accepts: one after the other, a whole day long."""
    booked = 0
    for name in ("Ash", "Birch", "Cole"):
        patient = clinic.fit_patient(name)
        slot = next(free_slots(Search(KINDS["injection"], TUESDAY, TUESDAY, patient_id=patient.pk), now=clinic.now))
        assert clinic.book(patient, slot.start, room_id=slot.room_id).appointment
        booked += 1
    assert booked == 3


def test_offers_start_at_the_earliest_safe_date(clinic: Clinic) -> None:
    """With verdict=clear the search begins where the interval is free, and says both dates."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-15")
    ask = BookingRequest(kind="injection", patient_id=patient.pk, site="hamstring-origin", side="left")
    search = SlotSearch(from_on=TUESDAY, to_on=date(2026, 12, 31), limit=3, verdict="review")
    found = offers(ask, search, now=clinic.now)
    assert (found.review_from, found.clear_from) == (date(2026, 4, 15), date(2026, 5, 15))
    assert [offer.verdict for offer in found.results] == ["review"] * 3
    assert found.results[0].slot.start == local("2026-04-15", "08:00")


def test_times_that_are_too_soon_can_be_skipped_and_every_other_verdict_is_kept(clinic: Clinic) -> None:
    """What reception sees begins where a radiologist may say yes; the first day's verdict is told all the same."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-15")
    ask = BookingRequest(kind="injection", patient_id=patient.pk, site="hamstring-origin", side="left")
    search = SlotSearch(from_on=TUESDAY, to_on=date(2026, 12, 31), limit=1, skips_too_soon=True)
    found = offers(ask, search, now=clinic.now)
    assert found.results[0].slot.start == local("2026-04-15", "08:00")
    assert found.first is not None
    assert found.first.verdict == "blocked"


def test_a_date_without_any_free_time_gives_an_empty_list(clinic: Clinic) -> None:
    """Easter Monday is a bank holiday; nobody works."""
    assert times(clinic, on=date(2026, 4, 6)) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "haircut"}, "#/kind"),
        ({"to_on": TUESDAY - timedelta(days=1)}, "#/to"),
        ({"to_on": TUESDAY + timedelta(days=367)}, "#/to"),
        ({"limit": 0}, "#/limit"),
        ({"limit": 201}, "#/limit"),
        ({"verdict": "blocked"}, "#/verdict"),
        ({"verdict": "clear"}, "#/patient"),
    ],
)
def test_a_search_that_cannot_be_names_its_field(clinic: Clinic, values: dict, field: str) -> None:
    """366 days are the most; a verdict needs a patient."""
    ask = BookingRequest(kind=values.pop("kind", "injection"))
    search = SlotSearch(**{"from_on": TUESDAY, "to_on": TUESDAY, **values})
    with pytest.raises(Invalid) as refused:
        offers(ask, search, now=clinic.now)
    assert [error.pointer for error in refused.value.errors] == [field]


def test_the_next_free_time_takes_at_most_8_queries_however_far_it_is(clinic: Clinic) -> None:
    """Near, and 277 days away behind a closure."""
    for closed_until in (None, datetime(2026, 12, 4, tzinfo=UTC)):
        if closed_until:
            close(starts_at=NOW, ends_at=closed_until, by=clinic.manager, now=clinic.now)
        search = Search(KINDS["injection"], NOW.date(), NOW.date() + timedelta(days=366))
        with CaptureQueriesContext(connection) as captured:
            assert next(free_slots(search, now=clinic.now))
        assert len(captured) <= 8


def test_a_look_counts_the_days_that_are_looked_for_and_a_year_is_read_for_those_alone_who_need_it(
    clinic: Clinic,
) -> None:
    """Of Tuesdays the first look reads three of them; the fourth day found, and no sooner, costs another."""
    search = Search(KINDS["injection"], TUESDAY, TUESDAY + timedelta(days=366), weekdays=frozenset({1}))
    with CaptureQueriesContext(connection) as captured:
        days, reads = [], []
        for slot in free_slots(search, reads=Reads(Looks((3,), (4, 366))), now=clinic.now):
            if slot.start.date() not in days:
                days.append(slot.start.date())
                reads.append(sum("range_agg" in one["sql"] for one in captured.captured_queries))
            if len(days) == 8:
                break
    assert reads == [1, 1, 1, 2, 2, 2, 2, 3]
    assert days[-1] == TUESDAY + timedelta(weeks=7)
    assert for_days(7, in_vain=60) == Looks((8,), (74, 366))


def test_closing_names_what_it_hits_and_needs_a_yes(clinic: Clinic) -> None:
    """Confirmed, the bookings stay and stand on the list of what has to be moved."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    period = {"starts_at": local("2026-03-10", "08:00"), "ends_at": local("2026-03-10", "12:00")}
    with pytest.raises(HitsBookings) as refused:
        close(**period, by=clinic.manager, now=clinic.now)
    assert [clash["appointment"] for clash in refused.value.extra["clashes"]] == [str(appointment.pk)]  # type: ignore[index,union-attr]
    assert to_be_moved(now=clinic.now) == []
    close(**period, confirm=True, by=clinic.manager, now=clinic.now)
    assert to_be_moved(now=clinic.now) == [appointment]


def test_shortening_a_session_names_the_bookings_it_leaves_outside(clinic: Clinic) -> None:
    """The same for a change of the weekly hours."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10", "17:00")).appointment
    assert appointment is not None
    tuesday = clinic.practitioner.schedules.get(weekday=1)
    with pytest.raises(HitsBookings):
        save_schedule(tuesday.pk, {"closes": time(17)}, by=clinic.manager, now=clinic.now)
    save_schedule(tuesday.pk, {"closes": time(17)}, confirm=True, by=clinic.manager, now=clinic.now)
    assert to_be_moved(now=clinic.now) == [appointment]
