"""A manager takes a merge back: the page says what goes where, and asks whose is what came between."""

from __future__ import annotations

from injections.merging.merge import merge_patients
from injections.models import Note
from injections.patient.notes import add_note
from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.api_world import World, problem
from tests.clinic import local
from tests.pages_world import Browser


def test_the_page_says_what_goes_where_and_asks_about_the_rest(
    world: World, manager: Browser, reception: Browser
) -> None:
    clinic = world.clinic
    source, target = clinic.fit_patient("Ashdown"), clinic.patient("Ashdowne")
    assert clinic.book(source, local("2026-03-10")).appointment is not None
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=clinic.now)
    add_note(target.pk, text="Allergic to latex", by=clinic.reception, now=clinic.now)
    name = f"note:{Note.objects.get().pk}"
    assert "Undo this merge" not in reception.get("patient", target.pk)
    reception.get("patient-unmerge", source.pk, expect=403)
    assert "Undo this merge" in manager.get("patient", target.pk)
    said = manager.get("patient-unmerge", source.pk)
    merged = f"Record {source.pk}, Robin Ashdown, was merged into record {target.pk}, Robin Ashdowne, on"
    assert f"{merged} Monday 2 March 2026 at 09:00 by manager." in said
    assert f"These go back to record {source.pk}, because they belong to it: 1 visit" in said
    assert "1 record was made since the merge, and it is not clear whose it is." in said
    assert "Note of Monday 2 March 2026 at 09:00: Allergic to latex" in said
    said = manager.post("patient-unmerge", source.pk, data={"two_people": ""}, expect=422)
    assert "Choose whose this is: Note of Monday 2 March 2026 at 09:00: Allergic to latex." in said
    assert "Say that they are two people." in said
    said = manager.post("patient-unmerge", source.pk, data={"two_people": "on", name: source.pk})
    assert f"The merge is undone: record {source.pk} and record {target.pk} are separate again." in said
    assert Note.objects.get().patient_id == source.pk
    manager.get("patient-unmerge", source.pk, expect=302)
    assert "has not been merged into another" in manager.get("patient", source.pk)
    manager.get("patient-unmerge", 987654321, expect=404)


def test_what_came_between_while_the_page_was_open_is_asked_about(world: World, manager: Browser) -> None:
    """Nothing is guessed: the page that comes back has the new row on it."""
    clinic = world.clinic
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=clinic.now)
    assert "Which record do these belong to?" not in manager.get("patient-unmerge", source.pk)
    add_note(target.pk, text="Allergic to latex", by=clinic.reception, now=clinic.now)
    said = manager.post("patient-unmerge", source.pk, data={"two_people": "on"}, expect=422)
    assert "Choose whose this is" in said
    assert Patient.objects.get(pk=source.pk).merged_into_id == target.pk


def test_by_the_api_what_is_undecided_is_listed_and_assigned(world: World) -> None:
    clinic = world.clinic
    source, target = clinic.patient("Ashdown", phone=""), clinic.patient("Ashdowne")
    keep = {"family_name": "this", "email": "other"}
    merged = world.manager.post(f"/patients/{source.pk}/merge/", {"into": target.pk, "keep": keep})
    assert merged.status_code == 200, merged.content
    assert merged.json()["family_name"] == "Ashdown"
    add_note(target.pk, text="Allergic to latex", by=clinic.reception, now=clinic.now)
    row = f"note:{Note.objects.get().pk}"
    refusal = problem(world.manager.post(f"/patients/{source.pk}/unmerge/", {}), 409)
    assert [one["row"] for one in refusal["undecided"]] == [row]
    seen = Entry.objects.filter(verb="viewed").latest("pk").patient_ids
    assert set(seen) == {source.pk, target.pk}, "a refusal that quotes records is a look at them"
    wrong = problem(world.manager.post(f"/patients/{source.pk}/unmerge/", {"assign": {row: "987", "x": "1"}}), 422)
    assert {one["pointer"] for one in wrong["errors"]} == {f"#/assign/{row}", "#/assign/x"}
    done = world.manager.post(f"/patients/{source.pk}/unmerge/", {"assign": {row: str(target.pk)}})
    assert done.status_code == 200, done.content
    assert set(Entry.objects.filter(verb="viewed").latest("pk").patient_ids) == {source.pk, target.pk}
    assert (done.json()["id"], done.json()["merged_into"]) == (str(source.pk), None)
    assert Patient.objects.get(pk=target.pk).family_name == "Ashdowne"
    problem(world.manager.post(f"/patients/{source.pk}/unmerge/", {}), 409)


def test_by_the_api_what_is_chosen_wrongly_is_named(world: World) -> None:
    source, target = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    address = f"/patients/{source.pk}/merge/"
    for keep in ({"phone": "this"}, {"shoe_size": "this"}, {"email": "mine"}, {"email": None}, {"email": ["this"]}):
        refusal = problem(world.manager.post(address, {"into": target.pk, "keep": keep}), 422)
        assert [one["pointer"] for one in refusal["errors"]] == [f"#/keep/{next(iter(keep))}"]
    problem(world.manager.post(address, {"into": target.pk, "keep": "this"}), 422)


def test_by_the_api_pairs_are_reported_listed_and_dismissed(world: World) -> None:
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    told = world.reception.post("/duplicates/", {"patient": here.pk, "other": other.pk, "note": "One face"})
    assert told.status_code == 201, told.content
    again = world.reception.post("/duplicates/", {"patient": other.pk, "other": here.pk})
    assert again.json()["id"] == told.json()["id"]
    [listed] = world.manager.get("/duplicates/").json()["results"]
    assert (listed["patient"], listed["other"], listed["note"]) == (str(here.pk), str(other.pk), "One face")
    assert "The date of birth is the same." in listed["because"]
    assert (listed["reported_by"], listed["is_likely"]) == ("reception", True)
    for body, fields in (
        ({}, {"#/patient", "#/other"}),
        ({"patient": here.pk, "other": here.pk}, {"#/other"}),
        ({"patient": here.pk, "other": 987}, {"#/other"}),
    ):
        refusal = problem(world.reception.post("/duplicates/", body), 422)
        assert {one["pointer"] for one in refusal["errors"]} == fields
    dismiss = f"/duplicates/{listed['id']}/dismiss/"
    problem(world.manager.post(dismiss, {"reason": " "}), 422)
    done = world.manager.post(dismiss, {"reason": "Twins"})
    assert (done.status_code, done.json()["reason"]) == (200, "Twins")
    assert world.manager.get("/duplicates/").json()["results"] == []
    problem(world.manager.post(dismiss, {"reason": "Twins"}), 409)
    problem(world.manager.post("/duplicates/987/dismiss/", {"reason": "Twins"}), 404)
