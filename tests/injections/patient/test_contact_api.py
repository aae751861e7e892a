"""How to reach a patient, what they need, GP and carer through the API: what is sent is what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.api_world import World, pointers, problem

WHO = {"given_name": "Robin", "family_name": "Ashdown", "date_of_birth": "1980-05-01"}
RECORD: dict[str, Any] = {
    "email": "robin@mail.example",
    "phone": "07700 900123",
    "address": "Flat 2\n7 Mill Lane\nLeeds LS1 1AA",
    "preferred_contact": "letter",
    "language": "British Sign Language",
    "needs": "Uses a wheelchair",
    "gp": {
        "name": "Dr Ines Faulk",
        "practice": "Mill Lane Surgery",
        "address": "1 Mill Lane\nLeeds",
        "email": "post@surgery.example",
    },
    "carer": {"name": "Ruth Ashdown", "relation": "Daughter", "phone": "07700 900456", "may_speak": True},
}
NOTHING = {"address": "", "gp": None, "preferred_contact": None, "language": "", "needs": "", "carer": None}


def registered(world: World, **values: Any) -> dict[str, Any]:
    response = world.reception.post("/patients/", {**WHO, **RECORD, **values})
    assert response.status_code == 201, response.content
    return dict(response.json())


def patched(world: World, made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    response = world.reception.patch(f"/patients/{made['id']}/", changes)
    assert response.status_code == 200, response.content
    return dict(response.json())


def of_record(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in NOTHING}


def test_what_is_sent_is_answered_and_can_be_sent_again(world: World) -> None:
    made = registered(world)
    assert {name: made[name] for name in RECORD} == RECORD
    assert world.reception.get(f"/patients/{made['id']}/").json() == made
    again = patched(world, made, **{name: made[name] for name in RECORD}, revision=1)
    assert {name: again[name] for name in RECORD} == RECORD
    assert again["revision"] == 1, "nothing changed"


def test_who_says_nothing_of_it_has_nothing(world: World) -> None:
    made = world.reception.post("/patients/", WHO).json()
    assert of_record(made) == NOTHING
    assert made["email_opt_in"] is False, "no address, nothing to agree to"
    assert of_record(patched(world, made, **NOTHING)) == NOTHING


def test_an_address_that_is_sent_is_one_to_write_to_unless_it_is_said_otherwise(world: World) -> None:
    assert registered(world)["email_opt_in"] is True
    made = registered(world, email="", date_of_birth="1950-01-01", phone="07700 900999", confirm_new=True)
    assert made["email_opt_in"] is False
    assert patched(world, made, email="later@mail.example")["email_opt_in"] is True
    assert patched(world, made, email_opt_in=False, email="again@mail.example")["email_opt_in"] is False
    assert patched(world, made, email="once.more@mail.example")["email_opt_in"] is False


def test_a_change_of_gp_or_carer_changes_what_it_names(world: World) -> None:
    made = registered(world)
    changed = patched(world, made, gp={"practice": "High Street Surgery"}, carer={"phone": "020 7946 0958 ext 12"})
    assert changed["gp"] == {**RECORD["gp"], "practice": "High Street Surgery"}
    assert changed["carer"] == {**RECORD["carer"], "phone": "020 7946 0958 ext 12"}
    assert Patient.objects.get().carer_phone == "+442079460958;ext=12", "kept as every phone is"
    assert patched(world, made, gp={"email": None, "address": ""})["gp"] == {
        **RECORD["gp"],
        "practice": "High Street Surgery",
        "email": "",
        "address": "",
    }
    assert of_record(patched(world, made, gp=None, carer=None)) == {**of_record(made), "gp": None, "carer": None}
    entry = Entry.objects.filter(verb="patient-corrected").latest("pk")
    assert "carer_may_speak" in entry.detail["fields"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"gp": {"email": "x@"}}, "#/gp/email"),
        ({"gp": {"email": "x" * 250 + "@mail.example"}}, "#/gp/email"),
        ({"gp": {"name": "x" * 201}}, "#/gp/name"),
        ({"gp": {"practice": "Mill\u202eLane"}}, "#/gp/practice"),
        ({"gp": {"address": "1 Mill Lane\x0bLeeds"}}, "#/gp/address"),
        ({"gp": {"surgery": "Mill Lane"}}, "#/gp/surgery"),
        ({"gp": "Dr Faulk"}, "#/gp"),
        ({"carer": {"name": "Ruth Ashdown", "phone": "ask my son"}}, "#/carer/phone"),
        ({"carer": {"may_speak": "yes"}}, "#/carer/may_speak"),
        ({"carer": {"relation": "Daughter\u200b"}}, "#/carer/relation"),
        ({"carer": {"name": "", "relation": "Daughter"}}, "#/carer/name"),
        ({"carer": {"relation": "Daughter"}}, "#/carer/name"),
        ({"carer": []}, "#/carer"),
        ({"address": "x" * 501}, "#/address"),
        ({"address": ["1 Mill Lane"]}, "#/address"),
        ({"needs": "x" * 1001}, "#/needs"),
        ({"needs": "Wheelchair\u2028and more"}, "#/needs"),
        ({"language": "x" * 101}, "#/language"),
        ({"language": "Polish\nPolish"}, "#/language"),
        ({"preferred_contact": "fax"}, "#/preferred_contact"),
        ({"preferred_contact": True}, "#/preferred_contact"),
        ({"email": "", "preferred_contact": "email"}, "#/preferred_contact"),
        ({"phone": "", "preferred_contact": "sms"}, "#/preferred_contact"),
        ({"phone": None, "preferred_contact": "phone"}, "#/preferred_contact"),
        ({"address": " \n ", "preferred_contact": "letter"}, "#/preferred_contact"),
    ],
)
def test_what_cannot_be_names_its_field_and_stores_nothing(world: World, changes: dict[str, Any], named: str) -> None:
    assert pointers(world.reception.post("/patients/", {**WHO, **RECORD, **changes})) == {named}
    assert not Patient.objects.exists()


def test_every_problem_of_every_kind_comes_at_once(world: World) -> None:
    """Ill-formed, unknown, impossible and contradictory, in the objects and beside them; of a change likewise."""
    wrong = {
        "email": "",
        "preferred_contact": "email",
        "address": 7,
        "language": "x" * 101,
        "gp": {"name": 7, "email": "nope", "rank": 1},
        "carer": {"relation": "Daughter", "phone": "-----"},
    }
    named = {
        *("#/preferred_contact", "#/address", "#/language", "#/gp/name", "#/gp/email", "#/gp/rank"),
        *("#/carer/name", "#/carer/phone"),
    }
    birth = {"date_of_birth": "2190-01-01", "nhs_number": "1111111111"}
    found = pointers(world.reception.post("/patients/", {**WHO, **wrong, **birth}))
    assert found == named | {"#/date_of_birth", "#/nhs_number"}
    made = world.reception.post("/patients/", WHO).json()
    del wrong["email"]
    assert pointers(
        world.reception.patch(f"/patients/{made['id']}/", {**wrong, "given_name": "", "family_name": ""})
    ) == (named | {"#/given_name"}), "what the record lacks is known too"


def test_what_a_way_to_be_reached_needs_cannot_be_taken_away(world: World) -> None:
    made = registered(world)
    refused = world.reception.patch(f"/patients/{made['id']}/", {"address": ""})
    [error] = problem(refused, 422)["errors"]
    assert error == {
        "pointer": "#/preferred_contact",
        "detail": "Preferred contact: “Letter” is preferred, but there is no postal address.",
    }
    assert pointers(world.reception.patch(f"/patients/{made['id']}/", {"carer": {"name": ""}})) == {"#/carer/name"}
    assert patched(world, made, address="", preferred_contact="sms")["preferred_contact"] == "sms"
    assert patched(world, made, preferred_contact="")["preferred_contact"] is None


def test_a_stale_change_is_told_both_versions_with_their_gp_and_carer(world: World) -> None:
    made = registered(world)
    patched(world, made, gp={"email": "new@surgery.example"}, carer=None, revision=1)
    stale = world.radiologist.patch(f"/patients/{made['id']}/", {"needs": "A chair with arms", "revision": 1})
    told = problem(stale, 409)
    assert (told["seen"]["gp"], told["seen"]["carer"]) == (RECORD["gp"], RECORD["carer"])
    assert (told["present"]["gp"]["email"], told["present"]["carer"]) == ("new@surgery.example", None)
    changes = {one["field"]: (one["from"], one["to"]) for one in told["changes"]}
    assert changes["gp_email"] == ("post@surgery.example", "new@surgery.example")
    assert changes["carer_phone"] == ("07700 900456", "nothing")
    assert changes["carer_may_speak"] == ("yes", "no")


def test_lines_are_kept_tidy(world: World) -> None:
    made = registered(world, address="\r\n Flat\u00a02 \r\n7 Mill  Lane\r\n\r\n")
    assert made["address"] == "Flat 2\n7 Mill Lane"


def test_interpreter_and_needs_are_among_the_alerts(world: World) -> None:
    made = registered(world)
    assert made["alerts"] == [
        {"kind": "interpreter", "text": "British Sign Language"},
        {"kind": "needs", "text": "Uses a wheelchair"},
    ]
    found = world.reception.post("/patients/search/", {"text": "Ashdown"}).json()["results"]
    assert [of_record(one) for one in found] == [of_record(made)]
