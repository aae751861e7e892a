"""What somebody asks for makes sense, or names each field that does not; no row is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from injections.booking.request import BookingRequest, check_request, safety_requests, wanted_of, who_and_when
from injections.safety.sites import BOOKABLE_SITES
from injections.safety.visit import Wanted
from injections.visit_kinds import KINDS
from pht_clinic.errors import Invalid
from pht_clinic.periods import Period

TEN = datetime(2026, 3, 10, 10, tzinfo=UTC)
WHOLE = BookingRequest(
    kind="injection",
    patient_id=3,
    start=TEN,
    practitioner_id=5,
    site="hamstring-origin",
    side="left",
    targets=("bursa", "peritendinous"),
)
FOLLOW_UP = BookingRequest(kind="follow-up")


def named(ask: BookingRequest) -> list[str]:
    """The fields that are refused."""
    try:
        check_request(ask)
    except Invalid as refused:
        return [error.pointer.removeprefix("#/") for error in refused.errors]
    return []


@pytest.mark.parametrize(
    ("ask", "wrong"),
    [
        (WHOLE, []),
        (replace(WHOLE, side="right", targets=()), []),
        (replace(WHOLE, kind="scan-and-injection", start=None, patient_id=None, practitioner_id=None), []),
        *((replace(WHOLE, site=site), []) for site in BOOKABLE_SITES),
        (replace(WHOLE, kind="haircut"), ["kind"]),
        (replace(WHOLE, site=None), ["site"]),
        (replace(WHOLE, site="hip-region-unspecified"), ["site"]),
        (replace(WHOLE, side=None), ["side"]),
        (replace(WHOLE, side="both"), ["side"]),
        (replace(WHOLE, side="unknown"), ["side"]),
        (replace(WHOLE, targets=("bursa", "bone")), ["targets"]),
        (replace(WHOLE, start=TEN.replace(tzinfo=None)), ["start"]),
        (
            replace(WHOLE, site="knee", side="up", targets=("bone",), start=TEN.replace(tzinfo=None)),
            ["site", "side", "targets", "start"],
        ),
        (FOLLOW_UP, []),
        (replace(FOLLOW_UP, start=TEN), []),
        (replace(FOLLOW_UP, site="hamstring-origin"), ["site"]),
        (replace(FOLLOW_UP, side="left", targets=("bursa",)), ["side", "targets"]),
        (BookingRequest(kind="physiotherapy", site="hip-joint"), ["site"]),
    ],
)
def test_all_that_makes_no_sense_is_named_at_once(ask: BookingRequest, wrong: list[str]) -> None:
    assert named(ask) == wrong
    if not wrong:
        assert check_request(ask) is KINDS[ask.kind]


@pytest.mark.parametrize("left_out", ["patient", "practitioner", "start"])
def test_a_booking_says_who_with_whom_and_when(left_out: str) -> None:
    assert who_and_when(WHOLE) == (3, 5, TEN)
    field = left_out if left_out == "start" else f"{left_out}_id"
    with pytest.raises(Invalid) as refused:
        who_and_when(replace(WHOLE, **{field: None}))  # type: ignore[arg-type]
    assert [error.pointer for error in refused.value.errors] == [f"#/{left_out}"]


def test_each_thing_that_a_booking_does_not_say_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        who_and_when(FOLLOW_UP)
    assert [error.pointer for error in refused.value.errors] == ["#/patient", "#/practitioner", "#/start"]


@pytest.mark.parametrize(
    ("site", "target"),
    [
        ("hamstring-origin", "peritendinous"),
        ("ischiogluteal-bursa", "bursa"),
        ("trochanteric-bursa", "bursa"),
        ("hip-joint", "joint"),
        ("sacroiliac-joint", "joint"),
    ],
)
def test_without_targets_the_sites_own_is_meant(site: str, target: str) -> None:
    assert wanted_of(replace(WHOLE, site=site, targets=())) == (Wanted(site, "left", (target,)),)
    assert wanted_of(replace(WHOLE, site=site)) == (Wanted(site, "left", ("bursa", "peritendinous")),)


@pytest.mark.parametrize(
    ("ask", "seen"),
    [
        (WHOLE, ("injection", "hamstring-origin", "left", ("bursa", "peritendinous"), False)),
        (replace(WHOLE, targets=()), ("injection", "hamstring-origin", "left", ("peritendinous",), False)),
        (
            replace(WHOLE, kind="scan-and-injection", side="right"),
            ("injection", "hamstring-origin", "right", ("bursa", "peritendinous"), True),
        ),
        (BookingRequest(kind="physiotherapy"), ("physiotherapy", None, None, (), False)),
        (BookingRequest(kind="exercise-class"), ("exercise-class", None, None, (), False)),
    ],
)
def test_the_rules_see_what_is_asked_for(ask: BookingRequest, seen: tuple[object, ...]) -> None:
    """Both kinds of injection are one to them; it is guided, as in every room in which one can be booked."""
    during = Period(TEN, TEN.replace(hour=11))
    [request] = safety_requests(ask, KINDS[ask.kind], during)
    assert (request.kind, request.site, request.side, request.targets, request.includes_scan) == seen
    assert (request.start, request.end, request.ultrasound_guided) == (during.start, during.end, True)
