"""A clinic may ask for a second person at time out and at sign out: by name, in the record and on the report."""

from __future__ import annotations

from typing import Any

import pytest

from injections.models import Injection
from pht_clinic.errors import Invalid
from tests.api_world import World, pointers
from tests.clinic import Clinic
from tests.injections.procedure.test_pages import INJECTION, arrived, walk
from tests.injections.procedure.test_record import booked, give
from tests.pages_world import PROCEDURE, Browser
from tests.scenarios.api_bodies import procedure_at

BOTH = {"time_out_with": "Jo Lindgren", "sign_out_with": "Sam Reed"}


def test_without_the_setting_nobody_is_asked_for(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    assert "Second person" not in radiologist.get("procedure-step", visit.pk, "checks")
    walk(radiologist, visit)
    assert Injection.objects.get().time_out_with == ""
    assert "Second person" not in radiologist.get("procedure-report", visit.pk)


def test_with_the_setting_each_moment_needs_its_name(clinic: Clinic, settings: Any) -> None:
    """Nothing is recorded without; what could not go ahead needs nobody."""
    settings.SECOND_PERSON = True
    visit = booked(clinic)
    with pytest.raises(Invalid) as refused:
        give(visit, clinic)
    assert {one.pointer: one.detail for one in refused.value.errors} == {
        "#/time_out_with": "Name the second person at time out.",
        "#/sign_out_with": "Name the second person at sign out.",
    }
    assert not Injection.objects.exists()
    assert give(visit, clinic, result="not-given", reason="Unwell").injection.sign_out_with == ""


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_whoever_records_is_no_second_person(clinic: Clinic, settings: Any, is_asked_for: bool) -> None:
    settings.SECOND_PERSON = is_asked_for
    visit = booked(clinic)
    with pytest.raises(Invalid) as refused:
        give(visit, clinic, time_out_with=f" {clinic.radiologist.name.upper()} ", sign_out_with="Sam Reed")
    assert [one.pointer for one in refused.value.errors] == ["#/time_out_with"]
    row = give(visit, clinic, **BOTH).injection
    assert (row.time_out_with, row.sign_out_with) == ("Jo Lindgren", "Sam Reed")


def test_the_steps_ask_and_the_report_names_them(world: World, radiologist: Browser, settings: Any) -> None:
    settings.SECOND_PERSON = True
    visit = arrived(world)
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    said = radiologist.post("procedure-step", visit.pk, "checks", data=PROCEDURE["checks"], expect=422)
    assert "Name the second person at time out." in said
    checks = PROCEDURE["checks"] | {"time_out_with": "Jo Lindgren"}
    for step, data in (("checks", checks), ("consent", PROCEDURE["consent"]), ("injection", INJECTION)):
        radiologist.post("procedure-step", visit.pk, step, data=data)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={}, expect=422)
    assert "Name the second person at sign out." in said
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={"sign_out_with": "radiologist"}, expect=422)
    assert "You record this yourself: name somebody else." in said
    assert 'href="#id_sign_out_with"' in radiologist.html
    radiologist.post("procedure-step", visit.pk, "aftercare", data={"sign_out_with": "Sam Reed"})
    said = radiologist.get("procedure-report", visit.pk)
    assert "Second person at time out: Jo Lindgren. Second person at sign out: Sam Reed." in said


def test_by_the_api_likewise(world: World, settings: Any) -> None:
    settings.SECOND_PERSON = True
    visit = booked(world.clinic)
    world.at(visit.end_at)
    there, body = f"/appointments/{visit.pk}/procedure/", procedure_at()
    without = {name: value for name, value in body.items() if name not in BOTH}
    assert pointers(world.radiologist.post(there, without)) == {"#/time_out_with", "#/sign_out_with"}
    done = world.radiologist.post(there, body | BOTH)
    assert done.status_code == 200, done.content
    assert done.json()["injection"].items() >= BOTH.items()
