"""A death by page and by the API: recorded, shown wherever the patient is, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.models import Appointment, Death, Patient
from scheduling.patients import link
from tests.api_world import World, pointers, problem
from tests.clinic import NOW, local
from tests.injections.patient_link.conftest import Pages
from tests.pages_world import LEFT_HAMSTRING, Browser, when

TOLD = {"on": "2026-03-01", "source": "A daughter"}
TYPED = {"on": "1 3 2026", "source": "A daughter"}
SAID = "Died 1 March 2026, according to A daughter. No messages are sent."


def booked(world: World, day: str = "2026-03-24") -> Appointment:
    found = world.clinic.book(world.clinic.fit_patient(), local(day)).appointment
    assert found is not None
    return found


# -- Pages ------------------------------------------------------------------------------------------------


def test_the_page_says_what_will_happen_and_records_it(world: World, reception: Browser) -> None:
    """Reached from the patient's details; the visits that end are named before it is confirmed."""
    visit = booked(world)
    world.clinic.answer(visit.patient, {"fever": "yes"})
    reception.get("patient", visit.patient_id)
    assert "/deceased/" in reception.html
    said = reception.get("patient-deceased", visit.patient_id)
    assert "Tuesday 24 March 2026 at 10:00" in said
    assert "1 message still waiting to be sent or phoned about is withdrawn." in said
    assert "1 open call is closed: nobody has to phone." in said
    assert "No more messages of any kind are sent." in said
    said = reception.post("patient-deceased", visit.patient_id, data=TYPED)
    assert "The death is recorded. Open visits are cancelled, and no more messages are sent." in said
    assert SAID in said
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_nothing_to_end_is_said_too(world: World, reception: Browser) -> None:
    said = reception.get("patient-deceased", world.clinic.patient().pk)
    assert "There are no visits to come, so none is cancelled." in said
    assert "open call" not in said


