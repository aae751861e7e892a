"""How to reach a patient, what they need, GP and carer on the pages that register, change and show them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import Browser, browser
from tests.scheduling.patients.kept_of_contact import EVERYTHING, NOTHING

PERSON = {
    "given_name": "Erin",
    "family_name": "Ashdown",
    "date_of_birth": "1 5 1980",
    "email": "erin@mail.example",
    "email_opt_in": "on",
    "phone": "07700 900321",
}
TYPED = {**EVERYTHING, "carer_phone": "07700 900456", "carer_may_speak": "on"}
LATER = r"<details( open)?>\s*<summary>Interpreter, access needs, GP or referrer, carer</summary>"


def stored(patient: Patient) -> dict[str, Any]:
    found = Patient.objects.get(pk=patient.pk)
    return {name: getattr(found, name) for name in EVERYTHING}


def test_registration_keeps_everything_and_the_page_shows_it(reception: Browser) -> None:
    said = reception.post("patient-register", data={**PERSON, **TYPED})
    assert stored(Patient.objects.get()) == EVERYTHING
    for shown in (
        "Address 7 Mill Lane Leeds",
        "Preferred contact Letter",
        "Interpreter for Polish",
        "Access needs Uses a wheelchair",
        "GP or referrer Dr Ines Faulk Mill Lane Surgery 1 Mill Lane Leeds post@surgery.example",
        "Carer Ruth Ashdown, Daughter 07700 900456 May speak for the patient",
    ):
        assert shown in said


def test_registration_is_short_and_nothing_is_ticked(reception: Browser) -> None:
    """What only some have to say is folded away, and open once something was said of it or is wrong with it."""
    reception.get("patient-register")
    assert "checked" not in reception.html
    assert re.findall(LATER, reception.html) == [""]
    reception.post("patient-register", data={**PERSON, "family_name": "", "given_name": ""}, expect=422)
    assert re.findall(LATER, reception.html) == [""]
    reception.post("patient-register", data={**PERSON, "date_of_birth": "", "gp_email": "x@"}, expect=422)
    assert re.findall(LATER, reception.html) == [" open"]
    reception.post("patient-register", data={**PERSON, "date_of_birth": "", "needs": "Large print"}, expect=422)
    assert re.findall(LATER, reception.html) == [" open"]


def test_an_email_without_a_yes_gets_no_emails(reception: Browser) -> None:
    said = reception.post("patient-register", data={**PERSON, "email_opt_in": ""})
    assert "This patient gets no emails: they do not want any." in said
    assert Patient.objects.get().email_opt_in is False


def test_the_details_open_with_what_is_kept_and_a_save_changes_nothing(world: World, reception: Browser) -> None:
    patient = world.clinic.patient("Ashdown", given_name="Erin", **EVERYTHING)
    said = reception.get("patient-correct", patient.pk)
    for heading in ("Who it is", "How to reach them", "Language and access", "GP or referrer", "Carer"):
        assert f"<legend><h2>{heading}</h2></legend>" in reception.html
        assert heading in said
    assert 'value="07700 900456"' in reception.html
    typed = {**PERSON, **TYPED, "email": patient.email, "phone": "07700 900123", "revision": "1"}
    typed |= {"address": "7 Mill Lane\r\nLeeds\r\n", "gp_address": "1 Mill Lane\r\nLeeds"}
    reception.post("patient-correct", patient.pk, data=typed)
    assert stored(patient) == EVERYTHING
    assert Patient.objects.get().revision == 1, "a browser ends lines in its own way: that is no change"
    reception.post("patient-correct", patient.pk, data={**PERSON, "revision": "1"})
    assert stored(patient) == NOTHING


def test_every_wrong_field_is_named_at_once(reception: Browser) -> None:
    wrong = {
        "date_of_birth": "1 5 2036",
        "email": "",
        "preferred_contact": "email",
        "needs": "x" * 1001,
        "language": "Pol\u202eish",
        "gp_practice": "Mill\u200bLane",
        "gp_email": "nope",
        "gp_address": "x" * 501,
        "carer_relation": "Daughter",
        "carer_phone": "ask my son",
    }
    said = reception.post("patient-register", data={**PERSON, **wrong}, expect=422)
    for name in set(wrong) - {"email", "carer_relation"} | {"carer_name"}:
        assert f'href="#id_{name}"' in reception.html, name
    assert "“Email” is preferred, but there is no email address." in said
    assert "Enter the carer’s name, or leave out all about a carer." in said
    assert "Phone of the carer: enter a phone number, such as 020 7946 0958" in said
    assert "name@surgery.example" in said
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("way", "lacking", "words"),
    [("sms", "phone", "“Text message”"), ("phone", "phone", "“Phone call”"), ("letter", "address", "“Letter”")],
)
def test_a_way_that_leads_nowhere_is_refused_at_its_field(
    way: str, lacking: str, words: str, reception: Browser
) -> None:
    said = reception.post("patient-register", data={**PERSON, lacking: "", "preferred_contact": way}, expect=422)
    assert f"{words} is preferred, but there is no" in said
    assert 'href="#id_preferred_contact"' in reception.html


def test_interpreter_and_needs_stand_on_top_of_every_page_before_the_needle(world: World) -> None:
    """The desk reads them before the visit, the radiologist with the patient there."""
    patient = world.clinic.fit_patient("Ashdown", language="Polish", needs="Uses a wheelchair\nLarge print")
    visit = world.clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    alerts = "Interpreter Polish Access needs Uses a wheelchair; Large print"
    reception = browser(world.clinic.users["reception"])
    for name, pk in (("patient", patient.pk), ("appointment", visit.pk), ("booking-what", patient.pk)):
        assert alerts in reception.get(name, pk)
    world.at(local("2026-03-10"))
    reception.post("appointment-arrive", visit.pk)
    assert alerts in browser(world.clinic.users["radiologist"]).get("procedure-step", visit.pk, "identity")


def test_two_people_who_change_different_things_keep_both(world: World, reception: Browser, manager: Browser) -> None:
    """Lines, choices and boxes are compared as people mean them, not as browsers send them."""
    patient = world.clinic.patient("Ashdown", given_name="Erin", **EVERYTHING)
    usual = {**PERSON, **TYPED, "email": patient.email, "phone": "07700 900123", "revision": "1"}
    theirs = {"gp_email": "new@surgery.example", "carer_may_speak": "", "carer_phone": "020 7946 0958"}
    manager.post("patient-correct", patient.pk, data={**usual, **theirs})
    mine = {"needs": "Large print", "address": "7 Mill Lane\r\nLeeds", "preferred_contact": "phone"}
    said = reception.post("patient-correct", patient.pk, data={**usual, **mine}, expect=422)
    assert "“Email of the GP or referrer” was post@surgery.example and is new@surgery.example now: manager" in said
    assert "“Phone of the carer” was 07700 900456 and is 020 7946 0958 now: manager" in said
    assert "“The carer may speak for the patient” was yes and is no now: manager" in said
    kept = {**usual, **mine, **theirs, "revision": "2"}
    reception.post("patient-correct", patient.pk, data=kept)
    assert stored(patient) == {
        **EVERYTHING,
        "gp_email": "new@surgery.example",
        "carer_may_speak": False,
        "carer_phone": "+442079460958",
        "needs": "Large print",
        "preferred_contact": "phone",
    }
    manager.post("patient-correct", patient.pk, data={**kept, "preferred_contact": "", "revision": "3"})
    said = reception.post("patient-correct", patient.pk, data={**kept, "revision": "3"}, expect=422)
    assert "“Preferred contact” was Phone call and is nothing now: manager" in said


def test_the_questions_name_the_carer_in_the_choice_of_who_answered(world: World, reception: Browser) -> None:
    cared_for, alone = world.clinic.patient("Ashdown", **EVERYTHING), world.clinic.patient("Birch")
    assert "A carer: Ruth Ashdown, Daughter" in reception.get("screening", cared_for.pk)
    assert "The patient A carer A clinician" in reception.get("screening", alone.pk)
