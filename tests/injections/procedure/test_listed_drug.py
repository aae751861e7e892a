"""The step of the injection with a list of drugs: choosing, filling in, what is said before it is given."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from injections.models import Drug, Injection
from injections.procedure.drugs.boxes import use_box
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.filled_form import fields_of
from tests.injections.procedure.test_pages import TODAY, arrived
from tests.injections.procedure.test_step_pages import AS_FOUND, before_needle, sends
from tests.pages_world import PROCEDURE, Browser

PART = {"HX-Request": "true"}
TYPED = {"drug": "", "dose_mg": "", "strength_mg_ml": "", "volume_ml": ""}


def methylprednisolone(clinic: Clinic, **values: Any) -> Drug:
    most = {"usual_dose_mg": Decimal(40), "max_injection_mg": Decimal(60), "max_day_mg": Decimal(60)}
    return clinic.drug(**{**most, "as_methylprednisolone": Decimal(1), **values})


def box(world: World, drug: Drug) -> None:
    use_box(drug.pk, "AB 1", date(2027, 1, 31), by=world.clinic.radiologist, now=world.clinic.now)


def fields(who: Browser) -> dict[str, str]:
    """What stands in the fields of what was drawn up."""
    return {name: values[0] for name, values in fields_of(who.html, "dose_mg").items()}


@pytest.fixture
def visit(world: World, radiologist: Browser) -> Appointment:
    found = arrived(world)
    before_needle(radiologist, found)
    return found


def test_h20_choosing_a_drug_fills_in_what_the_list_knows(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    """Without a script, by the button of the form; nothing is kept or recorded by it."""
    drug = methylprednisolone(world.clinic)
    box(world, drug)
    typed = {**PROCEDURE["injection"], **TYPED, "listed": str(drug.pk), "fill": "yes", "needle": "22G"}
    said = radiologist.post("procedure-step", visit.pk, "injection", data=typed, expect=200)
    assert "What was injected" in said
    assert "There is a problem" not in said
    found = fields(radiologist)
    assert f'<option value="{drug.pk}" selected>' in radiologist.html
    assert (found["strength_mg_ml"], found["dose_mg"], found["volume_ml"]) == ("40", "40", "1")
    assert (found["batch"], found["expires_on"], found["needle"]) == ("AB 1", "2027-01-31", "22G")
    assert "1 ml × 40 mg/ml = 40mg, as the dose says." in said
    assert "Methylprednisolone on this day: 40mg of at most 60mg." in said
    assert not Injection.objects.exists()


def test_enter_in_a_field_fills_in_nothing(world: World, radiologist: Browser, visit: Appointment) -> None:
    """A browser presses the first button of a form: it must not put the usual dose in place of what was typed."""
    methylprednisolone(world.clinic)
    radiologist.get("procedure-step", visit.pk, "injection")
    form = radiologist.html.partition('action="/appointments/')[2]
    buttons = re.findall(r'<button[^>]*type="submit"[^>]*>([^<]*)', form.partition("</form>")[0])
    assert buttons == ["Save and continue", "Fill in from the list", "Pause"]


def test_h20_with_a_script_only_that_part_of_the_page_is_answered(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    drug = methylprednisolone(world.clinic)
    typed = {**TYPED, "listed": str(drug.pk), "fill": "yes"}
    there = f"/appointments/{visit.pk}/procedure/injection/"
    part = radiologist.client.post(there, typed, headers=PART).content.decode()
    assert 'value="40"' in part
    assert '<div id="drawn-up" hx-swap-oob="innerHTML">' in part
    assert "<html" not in part
    said = radiologist.client.post(there, {**TYPED, "listed": str(drug.pk), "dose_mg": "80"}, headers=PART)
    assert "80mg ÷ 40 mg/ml = 2 ml" in said.content.decode()
    assert "80 mg of methylprednisolone is above its maximum of 60 mg in one injection." in said.content.decode()


def test_h20_a_listed_drug_is_recorded_with_the_volume_that_follows(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    drug = methylprednisolone(world.clinic)
    typed = TYPED | {"listed": str(drug.pk), "dose_mg": "20", "weight_kg": "70.5"}
    sends(radiologist, visit, expect=302, **typed)
    radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    row = Injection.objects.get()
    assert (row.drug, row.listed_drug_id, row.strength_mg_ml, row.volume_ml) == (drug.name, drug.pk, 40, Decimal("0.5"))
    said = radiologist.get("procedure-report", visit.pk)
    assert "20mg (0.5 ml × 40 mg/ml)" in said
    assert "Weight 70.5 kg" in said


def test_h20_above_the_drugs_maximum_it_is_refused_on_its_step_and_taken_with_a_reason(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    drug = methylprednisolone(world.clinic)
    much = TYPED | {"listed": str(drug.pk), "dose_mg": "70"}
    said = sends(radiologist, visit, **much)
    assert "70 mg of methylprednisolone is above its maximum of 60 mg in one injection." in said
    assert 'href="#id_dose_mg"' in radiologist.html
    sends(radiologist, visit, expect=302, **much, **AS_FOUND)


def test_h20_a_drug_outside_the_list_is_named_and_its_maximum_said_to_be_unknown(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    methylprednisolone(world.clinic)
    sends(radiologist, visit, expect=302, listed="other", drug="Kenacort")
    said = radiologist.get("procedure-step", visit.pk, "injection")
    assert "Kenacort is not in the clinic’s list: its maximum is not known." in said
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "Kenacort is not in the clinic’s list: its maximum is not known." in said


def test_a_box_of_the_list_is_not_taken_for_one_of_another_drug(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    """Whoever chooses another drug after all reads the batch on its own vial; what they typed themselves stays."""
    box(world, methylprednisolone(world.clinic))
    for batch, kept in (("AB 1", ""), ("Own 7", "Own 7")):
        typed = {**PROCEDURE["injection"], "listed": "other", "fill": "yes", "batch": batch}
        radiologist.post("procedure-step", visit.pk, "injection", data=typed, expect=200)
        assert fields(radiologist)["batch"] == kept


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"listed": "", "drug": ""}, "listed", "Name the drug."),
        ({"listed": "other", "drug": ""}, "drug", "Name the drug."),
        ({"listed": "LISTED", "drug": "Kenacort"}, "drug", "A drug on the list is chosen"),
        ({"listed": "987654321", "drug": ""}, "listed", "elect a valid choice"),
        ({"listed": "LISTED", "drug": "", "steroid": "no"}, "steroid_0", "According to the clinic’s list,"),
        ({"listed": "LISTED", "drug": "", "weight_kg": "4000"}, "weight_kg", "at most 400"),
        ({"listed": "LISTED", "drug": "", "dose_mg": "", "volume_ml": ""}, "dose_mg", "Give the dose in mg."),
    ],
)
def test_what_contradicts_the_list_is_said_at_its_field(
    world: World, radiologist: Browser, visit: Appointment, typed: dict[str, str], field: str, sentence: str
) -> None:
    pk = str(methylprednisolone(world.clinic).pk)
    said = sends(radiologist, visit, **{name: value.replace("LISTED", pk) for name, value in typed.items()})
    assert sentence in said
    assert f'href="#id_{field}"' in radiologist.html


def test_the_form_opens_with_the_drug_of_the_last_one(world: World, radiologist: Browser, visit: Appointment) -> None:
    drug = methylprednisolone(world.clinic)
    sends(radiologist, visit, expect=302, **TYPED | {"listed": str(drug.pk), "dose_mg": "40"})
    radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    other = world.clinic.book(world.clinic.fit_patient("Cole"), local(TODAY, "10:00")).appointment
    assert other is not None
    radiologist.get("procedure-step", other.pk, "injection")
    found = fields(radiologist)
    assert f'<option value="{drug.pk}" selected>' in radiologist.html
    assert (found["batch"], found["dose_mg"]) == ("AB 1234", "")


def test_labels_say_optional_only_where_nothing_hangs_on_it(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    """What is always needed says nothing, what may stay empty says so, what hangs on another field says when."""
    methylprednisolone(world.clinic)
    said = radiologist.get("procedure-step", visit.pk, "injection")
    for label in ("Batch", "Volume in ml", "Strength in mg/ml", "Weight of the patient in kg"):
        assert f"{label} (optional)" in said
    for label in ("Drug", "Another drug: its name", "Dose in mg", "Was steroid injected?"):
        assert label in said
        assert f"{label} (optional)" not in said
    assert "Needed for a steroid, unless it follows from strength and volume." in said


def test_h40_the_steroid_of_the_last_12_months_stands_on_the_decision(world: World, radiologist: Browser) -> None:
    """As equivalents from the list; what was given elsewhere without a dose is named."""
    clinic = world.clinic
    methylprednisolone(clinic, name="Dexa 3.3", substance="dexamethasone", as_methylprednisolone=Decimal("5.333"))
    patient = clinic.fit_patient("Birch")
    clinic.earlier_injection(patient, "2025-12-20", drug="Dexamethasone", dose_mg=Decimal(6), site="other-site")
    clinic.earlier_injection(patient, "2025-11", site="other-site", dose_mg=None)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    found = clinic.book(patient, local("2026-03-10", "09:00"), override_reason="Please look").appointment
    assert found is not None
    said = radiologist.get("decision", found.pk)
    assert "Steroid of the last 12 months: 32mg, as methylprednisolone" in said
    assert "Dose not known: November 2025" in said
    assert "elsewhere" in said


def test_h40_a_dose_that_nobody_knows_is_never_said_to_be_none(world: World, radiologist: Browser) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient("Birch")
    clinic.earlier_injection(patient, "2025-12-20", dose_mg=None)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    found = clinic.book(patient, local("2026-03-24", "09:00"), override_reason="Please look").appointment
    assert found is not None
    said = radiologist.get("decision", found.pk)
    assert "Steroid of the last 12 months: not known in mg. Dose not known: 20 December 2025" in said
    assert "0mg" not in said
