"""What other systems did with the cards that they were shown stands in the report on overrides."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from injections.models import CdsCard, CdsFeedback
from injections.models.cds import REASON_SYSTEM
from injections.statistics import STATISTICS, CountedDays, Statistic
from tests.clinic import NOW

pytestmark = pytest.mark.django_db


def card(rule: str = "repeat-interval", severity: str = "critical", *, days: int = 0) -> CdsCard:
    return CdsCard.objects.create(
        issuer="https://ehr.example/",
        service="injection-booking",
        hook_instance=uuid.uuid4(),
        rule=rule,
        severity=severity,
        at=NOW + timedelta(days=days),
    )


def told(of: CdsCard, outcome: str, code: str = "", *, system: str = REASON_SYSTEM, minute: int = 0) -> None:
    at = NOW + timedelta(minutes=minute)
    CdsFeedback.objects.create(
        card=of, outcome=outcome, reason_system=system if code else "", reason_code=code, outcome_at=at, at=at
    )


def overrides() -> Statistic:
    return STATISTICS["overrides"].count(CountedDays(date(2026, 3, 1), date(2026, 3, 31)))


def test_without_any_nothing_is_said_of_other_systems() -> None:
    found = overrides()
    assert "Other systems" not in found.sentence
    assert (found.rows, found.chart) == ([], None)


def test_cards_are_counted_by_rule_with_what_became_of_them() -> None:
    passed_over, taken, _ = card(), card(), card()
    told(passed_over, "overridden", "specialist-advice")
    told(passed_over, "overridden", "specialist-advice", minute=5)  # the same card twice is one card
    told(taken, "accepted")
    card("anticoagulant", "warning")
    card("breastfeeding", "info")
    card(days=60)
    found = overrides()
    codes = [column.code for column in found.columns]
    rows = {row[0]: dict(zip(codes, row, strict=True)) for row in found.rows}
    assert set(rows) == {"repeat-interval", "anticoagulant"}
    assert (rows["repeat-interval"]["cards"], rows["repeat-interval"]["cards_overridden"]) == (3, 1)
    assert rows["anticoagulant"]["decided"] == 0
    assert found.sentence.endswith(
        "Other systems were shown 4 cards: 1 passed over (most often: a specialist advised it), 1 taken up."
    )
    assert found.chart is None


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("https://ehr.example/reasons", "<script>"),
        ("https://ehr.example/reasons", "no-alternative"),
        (REASON_SYSTEM, "no-such-code"),
    ],
)
def test_a_reason_of_another_system_is_no_text_of_ours(system: str, code: str) -> None:
    """However often it is given: of ours the one that was given most is named, or none."""
    for _ in range(3):
        told(card(), "overridden", code, system=system)
    assert overrides().sentence.endswith("Other systems were shown 3 cards: 3 passed over, 0 taken up.")
    told(card(), "overridden", "specialist-advice")
    assert "4 passed over (most often: a specialist advised it)" in overrides().sentence


def test_the_reason_is_of_the_cards_that_the_sentence_counts() -> None:
    told(card(), "overridden", "specialist-advice")
    for _ in range(3):
        told(card("not-checked", "info"), "overridden", "no-alternative")
    assert "most often: a specialist advised it" in overrides().sentence


def test_a_card_that_is_passed_over_again_for_one_reason_gives_it_once() -> None:
    for _ in range(2):
        told(card(), "overridden", "specialist-advice")
    again = card()
    for minute in range(3):
        told(again, "overridden", "no-alternative", minute=minute)
    assert "most often: a specialist advised it" in overrides().sentence
