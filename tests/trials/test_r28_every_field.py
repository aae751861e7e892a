"""R28, the fields: what is typed wrongly when a visit is booked, moved, cancelled or decided on is said at its field.

By page and API alike, nothing is lost, and every field that these use cases refuse by name has a row.
"""

from __future__ import annotations

import ast
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from tests.api_world import World
from tests.clinic import local
from tests.pages_world import when
from tests.scenarios.test_house import trees_under
from tests.trials.refusal_doors import ByApi, ByPage
from tests.trials.refusal_rows import at
from tests.trials.refusal_visit_rows import APPROVE, OVERRIDE, START, booked, in_review, move_form

TOPICS: Final = "injections/booking", "injections/review"
AMISS: Final = "kept as it was typed"
DELAY: Final = {"outcome": "delay", "reason": AMISS}
DECISIONS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "outcome": ({"outcome": "maybe", "reason": AMISS}, "id_outcome_0"),
    "reason": ({**APPROVE, "reason": " "}, "id_reason"),
    "reason_code": ({**OVERRIDE, "reason": AMISS, "reason_code": ""}, "id_reason_code"),
    "delay_until": ({**DELAY, "delay_until": "2026-03-02"}, "id_delay_until"),
    "ask_again": ({"outcome": "ask", "reason": AMISS, "ask_again": ["colour"]}, "id_ask_again_0"),
}
MOVES: Final[dict[str, tuple[dict[str, Any], dict[str, Any], str]]] = {
    "start": ({"on": "2026-02-01"}, {"start": local("2026-02-01").isoformat()}, "id_at"),
    "practitioner": ({"who": "987654321"}, {"practitioner": "987654321"}, "id_who"),
    "room": ({"where": "987654321"}, {"room": "987654321"}, "id_where"),
}
BOOKINGS: Final[dict[str, object]] = {
    "kind": "dance",
    "site": "knee",
    "side": "middle",
    "targets": ["moon"],
    "injections": [{"site": "hip-joint", "side": "left"}] * 4,
    "start": "2026-02-01T10:00:00+00:00",
    "patient": "987654321",
    "practitioner": "987654321",
    "room": "987654321",
}
LISTS: Final = {"ask_again", "targets"}
"""Of these the item that is wrong is named."""
ELSEWHERE: Final = {
    "visits": "Of a series; tests/injections/booking/series/test_book.py and test_change.py.",
    "starts": "Of a series; tests/injections/booking/series/test_api.py.",
    "first": "Of a series; tests/injections/booking/series/test_api.py.",
    "count": "Of a series; tests/injections/booking/series/test_api.py.",
    "weekdays": "Of a series; tests/injections/booking/series/test_api.py.",
    "replaces": "Of the waiting list; tests/injections/booking/waiting_list/test_fill.py.",
    "before": "Of the waiting list; tests/injections/booking/waiting_list/test_fill.py.",
    "to": "Of the waiting list; tests/injections/booking/waiting_list/test_fill.py.",
    "by": "Of programs, as the page asks who and why by one choice; tests/injections/booking/test_cancel_pages.py.",
    "minutes": "Of an offer; tests/injections/booking/waiting_list/test_offer.py.",
    "limit": "A number of free times, which no page asks for.",
    "verdict": "A choice of free times; tests/injections/booking/test_offers.py.",
    "question": "Of programs, as the page asks by the reason; tests/injections/review/test_api.py.",
    "own_reason": "Of a clinic with one radiologist; tests/injections/review/test_decide_checks.py.",
    "override_reason": "Of the page alone; tests/injections/booking/test_pages.py.",
}


def pointer(field: str) -> str:
    """How a program is told of this field."""
    return f"#/{field}/0" if field in LISTS else f"#/{field}"


def named() -> set[str]:
    """The fields that these topics refuse by a name that stands in the code."""
    calls = [node for _, tree in trees_under(*TOPICS) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = {
        call.args[0].value.removeprefix("#/")
        for call in calls
        if ast.unparse(call.func) in ("FieldError", "Invalid.field")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
    return found


def test_every_field_that_is_refused_by_name_has_a_row() -> None:
    assert named() <= {*DECISIONS, *MOVES, *BOOKINGS, *ELSEWHERE}
    assert named() >= ELSEWHERE.keys(), "a row of a field that is gone"


@pytest.mark.parametrize("field", DECISIONS)
def test_a_decision_says_it_at_its_field(world: World, field: str) -> None:
    form, place = DECISIONS[field]
    visit = in_review(world, given="2026-01-10", override_reason="Asked for by the surgeon")
    typed = [AMISS] if form["reason"] == AMISS else []
    page = ByPage(
        client=at(world, "radiologist"),
        name="decision",
        args=[visit.pk],
        data={**form, "revision": visit.revision},
        says="There is a problem",
        typed=typed,
        at=place,
    )
    path = f"/appointments/{visit.pk}/decision/"
    api = ByApi(api=world.radiologist, path=path, body=form, fields=[pointer(field)], status=422)
    assert page.wrongs("invalid") + api.wrongs("invalid") == []


@pytest.mark.parametrize("field", MOVES)
def test_a_move_says_it_at_its_field(world: World, field: str) -> None:
    typed, body, place = MOVES[field]
    visit = booked(world)
    page = ByPage(
        client=at(world, "reception"),
        name="appointment-move",
        args=[visit.pk],
        data={**move_form(world, "2026-03-11"), "override_reason": AMISS, **typed},
        says="There is a problem",
        typed=["10:00", AMISS],
        at=place,
    )
    asked = {"start": local("2026-03-11").isoformat(), **body}
    path = f"/appointments/{visit.pk}/move/"
    api = ByApi(api=world.reception, path=path, body=asked, fields=[pointer(field)], status=422)
    assert page.wrongs("invalid") + api.wrongs("invalid") == []


def test_a_cancellation_says_it_at_its_field(world: World) -> None:
    visit = booked(world)
    form = {"reason": " ", "reason_code": "clinic-other", "tell": "yes", "revision": 1}
    page = ByPage(
        client=at(world, "reception"),
        name="appointment-cancel",
        args=[visit.pk],
        data=form,
        says="There is a problem",
        at="id_reason",
    )
    path = f"/appointments/{visit.pk}/cancel/"
    api = ByApi(api=world.reception, path=path, body={"reason": " "}, fields=["#/reason"], status=422)
    assert page.wrongs("invalid") + api.wrongs("invalid") == []


@pytest.mark.parametrize("field", BOOKINGS)
def test_a_booking_says_it_and_its_page_leads_on(world: World, field: str) -> None:
    """What was chosen stands in the address: what nobody can choose there leads back to the choice, or is said."""
    patient = world.clinic.fit_patient()
    body = {**world.injection(patient, START), field: BOOKINGS[field]}
    api = ByApi(api=world.reception, path="/appointments/", body=body, fields=[pointer(field)], status=422)
    chosen = {**when(patient, world.clinic, START), field: BOOKINGS[field]}
    pages = [
        ByPage(
            client=at(world, "reception"),
            name="booking-check",
            args=[patient.pk],
            query=urlencode(chosen, doseq=True),
            data={"intent": "book", "note": ""},
            method=method,
            says="Robin Birch",
        )
        for method in ("GET", "POST")
        if field != "patient"
    ]
    assert [said for door in (api, *pages) for said in door.wrongs("invalid")] == []
