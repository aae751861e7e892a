"""How an injection was done: recorded where it is asked, read back in the report, and judged by nobody. H9"""

import pytest

from injections.models import Injection
from injections.procedure.technique import BEFORE_LEAVING, LABELS, said_of, technique_problems
from tests.api_world import World, pointers
from tests.clinic import local
from tests.injections.procedure.test_pages import INJECTION, TODAY
from tests.pages_world import PROCEDURE, Browser
from tests.scenarios.api_bodies import procedure_at

TOLD = {
    "needle": "22 G, 90 mm",
    "approach": "From lateral, in plane",
    "tip": "Beside the tendon, deep to it",
    "no_resistance": "yes",
    "nerve_seen": "yes",
    "prescribed_by": "Dr Hale",
    "drawn_up_by": "Nurse Quill",
    "checked_by": "Nurse Birch",
    "power_and_feeling": "Foot down for an hour, then as before",
    "images": "ACC-2026-0302-7",
    "pain_before": 7,
    "pain_after": 0,
    "power": "normal",
    "feeling": "reduced",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pain_before", 11),
        ("pain_before", -1),
        ("pain_after", True),
        ("pain_after", "7"),
        ("power", "gone"),
        ("needle", "x" * 201),
        ("images", "http://pacs.example/7"),
        ("shoe_size", "9"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(name: str, value: object) -> None:
    assert [one.pointer for one in technique_problems({**TOLD, name: value})] == [f"#/{name}"]


def test_everything_that_can_be_said_is_shown() -> None:
    """Pain 0 is said and not left out; an https address is one."""
    assert technique_problems(TOLD) == []
    assert technique_problems({"images": "https://pacs.example/7"}) == []
    assert TOLD.keys() == LABELS.keys()
    assert dict(said_of(TOLD))["Pain 15 minutes after the anaesthetic, 0 to 10"] == "0"
    assert dict(said_of(TOLD))["Feeling in the leg before leaving"] == "Reduced"
    assert said_of({}) == []


def test_the_steps_record_it_and_the_report_reads_it_back(world: World, radiologist: Browser) -> None:
    visit = world.clinic.book(world.clinic.fit_patient("Birch"), local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:45"))
    at_step = {name: value for name, value in TOLD.items() if name not in BEFORE_LEAVING}
    after = {name: value for name, value in TOLD.items() if name not in at_step}
    for step in ("identity", "checks", "consent"):
        radiologist.post("procedure-step", visit.pk, step, data=PROCEDURE[step])
    wrong = {**INJECTION, **at_step, "pain_before": "12"}
    said = radiologist.post("procedure-step", visit.pk, "injection", data=wrong, expect=422)
    assert "There is a problem" in said
    radiologist.post("procedure-step", visit.pk, "injection", data={**INJECTION, **at_step})
    radiologist.post("procedure-step", visit.pk, "aftercare", data={**after, "note": "Tolerated well"})
    assert Injection.objects.get(appointment=visit).technique == TOLD
    said = radiologist.get("procedure-report", visit.pk)
    at_tip, pain = "Beside the tendon, deep to it", "Pain before, 0 to 10: 7"
    for words in ("22 G, 90 mm", at_tip, "ACC-2026-0302-7", "Note Tolerated well", pain):
        assert words in said, words


def test_the_api_takes_it_by_name(world: World) -> None:
    visit = world.clinic.book(world.clinic.fit_patient("Birch"), local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:45"))
    path = f"/appointments/{visit.pk}/procedure/"
    refused = world.radiologist.post(path, procedure_at() | {"pain_before": 11, "shoe": "9"})
    assert pointers(refused) == {"#/pain_before", "#/shoe"}
    refused = world.radiologist.post(path, procedure_at() | {"images": "http://pacs.example/7"})
    assert pointers(refused) == {"#/images"}
    told = {**TOLD, "note": "Tolerated well"}
    answer = world.radiologist.post(path, procedure_at() | told)
    assert answer.status_code == 200, answer.content
    read = world.reception.get(path).json()
    for said in (answer.json()["injection"], read, read["injections"][0]):
        assert {name: said[name] for name in told} == told
    assert read["result"] == "given"


def test_what_was_not_said_of_it_is_null(world: World) -> None:
    visit = world.clinic.book(world.clinic.fit_patient("Birch"), local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:45"))
    said = procedure_at() | {"needle": None, "approach": "", "power": None, "pain_before": None}
    made = world.radiologist.post(f"/appointments/{visit.pk}/procedure/", said).json()["injection"]
    assert {made[name] for name in LABELS} == {None}
    assert Injection.objects.get(pk=made["id"]).technique == {}
