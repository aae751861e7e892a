"""Answers stand one by one: the newest by its own time counts, nothing is erased by leaving it out (H1, H2, H3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from injections.facts.answers import KnownAnswers, known_answers
from injections.facts.sections import screening
from injections.models import Screening
from injections.safety.questions import QUESTIONS

IT, GT = "ischial-tuberosity", "greater-trochanter"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Sheets:
    """Rows of one patient, each typed a minute after the one before."""

    def __init__(self) -> None:
        self.rows: list[Screening] = []

    def add(self, days: float | None = 0, *, area: str = IT, side: str = "left", **content: Any) -> Sheets:
        """Answers given so many days after noon of 2 March; None where nobody said when."""
        at = None if days is None else NOON + days * DAY
        answers = {name: content.pop(name) for name in list(content) if name in QUESTIONS}
        number = len(self.rows)
        self.rows.append(
            Screening(
                pk=number,
                area=area,
                side=side,
                answered_at=at,
                answered_by="patient",
                recorded_at=NOON + 30 * DAY + timedelta(minutes=number),
                content={"answers": answers, **content},
            )
        )
        return self

    def known(self, area: str | None = IT, side: str | None = "left") -> KnownAnswers:
        return known_answers(self.rows, area, side)


def test_what_is_left_out_stays_as_it_was() -> None:
    known = Sheets().add(0, fever="no", pregnant="yes", onset="gradual").add(1, fever="yes").known()
    assert (known.value("fever"), known.value("pregnant"), known.value("onset")) == ("yes", "yes", "gradual")
    assert Sheets().add(0, fever="yes").add(1, fever=None).known().value("fever") == "yes"


def test_h3_a_paper_form_of_before_that_is_typed_later_does_not_outrank() -> None:
    sheets = Sheets().add(0, fever="yes", pregnant="no").add(-7, fever="no", diabetes="yes")
    assert (sheets.known().value("fever"), sheets.known().value("diabetes")) == ("yes", "yes")


def test_of_one_time_the_one_stored_last_counts() -> None:
    assert Sheets().add(0, fever="yes").add(0, fever="no").known().value("fever") == "no"


def test_an_answer_has_its_own_time_where_it_differs_from_that_of_the_sheet() -> None:
    own = {"fever": (NOON + 3 * DAY).isoformat()}
    known = Sheets().add(0, fever="yes", pregnant="yes", answered=own).add(2, fever="no", pregnant="no").known()
    assert (known.value("fever"), known.value("pregnant")) == ("yes", "no")
    assert known.by_question["fever"].at == NOON + 3 * DAY
    assert known.oldest is not None
    assert known.oldest.at == NOON + 2 * DAY


def test_an_answer_of_unknown_time_counts_from_when_it_was_typed_and_is_the_oldest() -> None:
    known = Sheets().add(None, fever="yes").add(1, fever="no", pregnant="no").known()
    assert known.value("fever") == "yes"
    assert known.oldest is not None
    assert known.oldest.at is None
    assert known.newest is not None
    assert known.newest.at == NOON + DAY
    assert "fever" not in known.content()["answered"]


@pytest.mark.parametrize(
    "question", ["steroid_or_anaesthetic_allergy", "pregnant", "infection_or_antibiotics", "fever"]
)
def test_h1_answers_about_the_person_count_for_every_area_and_side(question: str) -> None:
    sheets = Sheets().add(**{question: "yes"}, area=IT, side="left")
    for place in ((IT, "right"), (GT, "left"), ("", ""), (None, None)):
        assert sheets.known(*place).value(question) == "yes", place


@pytest.mark.parametrize(
    ("area", "side", "counts"),
    [
        (IT, "left", True),
        (IT, "right", False),
        (GT, "left", False),
        (IT, "both", True),
        (IT, "unknown", True),
        (IT, "", True),
        ("", "left", True),
        ("", "", True),
    ],
)
def test_answers_about_a_place_count_there_alone(area: str, side: str, counts: bool) -> None:
    known = Sheets().add(area=area, side=side, sudden_pop="yes", main_pain_site="sit-bone", fever="no").known()
    assert (known.value("sudden_pop"), known.value("main_pain_site")) == (
        ("yes", "sit-bone") if counts else (None, None)
    )
    assert known.value("fever") == "no"


def test_an_answer_that_changes_clears_what_was_asked_because_of_it() -> None:
    first = Sheets().add(0, blood_thinner="yes", blood_thinner_kind="warfarin", inr=2.5, onset="sudden")
    first.add(0, injury_on="2026-02-20")
    assert first.known().value("inr") == 2.5
    same = first.add(1, blood_thinner="yes", onset="sudden").known()
    assert (same.value("blood_thinner_kind"), same.value("injury_on")) == ("warfarin", "2026-02-20")
    changed = first.add(2, blood_thinner="no", onset="gradual").known()
    assert (changed.value("blood_thinner_kind"), changed.value("inr"), changed.value("injury_on")) == (None, None, None)
    again = first.add(3, blood_thinner="yes", blood_thinner_kind="doac").known()
    assert (again.value("blood_thinner_kind"), again.value("inr")) == ("doac", None)


def test_an_answer_that_changes_keeps_what_was_answered_with_it() -> None:
    known = Sheets().add(0, diabetes="no").add(1, diabetes="yes", diabetes_poorly_controlled="no").known()
    assert known.value("diabetes_poorly_controlled") == "no"


def test_h2_a_red_flag_or_allergy_answered_otherwise_is_shown_with_the_earlier_yes() -> None:
    sheets = Sheets().add(0, fever="yes", pregnant="yes").add(1, fever="no", pregnant="no").add(2, fever="not-sure")
    [(question, answer)] = sheets.known().were_yes
    assert (question, answer.value) == ("fever", "not-sure")
    assert answer.earlier_yes is not None
    assert answer.earlier_yes.at == NOON
    assert not sheets.add(3, fever="yes").known().were_yes


def test_who_gave_an_answer_is_kept_for_each() -> None:
    known = Sheets().add(0, fever="no", pregnant="no", answered_by={"fever": "carer"}).known()
    assert (known.by_question["fever"].by, known.by_question["pregnant"].by) == ("carer", "patient")


def test_the_rules_read_them_with_their_times() -> None:
    sheets = Sheets().add(0, fever="no", inr=2.5, blood_thinner="yes", onset="gradual").add(1, fever="yes")
    read = screening(sheets.known().content())
    assert (read.answers["fever"], read.onset, read.inr) == ("yes", "gradual", 2.5)
    assert read.time_of("fever") == NOON + DAY
    assert read.time_of("onset") == NOON
    assert not Sheets().known()


def test_a_form_that_was_gone_through_changes_what_reads_otherwise() -> None:
    sheets = Sheets().add(0, fever="no", blood_thinner="yes", blood_thinner_kind="doac", onset="gradual")
    known = sheets.known()
    as_known = {"answers": {"fever": "no", "blood_thinner": "yes"}, "blood_thinner_kind": "doac", "onset": "gradual"}
    assert not known.says_anything(known.changed_by(as_known))
    changed = known.changed_by({**as_known, "answers": {"fever": "yes", "blood_thinner": "no"}})
    assert changed == {"answers": {"fever": "yes", "blood_thinner": "no"}}
    fresh = Sheets().add(0, blood_thinner="no", blood_thinner_kind="doac").known()
    assert fresh.changed_by(as_known)["blood_thinner_kind"] == "doac"


def test_answers_older_than_what_is_known_would_not_count() -> None:
    known = Sheets().add(0, fever="no", pregnant="no").known()
    sheet = {"answers": {"fever": "yes", "diabetes": "no", "pregnant": None}}
    assert set(known.outranking(sheet, NOON - DAY)) == {"fever"}
    assert not known.outranking(sheet, NOON)
