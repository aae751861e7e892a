"""Letters over the API: filed by a radiologist, read by reception, in versions."""

from __future__ import annotations

from injections.models import ClinicalLetter
from tests.api_world import World, pointers, problem
from tests.injections.letters.test_write import LATER, given


def test_a_letter_is_filed_in_versions_and_read_back(world: World) -> None:
    done = given(world.clinic)
    world.at(LATER)
    path = f"/appointments/{done.appointment.pk}/letter/"
    assert world.reception.get(path).json()["results"] == []
    first = world.radiologist.post(path, {"paragraph": "Thank you for sending Robin."})
    assert first.status_code == 201, first.content
    assert (first.json()["kind"], first.json()["version"]) == ("gp", 1)
    assert first.json()["content"]["paragraph"] == "Thank you for sending Robin."
    same = world.radiologist.post(path, {"kind": "gp", "paragraph": "Thank you for sending Robin."})
    assert same.json() == first.json(), "what would say the same is filed once"
    second = world.radiologist.post(path, {"paragraph": "Many thanks."}).json()
    copy = world.radiologist.post(path, {"kind": "patient-copy"}).json()
    assert world.reception.get(path).json()["results"] == [copy, second, first.json()]
    assert (second["version"], copy["version"], copy["paragraph"]) == (2, 1, "")


def test_only_a_radiologist_writes_and_only_of_what_was_given(world: World) -> None:
    other = world.in_review_zone("Cole", day="2026-03-12")
    done = given(world.clinic)
    world.at(LATER)
    path = f"/appointments/{done.appointment.pk}/letter/"
    problem(world.reception.post(path, {"paragraph": "Me too"}), 403)
    problem(world.manager.get(path), 403)
    assert pointers(world.radiologist.post(path, {"kind": "insurer", "paragraph": "x" * 1201})) == {
        "#/kind",
        "#/paragraph",
    }
    assert not ClinicalLetter.objects.exists()
    problem(world.radiologist.post(f"/appointments/{other['id']}/letter/", {}), 409)
    problem(world.radiologist.get("/appointments/999999/letter/"), 404)
