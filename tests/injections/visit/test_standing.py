"""What holds of a visit is said alike wherever it stands: by whom it was decided, and not what was found before."""

from datetime import timedelta

import pytest

from injections.booking.move import MoveRequest, move
from injections.review.decide import DecisionRequest, decide
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser

START = local("2026-03-10")
OLD = ("radiologist must look at it first", "needs review", "Not possible")


def decided(clinic: Clinic, outcome: str, *, given: str = "2025-11-20", **values: object) -> Appointment:
    """A visit within the interval (a given date of January is too soon), decided on by a radiologist."""
    patient = clinic.fit_patient("Cole")
    clinic.earlier_injection(patient, given)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = clinic.book(patient, START, override_reason="Her only day").appointment
    assert visit is not None
    ask = DecisionRequest(outcome=outcome, reason="Seen with her", **values)  # type: ignore[arg-type]
    decide(visit.pk, ask, by=clinic.radiologist, now=NOW)
    return visit


def places(visit: Appointment) -> list[tuple[str, tuple[object, ...], dict[str, object]]]:
    return [
        ("appointment", (visit.pk,), {}),
        ("patient", (visit.patient_id,), {}),
        ("calendar", (), {"day": "2026-03-10"}),
        ("calendar-day", (), {"day": "2026-03-10"}),
        ("calendar-week", (), {"day": "2026-03-10"}),
    ]


@pytest.mark.parametrize(
    ("outcome", "given", "values", "words"),
    [
        ("approve", "2025-11-20", {}, "Approved by radiologist on 2 March 2026"),
        ("override", "2026-01", {"reason_code": "no-alternative"}, "Overridden by radiologist on 2 March 2026"),
    ],
)
def test_a_decided_visit_says_who_decided_and_not_what_stood_against_it(
    world: World, reception: Browser, outcome: str, given: str, values: dict[str, str], words: str
) -> None:
    """NEE4: on its own page, the patient's and each view of the calendar; what was found stays to be read."""
    visit = decided(world.clinic, outcome, given=given, **values)
    for name, args, query in places(visit):
        said = reception.get(name, *args, **query)
        assert words in said, name
        assert not [old for old in OLD if old in said], name
    said = reception.get("appointment", visit.pk)
    assert "Seen with her" in said
    assert "What the safety check found" in said


@pytest.mark.parametrize(
    ("outcome", "values", "words"),
    [
        ("decline", {}, "Declined by radiologist on 2 March 2026: do not inject"),
        ("delay", {"delay_until": (START + timedelta(days=20)).date()}, "not before 30 March 2026"),
    ],
)
def test_a_visit_that_a_decision_ended_says_so(
    world: World, reception: Browser, outcome: str, values: dict[str, object], words: str
) -> None:
    visit = decided(world.clinic, outcome, **values)
    for name in ("appointment", "patient"):
        said = reception.get(name, visit.pk if name == "appointment" else visit.patient_id)
        assert words in said, name


def test_beyond_its_reach_a_decision_is_said_to_be_asked_again(world: World, reception: Browser) -> None:
    """H6: while choosing the day, and afterwards on the visit itself, with the days that it was made for."""
    visit = decided(world.clinic, "approve", given="2025-12-01")
    days = "The approval by radiologist on 2 March 2026 is for visits from 10 March 2026 to 24 March 2026"
    fifteen_days = {"on": "2026-03-25", "at": "10:00", "who": visit.practitioner_id, "where": visit.room_id}
    said = reception.post(
        "appointment-move", visit.pk, data=fifteen_days | {"tell": "yes", "revision": visit.revision + 9}, expect=422
    )
    assert days in said
    move(visit.pk, MoveRequest(start=local("2026-03-25")), by=world.clinic.reception, now=NOW)
    visit.refresh_from_db()
    assert visit.status == "pending"
    assert days in reception.get("appointment", visit.pk)
