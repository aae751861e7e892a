"""H21, an allergy stands in a note only; H38, what else a person has or takes is never asked."""

from __future__ import annotations

import pytest

from injections.models import AllergyIntolerance, Call
from injections.patient.notes import add_note
from pht_clinic.people.models import User
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import LEFT_HAMSTRING, Browser, browser, when

STEPS = ("identity", "checks", "injection", "aftercare")


def booked_today(world: World) -> Appointment:
    """A patient in order who comes at half past ten."""
    patient = world.clinic.fit_patient()
    found = world.clinic.book(patient, local("2026-03-02", "10:30")).appointment
    assert found is not None
    return found


def top_of(page: Browser) -> str:
    """What stands above the heading of the page; of a decision, above its form."""
    above = "decision-title" if 'id="decision-title"' in page.html else "<h1"
    return page.html.split("<main", 1)[1].split(above, 1)[0]


def test_h21_an_allergy_and_todays_notes_stand_on_decision_and_every_step(
    world: World, reception: Browser, radiologist: Browser
) -> None:
    """Recorded at the desk by its form; seen by whoever decides and injects, until it is withdrawn."""
    visit = booked_today(world)
    patient = visit.patient
    reception.post("allergy-add", patient.pk, data={"substance": "Lidocaine", "reaction": "Rash", "said_by": "She"})
    add_note(patient.pk, text="Fainted last time", by=world.clinic.reception, now=world.clinic.now)
    for name, *args in [
        ("patient", patient.pk),
        ("decision", visit.pk),
        ("appointment", visit.pk),
        ("message", Message.objects.get(appointment=visit, kind="confirmed").pk),
        *(("procedure-step", visit.pk, step) for step in STEPS),
        ("procedure-cannot", visit.pk),
    ]:
        radiologist.get(str(name), *args)
        top = top_of(radiologist)
        assert "Lidocaine (Rash)" in top, name
        assert "but the question about an allergy to steroid or anaesthetic is answered “no”" in top, name
        assert "Fainted last time" in top, name
    reception.post("allergy-withdraw", AllergyIntolerance.objects.get().pk, data={"reason": "Another patient’s"})
    radiologist.get("decision", visit.pk)
    assert "Lidocaine" not in top_of(radiologist)


def test_h21_an_allergy_stands_where_a_visit_is_booked_and_a_form_is_filled_in(
    world: World, reception: Browser
) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.allergy(patient, "Latex")
    time = when(patient, world.clinic, local("2026-03-24"))
    reception.get("booking-what", patient.pk, **LEFT_HAMSTRING)
    assert "Latex" in top_of(reception)
    reception.get("booking-when", patient.pk, **LEFT_HAMSTRING)
    assert "Latex" in top_of(reception)
    reception.get("booking-check", patient.pk, **time)
    assert "Latex" in top_of(reception)
    for name in ("screening", "pathway", "patient-notes", "injection-add", "activity-add", "condition-add"):
        reception.get(name, patient.pk)
        assert "Latex" in top_of(reception), name


@pytest.mark.parametrize(
    "name",
    [
        *("Epilepsy", "Heart block", "Glaucoma", "Osteoporosis", "Steroid tablets", "MRSA carrier", "Fainting"),
        *("Kidney disease", "Liver disease", "Something that nobody has a code for"),
    ],
)
def test_h38_a_condition_that_no_rule_judges_stands_on_decision_and_every_step(
    world: World, radiologist: Browser, name: str
) -> None:
    """In words or with a code, since when and who said it; the verdict stays as it was."""
    visit = booked_today(world)
    body = {"kind": "condition", "name": name, "code": "X1", "since": "2010", "said_by": "The patient"}
    assert world.reception.post(f"/patients/{visit.patient_id}/conditions/", body).status_code == 201
    radiologist.get("decision", visit.pk)
    assert f"{name}, since 2010" in top_of(radiologist)
    for step in STEPS:
        radiologist.get("procedure-step", visit.pk, step)
        assert f"{name}, since 2010" in top_of(radiologist)
    said = radiologist.get("patient", visit.patient_id)
    assert f"{name}: X1, since 2010 Said by: The patient." in said
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_h38_medicines_stand_beside_conditions_and_all_of_a_kind_on_one_line(
    world: World, radiologist: Browser
) -> None:
    visit = booked_today(world)
    for name in ("Prednisolone 5 mg", "Alendronic acid"):
        world.clinic.condition(visit.patient, name, kind="medicine", since=None)
    said = radiologist.get("decision", visit.pk)
    assert "Medicine Prednisolone 5 mg; Alendronic acid" in said


def test_an_allergy_stands_on_every_other_page_about_the_patient(world: World, reception: Browser) -> None:
    visit = booked_today(world)
    world.clinic.allergy(visit.patient, "Latex")
    world.clinic.answer(visit.patient, {"fever": "yes"})
    call = Call.objects.get()
    for name, pk in [
        *((f"appointment-{word}", visit.pk) for word in ("move", "cancel", "undo", "link")),
        *((f"patient-{word}", visit.patient_id) for word in ("activity", "correct", "notes")),
        ("call", call.pk),
    ]:
        reception.get(name, pk)
        assert "Latex" in top_of(reception), name


def test_the_api_reads_alerts_with_the_patient(world: World) -> None:
    """For every role: a manager who looks at a patient has to know it as well."""
    patient = world.clinic.fit_patient()
    there = f"/patients/{patient.pk}/"
    assert world.reception.get(there).json()["alerts"] == []
    world.clinic.allergy(patient, "Latex", reaction="", since=None)
    expected = [{"kind": "allergy", "text": "Latex"}]
    assert world.reception.get(there).json()["alerts"] == expected
    assert world.reception.patch(there, {"phone": "07700 900456"}).json()["alerts"] == expected
    assert world.manager.get(there).json()["alerts"] == expected


def test_a_manager_reads_the_alerts_too(world: World, manager: Browser) -> None:
    """On each page about a patient that a manager sees."""
    visit = booked_today(world)
    world.clinic.known(visit.patient)
    for name, pk in [
        *((f"patient{word}", visit.patient_id) for word in ("", "-activity", "-correct", "-deceased")),
        ("appointment", visit.pk),
    ]:
        manager.get(name, pk)
        assert "Latex" in top_of(manager), name


def test_of_whom_nothing_is_known_no_alert_stands(world: World, radiologist: Browser) -> None:
    """Control: the box is not there by itself, nor on a page about nobody."""
    patient = world.clinic.fit_patient()
    radiologist.get("patient", patient.pk)
    assert 'aria-label="Alerts"' not in radiologist.html
    radiologist.get("review-queue")
    assert 'aria-label="Alerts"' not in radiologist.html


def test_what_is_typed_is_text_on_every_page(world: World) -> None:
    """Markup in a substance is shown as it was typed."""
    patient: Patient = world.clinic.fit_patient()
    world.clinic.allergy(patient, "<b onclick=x>", reaction="<i>")
    page = browser(User.objects.get(email="radiologist@clinic.example"))
    page.get("patient", patient.pk)
    assert "<b onclick" not in page.html
    assert "&lt;b onclick=x&gt; (&lt;i&gt;)" in top_of(page)
