"""Search parameters are read as FHIR R4 writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from injections.doors.fhir.values import NotUnderstood, Reference, Token, read_reference, read_token, read_when
from pht_clinic.periods import Period

BASE = "https://clinic.example/fhir/R4/"
LONDON = ZoneInfo("Europe/London")
utc = partial(datetime, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "prefix", "start", "end"),
    [
        ("2026", "eq", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("ge2026-12", "ge", utc(2026, 12, 1), utc(2027, 1, 1)),
        ("lt2026-03-24", "lt", utc(2026, 3, 24), utc(2026, 3, 25)),
        ("sa2026-03-29", "sa", utc(2026, 3, 29), utc(2026, 3, 29, 23)),
        ("eb2026-07-01", "eb", utc(2026, 6, 30, 23), utc(2026, 7, 1, 23)),
        ("2026-07-01T10:30", "eq", utc(2026, 7, 1, 9, 30), utc(2026, 7, 1, 9, 31)),
        ("2026-07-01T10:30:05Z", "eq", utc(2026, 7, 1, 10, 30, 5), utc(2026, 7, 1, 10, 30, 6)),
        ("ne2026-07-01T10:30:05.25+02:00", "ne", *(utc(2026, 7, 1, 8, 30, 5, us) for us in (250_000, 260_000))),
    ],
    ids=["year", "month", "day", "day-of-23-hours", "day-in-summer", "minute", "second", "part-of-a-second"],
)
def test_a_date_covers_all_that_it_leaves_open(text: str, prefix: str, start: datetime, end: datetime) -> None:
    found = read_when(text, LONDON)
    assert (found.prefix, found.period) == (prefix, Period(start, end))


def test_a_date_says_its_local_days() -> None:
    found = read_when("2026-02", LONDON)
    assert (found.first, found.last) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    "text",
    [
        *("", "ap2026", "xx2026", "2026-13", "2026-02-30", "26-02-01", "2026-2-1", "tomorrow", "ge", "0000", "9999"),
        *("2026-02-01T25:00", "2026-02-01T10", "2026-02-01 10:00", "2026-02-01T10:00:00+99:00", "2026-02-01T10:61:00Z"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_when(text, LONDON)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("booked", Token(None, "booked")),
        ("|booked", Token("", "booked")),
        ("urn:a|b", Token("urn:a", "b")),
        ("urn:a|", Token("urn:a", "")),
    ],
)
def test_a_token_may_name_its_system(text: str, token: Token) -> None:
    assert read_token(text) == token


def test_a_token_that_says_nothing_is_refused() -> None:
    with pytest.raises(NotUnderstood):
        read_token("|")


@pytest.mark.parametrize("text", ["12", "Patient/12", f"{BASE}Patient/12"])
def test_a_reference_leads_to_a_row(text: str) -> None:
    assert read_reference(text, ("Patient",), base=BASE) == Reference("Patient", 12)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Patient/", "Patient/0", "Patient/x", "Group/12", "Patient/12/_history/1", "a b", "9" * 30),
        *("https://other.example/fhir/Patient/12", f"{BASE}x/Patient/12", f"https://other.example/{BASE}Patient/12"),
    ],
)
def test_what_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_reference(text, ("Patient",), base=BASE)
