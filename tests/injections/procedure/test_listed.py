"""What the clinic's list of drugs knows of a procedure, and what follows for its doses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from injections.models import DrugBox, Injection
from injections.procedure.listed import worked_out
from injections.procedure.values import Procedure
from pht_clinic.errors import Invalid
from tests.api_world import World, pointers, problem
from tests.clinic import Clinic
from tests.injections.procedure.test_record import GIVEN, booked, give
from tests.scenarios.api_bodies import procedure_at

AS_FOUND = {"reason_code": "as-found", "reason": "Read afterwards"}


@pytest.mark.parametrize(
    ("dose", "strength", "volume", "expected"),
    [
        ("40", "40", None, ("40", "1.00")),
        (None, "40", "0.5", ("20.00", "0.5")),
        ("40", "3.3", None, ("40", "12.12")),
        ("40", "40", "2", ("40", "2")),
        ("40", None, None, ("40", None)),
        (None, "40", None, (None, None)),
        ("40", "0", None, ("40", None)),
        ("-1", "40", None, ("-1", None)),
        (None, "40", "-1", (None, "-1")),
    ],
)
def test_dose_and_volume_make_each_other(
    dose: str | None, strength: str | None, volume: str | None, expected: tuple[str | None, str | None]
) -> None:
    """Only what was left empty; nothing from what is no amount."""
    typed = (None if text is None else Decimal(text) for text in (dose, strength, volume))
    assert tuple(None if one is None else str(one) for one in worked_out(*typed)) == expected


def listed(clinic: Clinic, **values: object) -> Procedure:
    """40 mg of a drug of the list that allows 40 mg in one injection and 60 mg a day, and no anaesthetic."""
    most = {"max_injection_mg": Decimal(40), "max_day_mg": Decimal(60), "as_methylprednisolone": Decimal(1)}
    drug = clinic.drug(**{**most, **values})
    return replace(GIVEN, drug=str(drug.pk), local_anaesthetic=None)


def test_h20_a_listed_drug_is_recorded_by_its_number_with_what_the_list_knows(clinic: Clinic) -> None:
    """Name, strength, that it is a steroid, and the volume that the dose makes."""
    drug, unsaid = listed(clinic).drug, dict.fromkeys(("steroid", "strength_mg_ml", "volume_ml", "local_anaesthetic"))
    done = give(booked(clinic), clinic, drug=drug, **unsaid)
    row = Injection.objects.get()
    assert (row.drug, row.steroid, row.strength_mg_ml, row.volume_ml) == ("Methylprednisolone 40 mg/ml", True, 40, 1)
    assert row.listed_drug is not None
    assert (done.warnings, done.not_known) == ([], [])


def test_h20_above_its_own_maximum_a_drug_needs_a_reason(clinic: Clinic) -> None:
    """60 mg is within the clinic's 80 mg of steroid, and above what this drug allows in one injection."""
    drug, visit = listed(clinic).drug, booked(clinic)
    above = {"drug": drug, "dose_mg": Decimal(60), "volume_ml": None, "local_anaesthetic": None}
    with pytest.raises(Invalid) as refused:
        give(visit, clinic, **above)
    sentence = "60 mg of methylprednisolone is above its maximum of 40 mg in one injection."
    assert [(one.pointer, one.detail) for one in refused.value.errors] == [("#/dose_mg", sentence)]
    done = give(visit, clinic, **above, **AS_FOUND)
    assert done.warnings == [sentence]
    assert done.incident is not None


@pytest.mark.parametrize(
    ("drug", "mg", "said"),
    [
        ("Methylprednisolone 40 mg/ml", 20, []),
        ("Methylprednisolone 40 mg/ml", 21, ["61 mg of methylprednisolone on one day is above its maximum of 60 mg."]),
        ("METHYLPREDNISOLONE acetate", 21, ["61 mg of methylprednisolone on one day is above its maximum of 60 mg."]),
        ("Triamcinolone", 39, []),
    ],
)
def test_h20_a_drug_is_added_up_over_the_patients_day(clinic: Clinic, drug: str, mg: int, said: list[str]) -> None:
    """With everything of the same substance, in the list or not; another steroid is not this one."""
    asked, visit = listed(clinic), booked(clinic)
    earlier = {"site": "other-site", "side": "right", "given": "2026-03-10", "origin": "own", "steroid": True}
    written = {"recorded_at": clinic.now, "recorded_on": clinic.now.date()}
    Injection.objects.create(patient=visit.patient, drug=drug, dose_mg=mg, **earlier, **written)
    done = give(visit, clinic, drug=asked.drug, local_anaesthetic=None, **AS_FOUND)
    assert done.warnings == said


def test_h20_an_anaesthetic_has_its_own_maximum_by_weight(clinic: Clinic) -> None:
    """90 mg at 2 mg/kg is too much at 40 kg."""
    clinic.drug("Bupivacaine 0.25%", kind="local-anaesthetic", max_mg_per_kg=Decimal(2))
    asked = {**AS_FOUND, "local_anaesthetic": {"drug": "bupivacaine 0.25%", "dose_mg": 90}, "drug": listed(clinic).drug}
    done = give(booked(clinic), clinic, **asked, weight_kg=Decimal(40))
    assert done.warnings == [
        "90 mg of bupivacaine on one day is above its maximum by weight of 80 mg (2 mg/kg at 40 kg)."
    ]
    assert Injection.objects.get().weight_kg == 40
    assert Injection.objects.get().listed_anaesthetic is not None


