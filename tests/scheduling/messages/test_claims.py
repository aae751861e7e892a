"""Taking messages out of the outbox: one at a time, by a lease, with real connections."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from scheduling.messages import outbox, recipients
from scheduling.messages.sending import claims
from scheduling.messages.sending.claims import LeaseLost
from scheduling.models import Message, Patient

pytestmark = pytest.mark.usefixtures("committed_db")

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 12, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
State = Message.State


def queued(number: int = 1, **values: Any) -> Message:
    """A message to somebody, due at noon, that speaks of no appointment."""
    row: dict[str, Any] = {
        "kind": "confirmed",
        "template": "scheduling/mail/confirmed",
        "subject": f"test:{number}",
        "occasion": "test",
        "recipient": f"patient{number}@mail.example",
        "due_at": NOON,
        "planned_at": NOON,
        "expires_at": NOON + 24 * HOUR,
    }
    return Message.objects.create(**row | values)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def end_the_lease(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(lease_expires_at=Now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("due", "expires", "is_claimed"),
    [
        (NOON, NOON + HOUR, True),
        (NOON + timedelta(microseconds=1), NOON + HOUR, False),
        (NOON - HOUR, NOON, False),
        (NOON - HOUR, NOON + timedelta(microseconds=1), True),
    ],
)
def test_what_is_due_and_has_not_expired_is_claimed(due: datetime, expires: datetime, is_claimed: bool) -> None:
    queued(due_at=due, expires_at=expires)
    assert (claims.claim(now=NOON) is not None) is is_claimed


def test_the_longest_due_comes_first_and_nothing_comes_twice() -> None:
    later, first = queued(1), queued(2, due_at=NOON - HOUR)
    assert [message.pk if message else None for message in (claims.claim(now=NOON) for _ in range(3))] == [
        first.pk,
        later.pk,
        None,
    ]


def test_what_keeps_the_quiet_hours_is_not_claimed_in_them() -> None:
    queued(1)
    any_hour = queued(2, keeps_quiet_hours=False)
    claimed = claims.claim(now=NIGHT)
    assert claimed is not None
    assert claimed.pk == any_hour.pk
    assert claims.claim(now=NIGHT) is None


def test_what_a_cancellation_holds_is_passed_over_and_then_gone() -> None:
    message = queued()
    seen: list[Message | None] = []
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(status=State.CANCELLED)
        _in_thread(lambda: seen.append(claims.claim(now=NOON)))
    seen.append(claims.claim(now=NOON))
    assert seen == [None, None]


def test_many_workers_claim_each_message_once() -> None:
    wanted = {queued(number).pk for number in range(60)}
    taken: list[int] = []

    def take_all() -> None:
        while (message := claims.claim(now=NOON)) is not None:
            taken.append(message.pk)

    _in_thread(*[take_all] * 4)
    assert sorted(taken) == sorted(wanted)


def test_a_lease_that_ended_before_the_handover_is_queued_again() -> None:
    message = queued()
    claims.claim(now=NOON)
    assert claims.end_leases(now=NOON) == 0
    end_the_lease(message)
    assert claims.end_leases(now=NOON) == 1
    again = claims.claim(now=NOON)
    assert again is not None
    assert (again.pk, again.attempts) == (message.pk, 2)


def test_a_lease_that_ended_after_the_handover_is_sent_once_more_and_then_a_person_looks() -> None:
    message = queued()
    for handover in (1, 2):
        claimed = claims.claim(now=NOON)
        assert claimed is not None
        assert (claimed.uid, claimed.handed_over_at) == (message.uid, None)
        claims.hand_over(claimed, now=NOON)
        assert fresh(message).handovers == handover
        end_the_lease(message)
        claims.end_leases(now=NOON)
    assert claims.claim(now=NOON) is None
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.UNKNOWN, True)


def test_a_kill_before_the_second_handover_costs_no_copy() -> None:
    message = queued()
    first = claims.claim(now=NOON)
    assert first is not None
    claims.hand_over(first, now=NOON)
    for _ in range(3):
        end_the_lease(message)
        claims.end_leases(now=NOON)
        assert claims.claim(now=NOON + HOUR) is not None
    assert (fresh(message).status, fresh(message).handovers) == (State.SENDING, 1)


def test_over_whom_a_second_worker_vanishes_waits_behind_the_others() -> None:
    deadly, other = queued(1), queued(2)
    for kill in (1, 2):
        claimed = claims.claim(now=NOON)
        assert claimed is not None
        assert (claimed.pk, claimed.attempts) == (deadly.pk, kill)
        end_the_lease(deadly)
        claims.end_leases(now=NOON)
    following = claims.claim(now=NOON)
    assert following is not None
    assert following.pk == other.pk
    assert claims.claim(now=NOON + timedelta(minutes=2, microseconds=-1)) is None
    again = claims.claim(now=NOON + timedelta(minutes=2))
    assert again is not None
    assert again.pk == deadly.pk


def test_whoever_lost_the_lease_may_neither_hand_over_nor_write() -> None:
    message = queued()
    slow = claims.claim(now=NOON)
    assert slow is not None
    end_the_lease(message)
    claims.end_leases(now=NOON)
    quick = claims.claim(now=NOON)
    assert quick is not None
    with pytest.raises(LeaseLost):
        claims.hand_over(slow, now=NOON)
    assert not claims.finish(slow, State.FAILED, now=NOON)
    assert not claims.put_back(slow, reason="x", was_refused=True, due_at=NOON)
    assert claims.finish(quick, State.SENT, now=NOON)
    assert fresh(message).status == State.SENT


def test_handing_over_renews_the_lease() -> None:
    message = queued()
    claimed = claims.claim(now=NOON)
    assert claimed is not None
    Message.objects.filter(pk=message.pk).update(lease_expires_at=Now() + timedelta(seconds=1))
    claims.hand_over(claimed, now=NOON)
    lease = fresh(message).lease_expires_at
    assert lease is not None
    assert lease > datetime.now(UTC) + timedelta(seconds=20)


def test_a_refusal_takes_the_handover_back_and_silence_does_not() -> None:
    for was_refused, left in ((True, 0), (False, 1)):
        message = queued(left)
        claimed = claims.claim(now=NOON)
        assert claimed is not None
        claims.hand_over(claimed, now=NOON)
        claims.put_back(claimed, reason="450 later", was_refused=was_refused, due_at=NOON + HOUR)
        now = fresh(message)
        assert (now.status, now.handovers, now.handed_over_at) == (State.QUEUED, left, None)


def take_back(message: Message) -> None:
    outbox.take_back(Message.objects.filter(pk=message.pk), reason="Replaced.", now=NOON)


def test_what_is_taken_back_after_the_claim_and_before_the_handover_does_not_leave() -> None:
    message = queued()
    claimed = claims.claim(now=NOON)
    assert claimed is not None
    take_back(message)
    with pytest.raises(LeaseLost):
        claims.hand_over(claimed, now=NOON)
    assert (fresh(message).status, fresh(message).reason) == (State.CANCELLED, "Replaced.")


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_is_taken_back_during_the_handover_is_not_tried_again(is_lost: bool) -> None:
    message = queued()
    claimed = claims.claim(now=NOON)
    assert claimed is not None
    claims.hand_over(claimed, now=NOON)
    take_back(message)
    assert fresh(message).status == State.SENDING
    if is_lost:
        end_the_lease(message)
        claims.end_leases(now=NOON)
    else:
        claims.put_back(claimed, reason="450 later", was_refused=True, due_at=NOON)
    assert (fresh(message).status, fresh(message).reason) == (State.CANCELLED, "Replaced.")
    assert claims.claim(now=NOON) is None


@pytest.mark.parametrize("status", [State.SENT, State.FAILED])
def test_what_was_taken_back_and_arrived_or_failed_all_the_same_says_so_and_is_nobodys_task(status: str) -> None:
    message = queued()
    claimed = claims.claim(now=NOON)
    assert claimed is not None
    claims.hand_over(claimed, now=NOON)
    take_back(message)
    assert claims.finish(claimed, status, phone_task=status == State.FAILED, now=NOON)
    assert fresh(message).status == status
    assert not Message.objects.filter(Message.OPEN_TASK).exists()


def test_a_new_address_reaches_what_is_just_being_sent_and_put_back() -> None:
    patient = Patient.objects.create(
        given_name="Ann", family_name="Lee", date_of_birth=NOON.date(), email="new@mail.example", registered_at=NOON
    )
    message = queued(patient=patient, values={"dear": "Anne Lee"})
    claimed = claims.claim(now=NOON)
    assert claimed is not None
    recipients.readdress(patient, now=NOON)
    claims.put_back(claimed, reason="450 later", was_refused=True, due_at=NOON)
    now = fresh(message)
    assert (now.status, now.recipient, now.values["dear"]) == (State.QUEUED, "new@mail.example", "Ann Lee")


def test_what_somebody_holds_is_neither_waited_for_nor_closed() -> None:
    held, free, lost = queued(1, expires_at=NOON), queued(2, expires_at=NOON), queued(3)
    claims.claim(now=NOON)
    end_the_lease(lost)
    counts: list[int] = []
    with transaction.atomic():
        list(Message.objects.select_for_update().filter(pk__in=[held.pk, lost.pk]))
        _in_thread(lambda: counts.append(claims.expire(now=NOON)))
        _in_thread(lambda: counts.append(claims.end_leases(now=NOON)))
    assert counts == [1, 0]
    assert [fresh(row).status for row in (held, free, lost)] == [State.QUEUED, State.SKIPPED, State.SENDING]
    assert (claims.expire(now=NOON), claims.end_leases(now=NOON)) == (1, 1)


@pytest.mark.parametrize(
    ("values", "status", "phone_task"),
    [
        ({}, State.SKIPPED, False),
        ({"attempts": 3}, State.SKIPPED, True),
        ({"attempts": 1, "handovers": 1}, State.UNKNOWN, True),
        ({"due_at": NOON + 25 * HOUR}, State.QUEUED, False),
    ],
)
def test_what_expired_says_so_and_is_phoned_about_when_it_was_tried(
    values: dict[str, Any], status: str, phone_task: bool
) -> None:
    message = queued(**{"expires_at": NOON + HOUR, **values})
    claims.expire(now=NOON + HOUR)
    left = fresh(message)
    assert (left.status, left.phone_task) == (status, phone_task)
    assert bool(left.reason) is (status != State.QUEUED)


def test_the_claim_reads_due_rows_only_whatever_is_planned_behind_them() -> None:
    Message.objects.bulk_create(
        [
            Message(
                kind="reminder-week",
                template="x",
                subject=f"planned:{number}",
                occasion="x",
                planned_at=NOON,
                due_at=NOON + 30 * 24 * HOUR,
                expires_at=NOON + 31 * 24 * HOUR,
            )
            for number in range(3000)
        ]
    )
    with connection.cursor() as cursor:
        # what the planner knows of this table is of other tests, or nothing: it is left no way but by an order
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN " + claims._CLAIM,
            {
                "now": NOON,
                "since": NOON - HOUR,
                "open": True,
                "lease": 30,
                "without": [],
                "sent": 1,
                "attempt": 1,
                "revision": 1,
                "provider_id": "",
            },
        )
        explained = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_sort; RESET enable_bitmapscan")
    assert "message_queued_due" in explained


def test_a_lease_needs_a_row_that_is_being_sent() -> None:
    with pytest.raises(IntegrityError, match="message_lease_while_sending"):
        queued(lease_expires_at=NOON)


def test_what_was_sent_is_recorded_with_the_next_claim() -> None:
    queued(1)
    queued(2, due_at=NOON - HOUR)
    sent = claims.claim(now=NOON)
    assert sent is not None
    following = claims.claim(now=NOON, sent=sent)
    assert following is not None
    left = fresh(sent)
    assert (left.status, left.sent_at, left.lease_expires_at) == (State.SENT, NOON, None)
    assert claims.claim(now=NOON, sent=following) is None
    assert fresh(following).status == State.SENT


def test_a_message_that_is_due_before_the_one_just_sent_is_not_forgotten() -> None:
    queued(1)
    sent = claims.claim(now=NOON)
    earlier = queued(2, due_at=NOON - HOUR)
    claimed = claims.claim(now=NOON, sent=sent)
    assert claimed is not None
    assert claimed.pk == earlier.pk


def test_recording_on_the_way_waits_for_nobody_while_it_holds_the_next() -> None:
    queued(1)
    held, following = claims.claim(now=NOON), queued(2)
    assert held is not None
    locked, done = threading.Event(), threading.Event()
    claimed: list[Message | None] = []

    def news() -> None:
        """Takes the sent one, and then the one that comes next, as an announcement takes an appointment's rows."""
        with transaction.atomic():
            Message.objects.filter(pk=held.pk).update(reason="looked at")
            locked.set()
            while not claimed_by_the_worker():
                done.wait(0.01)
            assert Message.objects.filter(pk=following.pk).update(reason="looked at") == 1

    def claimed_by_the_worker() -> bool:
        return Message.objects.filter(pk=following.pk, status=State.SENDING).exists()

    def worker() -> None:
        locked.wait()
        claimed.append(claims.claim(now=NOON, sent=held))

    _in_thread(news, worker)
    assert [message.pk for message in claimed if message] == [following.pk]
    assert fresh(held).status == State.SENT


def test_a_lost_lease_is_not_recorded_on_the_way() -> None:
    message = queued()
    slow = claims.claim(now=NOON)
    end_the_lease(message)
    claims.end_leases(now=NOON)
    quick = claims.claim(now=NOON, sent=slow)
    assert quick is not None
    assert (quick.pk, fresh(message).status) == (message.pk, State.SENDING)


def _in_thread(*work: Any) -> None:
    """Run each in a thread with a connection of its own, together."""

    def run(each: Any) -> None:
        try:
            each()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
