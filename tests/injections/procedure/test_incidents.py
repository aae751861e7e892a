"""Managers read what was out of the ordinary at procedures, by page and by program."""

from __future__ import annotations

import pytest

from tests.api_world import World, problem
from tests.injections.procedure.test_pages import arrived, walk
from tests.injections.procedure.test_step_pages import AS_FOUND
from tests.pages_world import Browser, browser


def test_an_incident_names_the_patient_what_it_was_why_and_who_says_so(world: World, radiologist: Browser) -> None:
    walk(radiologist, arrived(world), expires_on="2026-03-01", **AS_FOUND)
    said = browser(world.clinic.users["manager"]).get("incident-list")
    assert "2 March 2026 Robin Birch, incident" in said
    assert "born 1 May 1980 · Left hamstring origin" in said
    assert "This batch had expired on 2 March 2026: it was good until 1 March 2026." in said
    assert "Found out afterwards: this is how it was: Read on the box afterwards" in said
    assert "Recorded by radiologist on Monday 2 March 2026 at 09:25" in said
    (one,) = world.manager.get("/incidents/").json()["results"]
    assert one["what"][0]["pointer"] == "#/expires_on"
    assert (one["reason_code"], one["reason"]) == ("as-found", "Read on the box afterwards")


@pytest.mark.parametrize("who", ["reception", "radiologist"])
def test_nobody_else_reads_the_incidents_of_the_whole_clinic(world: World, who: str) -> None:
    browser(world.clinic.users[who]).get("incident-list", expect=403)
    problem(world.api(who).get("/incidents/"), 403)


def test_where_nothing_was_out_of_the_ordinary_the_list_says_so(world: World, radiologist: Browser) -> None:
    walk(radiologist, arrived(world))
    assert "No incidents are recorded." in browser(world.clinic.users["manager"]).get("incident-list")
