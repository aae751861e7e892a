"""What the slot search offers a patient: from which day, with which verdict and why, and without what is leaving."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from injections.booking.offers import Offers, SlotSearch, offers
from injections.booking.request import BookingRequest
from pht_clinic.errors import Invalid
from scheduling.clinic.people_and_rooms import save_practitioner
from scheduling.models import Patient, Schedule
from tests.clinic import Clinic, close, local

TUESDAY = date(2026, 3, 10)
LAST = date(2026, 12, 31)


def asked(patient: Patient | None, **values: Any) -> BookingRequest:
    usual = {"kind": "injection", "patient_id": patient and patient.pk, "site": "hamstring-origin", "side": "left"}
    return BookingRequest(**usual | values)


def found(clinic: Clinic, ask: BookingRequest, **values: Any) -> Offers:
    """The first time offered from Tuesday on, unless `values` say otherwise."""
    search = SlotSearch(**{"from_on": TUESDAY, "to_on": LAST, "limit": 1} | values)
    return offers(ask, search, now=clinic.now)


def too_soon(clinic: Clinic) -> Patient:
    """Reviewed from 15 April and free from 15 May."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-15")
    return patient


def test_between_one_and_two_hundred_times_are_offered(clinic: Clinic) -> None:
    ask = asked(None)
    for limit, is_allowed in ((0, False), (1, True), (2, True), (200, True), (201, False)):
        if is_allowed:
            assert len(found(clinic, ask, limit=limit).results) == limit
        else:
            with pytest.raises(Invalid) as refused:
                found(clinic, ask, limit=limit)
            assert [error.pointer for error in refused.value.errors] == ["#/limit"]
    assert len(found(clinic, ask, to_on=TUESDAY, limit=200).results) == 15


