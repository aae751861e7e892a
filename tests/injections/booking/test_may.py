"""Who may move, cancel or take back a booking, in which state and until when; no row is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from injections.booking.may import check_may_cancel, check_may_move, check_may_undo, notice
from pht_clinic.errors import Refusal
from pht_clinic.people.actors import PATIENT, SYSTEM, Actor
from scheduling.models import Appointment, AppointmentChange, Patient
from scheduling.states import Status
from tests.clinic import local

START = local("2026-03-10")
EARLY = START - timedelta(days=7)
SECOND = timedelta(seconds=1)
RECEPTION, RADIOLOGIST, MANAGER = (Actor("user", 1, role, role) for role in ("reception", "radiologist", "manager"))
OPEN = {Status.PENDING, Status.BOOKED}


def visit(status: Status, **values: Any) -> Appointment:
    return Appointment(kind="injection", status=status, start_at=START, patient=Patient(**values))


def refusal(check: Callable[..., None], *args: Any, **asked: Any) -> str | None:
    """The code by which a program knows why not."""
    try:
        check(*args, **asked)
    except Refusal as refused:
        return refused.code
    return None


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("check", [check_may_move, check_may_cancel])
def test_only_what_waits_or_is_booked_is_moved_or_cancelled_and_not_by_everybody(
    check: Callable[..., None], status: Status
) -> None:
    """A manager and the system do neither; the patient moves what is booked, and cancels what waits too."""
    usual = None if status in OPEN else "wrong-state"
    patients = OPEN if check is check_may_cancel else {Status.BOOKED}
    for by, expected in (
        (RECEPTION, usual),
        (RADIOLOGIST, usual),
        (MANAGER, "forbidden"),
        (SYSTEM, "forbidden"),
        (PATIENT, None if status in patients else "too-late"),
    ):
        assert refusal(check, visit(status), by=by, now=EARLY) == expected, by


@pytest.mark.parametrize("check", [check_may_move, check_may_cancel])
def test_the_notice_binds_the_patient_alone_and_exactly_so_long_before_is_early_enough(
    check: Callable[..., None],
) -> None:
    assert notice() == timedelta(hours=24)
    for now, patients in (
        (EARLY, None),
        (START - notice(), None),
        (START - notice() + SECOND, "too-late"),
        (START + notice(), "too-late"),
    ):
        assert refusal(check, visit(Status.BOOKED), by=PATIENT, now=now) == patients
        assert refusal(check, visit(Status.BOOKED), by=RECEPTION, now=now) is None


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("move", None),
        ("cancel", None),
        ("arrive", None),
        ("no-show", None),
        ("book", "wrong-state"),
        ("undo", "wrong-state"),
    ],
)
def test_the_desk_takes_back_what_can_be_taken_back_for_ten_minutes(verb: str, expected: str | None) -> None:
    last = AppointmentChange(verb=verb, at=EARLY)
    late = EARLY + timedelta(minutes=10)
    for now, by, refused in (
        (late, RECEPTION, expected),
        (late, RADIOLOGIST, expected),
        (late, MANAGER, "forbidden"),
        (late, PATIENT, "forbidden"),
        (late + SECOND, RECEPTION, "wrong-state"),
    ):
        assert refusal(check_may_undo, visit(Status.CANCELLED), last, by=by, now=now) == refused


def test_nothing_comes_back_to_a_record_that_was_merged_into_another() -> None:
    last = AppointmentChange(verb="cancel", at=EARLY)
    merged = visit(Status.CANCELLED, merged_into_id=7)
    assert refusal(check_may_undo, merged, last, by=RECEPTION, now=EARLY) == "wrong-state"
