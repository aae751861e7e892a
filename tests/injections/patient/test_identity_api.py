"""Patients through the API: registering, finding, correcting, joining."""

from __future__ import annotations

import pytest

from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.api_world import World, pointers, problem
from tests.clinic import local

NEW = {
    "given_name": "Robin",
    "family_name": "Ashdown",
    "date_of_birth": "1980-05-01",
    "email": "robin@mail.example",
    "phone": "07700 900123",
    "nhs_number": "999 000 0018",
}


def views() -> list[list[int]]:
    return list(Entry.objects.filter(verb="viewed").order_by("pk").values_list("patient_ids", flat=True))


def test_reception_registers_a_patient(world: World) -> None:
    """201 with its address; one audit row, one view row."""
    response = world.reception.post("/patients/", NEW)
    assert response.status_code == 201, response.content
    made = response.json()
    assert made["nhs_number"] == "9990000018"
    assert made["email_opt_in"] is True
    assert made["merged_into"] is None
    assert response.headers["Location"] == f"/api/v1/patients/{made['id']}/"
    assert world.reception.get(f"/patients/{made['id']}/").json() == made
    assert Entry.objects.filter(verb="patient-registered").count() == 1
    assert views() == [[int(made["id"])]] * 2


def test_a_likely_duplicate_is_named_and_can_be_passed(world: World) -> None:
    """The refusal names who it is, which counts as having viewed that record."""
    first = world.reception.post("/patients/", NEW).json()
    again = {**NEW, "given_name": "Robyn", "nhs_number": ""}
    refusal = problem(world.reception.post("/patients/", again), 409)
    assert refusal["patient"] == first["id"]
    assert views()[-1] == [int(first["id"])]
    passed = world.reception.post("/patients/", {**again, "confirm_new": True})
    assert passed.status_code == 201


def test_an_nhs_number_belongs_to_one_patient(world: World) -> None:
    world.reception.post("/patients/", NEW)
    other = {**NEW, "family_name": "Quite-Other", "date_of_birth": "1950-01-01", "confirm_new": True}
    assert problem(world.reception.post("/patients/", other), 409)["type"].endswith("nhs-number-taken")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"date_of_birth": "2026-03-03"}, "#/date_of_birth"),
        ({"date_of_birth": "1850-01-01"}, "#/date_of_birth"),
        ({"date_of_birth": "2026-02-30"}, "#/date_of_birth"),
        ({"date_of_birth": "19800501"}, "#/date_of_birth"),
        ({"date_of_birth": None}, "#/date_of_birth"),
        ({"family_name": "", "given_name": " "}, "#/given_name"),
        ({"family_name": 7}, "#/family_name"),
        ({"family_name": "Ash\r\nBcc: x@mail.example"}, "#/family_name"),
        ({"given_name": "x" * 101}, "#/given_name"),
        ({"email": "robin@"}, "#/email"),
        ({"email": "r" * 250 + "@mail.example"}, "#/email"),
        ({"phone": "call me"}, "#/phone"),
        ({"nhs_number": "9990000019"}, "#/nhs_number"),
        ({"nhs_number": "1111111111"}, "#/nhs_number"),
        ({"nhs_number": 9990000018}, "#/nhs_number"),
        ({"email_opt_in": "no"}, "#/email_opt_in"),
        ({"role": "manager"}, "#/role"),
        ({"id": "1", "merged_into": "2"}, "#/id"),
    ],
)
def test_what_cannot_be_names_its_field_and_stores_nothing(
    world: World, changes: dict[str, object], named: str
) -> None:
    assert named in pointers(world.reception.post("/patients/", {**NEW, **changes}))
    assert not Patient.objects.exists()


def test_all_problems_come_at_once(world: World) -> None:
    found = pointers(world.reception.post("/patients/", {"email": 3, "date_of_birth": "x", "rank": 1}))
    assert found == {"#/given_name", "#/date_of_birth", "#/email", "#/rank"}


def test_search_forgives_typing_slips_and_shows_one_view_row(world: World) -> None:
    """By a name with a slip, by date of birth, by phone; each answer is one view of all it shows."""
    ashdown = world.clinic.patient("Ashdown")
    world.clinic.patient("Okonkwo", date_of_birth=ashdown.date_of_birth)
    for text, count in (("ashdwon", 1), ("1980-05-01", 2), ("900123", 2), ("nobody-like-this", 0)):
        before = len(views())
        found = world.reception.post("/patients/search/", {"text": text}).json()
        assert len(found["results"]) == count, text
        assert found["next"] is None
        assert found["truncated"] is False
        assert len(views()) == before + (1 if count else 0)
    assert world.reception.get("/patients/search/").status_code == 405


def test_a_correction_changes_only_what_is_sent_and_reassesses(world: World) -> None:
    """A date of birth that makes the patient a minor sends the booking back."""
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    response = world.reception.patch(f"/patients/{patient.pk}/", {"date_of_birth": "2010-01-01"})
    assert response.status_code == 200
    changed = response.json()
    assert changed["email"] == patient.email
    assert changed["reassessed"] == [{"appointment": booked["id"], "verdict": "blocked", "status": "pending"}]
    assert world.reception.patch(f"/patients/{patient.pk}/", {"email": None}).json()["email"] == ""
    assert pointers(world.reception.patch(f"/patients/{patient.pk}/", {"date_of_birth": "2027-01-01"})) == {
        "#/date_of_birth"
    }
    assert pointers(world.reception.patch(f"/patients/{patient.pk}/", {"registered_at": "2020"})) == {"#/registered_at"}


def test_a_manager_joins_two_records_of_one_person(world: World) -> None:
    """What was recorded on either counts; the old address still answers and says where to go."""
    kept, double = world.clinic.fit_patient("Birch"), world.clinic.patient("Birhc")
    booked = world.book(kept, local("2026-03-10"))
    world.clinic.earlier_injection(double, "2026-01-20")
    merged = world.manager.post(f"/patients/{double.pk}/merge/", {"into": kept.pk})
    assert merged.status_code == 200, merged.content
    assert merged.json()["id"] == str(kept.pk)
    assert [one["status"] for one in merged.json()["reassessed"]] == ["pending"]
    assert world.reception.get(f"/patients/{double.pk}/").json()["merged_into"] == str(kept.pk)
    history = world.reception.get(f"/patients/{kept.pk}/injections/").json()["results"]
    assert [one["given"] for one in history] == ["2026-01-20"]
    assert booked["patient"] == str(kept.pk)
    problem(world.manager.post(f"/patients/{double.pk}/merge/", {"into": kept.pk}), 409)
    assert pointers(world.manager.post(f"/patients/{kept.pk}/merge/", {"into": kept.pk})) == {"#/into"}
    assert pointers(world.manager.post(f"/patients/{kept.pk}/merge/", {"into": 10**9})) == {"#/into"}
    assert pointers(world.manager.post(f"/patients/{kept.pk}/merge/", {"into": "abc"})) == {"#/into"}


def test_overlapping_bookings_stop_a_merge_and_are_named(world: World) -> None:
    kept, double = world.clinic.fit_patient("Birch"), world.clinic.fit_patient("Birhc")
    world.book(kept, local("2026-03-10"))
    physio = {
        "patient": double.pk,
        "kind": "physiotherapy",
        "start": local("2026-03-10").isoformat(),
        "practitioner": world.clinic.physiotherapist.pk,
    }
    assert world.reception.post("/appointments/", physio).status_code == 201
    refusal = problem(world.manager.post(f"/patients/{double.pk}/merge/", {"into": kept.pk}), 409)
    assert len(refusal["clashes"]) == 1