def test_without_a_patient_or_a_check_times_carry_no_verdict(clinic: Clinic) -> None:
    """A verdict can be asked for only of a kind that is judged, and then of somebody."""
    patient = too_soon(clinic)
    follow_up = {"kind": "follow-up", "site": None, "side": None}
    for ask, verdict in (
        (asked(None), None),
        (asked(patient, **follow_up), None),
        (asked(None, **follow_up), None),
        (asked(None, **follow_up), "clear"),
        (asked(patient, **follow_up), "clear"),
    ):
        got = found(clinic, ask, verdict=verdict)
        assert [(one.slot.start, one.verdict, one.reasons) for one in got.results] == [
            (local("2026-03-10", "08:00"), None, ())
        ]
        assert (got.review_from, got.clear_from, got.first) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "search", "field"),
    [
        ({"kind": "haircut"}, {}, "kind"),
        ({}, {"to_on": TUESDAY - timedelta(days=1)}, "to"),
        ({}, {"to_on": TUESDAY + timedelta(days=367)}, "to"),
        ({}, {"verdict": "blocked"}, "verdict"),
        ({}, {"verdict": "clear"}, "patient"),
        ({"kind": "physiotherapy", "site": None, "side": None}, {"verdict": "review"}, "patient"),
        ({"patient_id": 10**9}, {}, "patient"),
        ({"patient_id": 10**9, "side": "both"}, {}, "patient"),
    ],
)
def test_a_search_that_cannot_be_names_its_field(
    clinic: Clinic, values: dict[str, Any], search: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        found(clinic, asked(None, **values), **search)
    assert [error.pointer for error in refused.value.errors] == [f"#/{field}"]


def test_the_search_begins_where_the_wanted_verdict_can_first_be(clinic: Clinic) -> None:
    """On its very last day some are found; a day shorter it finds none, and the dates are told all the same."""
    ask = asked(too_soon(clinic))
    review, clear = date(2026, 4, 15), date(2026, 5, 15)
    for search, start, verdict in (
        ({}, "2026-03-10", "blocked"),
        ({"skips_too_soon": True}, "2026-04-15", "review"),
        ({"verdict": "review"}, "2026-04-15", "review"),
        ({"verdict": "clear"}, "2026-05-15", "clear"),
        ({"verdict": "clear", "skips_too_soon": True}, "2026-05-15", "clear"),
        ({"verdict": "review", "to_on": review}, "2026-04-15", "review"),
        ({"verdict": "clear", "to_on": clear}, "2026-05-15", "clear"),
        ({"skips_too_soon": True, "from_on": date(2026, 4, 20)}, "2026-04-20", "review"),
    ):
        got = found(clinic, ask, **search)
        assert [(one.slot.start, one.verdict) for one in got.results] == [(local(start, "08:00"), verdict)]
    for search in ({"verdict": "review", "to_on": date(2026, 4, 14)}, {"verdict": "clear", "to_on": date(2026, 5, 14)}):
        got = found(clinic, ask, **search)
        assert got.results == []
        assert (got.review_from, got.clear_from) == (review, clear)
        assert got.first is not None
        assert got.first.verdict == "blocked"


def test_each_time_says_what_stands_against_it_and_nothing_that_does_not(clinic: Clinic) -> None:
    """What is only good to know is no reason; two people free at one time have the same verdict."""
    patient = too_soon(clinic)
    clinic.answer(
        patient, {"steroid_injection_last_12_months": "yes", "diabetes": "yes"}, diabetes_poorly_controlled="no"
    )
    second = save_practitioner(None, {"name": "Dr Wen Li", "kinds": ["injection"]}, by=clinic.manager, now=clinic.now)
    [usual] = Schedule.objects.filter(practitioner=clinic.practitioner, weekday=TUESDAY.weekday())
    usual.pk, usual.practitioner, usual.room = None, second, clinic.gym
    usual.save(force_insert=True)
    ask = asked(patient, room_id=clinic.room.pk)
    early = found(clinic, ask, from_on=date(2026, 4, 14), to_on=date(2026, 4, 15), limit=40).results
    assert {one.slot.practitioner_id for one in early[:2]} == {clinic.practitioner.pk, second.pk}
    assert early[0].slot.start == early[1].slot.start
    by_day = {one.slot.start.date(): (one.verdict, one.reasons) for one in early}
    assert {(one.slot.start.date(), one.verdict, one.reasons) for one in early} == {
        (day, *told) for day, told in by_day.items()
    }
    assert [(verdict, [reason[:9] for reason in reasons]) for verdict, reasons in by_day.values()] == [
        ("blocked", ["Too soon:"]),
        ("review", ["Close: gi"]),
    ]
    clear = found(clinic, ask, verdict="clear").results[0]
    assert (clear.verdict, clear.reasons) == ("clear", ())


def test_a_day_that_has_begun_is_judged_from_today_on(clinic: Clinic) -> None:
    """Asked for since January, the dates are those that can be seen from now."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2025-11-05")
    got = found(clinic, asked(patient), from_on=date(2026, 1, 2), skips_too_soon=True)
    assert (got.review_from, got.clear_from) == (clinic.now.date(), date(2026, 3, 5))
    assert got.results[0].slot.start == local("2026-03-02", "09:00")


@pytest.mark.parametrize(("late", "verdict"), [(0, "clear"), (-5, "blocked")])
def test_the_first_day_is_judged_at_its_noon_on_the_clinics_clock(clinic: Clinic, late: int, verdict: str) -> None:
    """Half an hour of injection and 48 hours of rest from noon on, in summer time: until half past twelve."""
    patient = clinic.fit_patient()
    physio = local("2026-04-16", "12:30") + timedelta(minutes=late)
    assert clinic.book(patient, physio, kind="physiotherapy").appointment
    clinic.answer(patient)
    got = found(clinic, asked(patient), from_on=date(2026, 4, 14)).first
    assert got is not None
    assert {one.rule: one.severity for one in got.findings}["rest-window"] == (
        "info" if verdict == "clear" else "critical"
    )
    assert got.verdict == verdict


def test_a_time_is_judged_to_its_end(clinic: Clinic) -> None:
    """The rest counts from there: two days before a physiotherapy the last time that ends early enough is clear."""
    patient = clinic.fit_patient()
    assert clinic.book(patient, local("2026-03-12", "12:25"), kind="physiotherapy").appointment
    got = found(clinic, asked(patient), to_on=TUESDAY, limit=200).results
    assert {one.slot.start: one.verdict for one in got if one.slot.start.hour in (11, 12)} == {
        local("2026-03-10", "11:20"): "clear",
        local("2026-03-10", "12:00"): "blocked",
        local("2026-03-10", "12:40"): "blocked",
    }


def test_what_leaves_its_place_for_another_does_not_judge_it(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    ask = asked(patient)
    assert found(clinic, ask).results[0].verdict == "blocked"
    with pytest.raises(Invalid, match="This patient has no such visit"):
        found(clinic, ask, moving=visit.pk + 1)
    assert found(clinic, ask, moving=visit.pk).results[0].verdict == "clear"


def test_of_each_day_so_many_are_offered_the_first_that_fit(clinic: Clinic) -> None:
    """Of one verdict the first of that verdict; the limit counts all."""
    patient = clinic.fit_patient()
    days = {"to_on": date(2026, 3, 12), "limit": 200, "per_day": 2}
    starts = [f"{one.slot.start:%d %H:%M}" for one in found(clinic, asked(patient), **days).results]
    assert starts == [f"{day} {at}" for day in (10, 11, 12) for at in ("08:00", "08:40")]
    assert len(found(clinic, asked(patient), **days | {"limit": 3}).results) == 3
    assert clinic.book(patient, local("2026-03-12", "12:25"), kind="physiotherapy").appointment
    clear = found(clinic, asked(patient), **days, verdict="clear").results
    assert [f"{one.slot.start:%d %H:%M}" for one in clear if one.slot.start.day == 11] == []


def test_where_nobody_is_there_nothing_is_offered(clinic: Clinic) -> None:
    close(
        starts_at=local("2026-03-10", "00:00"), ends_at=local("2026-03-12", "00:00"), by=clinic.manager, now=clinic.now
    )
    assert found(clinic, asked(clinic.fit_patient()), to_on=date(2026, 3, 11)).results == []
