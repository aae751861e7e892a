"""News of a series is held back while one of its visits has to be moved, as that of a single visit would be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from injections.booking.cancel import Why
from injections.booking.move import MoveRequest, move
from injections.booking.series.change import SeriesMove, cancel_series, move_series
from injections.booking.series.standing import VisitTime
from scheduling.clinic.closures import save_closure
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.messages.undelivered import posting
from scheduling.models import Message
from tests.clinic import Clinic, local
from tests.injections.booking.series.world import TUESDAYS, booked

pytestmark = pytest.mark.django_db
SECOND = TUESDAYS[1]
NO_TIME = Why("No time", "patient", "cannot-come")


def close(clinic: Clinic, day: str = SECOND, *, pk: int | None = None) -> int:
    values = {"starts_at": local(day, "00:00"), "ends_at": local(day, "23:00"), "reason": "Water damage"}
    row = save_closure(pk, values, confirm=True, by=clinic.manager, now=clinic.now).row
    assert row.pk is not None
    return int(row.pk)


def news() -> list[tuple[str, str, list[datetime]]]:
    """Each message of the series that was not taken back for good: its status, why, and the times that it tells."""
    rows = Message.objects.filter(subject__startswith="series:").exclude(reason__startswith="Replaced").order_by("pk")
    return [
        (row.status, row.reason, [datetime.fromisoformat(one["start_at"]) for one in row.values["visits"]])
        for row in rows
    ]


def times(*days: str) -> list[datetime]:
    return [local(day) for day in days]


def test_it_waits_until_the_visit_is_moved_and_then_tells_the_others(clinic: Clinic) -> None:
    """The moved one is told by itself."""
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    close(clinic, "2026-03-11")
    assert news() == [("queued", "", times(*TUESDAYS[:3]))], "a day of none of its visits"
    close(clinic)
    assert news() == [("cancelled", TO_BE_MOVED, times(*TUESDAYS[:3]))]
    move(came.visits[1].pk, MoveRequest(start=local("2026-03-12")), by=clinic.reception, now=clinic.now)
    assert news() == [("queued", "", times(TUESDAYS[0], TUESDAYS[2]))]
    [alone] = Message.objects.filter(appointment=came.visits[1], kind="confirmed", status="queued")
    assert alone.values["start_at"] == local("2026-03-12").isoformat()


def test_it_waits_on_while_another_of_its_visits_has_to_be_moved(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    close(clinic)
    close(clinic, TUESDAYS[2])
    move(came.visits[1].pk, MoveRequest(start=local("2026-03-12")), by=clinic.reception, now=clinic.now)
    assert news() == [("cancelled", TO_BE_MOVED, times(TUESDAYS[0], TUESDAYS[2]))]
    move(came.visits[2].pk, MoveRequest(start=local("2026-03-19")), by=clinic.reception, now=clinic.now)
    assert news() == [("queued", "", times(TUESDAYS[0]))]


def test_it_is_let_go_when_the_day_opens_again(clinic: Clinic) -> None:
    booked(clinic, clinic.patient(), TUESDAYS[:3])
    closure = close(clinic)
    close(clinic, "2026-03-11", pk=closure)
    assert news() == [("queued", "", times(*TUESDAYS[:3]))]


def test_what_says_that_they_moved_is_held_back_and_what_says_that_they_are_off_is_not(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    Message.objects.filter(kind="series").update(status="sent", sent_at=clinic.now, handovers=1)
    who, where = clinic.physiotherapist.pk, clinic.gym.pk
    days = ("2026-03-12", "2026-03-19")
    to = {one.pk: VisitTime(local(day), who, where) for one, day in zip(came.visits[1:], days, strict=True)}
    clinic.now += timedelta(minutes=1)
    moved = move_series(came.series.pk, SeriesMove(to, dict.fromkeys(to, 1)), by=clinic.reception, now=clinic.now)
    close(clinic, days[1])
    assert news()[1:] == [("cancelled", TO_BE_MOVED, times(*days))]
    clinic.now += timedelta(minutes=1)
    revisions = {one.pk: one.revision for one in moved}
    cancel_series(came.series.pk, revisions, NO_TIME, by=clinic.reception, now=clinic.now)
    assert [status for status, *_ in news()[1:]] == ["queued"]
    close(clinic, days[0])
    assert [status for status, *_ in news()[1:]] == ["queued"]


def test_a_letter_of_it_is_not_printed_meanwhile(clinic: Clinic) -> None:
    patient = clinic.patient(preferred_contact="letter", address="1 Elm Road")
    booked(clinic, patient, TUESDAYS[2:])
    [letter] = [row for row in posting.letters_to_post() if row.kind == "series"]
    assert posting.why_not_printed([letter]) == {}
    close(clinic, TUESDAYS[3])
    assert posting.why_not_printed([letter]) == {letter.pk: TO_BE_MOVED}
