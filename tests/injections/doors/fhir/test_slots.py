"""Free times."""

from __future__ import annotations

import pytest

from scheduling.models import Appointment
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.conftest import Fhir, as_user, found, only, said

INJECTION = {"service-type": "injection"}


def test_the_free_times_of_a_day_in_pages(fhir: Fhir, clinic: Clinic) -> None:
    whole = found(fhir.get("Slot", {**INJECTION, "start": "2026-03-10", "_count": "200"}))
    assert len(whole) > 4
    seen, address = [], "Slot?service-type=injection&start=2026-03-10&_count=3"
    while address:
        document = only(fhir.get(address))
        page = [one["resource"]["id"] for one in document.get("entry", [])]
        assert 0 < len(page) <= 3
        seen += page
        links = {one["relation"]: one["url"] for one in document["link"]}
        address = links.get("next", "").removeprefix("http://testserver/fhir/R4/")
    assert seen == [one["id"] for one in whole]
    assert {one["schedule"]["reference"] for one in whole} == {f"Schedule/{clinic.practitioner.pk}"}
    assert {one["status"] for one in whole} == {"free"}


def test_bounds_are_to_the_minute(fhir: Fhir) -> None:
    first, *_, last = found(fhir.get("Slot", {**INJECTION, "start": "2026-03-10"}))
    between = {**INJECTION, "start": [f"gt{first['start']}", f"lt{last['start']}"]}
    starts = [one["start"] for one in found(fhir.get("Slot", between))]
    assert starts
    assert first["start"] not in starts
    assert last["start"] not in starts
    assert found(fhir.search("Slot", between))


def test_a_time_that_is_booked_is_free_no_more(fhir: Fhir, clinic: Clinic) -> None:
    query = {**INJECTION, "start": local("2026-03-10").strftime("%Y-%m-%dT%H:%MZ")}
    [slot] = found(fhir.get("Slot", query))
    assert only(fhir.get(f"Slot/{slot['id']}")) == slot
    clinic.book(clinic.fit_patient(), local("2026-03-10"))
    assert Appointment.objects.exists()
    assert found(fhir.get("Slot", query)) == []
    assert "not free any more" in said(fhir.get(f"Slot/{slot['id']}"), 404)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "service-type"),
        (INJECTION, "start"),
        ({**INJECTION, "start": "ge2026-03-10"}, "366 days"),
        ({**INJECTION, "start": "ne2026-03-10"}, "one stretch"),
        ({"service-type": "urn:x|injection", "start": "2026-03-10"}, "service-type"),
        ({**INJECTION, "start": "2026-03-10", "schedule": "Schedule/1,Schedule/2"}, "one schedule"),
        ({**INJECTION, "start": "2026-03-10", "schedule": "https://other.example/fhir/Schedule/1"}, "another server"),
        ({**INJECTION, "start": "2026-03-10", "_cursor": "nonsense"}, "_cursor"),
    ],
    ids=["nothing", "no-start", "no-end", "not", "another-system", "two-schedules", "elsewhere", "no-cursor"],
)
def test_what_cannot_be_searched_is_said(fhir: Fhir, query: dict[str, object], words: str) -> None:
    assert words in said(fhir.get("Slot", query), 400)


def test_nothing_is_past_or_busy(fhir: Fhir) -> None:
    assert found(fhir.get("Slot", {**INJECTION, "start": "2026-03-01"})) == []
    assert found(fhir.get("Slot", {**INJECTION, "start": "2026-03-10", "status": "busy"})) == []


@pytest.mark.parametrize("pk", ["1", "injection.1.1.20261399T2500Z", "dance.1.1.20260310T1000Z", "injection.1.1.2026"])
def test_what_is_no_slot_is_not_found(fhir: Fhir, pk: str) -> None:
    assert said(fhir.get(f"Slot/{pk}"), 404)


def test_whoever_may_not_book_sees_none(clinic: Clinic) -> None:
    assert said(as_user(clinic, "manager").get("Slot", {**INJECTION, "start": "2026-03-10"}), 403)
