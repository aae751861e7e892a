"""Which answers count: the product and the second implementation say the same of random rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from injections.facts.answers import known_answers
from injections.models import Screening
from tests.trials.oracle.answers import FIELDS, screening_of

IT, GT = "ischial-tuberosity", "greater-trochanter"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASKED = ["fever", "bruising", "diabetes", "blood_thinner", "tested_sport", "surgery_planned"]
TIMES = st.integers(0, 4).map(lambda hours: NOON + timedelta(hours=hours))
"""Few hours, so that many answers are of the same one."""

CONTENTS = st.fixed_dictionaries(
    {"answers": st.dictionaries(st.sampled_from(ASKED), st.sampled_from(["yes", "no", "not-sure", None]))},
    optional={field: st.sampled_from(["one", "two", None]) for field in FIELDS}
    | {
        "answered": st.dictionaries(
            st.sampled_from([*ASKED, "onset", "injury_on"]), TIMES.map(datetime.isoformat), max_size=3
        )
    },
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", IT, GT]), st.sampled_from(["", "left", "right", "both"]), st.none() | TIMES, CONTENTS
    ),
    max_size=6,
)


def stored(drawn: list[tuple[str, str, datetime | None, dict[str, Any]]]) -> list[Screening]:
    """Typed one after the other, an hour after everything was said."""
    return [
        Screening(
            pk=pk,
            area=area,
            side=side,
            answered_at=at,
            content=content,
            recorded_at=NOON + timedelta(hours=5, minutes=pk),
        )
        for pk, (area, side, at, content) in enumerate(drawn)
    ]


@settings(max_examples=600)
@given(ROWS)
def test_the_same_answers_count(drawn: list[tuple[str, str, datetime | None, dict[str, Any]]]) -> None:
    rows = stored(drawn)
    for area, side in ((IT, "left"), (IT, "right"), (GT, "left")):
        known = known_answers(rows, area, side)
        assert (known.content() if known else None) == screening_of(rows, area, side)


def test_a_second_implementation_that_reads_the_newest_form_is_found_out() -> None:
    """The control: of two rows the newer one alone is not what counts."""
    rows = stored(
        [(IT, "left", NOON, {"answers": {"fever": "yes"}}), (IT, "left", NOON, {"answers": {"diabetes": "no"}})]
    )
    assert screening_of(rows, IT, "left") != screening_of(rows[1:], IT, "left")
