"""R4's controls: a good history in which one row is spoilt, with the guards of the database taken away.

A check that finds nothing proves something only if it finds each of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.review.decide import DecisionRequest, decide
from scheduling.models import Appointment
from tests import database
from tests.clinic import Clinic, local
from tests.trials.history import History, violations
from tests.trials.judged_again import unseen_findings
from tests.trials.random_desk import Ledger, Promise
from tests.trials.test_r04_random_days import broken_promises

SOON, LATER = local("2026-03-17"), local("2026-04-28")


@pytest.fixture
def good(clinic: Clinic) -> Clinic:
    """Two visits of one patient, the second one overridden; a third visit moved, a fourth cancelled."""
    patient = clinic.fit_patient()
    clinic.now += timedelta(minutes=1)
    assert clinic.book(patient, SOON).appointment is not None
    clinic.now += timedelta(minutes=1)
    second = clinic.book(patient, LATER, override_reason="Asked for by the surgeon.").appointment
    assert second is not None
    decide(
        second.pk,
        DecisionRequest(outcome="override", reason="Discussed.", reason_code="no-alternative"),
        by=clinic.radiologist,
        now=clinic.now,
    )
    for name, hour in (("Cole", "09:00"), ("Dean", "11:00")):
        visit = clinic.book(clinic.patient(name), local("2026-03-18", hour), kind="follow-up").appointment
        assert visit is not None
        clinic.now += timedelta(minutes=1)
        if name == "Cole":
            move(visit.pk, MoveRequest(start=local("2026-03-19", hour)), by=clinic.reception, now=clinic.now)
        else:
            cancel(visit.pk, reason="Ill.", by=clinic.reception, now=clinic.now)
    return clinic


def found_in(clinic: Clinic) -> dict[str, list[str]]:
    history = History(since=clinic.now - timedelta(days=1), now=clinic.now)
    found = violations(history)
    unseen = list(unseen_findings(history))
    return found | ({"unseen_findings": unseen} if unseen else {})


def test_nothing_is_wrong_with_the_history_that_is_spoilt_below(good: Clinic) -> None:
    assert found_in(good) == {}


SPOILT = {
    "a visit over another one": (
        (
            "UPDATE scheduling_appointment SET start_at = b.start_at, end_at = b.end_at, during = b.during, "
            "room_during = b.room_during, practitioner_id = b.practitioner_id FROM scheduling_appointment b "
            "WHERE scheduling_appointment.id = {third} AND b.id = {first}"
        ),
        "overlaps",
    ),
    "a state that no change led to": (
        "UPDATE scheduling_appointment SET status = 'arrived' WHERE id = {third}",
        "illegal_paths",
    ),
    "a change without its line": ("DELETE FROM scheduling_appointmentchange WHERE verb = 'cancel'", "illegal_paths"),
    "a path without an arrow": (
        "UPDATE scheduling_appointmentchange SET verb = 'arrive' WHERE verb = 'cancel'",
        "illegal_paths",
    ),
    "a change at the revision before it": (
        "UPDATE scheduling_appointmentchange SET revision = 1 WHERE verb = 'move'",
        "standing_revisions",
    ),
    "a revision that went back": (
        "UPDATE scheduling_appointment SET revision = 1 WHERE id = {third}",
        "standing_revisions",
    ),
    "messages for one occasion": (
        "UPDATE scheduling_message SET occasion = 'one', kind = 'confirmed' WHERE appointment_id = {first}",
        "doubled_messages",
    ),
    "a booking without its messages": ("DELETE FROM scheduling_message WHERE appointment_id = {first}", "unannounced"),
    "a booking that nobody is told of": (
        "UPDATE scheduling_message SET status = 'cancelled' WHERE appointment_id = {first}",
        "silent_bookings",
    ),
    "a reminder too few": (
        "DELETE FROM scheduling_message WHERE appointment_id = {first} AND kind = 'reminder-2-days'",
        "silent_bookings",
    ),
    "a mail of what was cancelled": (
        (
            "UPDATE scheduling_message SET status = 'sent', revision = 2 WHERE kind = 'confirmed' "
            "AND appointment_id = {fourth}"
        ),
        "untrue_mails",
    ),
    "a mail of where it stood before": (
        (
            "UPDATE scheduling_message SET status = 'sent', revision = 2 WHERE kind = 'confirmed' "
            "AND appointment_id = {third}"
        ),
        "untrue_mails",
    ),
    "a mail after its time": (
        (
            "UPDATE scheduling_message SET status = 'sent', revision = 1, "
            "handed_over_at = expires_at + interval '1 day' WHERE kind = 'confirmed' AND appointment_id = {first}"
        ),
        "late_mails",
    ),
    "two visits too near, and no decision": (
        "DELETE FROM injections_decision WHERE appointment_id = {second}",
        "too_soon",
    ),
    "a warning that nobody decided on": (
        "DELETE FROM injections_decision WHERE appointment_id = {second}",
        "uncovered",
    ),
    "a decision on other evidence": (
        (
            "UPDATE injections_assessment SET findings = jsonb_set(findings, '{{0,evidence}}', '{{}}') "
            "WHERE appointment_id = {second}"
        ),
        "uncovered",
    ),
    "a fact that its booking never heard of": (
        "UPDATE injections_screening SET content = jsonb_set(content, '{{answers,fever}}', '\"yes\"')",
        "unseen_findings",
    ),
    "a change without an audit row": ("DELETE FROM audit_entry WHERE verb = 'appointment-moved'", "unaudited"),
    "an audit row of nothing": (
        "UPDATE audit_entry SET verb = 'appointment-cancelled' WHERE verb = 'appointment-moved'",
        "unaudited",
    ),
    "answers without an audit row": ("DELETE FROM audit_entry WHERE verb = 'screening-answered'", "unaudited"),
}
"""What is done to the rows, and the check that must see it."""


@pytest.mark.full_trial
@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_row_is_seen(
    good: Clinic, owner_connection: psycopg.Connection, without_exclusion: Callable[[], Any], what: str
) -> None:
    statement, check = SPOILT[what]
    pks = dict(zip(("first", "second", "third", "fourth"), ids(), strict=True))
    with without_exclusion(), without_unique_messages(owner_connection):
        owner_connection.execute(statement.format(**pks))
        found = found_in(good)
        print(f"R4 control, {what}: {found}")
        assert check in found


def ids() -> list[int]:
    return list(Appointment.objects.order_by("pk").values_list("pk", flat=True))


@contextmanager
def without_unique_messages(owner: psycopg.Connection) -> Iterator[None]:
    """A block in which one occasion may have several messages; it empties the tables before that ends."""
    index = "one_message_per_occasion"
    definition = owner.execute("SELECT pg_get_indexdef(%s::regclass)", [index]).fetchone()
    assert definition is not None
    owner.execute(f"DROP INDEX {index}")
    try:
        yield
    finally:
        database.close_connections()
        database.empty(owner)
        owner.execute(definition[0])


@pytest.mark.parametrize(
    ("verb", "spoil", "seen"),
    [("book", lambda pk: pk + 100, "is not there"), ("cancel", lambda pk: pk, "acknowledged 1 times, stored 0 times")],
)
def test_a_broken_promise_is_seen(good: Clinic, verb: str, spoil: Callable[[int], int], seen: str) -> None:
    pk = ids()[0]
    ledger = Ledger(promises=[Promise(verb, "appointments/", 201, {"id": str(spoil(pk))})])
    assert any(seen in line for line in broken_promises(ledger))
