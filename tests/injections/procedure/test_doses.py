"""The doses of one injection and of the patient's day: what is odd about them is said."""

from dataclasses import replace
from decimal import Decimal

import pytest

from injections.models import Injection
from injections.procedure.doses import dose_problems
from injections.procedure.values import Procedure
from pht_clinic.errors import Invalid
from tests.clinic import Clinic
from tests.injections.procedure.test_record import GIVEN, booked, give

QUIET = replace(GIVEN, local_anaesthetic=None)
"""40 mg of steroid in 1 ml, and nothing odd."""


def dose_warnings(procedure: Procedure, earlier_today: list[Injection]) -> list[str]:
    return [problem.detail for problem in dose_problems(procedure, earlier_today)]


def with_anaesthetic(drug: str | None, mg: object) -> Procedure:
    return replace(QUIET, local_anaesthetic={"drug": drug, "dose_mg": mg})


@pytest.mark.parametrize(
    ("procedure", "said"),
    [
        (QUIET, []),
        (replace(QUIET, dose_mg=Decimal(120), volume_ml=Decimal(3)), ["120 mg of steroid is above"]),
        (replace(QUIET, dose_mg=Decimal(80)), ["1 ml at 40 mg/ml is 40 mg, not 80 mg."]),
        (replace(QUIET, steroid=False, dose_mg=Decimal(500)), []),
        (replace(QUIET, dose_mg=Decimal(30), strength_mg_ml=None), []),
        (replace(QUIET, dose_mg=Decimal(30), volume_ml=None), []),
        (with_anaesthetic("lidocaine", 200), []),
        (with_anaesthetic("lidocaine", "200.5"), ["200.5 mg of lidocaine"]),
        (with_anaesthetic("Lignocaine 1 %", 201), ["201 mg of lidocaine"]),
        (with_anaesthetic("", 201), ["201 mg of lidocaine"]),
        (with_anaesthetic(None, 201), ["201 mg of lidocaine"]),
        (with_anaesthetic("bupivacaine", 201), []),
        (with_anaesthetic("lidocaine", None), []),
        (replace(QUIET, local_anaesthetic={"dose_mg": 201}), ["201 mg of lidocaine"]),
    ],
)
def test_what_is_odd_about_one_injection(procedure: Procedure, said: list[str]) -> None:
    """What is not known is not judged; an anaesthetic without a name is taken for lidocaine."""
    warnings = dose_warnings(procedure, [])
    assert len(warnings) == len(said)
    assert all(warning.startswith(words) for warning, words in zip(warnings, said, strict=True)), warnings


@pytest.mark.parametrize(
    ("earlier", "total"),
    [
        ([{"drug": "lidocaine", "dose_mg": 100}], ""),
        ([{"drug": "lidocaine", "dose_mg": 101}], "201"),
        ([{"drug": "xylocaine", "dose_mg": 60}, {"drug": "lidocaine", "dose_mg": "60"}], "220"),
        ([{"drug": "bupivacaine", "dose_mg": 150}], ""),
        ([{"drug": "", "dose_mg": 150}], "250"),
        ([{"dose_mg": 150}], "250"),
        ([{"drug": "lidocaine", "dose_mg": None}, {"drug": "lidocaine"}, None], ""),
    ],
)
def test_the_lidocaine_of_the_day_is_added_up(earlier: list[dict[str, object] | None], total: str) -> None:
    """100 mg now, and what was given before; another drug is not lidocaine, an unnamed one is taken for it."""
    today = [Injection(local_anaesthetic=one) for one in earlier]
    said = [f"{total} mg of lidocaine on one day is above 200 mg."] if total else []
    assert dose_warnings(with_anaesthetic("lidocaine", 100), today) == said


@pytest.mark.parametrize(
    ("given", "origin", "said"),
    [
        ("2026-03-10", "own", ["210 mg of lidocaine on one day is above 200 mg."]),
        ("2026-03-09", "own", []),
        ("2026-03-10", "elsewhere", []),
    ],
)
def test_the_lidocaine_of_the_day_is_what_was_given_here_on_that_day(
    clinic: Clinic, given: str, origin: str, said: list[str]
) -> None:
    """Yesterday's is not added to today's, and what was no steroid is none."""
    appointment = booked(clinic)
    Injection.objects.create(
        patient=appointment.patient,
        site="other-site",
        side="right",
        given=given,
        steroid=False,
        origin=origin,
        recorded_at=clinic.now,
        recorded_on=clinic.now.date(),
        local_anaesthetic={"drug": "lidocaine", "dose_mg": 110},
    )
    much = {"local_anaesthetic": {"drug": "lidocaine", "dose_mg": 100}}
    if said:
        with pytest.raises(Invalid) as refused:
            give(appointment, clinic, **much)
        assert [(one.pointer, one.detail) for one in refused.value.errors] == [("#/local_anaesthetic/dose_mg", said[0])]
    done = give(appointment, clinic, **much, reason_code="no-alternative", reason="Two places in one visit")
    assert done.warnings == said
    assert bool(done.incident) == bool(said)


def test_the_steroid_of_the_day_is_added_up(clinic: Clinic) -> None:
    """50 mg on another place of the same day and 40 mg now are above the maximum of 80 mg."""
    appointment = booked(clinic)
    Injection.objects.create(
        patient=appointment.patient,
        site="other-site",
        side="right",
        given="2026-03-10",
        steroid=True,
        dose_mg=50,
        origin="own",
        recorded_at=clinic.now,
        recorded_on=clinic.now.date(),
    )
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic)
    (problem,) = refused.value.errors
    assert (problem.pointer, problem.detail) == (
        "#/dose_mg",
        "90 mg of steroid on one day is above this clinic's maximum of 80 mg.",
    )