def test_every_problem_stands_at_its_field_and_what_was_typed_stays(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = reception.post("patient-deceased", patient.pk, data={"on": "2030", "source": ""}, expect=422)
    assert "The date is in the future." in said
    assert "“Who told us”" in said
    assert 'value="2030"' in reception.html
    said = reception.post("patient-deceased", patient.pk, data={"on": "soon", "source": "A son"}, expect=422)
    assert "enter a day, a month or a year" in said
    assert not Death.objects.exists()


def test_the_banner_stands_on_every_page_of_the_patient(world: World, reception: Browser, radiologist: Browser) -> None:
    """With the way back as long as it may be taken; without a link to book, or to record it again."""
    visit = booked(world)
    world.clinic.death(visit.patient)
    for name, pk in [
        *((f"patient-{word}", visit.patient_id) for word in ("activity", "correct", "notes")),
        *((name, visit.patient_id) for name in ("patient", "screening", "pathway", "injection-add", "allergy-add")),
        ("appointment", visit.pk),
        ("decision", visit.pk),
    ]:
        said = radiologist.get(name, pk)
        assert SAID in said, name
        assert "Undo this" in said, name
    said = reception.get("patient", visit.patient_id)
    assert "Book a visit" not in said
    assert "Record a death" not in said
    world.at(NOW + timedelta(minutes=11))
    said = reception.get("patient", visit.patient_id)
    assert SAID in said
    assert "Undo this" not in said


def test_it_is_taken_back_on_its_page(world: World, reception: Browser) -> None:
    visit = booked(world)
    world.clinic.death(visit.patient)
    said = reception.get("patient-deceased-undo", visit.patient_id)
    assert "Died 1 March 2026, according to A daughter. Recorded Monday 2 March 2026" in said
    assert "Tuesday 24 March 2026 at 10:00" in said
    said = reception.post("patient-deceased-undo", visit.patient_id, data={"reason": "Her sister"})
    assert "The recorded death is undone. Messages are sent again." in said
    assert "No messages are sent." not in said
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert Death.objects.get(takes_back__isnull=False).reason == "Her sister"


def test_a_visit_that_does_not_come_back_is_named(world: World, reception: Browser) -> None:
    visit = booked(world)
    world.clinic.death(visit.patient)
    world.clinic.book(world.clinic.fit_patient("Other"), local("2026-03-24"))
    said = reception.post("patient-deceased-undo", visit.patient_id)
    assert "The visit of Tuesday 24 March 2026 at 10:00 did not come back. That time is already taken" in said


def test_whoever_comes_too_late_is_told_on_the_patients_page(
    world: World, reception: Browser, manager: Browser
) -> None:
    """A second record of it; a way back after the 10 minutes, which a manager still has."""
    patient = world.clinic.patient()
    there = reception.client.get(f"/patients/{patient.pk}/deceased/undo/", follow=True)
    assert "No death of this patient is recorded." in there.content.decode()
    world.clinic.death(patient)
    there = reception.client.get(f"/patients/{patient.pk}/deceased/", follow=True)
    assert "The death of this patient is recorded already." in there.content.decode()
    said = reception.post("patient-deceased", patient.pk, data=TYPED, expect=422)
    assert "The death of this patient is recorded already." in said
    world.at(NOW + timedelta(minutes=11))
    there = reception.client.get(f"/patients/{patient.pk}/deceased/undo/", follow=True)
    assert "More than 10 minutes have passed: only a manager can undo it now." in there.content.decode()
    reception.post("patient-deceased-undo", patient.pk, expect=403)
    assert "The recorded death is undone." in manager.post("patient-deceased-undo", patient.pk)


def test_no_step_of_a_booking_is_open(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.death(patient)
    time = when(patient, world.clinic, local("2026-03-24"))
    for name, query in (("what", LEFT_HAMSTRING), ("when", LEFT_HAMSTRING), ("check", time)):
        said = reception.get(f"booking-{name}", patient.pk, expect=409, **query)
        assert "This patient has died. Nothing more can be booked, moved or offered for them." in said, name
    reception.post("booking-check", patient.pk, query=time, data={"intent": "book"}, expect=409)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("page", "why"),
    [("move", "This patient has died."), ("cancel", "An appointment that is cancelled cannot become cancelled.")],
)
def test_from_an_old_tab_a_visit_that_ended_opens_itself_and_says_why(
    world: World, reception: Browser, page: str, why: str
) -> None:
    """Not a form that asks whether to tell the patient."""
    visit = booked(world)
    world.clinic.death(visit.patient)
    response = reception.client.get(f"/appointments/{visit.pk}/{page}/", follow=True)
    assert response.redirect_chain == [(f"/appointments/{visit.pk}/", 302)]
    assert why in response.content.decode()
    assert "Tell the patient" not in response.content.decode()


@pytest.mark.parametrize("page", ["", "open/", "questions/", "recovery/", "change/", "appointment.ics", "cancel/"])
def test_the_patients_link_is_out_of_use_and_says_nothing_of_a_death(world: World, page: str) -> None:
    """To whoever holds the telephone: neither before nor behind the date of birth, whatever else became of the link."""
    visit = booked(world)
    pages = Pages(f"/p/{link.token_of(visit.pk, visit.link_version)}/")
    pages.unlock()
    world.clinic.death(visit.patient)
    said = pages.post(page, 410, born_on="1 5 1980") if page == "open/" else pages.get(page, status=410)
    assert "This link is no longer in use" in said
    assert "Phone us on" in said
    for word in ("died", "death", "deceased", "Ashdown", "Birch", "appointment on"):
        assert word not in said
    Appointment.objects.filter(pk=visit.pk).update(link_version=7)
    assert "This link is no longer in use" in pages.get(status=410)


def test_whoever_looks_for_them_sees_that_they_have_died(world: World, reception: Browser) -> None:
    """And is led to their page, not into a booking."""
    patient = world.clinic.patient()
    world.clinic.death(patient)
    said = reception.post("booking-start", data={"text": "Ashdown"}, expect=200)
    assert "Died Born 1 May 1980" in said
    assert f'href="/patients/{patient.pk}/"' in reception.html


# -- API --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["reception", "radiologist", "manager"])
def test_the_api_records_it_and_takes_it_back(world: World, role: str) -> None:
    visit = booked(world)
    api, there = world.api(role), f"/patients/{visit.patient_id}/"
    assert api.get(there).json()["deceased"] is None
    response = api.post(f"{there}deceased/", TOLD)
    assert response.status_code == 201
    name = world.clinic.users[role].get_full_name()
    died = response.json()["deceased"]
    assert died | {"at": ""} == {**TOLD, "by": name, "at": ""}
    assert died["at"].startswith("2026-03-02T09:0")
    assert [one["appointment"] for one in response.json()["cancelled"]] == [str(visit.pk)]
    assert [one["status"] for one in response.json()["cancelled"]] == ["cancelled"]
    assert api.get(there).json()["deceased"] == died
    response = api.post(f"{there}deceased/undo/")
    assert response.status_code == 200
    assert response.json()["deceased"] is None
    assert [(one["appointment"], one["status"]) for one in response.json()["restored"]] == [(str(visit.pk), "booked")]
    assert response.json()["not_restored"] == []


def test_the_api_names_what_does_not_come_back(world: World) -> None:
    visit = booked(world)
    there = f"/patients/{visit.patient_id}/deceased/"
    world.reception.post(there, TOLD)
    world.clinic.book(world.clinic.fit_patient("Other"), local("2026-03-24"))
    response = world.reception.post(f"{there}undo/", {"reason": "Her sister"})
    [one] = response.json()["not_restored"]
    assert (one["appointment"], one["kind"]) == (str(visit.pk), "injection")
    assert "already taken" in one["because"]


def test_the_api_refuses_in_words(world: World) -> None:
    patient = world.clinic.fit_patient()
    there = f"/patients/{patient.pk}/deceased/"
    assert "No death" in problem(world.reception.post(f"{there}undo/"), 409)["detail"]
    assert pointers(world.reception.post(there, {"on": "2030", "source": " ", "why": 1})) == {
        "#/on",
        "#/source",
        "#/why",
    }
    assert pointers(world.reception.post(there, {"on": "1979"})) == {"#/on", "#/source"}
    assert world.reception.post("/patients/987654321/deceased/", TOLD).status_code == 404
    assert world.anonymous.post(there, TOLD).status_code == 401
    assert world.reception.post(there, TOLD).status_code == 201
    assert "recorded already" in problem(world.reception.post(there, TOLD), 409)["detail"]
    world.at(NOW + timedelta(minutes=11))
    late = problem(world.reception.post(f"{there}undo/"), 403)
    assert late["detail"] == "More than 10 minutes have passed: only a manager can undo it now."
    assert world.manager.post(f"{there}undo/").status_code == 200


def test_the_api_books_moves_and_offers_nothing(world: World) -> None:
    visit = booked(world)
    world.clinic.death(visit.patient)
    ask = world.injection(visit.patient, local("2026-03-25"))
    dry = {name: value for name, value in ask.items() if name not in ("practitioner",)}
    offered = {**LEFT_HAMSTRING, "from": "2026-03-24", "to": "2026-03-30", "patient": visit.patient_id}
    for response in (
        world.reception.post("/appointments/", ask),
        world.reception.post("/assessments/", dry),
        world.reception.get("/slots/", **offered),
    ):
        assert "This patient has died." in problem(response, 409)["detail"]
    moved = world.reception.post(f"/appointments/{visit.pk}/move/", {"start": local("2026-03-25").isoformat()})
    assert "This patient has died." in problem(moved, 409)["detail"]
    problem(world.reception.post(f"/appointments/{visit.pk}/undo/"), 409)
    assert Patient.objects.get(pk=visit.patient_id).has_died


def test_a_retry_with_its_key_gets_the_first_answer(world: World) -> None:
    patient = world.clinic.patient()
    there = f"/patients/{patient.pk}/deceased/"
    first = world.reception.post(there, TOLD, **{"Idempotency-Key": "one"})
    again = world.reception.post(there, TOLD, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Death.objects.count() == 1
