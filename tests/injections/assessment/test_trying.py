"""Trying a tighter threshold: which verdicts would change, counted and listed; nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.assessment.trying import MOST_LISTED, UPPER_OF, Tried, try_threshold
from injections.booking.cancel import cancel
from injections.models import Assessment, Screening
from injections.safety import policy
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.pages_world import browser

START = local("2026-03-10")


def after(clinic: Clinic, name: str, given: str, at: str = "10:00") -> Appointment:
    """A visit some months after an injection elsewhere."""
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, given)
    booked = clinic.book(patient, local("2026-03-10", at)).appointment
    assert booked is not None
    return booked


def tried(clinic: Clinic, name: str = "repeat_critical_months", value: str = "4", **who: Any) -> Tried:
    return try_threshold(name, value, **{"by": clinic.manager, "now": clinic.now} | who)


def test_the_verdicts_that_would_change_are_counted_and_listed(clinic: Clinic) -> None:
    """4 months in place of 3: what a radiologist looks at now would be blocked, and nothing else changes."""
    between = after(clinic, "Birch", "2025-11-20")
    after(clinic, "Cole", "2025-11-10", at="11:00")
    after(clinic, "Dale", "2025-06-01", at="12:00")
    found = tried(clinic)
    assert (found.judged, found.changed, found.unread) == (3, 1, 0)
    assert found.counts == [("review", "blocked", 1, 0)]
    [one] = found.listed
    assert (one.appointment, one.was, one.would_be, one.is_open) == (between, "review", "blocked", True)
    assert one.because == ("repeat-interval",)


@pytest.mark.parametrize(
    ("given", "changed"), [("2025-11-10", 0), ("2025-11-11", 1), ("2025-12-10", 1), ("2025-12-11", 0)]
)
def test_the_boundary_is_that_of_the_rule(clinic: Clinic, given: str, changed: int) -> None:
    """10 November + 4 months is the day itself: free. Within 3 months it is blocked already."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, given)
    clinic.book(patient, START, override_reason="Asked for by the surgeon")
    assert tried(clinic).changed == changed


def test_visits_of_the_last_year_count_and_older_or_cancelled_ones_do_not(clinic: Clinic) -> None:
    visit = after(clinic, "Birch", "2025-11-20")
    gone = after(clinic, "Cole", "2025-11-20", at="11:00")
    cancel(gone.pk, reason="Away", by=clinic.reception, now=clinic.now)
    for now, counts in (
        (clinic.now, [("review", "blocked", 1, 0)]),
        (visit.end_at, [("review", "blocked", 0, 1)]),
        (visit.start_at + timedelta(days=365), [("review", "blocked", 0, 1)]),
        (visit.start_at + timedelta(days=365, seconds=1), []),
    ):
        assert tried(clinic, now=now).counts == counts, now


def test_each_threshold_that_has_an_upper_one_is_known() -> None:
    assert dict(policy._ORDERED) == UPPER_OF


def test_an_upper_threshold_that_would_be_passed_moves_along(clinic: Clinic) -> None:
    after(clinic, "Birch", "2025-10-05")
    found = tried(clinic, value="6")
    assert found.changes == {"repeat_critical_months": 6, "repeat_review_months": 6}
    assert found.counts == [("clear", "blocked", 1, 0)]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("repeat_critical_months", "2", "Repeat critical months must be at least 3 months: 2 would be looser."),
        ("repeat_review_months", "3", "Repeat review months must be at least 4 months: 3 would be looser."),
        ("yearly_count", "4", "Yearly count must be at most 3 injections: 4 would be looser."),
        ("repeat_critical_months", "25", "Repeat critical months must be at most 24 months: 25 looks mistyped."),
        ("repeat_critical_months", "soon", "Repeat critical months must be a whole number of months, not 'soon'."),
        ("repeat_critical_months", "3.5", "Repeat critical months must be a whole number of months, not '3.5'."),
        ("inr_max", "nan", "Inr max must be a number of INR, not 'nan'."),
    ],
)
def test_what_is_looser_or_nonsense_is_refused_at_its_field(clinic: Clinic, name: str, value: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        tried(clinic, name, value)
    assert [(one.pointer, one.detail) for one in refused.value.errors] == [("#/value", said)]
    with pytest.raises(Invalid) as refused:
        tried(clinic, "steroid_max_mg", "40")
    assert [one.pointer for one in refused.value.errors] == ["#/threshold"]


def test_nothing_is_stored_and_the_queries_do_not_grow(clinic: Clinic, in_a_request: None) -> None:
    after(clinic, "Birch", "2025-11-20")
    tables = (Assessment, Appointment, Screening, Message, Entry)

    def stored() -> list[int]:
        return [model.objects.count() for model in tables]

    before, asked = stored(), []
    for number, name in enumerate(("Cole", "Dale", "Elm")):
        with CaptureQueriesContext(connection) as queries:
            tried(clinic)
        asked.append(len(queries))
        assert stored() == before
        after(clinic, name, "2025-11-20", at=f"{11 + number}:00")
        before = stored()
    assert asked == [1, 1, 1]


def test_the_list_is_capped_and_all_are_counted(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = [after(clinic, f"Birch{at}", "2025-11-20", at=f"{at}:00") for at in (10, 11, 12)]
    monkeypatch.setattr("injections.assessment.trying.MOST_LISTED", 2)
    found = tried(clinic)
    assert (found.changed, [one.appointment for one in found.listed]) == (3, visits[:2])
    assert MOST_LISTED == 50


def test_facts_of_an_older_shape_are_told_apart(clinic: Clinic) -> None:
    visit = after(clinic, "Birch", "2025-11-20")
    old = Assessment.objects.filter(appointment=visit).latest("pk")
    values = {one.attname: getattr(old, one.attname) for one in Assessment._meta.concrete_fields if one.attname != "id"}
    Assessment.objects.create(**values | {"facts": {"request": {"side": "left"}}})
    found = tried(clinic)
    assert (found.judged, found.unread, found.changed) == (0, 1, 0)


def test_manager_and_radiologist_try_it_on_a_page_and_reception_does_not(world: World) -> None:
    visit = world.in_review_zone("Cole")
    reception, manager = (browser(world.clinic.users[name]) for name in ("reception", "manager"))
    assert "Try a tighter threshold" not in reception.get("rules")
    reception.get("rules-try", threshold="repeat_critical_months", value="4", expect=403)
    with pytest.raises(Forbidden):
        tried(world.clinic, by=world.clinic.reception)
    assert "Try a tighter threshold" in manager.get("rules")
    said = manager.get("rules-try", threshold="repeat_critical_months", value="4")
    assert "Repeat critical months: 4 instead of 3" in said
    assert "1 verdict of 1 would change." in said
    assert "Not possible instead of needs review: repeat interval" in said
    assert f"/appointments/{visit['id']}/" in manager.html
    radiologist = browser(world.clinic.users["radiologist"])
    said = radiologist.get("rules-try", threshold="repeat_critical_months", value="2", expect=422)
    assert "Repeat critical months must be at least 3 months: 2 would be looser." in said
    assert 'value="2"' in radiologist.html
    radiologist.get("rules-try", threshold="moon", value="", expect=422)
    radiologist.get("rules-try")
