"""R28: every refusal of every use case, through its page and its API.

The codes come from the code itself; each has a row that brings it about and goes through its doors. Nothing is a 500, a
page says why, leads on and keeps what was typed, and a program is told the code and the fields.
"""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from tests.api_world import World
from tests.trials import (
    refusal_account_rows,
    refusal_class_rows,
    refusal_consent_rows,
    refusal_door_rows,
    refusal_message_rows,
    refusal_series_rows,
    refusal_visit_rows,
    refusal_waiting_rows,
)
from tests.trials.refusal_doors import ByApi, ByPage, codes, signed_in
from tests.trials.refusal_rows import ROWS

assert refusal_visit_rows.START, "its rows are among ROWS once it is imported"
assert refusal_message_rows.unwritable, "likewise"
assert refusal_account_rows.no_second_factor, "likewise"
assert refusal_class_rows.not_all, "likewise"
assert refusal_series_rows.some_lost, "likewise"
assert refusal_consent_rows.consent_withdrawn, "likewise"
assert refusal_waiting_rows.offer_over, "likewise"
assert refusal_door_rows.untrusted, "likewise"


def test_every_code_has_a_row_and_no_row_is_of_a_code_that_is_gone() -> None:
    without, gone = codes() - set(ROWS), set(ROWS) - codes()
    assert not without, "Show each refusal at its page and its API: a row of its code in tests/trials/refusal_*_rows.py"
    assert not gone, "No use case refuses with these any more: take their rows out"


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_refusal_is_said_at_each_door_and_leads_on(world: World, code: str) -> None:
    row, wrongs, kinds = ROWS[code], [], set()
    for door in row.doors(world):
        kinds.add(type(door))
        wrongs += door.wrongs(code)
    assert wrongs == [], "\n".join(wrongs)
    assert (ByPage in kinds) != bool(row.no_page), "a page, or in words why there is none"
    assert (ByApi in kinds) != bool(row.no_api), "the API, or in words why there is none"


def test_control_a_page_that_fails_or_leads_nowhere_or_loses_what_was_typed_is_seen(world: World) -> None:
    door = ByPage(
        client=signed_in(world.clinic.users["reception"]),
        name="home",
        says="It is taken.",
        typed=["Likes <mornings>"],
        at="id_note",
    )
    summary = '<h2>There is a problem</h2><a href="#id_note">It is taken.</a>'
    kept = '<form><textarea id="id_note">Likes &lt;mornings&gt;</textarea></form>'
    pages = {
        f"<main>{summary}{kept}</main>": [],
        f"<main>{kept}</main>": ["does not say", "no summary", "no link to the field"],
        f"<main>{summary}</main>{kept}": ["no way on", "no link to the field", "lost what was typed"],
        f"<main>{summary}<form><input id='id_note' value=''></form></main>": ["lost what was typed"],
    }
    for html, wrong in pages.items():
        seen = door.wrongs_of(HttpResponse(html, status=422))
        assert len(seen) == len(wrong), (html, seen)
        assert all(said.startswith(word) for said, word in zip(seen, wrong, strict=True)), seen
    assert door.wrongs_of(HttpResponse(f"<main>{summary}{kept}</main>", status=500)) == ["500"]


def test_control_another_code_or_field_in_the_answer_of_a_program_is_seen(world: World) -> None:
    patient = world.clinic.patient()
    door = ByApi(
        api=world.reception, path=f"/patients/{patient.pk}/allergies/", fields=["#/substance"], says="nothing of it"
    )
    seen = door.wrongs("conflict")
    assert [word in " ".join(seen) for word in ("422 in place of 409", "type ", "says ", "names ")] == [True] * 4
