"""The pathway opens as it is recorded; what is changed in it is stored, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from injections.models import Pathway
from scheduling.models import Appointment, Patient
from tests.api_world import IT, World
from tests.clinic import local
from tests.filled_form import fields_of
from tests.pages_world import LEFT_HAMSTRING, Browser, browser


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def opened(pages: Browser, patient: Patient, **query: str) -> dict[str, Any]:
    pages.get("pathway", patient.pk, **(query or LEFT_HAMSTRING))
    return fields_of(pages.html, "physiotherapy")


def saved(pages: Browser, patient: Patient, form: dict[str, Any], *, expect: int = 302, **changes: object) -> str:
    return pages.post("pathway", patient.pk, data={**form, **changes}, expect=expect)


def test_rec13_one_field_is_changed_and_nothing_else(world: World, reception: Browser) -> None:
    """No new warning: the booking stands."""
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    before = Pathway.objects.get()
    saved(reception, patient, opened(reception, patient), loading_stage="2")
    after = Pathway.objects.latest("pk")
    assert (after.content, after.loading_stage, after.side) == (before.content, 2, before.side)
    assert Appointment.objects.get(pk=booked["id"]).status == "booked"


def test_a_patch_changes_what_it_names(world: World) -> None:
    patient = world.clinic.fit_patient()
    before = Pathway.objects.get()
    done = world.reception.patch(
        f"/patients/{patient.pk}/pathway/", {"area": IT, "side": "left", "treatments_tried": ["shockwave"]}
    )
    assert done.status_code == 200, done.content
    assert (done.json()["physiotherapy"], done.json()["treatments_tried"]) == ("completed", ["shockwave"])
    assert Pathway.objects.latest("pk").content == before.content


def test_a_pathway_saved_as_it_was_is_not_stored_again(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    assert "Nothing was changed" in saved(reception, patient, opened(reception, patient))
    assert Pathway.objects.count() == 1


def test_what_a_colleague_changed_meanwhile_stays(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    form = opened(reception, patient)
    body = {"area": IT, "side": "left", "suspected_avulsion": "yes"}
    world.radiologist.patch(f"/patients/{patient.pk}/pathway/", body)
    saved(reception, patient, form, loading_stage="3")
    after = Pathway.objects.latest("pk")
    assert (after.content["suspected_avulsion"], after.loading_stage) == ("yes", 3)


def test_a_finding_on_the_sheet_is_whose_name_stands_beside_it(world: World, reception: Browser) -> None:
    """A sheet that was open meanwhile and found nothing itself leaves the colleague's name there."""
    patient = world.clinic.fit_patient()
    form = opened(reception, patient)
    saved(reception, patient, form, suspected_avulsion="no", examined_by="Dr Walker", examined_on="20 2 2026")
    again = opened(reception, patient)
    assert (again["examined_by"], again["examined_on"]) == (["Dr Walker"], ["20 02 2026"])
    saved(reception, patient, again, indications=["sit-bone-tenderness"])
    assert Pathway.objects.latest("pk").examined_by == "Dr Walker"
    saved(reception, patient, form, loading_stage="3")
    assert Pathway.objects.latest("pk").examined_by == "Dr Walker"


def test_the_same_field_changed_meanwhile_is_named_before_it_is_replaced(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    form = opened(reception, patient)
    body = {"area": IT, "side": "left", "response": "satisfactory"}
    world.radiologist.patch(f"/patients/{patient.pk}/pathway/", body)
    said = saved(reception, patient, form, response="unknown", expect=422)
    assert "Changed since this page was opened, by radiologist" in said
    assert "Result of the physiotherapy" in said
    saved(reception, patient, fields_of(reception.html, "physiotherapy"), replace_newer="on")
    assert Pathway.objects.latest("pk").content["response"] is None


def test_the_pathway_of_one_side_is_not_saved_for_the_other(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    form = opened(reception, patient, area=IT, side="right")
    assert "physiotherapy" not in form
    saved(reception, patient, form, physiotherapy="none")
    assert [row.side for row in Pathway.objects.order_by("pk")] == ["left", "right"]
