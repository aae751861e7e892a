"""Address, preferred contact, needs, GP and carer when two records become one, and two again."""

from __future__ import annotations

from typing import Any

import pytest

from injections.merging.merge import merge_patients
from injections.merging.unmerge import unmerge_patients
from injections.patient.identity import correct_patient
from pht_clinic.errors import Invalid
from scheduling.models import Merge, Patient
from scheduling.patients.joining import details
from tests.api_world import World, pointers
from tests.clinic import Clinic
from tests.pages_world import Browser
from tests.scheduling.patients.kept_of_contact import EVERYTHING, NOTHING

OTHERS: dict[str, Any] = {
    "address": "9 High Street",
    "preferred_contact": "phone",
    "language": "Urdu",
    "needs": "Large print",
    "gp_name": "Dr Otto Lang",
    "carer_name": "Sam Ashdown",
}


def contact(patient: Patient) -> dict[str, Any]:
    stored = Patient.objects.get(pk=patient.pk)
    return {name: getattr(stored, name) for name in EVERYTHING}


def merge(clinic: Clinic, source: Patient, target: Patient, **keep: str) -> None:
    merge_patients(source.pk, into_id=target.pk, keep=keep, by=clinic.manager, now=clinic.now)


def take_back(clinic: Clinic, source: Patient) -> None:
    unmerge_patients(source.pk, by=clinic.manager, now=clinic.now)


def change(clinic: Clinic, patient: Patient, **changes: Any) -> None:
    correct_patient(patient.pk, changes=changes, by=clinic.reception, now=clinic.now)


def test_what_the_standing_record_lacks_is_carried_over_and_given_back(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown", **EVERYTHING), clinic.patient("Ashdowne")
    before = [details(source), details(target)]
    merge(clinic, source, target)
    assert contact(target) == EVERYTHING
    take_back(clinic, source)
    assert (contact(source), contact(target)) == (EVERYTHING, NOTHING)
    assert [details(Patient.objects.get(pk=one.pk)) for one in (source, target)] == before


def test_of_what_differs_the_choice_stays_a_gp_and_a_carer_as_a_whole(clinic: Clinic) -> None:
    """Nobody gets the name of one GP with the address of another."""
    source, target = clinic.patient("Ashdown", **EVERYTHING), clinic.patient("Ashdowne", **OTHERS)
    merge(clinic, source, target, gp="this", carer="other", address="this", language="other")
    # the language of messages stands on the record merged away alone: it goes over
    stands = {
        **NOTHING,
        **OTHERS,
        "written_language": "de",
        **{name: EVERYTHING[name] for name in EVERYTHING if name.startswith("gp_")},
    }
    assert contact(target) == {**stands, "address": EVERYTHING["address"]}
    take_back(clinic, source)
    assert contact(target) == {**NOTHING, **OTHERS}


def test_what_is_the_same_but_for_capitals_needs_no_choice(clinic: Clinic) -> None:
    source = clinic.patient("Ashdown", **EVERYTHING)
    target = clinic.patient("Ashdowne", **{**EVERYTHING, "language": "POLISH", "gp_email": "Post@surgery.example"})
    with pytest.raises(Invalid) as refused:
        merge(clinic, source, target, language="this", gp="this", carer="this")
    assert [one.pointer for one in refused.value.errors] == ["#/keep/language", "#/keep/gp", "#/keep/carer"]


def test_what_was_changed_since_the_merge_stays(clinic: Clinic) -> None:
    """The GP as a whole too: part of it was changed."""
    source, target = clinic.patient("Ashdown", **EVERYTHING), clinic.patient("Ashdowne")
    merge(clinic, source, target)
    change(clinic, target, gp_practice="High Street Surgery", needs="A chair with arms")
    take_back(clinic, source)
    kept = {name: EVERYTHING[name] for name in EVERYTHING if name.startswith("gp_")}
    assert contact(target) == {**NOTHING, **kept, "gp_practice": "High Street Surgery", "needs": "A chair with arms"}


def test_a_preferred_contact_that_would_lead_nowhere_goes_with_what_it_needed(clinic: Clinic) -> None:
    """Chosen after the merge, by an address that the merge had brought."""
    source, target = clinic.patient("Ashdown", address="7 Mill Lane"), clinic.patient("Ashdowne")
    merge(clinic, source, target)
    change(clinic, target, preferred_contact="letter")
    take_back(clinic, source)
    assert contact(target) == NOTHING


def test_a_merge_from_before_these_were_kept_can_be_taken_back(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne", **EVERYTHING)
    merge(clinic, source, target)
    row = Merge.objects.get()
    for said in (row.before["source"], row.before["target"], row.after):
        for name in EVERYTHING:
            del said[name]
    row.save()
    take_back(clinic, source)
    assert contact(target) == EVERYTHING


def test_both_are_compared_and_what_differs_is_asked_about(world: World, manager: Browser) -> None:
    here, other = world.clinic.patient("Ashdown", **EVERYTHING), world.clinic.patient("Ashdown", **OTHERS)
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    for row in (
        "Postal address differs 7 Mill Lane, Leeds 9 High Street",
        "Preferred contact differs Letter Phone call",
        "Interpreter differs Polish Urdu",
        "Access needs differs Uses a wheelchair Large print",
        "GP or referrer differs Dr Ines Faulk, Mill Lane Surgery, 1 Mill Lane, Leeds, post@surgery.example Dr Otto",
        "Carer differs Ruth Ashdown, Daughter, 07700 900456, may speak for the patient Sam Ashdown",
    ):
        assert row in said
    refused = manager.post("patient-merge", here.pk, query={"with": other.pk}, expect=422)
    assert "Choose which GP or referrer is right." in refused
    assert "Choose which carer is right." in refused
    chosen = {f"keep_{name}": other.pk for name in ("address", "preferred_contact", "language", "needs", "gp")}
    sent = {"keep": here.pk, "same_person": "on", "keep_carer": here.pk, **chosen}
    manager.post("patient-merge", here.pk, query={"with": other.pk}, data=sent)
    stands = contact(here)
    assert (stands["gp_name"], stands["gp_email"], stands["carer_name"]) == ("Dr Otto Lang", "", "Ruth Ashdown")


def test_two_records_that_say_nothing_of_it_show_nothing_of_it(world: World, manager: Browser) -> None:
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdown")
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    assert "Interpreter" not in said
    assert "Carer" not in said


def test_programs_choose_likewise(world: World) -> None:
    source, target = world.clinic.patient("Ashdown", **EVERYTHING), world.clinic.patient("Ashdown", **OTHERS)
    address = f"/patients/{source.pk}/merge/"
    wrong = {"into": target.pk, "keep": {"gp_email": "this", "carer": "mine"}}
    assert pointers(world.manager.post(address, wrong)) >= {"#/keep/carer"}
    merged = world.manager.post(address, {"into": target.pk, "keep": {"gp": "this", "carer": "this"}}).json()
    assert (merged["gp"]["email"], merged["carer"]["may_speak"]) == ("post@surgery.example", True)
    assert merged["address"] == OTHERS["address"]
