"""A manager keeps the list of drugs; every problem is named at once, by pages and the API alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from injections.models import Drug, DrugBox
from injections.procedure.drugs.keep import save_drug
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from tests.api_world import World, pointers, problem
from tests.clinic import Clinic
from tests.pages_world import Browser

TRIAMCINOLONE = {
    "kind": "steroid",
    "name": "Triamcinolone 40 mg/ml",
    "substance": "triamcinolone",
    "strength_mg_ml": "40",
    "usual_dose_mg": "40",
    "max_injection_mg": "40",
    "max_day_mg": "80",
    "max_mg_per_kg": "",
    "as_methylprednisolone": "1",
    "particulate": "yes",
    "source": "The clinic decided it",
    "active": "on",
}
NUMBERS = {"strength_mg_ml": 40, "usual_dose_mg": 40, "max_injection_mg": 40, "max_day_mg": 80}


def test_a_manager_adds_changes_and_retires_a_drug(world: World, manager: Browser) -> None:
    assert "No drug is on the list, so no maximum is known. Add the first drug" in manager.get("drug-list")
    said = manager.post("drug-add", data=TRIAMCINOLONE)
    assert "The drug is saved." in said
    assert "Triamcinolone 40 mg/ml Triamcinolone, steroid, particulate. The clinic decided it" in said
    assert "40 mg/ml 40mg 40mg 80mg 1mg equals 1mg None set" in said
    row = Drug.objects.get()
    changed = {**TRIAMCINOLONE, "max_day_mg": "40", "max_mg_per_kg": "2", "active": "", "revision": "1"}
    said = manager.post("drug", row.pk, data=changed)
    assert "No longer in use" in said
    assert "40mg 40mg, 2 mg/kg" in said
    assert "Set the box" not in said
    row.refresh_from_db()
    assert (row.revision, row.active, row.max_day_mg) == (2, False, 40)
    verbs = Entry.objects.filter(subject=f"drug:{row.pk}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["drug-added", "drug-changed"]


def test_everybody_reads_the_list_and_only_a_manager_keeps_it(
    world: World, radiologist: Browser, reception: Browser
) -> None:
    assert "No drug is on the list, so no maximum is known. A manager keeps the list." in radiologist.get("drug-list")
    world.clinic.drug()
    for who in (radiologist, reception):
        assert "Methylprednisolone 40 mg/ml" in who.get("drug-list")
        assert "Add a drug" not in who.get("drug-list")
        who.get("drug-add", expect=403)
    with pytest.raises(Forbidden):
        save_drug(None, {"name": "New"}, by=world.clinic.radiologist, now=world.clinic.now)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": ""}, "kind_0", "Choose the kind."),
    ({"name": " "}, "name", "Enter the name."),
    ({"name": "40"}, "name", "A name cannot be just a number"),
    ({"name": "methylprednisolone 40 MG/ML"}, "name", "That name is taken."),
    ({"name": "Tri\u202eamcinolone"}, "name", "this"),
    ({"substance": ""}, "substance", "Enter the substance."),
    ({"strength_mg_ml": "0"}, "strength_mg_ml", "ive a number above 0."),
    ({"strength_mg_ml": "a lot"}, "strength_mg_ml", "nter a number."),
    ({"max_mg_per_kg": "-1"}, "max_mg_per_kg", "ive a number above 0."),
    ({"usual_dose_mg": "41"}, "usual_dose_mg", "he usual dose is above the maximum per injection."),
    (
        {"max_injection_mg": "81", "usual_dose_mg": ""},
        "max_injection_mg",
        "he maximum per injection is above the maximum per day.",
    ),
    ({"kind": "other"}, "as_methylprednisolone", "nly a steroid equals methylprednisolone."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
def test_what_is_wrong_is_said_at_its_field_and_kept(
    world: World, manager: Browser, changes: dict[str, Any], field: str, sentence: str
) -> None:
    world.clinic.drug()
    said = manager.post("drug-add", data={**TRIAMCINOLONE, **changes}, expect=422)
    assert sentence in said
    assert f'href="#id_{field}"' in manager.html
    assert "The clinic decided it" in manager.html
    assert Drug.objects.count() == 1


def test_every_problem_is_named_at_once(clinic: Clinic) -> None:
    wrong = {"kind": "tea", "name": "", "substance": " ", "max_day_mg": Decimal(0)}
    with pytest.raises(Invalid) as refused:
        save_drug(None, wrong, by=clinic.manager, now=clinic.now)
    assert {one.pointer for one in refused.value.errors} == {"#/kind", "#/name", "#/substance", "#/max_day_mg"}


def test_the_api_reads_and_changes_what_it_added(world: World) -> None:
    """What a GET answers a PATCH takes; a stale revision is a 409 with both versions."""
    body = {**TRIAMCINOLONE, **NUMBERS, "max_mg_per_kg": None, "as_methylprednisolone": 1, "particulate": True}
    body |= {"active": True, "batches": [{"batch": "B1", "expires_on": "2027-01-31"}]}
    problem(world.radiologist.post("/drugs/", body), 403)
    made = world.manager.post("/drugs/", body)
    assert made.status_code == 201
    assert made.json().items() >= body.items()
    there = f"/drugs/{made.json()['id']}/"
    assert made.headers["Location"].endswith(there)
    assert world.reception.get(there).json() == made.json()
    assert world.radiologist.get("/drugs/").json()["results"] == [made.json()]
    same = {name: value for name, value in made.json().items() if name != "id"}
    assert world.manager.patch(there, same).json() == made.json()
    assert DrugBox.objects.count() == 1
    changed = world.manager.patch(there, {"max_day_mg": 60, "revision": 1})
    assert (changed.json()["max_day_mg"], changed.json()["revision"]) == (60, 2)
    stale = problem(world.manager.patch(there, {"max_day_mg": 50, "revision": 1}), 409)
    assert (stale["seen"]["max_day_mg"], stale["present"]["max_day_mg"]) == (80, 60)


def test_the_api_names_every_wrong_field(world: World) -> None:
    wrong = {"kind": "tea", "name": "7", "strength_mg_ml": "much", "colour": "red"}
    assert pointers(world.manager.post("/drugs/", wrong)) == {"#/kind", "#/substance", "#/strength_mg_ml", "#/colour"}
    drug = world.clinic.drug()
    wrong = {"name": "7", "max_injection_mg": 0, "batches": [{"batch": "B1", "expires_on": "2026-03-01"}]}
    named = {"#/name", "#/max_injection_mg", "#/batches/0/expires_on"}
    assert pointers(world.manager.patch(f"/drugs/{drug.pk}/", wrong)) == named
    problem(world.manager.patch("/drugs/987654321/", {"name": "New"}), 404)


def test_the_database_takes_no_second_drug_of_a_name_and_none_without(clinic: Clinic) -> None:
    clinic.drug()
    for values in (
        {"name": "METHYLPREDNISOLONE 40 mg/ml", "substance": "m"},
        {"name": "", "substance": "m"},
        {"name": "m", "substance": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Drug.objects.create(kind="steroid", **values)
