"""Allergies, conditions and medicines on their pages: added, seen, withdrawn and struck through."""

from __future__ import annotations

from injections.models import AllergyIntolerance, Condition
from tests.api_world import World
from tests.pages_world import Browser

ALLERGY = {"substance": "Penicillin", "reaction": "Rash", "since": "May 2019", "said_by": "The patient"}
MEDICINE = {"kind": "medicine", "name": "Prednisolone 5 mg", "code": "H02AB06", "since": "2024", "said_by": "GP letter"}


def test_an_allergy_is_added_and_stands_on_the_patients_page(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = reception.get("patient", patient.pk)
    assert "None recorded. That does not mean there are none: ask." in said
    said = reception.post("allergy-add", patient.pk, data=ALLERGY)
    assert "The allergy is recorded." in said
    assert "Penicillin: Rash, since May 2019 Said by: The patient. Recorded by reception on 2 March 2026" in said
    assert AllergyIntolerance.objects.get().since == "2019-05"


def test_a_medicine_is_added_with_its_code(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = reception.post("condition-add", patient.pk, data=MEDICINE)
    assert "The medicine is recorded." in said
    assert "Prednisolone 5 mg (medicine): H02AB06, since 2024" in said


def test_what_is_withdrawn_is_struck_through_with_its_reason(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    world.clinic.known(patient)
    row = AllergyIntolerance.objects.get()
    assert "Withdraw the allergy “Latex”" in radiologist.get("allergy-withdraw", row.pk)
    said = radiologist.post("allergy-withdraw", row.pk, data={"reason": "Patch test negative"})
    assert "The allergy is withdrawn." in said
    assert "<del>Latex: Rash</del>" in radiologist.html
    assert "withdrawn Patch test negative (radiologist, 2 March 2026)" in said
    radiologist.client.get(f"/allergies/{row.pk}/withdraw/", follow=True)
    medicine = Condition.objects.get(kind="medicine")
    assert "The medicine is withdrawn." in radiologist.post("condition-withdraw", medicine.pk, data={"reason": "Off"})


def test_who_opens_what_was_withdrawn_is_led_to_what_stands(world: World, reception: Browser) -> None:
    row = world.clinic.allergy(world.clinic.patient())
    reception.post("allergy-withdraw", row.pk, data={"reason": "No"})
    response = reception.client.get(f"/allergies/{row.pk}/withdraw/", follow=True)
    assert "This record has already been corrected or withdrawn." in response.content.decode()
    said = reception.post("allergy-withdraw", row.pk, data={"reason": "Again"}, expect=422)
    assert "has already been corrected or withdrawn" in said


def test_every_problem_stands_at_its_field_and_what_was_typed_stays(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    wrong = {"substance": "", "reaction": "a\u202eb", "since": "2030", "said_by": ""}
    said = reception.post("allergy-add", patient.pk, data=wrong, expect=422)
    for sentence in (
        "Enter the substance.",
        "Reaction: this text holds a character that turns the direction of writing around",
        "Since when",
        "is in the future",
        "“Who said it”",
    ):
        assert sentence in said
    said = reception.post("condition-add", patient.pk, data={"name": "Gout", "code": "x y"}, expect=422)
    assert "Answer “What is it”." in said
    assert 'value="Gout"' in reception.html
    assert "A code has no spaces in it." in said


def test_the_same_again_is_refused_in_words(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.post("allergy-add", patient.pk, data=ALLERGY)
    said = reception.post("allergy-add", patient.pk, data=ALLERGY, expect=422)
    assert "This is already recorded. To record it differently, withdraw that record first." in said


def test_a_manager_reads_what_is_known_and_writes_none_of_it(world: World, manager: Browser) -> None:
    patient = world.clinic.patient()
    world.clinic.known(patient)
    said = manager.get("patient", patient.pk)
    assert "Latex: Rash, since May 2019" in said
    assert "Add an allergy" not in said
    assert "Withdraw" not in said
    manager.get("allergy-add", patient.pk, expect=403)