def test_h20_a_drug_outside_the_list_is_taken_and_its_maximum_said_to_be_unknown(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    assert done.incident is None
    assert done.not_known == [
        "triamcinolone is not in the clinic’s list: its maximum is not known.",
        "lidocaine is not in the clinic’s list: its maximum is not known.",
    ]


def test_a_number_that_the_list_does_not_have_in_use_is_refused_at_its_field(clinic: Clinic) -> None:
    retired = clinic.drug(active=False)
    visit = booked(clinic)
    for number in (str(retired.pk), "987654321"):
        with pytest.raises(Invalid) as refused:
            give(visit, clinic, drug=number, local_anaesthetic={"drug": number, "dose_mg": 1})
        assert {one.pointer for one in refused.value.errors} == {"#/drug", "#/local_anaesthetic/drug"}


def test_a_steroid_of_the_list_is_not_recorded_as_none(clinic: Clinic) -> None:
    asked = listed(clinic)
    with pytest.raises(Invalid) as refused:
        give(booked(clinic), clinic, drug=asked.drug, steroid=False, local_anaesthetic=None)
    assert [one.pointer for one in refused.value.errors] == ["#/steroid"]


@pytest.mark.parametrize(("weight", "is_refused"), [("0", True), ("400", False), ("400.1", True), ("0.1", False)])
def test_a_weight_that_cannot_be_is_refused(clinic: Clinic, weight: str, is_refused: bool) -> None:
    visit = booked(clinic)
    if is_refused:
        with pytest.raises(Invalid) as refused:
            give(visit, clinic, weight_kg=Decimal(weight))
        assert [one.pointer for one in refused.value.errors] == ["#/weight_kg"]
    else:
        assert give(visit, clinic, weight_kg=Decimal(weight)).injection.weight_kg == Decimal(weight)


def test_what_was_drawn_up_is_the_box_in_use_from_then_on(clinic: Clinic) -> None:
    """Of a listed drug, on the day itself; stored once."""
    asked = listed(clinic)
    give(booked(clinic), clinic, drug=asked.drug, local_anaesthetic=None)
    box = DrugBox.objects.get()
    assert (str(box.drug_id), box.batch, str(box.expires_on), str(box.on)) == (
        asked.drug,
        "T1234",
        "2027-01-31",
        "2026-03-10",
    )


def test_an_expired_batch_is_no_box_for_the_next_injection(clinic: Clinic) -> None:
    asked = listed(clinic)
    expired = {"expires_on": GIVEN.started_at.date().replace(month=1)} if GIVEN.started_at else {}
    give(booked(clinic), clinic, drug=asked.drug, local_anaesthetic=None, **expired, **AS_FOUND)
    assert not DrugBox.objects.exists()


def test_a_corrected_drug_is_looked_up_anew(world: World) -> None:
    """Named otherwise it is another drug of the list, or none; what is not named stays."""
    clinic = world.clinic
    first, second = clinic.drug(), clinic.drug("Triamcinolone 40 mg/ml")
    row = give(booked(clinic), clinic, drug=str(first.pk)).injection
    world.at(GIVEN.started_at.replace(hour=18))  # type: ignore[union-attr]  # it is given
    there = "/injections/{}/correct/"
    for changes, found in (
        ({"note": "Slowly"}, first.pk),
        ({"drug": str(second.pk)}, second.pk),
        ({"drug": "New"}, None),
    ):
        done = world.radiologist.post(there.format(row.pk), {"reason": "Read again", **changes})
        assert done.status_code == 200, done.content
        row = Injection.objects.get(pk=done.json()["id"])
        assert row.listed_drug_id == found
    anaesthetic = clinic.drug("Lidocaine 1%", kind="local-anaesthetic")
    changes = {"local_anaesthetic": {"drug": str(anaesthetic.pk), "dose_mg": 20}}
    done = world.radiologist.post(there.format(row.pk), {"reason": "Read again", **changes})
    assert done.json()["local_anaesthetic"]["drug"] == "Lidocaine 1%"
    assert Injection.objects.get(pk=done.json()["id"]).listed_anaesthetic_id == anaesthetic.pk


def test_h20_by_the_api_a_drug_is_named_by_its_number_or_its_name(world: World) -> None:
    drug = world.clinic.drug(max_day_mg=Decimal(30))
    visit = booked(world.clinic)
    world.at(visit.end_at)
    there = f"/appointments/{visit.pk}/procedure/"
    body = {**procedure_at(), "drug": str(drug.pk), "reason_code": None, "reason": "", "volume_ml": None}
    refused = world.radiologist.post(there, body)
    assert pointers(refused) == {"#/dose_mg"}
    assert "40 mg of methylprednisolone on one day is above its maximum of 30 mg." in refused.content.decode()
    problem(world.radiologist.post(there, {**body, "drug": "987654321"}), 422)
    done = world.radiologist.post(there, {**body, "drug": drug.name.upper(), "dose_mg": None, "volume_ml": 0.5})
    assert done.status_code == 200, done.content
    assert (done.json()["injection"]["drug"], done.json()["injection"]["dose_mg"]) == (drug.name, 20)
    assert done.json()["injection"]["listed_drug"] == str(drug.pk)
    assert done.json()["not_known"] == ["lidocaine is not in the clinic’s list: its maximum is not known."]
