"""H21, on every page about a patient and every line of a diary: what is to be known stands there in a word or two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.facts.alerts import alerts_of
from injections.facts.history import history_to_show
from injections.patient.death import ToldOfDeath, record_death
from injections.review.decide import DecisionRequest, decide
from scheduling.models import Appointment, Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.conditions.test_alerts_on_pages import booked_today, top_of
from tests.injections.merging.test_merge import merged
from tests.injections.procedure.test_record import START, give
from tests.pages_world import Browser

TODAY = "2026-03-02"


def known(clinic: Clinic, patient: Patient) -> None:
    """Two allergies, a condition, and yes to questions that let a visit stand."""
    for substance in ("Latex", "Lidocaine"):
        clinic.allergy(patient, substance)
    clinic.condition(patient)
    answers = {"diabetes": "yes", "blood_thinner": "yes"}
    clinic.answer(patient, answers, diabetes_poorly_controlled="no", blood_thinner_kind="doac")


SHORT = ("Allergy: Latex, Lidocaine", "Blood thinner", "Diabetes", "Condition")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("home", {}),
        ("calendar", {"day": TODAY}),
        ("calendar-day", {"day": TODAY}),
        ("calendar-day", {"day": TODAY, "by": "room"}),
        ("calendar-week", {"day": TODAY}),
    ],
)
def test_h21_each_line_of_a_diary_says_in_short_what_is_to_be_known(
    world: World, reception: Browser, manager: Browser, name: str, query: dict[str, str]
) -> None:
    """Names of what is grave, the kind alone of the rest; and nothing beside whoever has none."""
    visit = booked_today(world)
    known(world.clinic, visit.patient)
    world.clinic.book(world.clinic.fit_patient("Other"), local(TODAY, "15:00"))
    for who in (reception, manager):
        said = who.get(name, **query)
        for short in SHORT:
            assert said.count(short) == 1, short
        assert "Epilepsy" not in said


def test_a_visit_without_an_outcome_has_them_too(world: World, reception: Browser) -> None:
    visit = booked_today(world)
    known(world.clinic, visit.patient)
    world.at(local(TODAY, "15:00"))
    assert "Allergy: Latex, Lidocaine" in reception.get("outcome-list")


def test_a_decision_not_to_inject_and_a_delay_say_where(world: World) -> None:
    clinic = world.clinic
    for outcome, title in (("decline", "Do not inject"), ("delay", "Delayed")):
        patient = clinic.fit_patient(f"P{title.split()[0]}")
        visit = clinic.book(patient, local("2026-03-24"), override_reason="Look").appointment
        clinic.answer(patient, {"fever": "yes"})
        assert visit is not None
        until = local("2026-05-01").date() if outcome == "delay" else None
        ask = DecisionRequest(outcome=outcome, reason="Weighed", delay_until=until)
        decide(visit.pk, ask, by=clinic.radiologist, now=clinic.now)
        short = [one.said for one in alerts_of(history_to_show(patient.pk, now=clinic.now)).in_short]
        assert f"{title}: left sit bone" in short


def test_whoever_died_is_marked_in_the_diary(world: World, reception: Browser) -> None:
    """Of a visit that had begun, and so stays."""
    visit = booked_today(world)
    world.at(local(TODAY, "10:40"))
    told = ToldOfDeath(on=TODAY, source="A son")
    record_death(visit.patient_id, told, by=world.clinic.reception, now=local(TODAY, "10:40"))
    assert "Died: 2 March 2026" in reception.get("calendar", day=TODAY)


def test_what_stands_on_a_merged_record_stands_beside_a_visit_of_either(world: World, reception: Browser) -> None:
    """A visit that is over stays on the record that was merged away."""
    clinic = world.clinic
    twin, kept = clinic.fit_patient("Deane"), clinic.patient("Dean")
    over = clinic.book(twin, START).appointment
    assert over is not None
    give(over, clinic)
    clinic.allergy(kept, "Latex")
    merged(clinic, twin, kept)
    assert Appointment.objects.get(pk=over.pk).patient_id == twin.pk
    assert "Allergy: Latex" in reception.get("calendar", day="2026-03-10")


def test_both_records_have_theirs_on_every_page_of_a_merge(world: World, manager: Browser) -> None:
    clinic = world.clinic
    here, other = clinic.patient("Dean"), clinic.patient("Deane", confirm_new=True)
    clinic.allergy(here, "Latex")
    clinic.allergy(other, "Penicillin", reaction="", since=None)
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    assert "Alerts Allergy Latex (Rash), since May 2019 Allergy Penicillin" in said
    for name in ("patient-merge", "duplicate-report"):
        manager.get(name, here.pk)
        assert "Latex" in top_of(manager), name
    reported = {"patient": str(here.pk), "other": str(other.pk)}
    assert world.manager.post("/duplicates/", reported).status_code in (200, 201)
    assert "Allergy Penicillin" in manager.get("duplicate-list")
    merged(clinic, other, here)
    manager.get("patient-unmerge", other.pk)
    assert "Penicillin" in top_of(manager)


def test_the_aftercare_sheet_has_them_on_the_screen_alone(world: World, radiologist: Browser) -> None:
    """The paper is the patient's: neither their alerts nor a colleague's note of today are printed on it."""
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient(), START).appointment
    assert visit is not None
    clinic.allergy(visit.patient, "Latex")
    give(visit, clinic)
    world.at(START + timedelta(hours=1))
    radiologist.get("aftercare-sheet", visit.pk)
    top = top_of(radiologist)
    assert "Latex" in top
    assert top.index('class="no-print"') < top.index("Latex")


def test_entering_in_error_shows_them(world: World, manager: Browser) -> None:
    visit = booked_today(world)
    world.clinic.allergy(visit.patient, "Latex")
    manager.get("appointment-error", visit.pk)
    assert "Latex" in top_of(manager)
