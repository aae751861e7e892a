"""How mails are written: dates, names, and blocks that become text."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.messages import blocks, words
from scheduling.messages.blocks import Block

LONDON = ZoneInfo("Europe/London")


def test_dates_are_british_and_in_the_clinics_zone() -> None:
    instant = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert words.when(instant, LONDON) == "Wednesday 1 July 2026 at 00:30"
    assert words.day_and_time(datetime(2026, 3, 30, 14, tzinfo=UTC), LONDON) == "Monday 30 March at 15:00"
    assert words.full_date(date(2026, 3, 12)) == "12 March 2026"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann \t Lee ", "Ann Lee"),
        ("Ann\r\nBcc: other@mail.example", "Ann Bcc: other@mail.example"),
        ("Ann\u2028## Heading", "Ann ## Heading"),
        ("Zo\u00eb O\u2019Neill \U0001f642", "Zo\u00eb O\u2019Neill \U0001f642"),
        ("A\u202ennA\x00\x1b[31m", "AnnA[31m"),
    ],
)
def test_a_name_can_start_no_new_line(typed: str, kept: str) -> None:
    assert words.clean(typed) == kept


def test_a_template_is_read_as_headings_paragraphs_and_lists() -> None:
    source = "Dear A\n\n## To do\n- one\n  and a half\n\n- two\n\n\n\nBroken\nover lines\n- three\n"
    assert blocks.read(source) == (
        Block("paragraph", ("Dear A",)),
        Block("heading", ("To do",)),
        Block("list", ("one and a half", "two")),
        Block("paragraph", ("Broken over lines",)),
        Block("list", ("three",)),
    )


def test_text_is_wrapped_and_lists_stay_lists() -> None:
    text = blocks.as_text((Block("heading", ("To do",)), Block("list", ("word " * 20,)), Block("paragraph", ("End",))))
    lines = text.splitlines()
    assert lines[:3] == ["To do", "-----", ""]
    assert lines[3].startswith("- word")
    assert lines[4].startswith("  word")
    assert max(map(len, lines)) <= blocks.WIDTH
    assert text.endswith("\n\nEnd\n")


@pytest.mark.parametrize("before", range(60, 76))
def test_no_line_ends_inside_a_number(before: int) -> None:
    """Whoever copies half a phone number dials somebody else."""
    text = f"{'x' * before} 020 7946 0100 and more"
    lines = blocks.as_text((Block("paragraph", (text,)),)).splitlines()
    assert any("020 7946 0100" in line for line in lines)
    assert " ".join(lines) == text
