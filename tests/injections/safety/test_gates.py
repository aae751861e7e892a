"""The gates at the visit: checks of the day, consent, doses."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from injections.safety import gates
from injections.safety.policy import DEFAULT

CHECKED = dict.fromkeys(gates.CHECKED_TODAY, True)
CONSENT = {"explained": True, "questions_answered": True}


def test_everything_checked_lets_it_be_recorded() -> None:
    """No problems."""
    assert gates.checked_today(checked_today=CHECKED, consent=CONSENT) == []


@pytest.mark.parametrize("field", gates.CHECKED_TODAY)
@pytest.mark.parametrize("answer", [False, None, "yes", 1, "missing"])
def test_every_check_must_be_true(field: str, answer: object) -> None:
    """Neither no nor unknown nor anything that only looks like yes."""
    checked: dict[str, object] = {**CHECKED, field: answer}
    if answer == "missing":
        del checked[field]
    problems = gates.checked_today(checked_today=checked, consent=CONSENT)
    assert problems == [(f"checked_today/{field}", gates.CHECKED_TODAY[field])]


@pytest.mark.parametrize("field", gates.CHECKED_TODAY)
def test_some_checks_may_not_apply(field: str) -> None:
    """Nobody pregnant, no medicines; but the skin is always looked at."""
    problems = gates.checked_today(checked_today={**CHECKED, field: "not-applicable"}, consent=CONSENT)
    assert bool(problems) == (field not in {"pregnancy", "allergies", "medicines", "chaperone_offered", "way_home"})


@pytest.mark.parametrize("field", CONSENT)
def test_consent_is_explained_and_answered(field: str) -> None:
    """Both, and "not-applicable" will not do."""
    for answer in (False, None, "not-applicable"):
        problems = gates.checked_today(checked_today=CHECKED, consent={**CONSENT, field: answer})
        assert problems == [(f"consent/{field}", gates.CONSENT[field])]


def test_nothing_answered_names_everything() -> None:
    """All problems at once."""
    assert len(gates.checked_today(checked_today=None, consent=None)) == 13


def test_checks_of_another_day_do_not_count() -> None:
    """They are asked again on the day."""
    day = date(2026, 6, 30)
    assert gates.checked_today(checked_today=CHECKED, consent=CONSENT, answered_on=day, given_on=day) == []
    other = gates.checked_today(checked_today=CHECKED, consent=CONSENT, answered_on=date(2026, 6, 29), given_on=day)
    assert [field for field, _ in other] == ["checked_today"]


def doses(**changes: Any) -> list[str]:
    usual: dict[str, Any] = {
        "steroid_mg": 40,
        "strength_mg_ml": 40,
        "volume_ml": 1,
        "local_anaesthetic_drug": "lidocaine",
        "local_anaesthetic_mg": 20,
    }
    return [sentence for _, sentence in gates.dose(gates.Doses(**{**usual, **changes}), policy=DEFAULT)]


@pytest.mark.parametrize(
    ("changes", "warns"),
    [
        ({}, ""),
        ({"steroid_mg": Decimal("40.0"), "strength_mg_ml": Decimal(40), "volume_ml": Decimal("1.00")}, ""),
        ({"steroid_mg": 80, "volume_ml": 2}, ""),
        ({"steroid_mg": 80.1, "volume_ml": 2}, "maximum of 80 mg"),
        ({"steroid_mg": 40.5}, ""),
        ({"steroid_mg": 40.6}, "is 40 mg, not 40.6 mg"),
        ({"steroid_mg": 39.4}, "is 40 mg, not 39.4 mg"),
        ({"volume_ml": 10}, "10 ml at 40 mg/ml is 400 mg, not 40 mg"),
        ({"volume_ml": None}, ""),
        ({"strength_mg_ml": None}, ""),
        ({"steroid_mg": None, "volume_ml": 10}, ""),
        ({"local_anaesthetic_mg": 200}, ""),
        ({"local_anaesthetic_mg": 200.1}, "200.1 mg of lidocaine"),
        ({"local_anaesthetic_mg": 100, "lidocaine_mg_earlier_today": 100}, ""),
        ({"local_anaesthetic_mg": 100, "lidocaine_mg_earlier_today": 101}, "201 mg of lidocaine"),
        ({"local_anaesthetic_mg": 300, "local_anaesthetic_drug": "ropivacaine"}, ""),
        ({"local_anaesthetic_mg": 300, "local_anaesthetic_drug": "Lidocaine 1%"}, "lidocaine"),
        ({"local_anaesthetic_mg": 300, "local_anaesthetic_drug": None}, "lidocaine"),
        ({"local_anaesthetic_mg": None}, ""),
        ({"steroid_mg_earlier_today": 40}, ""),
        ({"steroid_mg_earlier_today": Decimal("40.1")}, "80.1 mg of steroid on one day"),
        ({"steroid_mg": 90, "volume_ml": 2.25, "steroid_mg_earlier_today": 40}, "90 mg of steroid is above"),
        ({"steroid_mg": None, "steroid_mg_earlier_today": 100}, ""),
        ({"expires_on": date(2026, 6, 30), "given_on": date(2026, 6, 30)}, ""),
        ({"expires_on": date(2026, 6, 29), "given_on": date(2026, 6, 30)}, "expired on 30 June 2026"),
        ({"expires_on": date(2026, 6, 29)}, ""),
        ({"given_on": date(2026, 6, 30)}, ""),
    ],
)
def test_doses_that_look_wrong_warn(changes: dict[str, Any], warns: str) -> None:
    """Both sides of each limit; unknown values are not judged."""
    warnings = doses(**changes)
    assert len(warnings) == bool(warns), warnings
    assert not warns or warns in warnings[0]


def test_each_warning_names_its_field() -> None:
    """There it is said while it is typed, and there it is refused without a reason."""
    typed = gates.Doses(
        steroid_mg=90,
        strength_mg_ml=40,
        volume_ml=1,
        local_anaesthetic_drug=None,
        local_anaesthetic_mg=201,
        expires_on=date(2026, 6, 29),
        given_on=date(2026, 6, 30),
    )
    fields = [field for field, _ in gates.dose(typed, policy=DEFAULT)]
    assert fields == ["dose_mg", "volume_ml", "local_anaesthetic/dose_mg", "expires_on"]
