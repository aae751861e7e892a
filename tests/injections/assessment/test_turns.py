"""A row that fails in a task waits and lets the others pass; one that somebody else has locked has not failed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction

from injections.assessment import outdated, reassess
from injections.assessment.turns import each, wait_after
from injections.models import FailedTry
from injections.review import queue
from injections.worklists import lapse
from injections.worklists.digest import tell_what_is_due
from pht_clinic.errors import Busy
from pht_clinic.web import exports, metrics, tidy
from pht_clinic.web.api import idempotency
from scheduling.messages import outbox
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local
from tests.injections.worklists.test_lapse import IN_6_WEEKS, SOON, booked_around

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Deed = Callable[[int], int]


def failing(*bad: int, error: Exception | None = None) -> tuple[Deed, list[int]]:
    """A deed that cannot be done to these rows, and the list of those it was tried on."""
    tried: list[int] = []

    def deed(row_id: int) -> int:
        tried.append(row_id)
        if row_id in bad:
            raise error or RuntimeError("cannot be read")
        return 1

    return deed, tried


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (5000, 60)]
)
def test_the_wait_doubles_up_to_an_hour(failures: int, minutes: int) -> None:
    assert wait_after(failures) == minutes * MINUTE


def test_one_that_fails_is_passed_over_until_its_next_try_and_forgotten_once_it_succeeds() -> None:
    deed, tried = failing(1)
    assert each("test", [1, 2], deed, now=NOW) == 1
    row = FailedTry.objects.get()
    assert (row.task, row.row_id, row.failures, row.next_try_at) == ("test", 1, 1, NOW + MINUTE)
    each("test", [1, 2], deed, now=NOW + MINUTE - timedelta(microseconds=1))
    assert tried == [1, 2, 2]
    each("test", [1], deed, now=NOW + MINUTE)
    row.refresh_from_db()
    assert (row.failures, row.next_try_at) == (2, NOW + 3 * MINUTE)
    assert each("another", [1], failing()[0], now=NOW) == 1, "another task has tries of its own"
    assert each("test", [1], failing()[0], now=NOW + 3 * MINUTE) == 1
    assert not FailedTry.objects.exists()


@pytest.mark.parametrize("answer", [lambda pk: 0, failing(1, error=Busy())[0]])
def test_one_that_somebody_else_has_locked_has_not_failed(answer: Deed) -> None:
    """Whether it is passed over or waited for in vain; nor does it forget that it failed before."""
    assert each("test", [1], answer, now=NOW) == 0
    assert not FailedTry.objects.exists()
    each("test", [1], failing(1)[0], now=NOW)
    each("test", [1], answer, now=NOW + MINUTE)
    assert FailedTry.objects.get().failures == 1


def test_one_on_which_the_time_of_the_task_ran_out_goes_behind_too() -> None:
    deed, tried = failing(1, error=SoftTimeLimitExceeded())
    with pytest.raises(SoftTimeLimitExceeded):
        each("test", [1, 2], deed, now=NOW)
    assert tried == [1]
    assert each("test", [1, 2], deed, now=NOW) == 1


def test_what_was_never_tried_again_is_forgotten() -> None:
    """As of a booking that was cancelled in the meantime: if it fails once more, that is its first time."""
    each("test", [1, 2], failing(1, 2)[0], now=NOW)
    each("test", [2], failing(2)[0], now=NOW + MINUTE + DAY)
    assert [(row.row_id, row.failures) for row in FailedTry.objects.all()] == [(2, 1)]


def test_a_row_has_one_next_try_in_a_task() -> None:
    FailedTry.objects.create(task="test", row_id=1, next_try_at=NOW)
    with pytest.raises(IntegrityError, match="one_next_try"), transaction.atomic():
        FailedTry.objects.create(task="test", row_id=1, next_try_at=NOW)


def test_whoever_watches_sees_how_many_fail(clinic: Clinic, clock_offset: Any) -> None:
    assert "task_rows_failing 0.0\n" in metrics.text()
    FailedTry.objects.create(task="test", row_id=1, next_try_at=local("2100-01-01"))
    assert "task_rows_failing 1.0\n" in metrics.text()


# -- The tasks ----------------------------------------------------------------------------------------------


def test_a_visit_whose_counting_fails_lets_the_others_be_counted(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [booked_around(clinic, name, hour)[0] for hour, name in enumerate(("Birch", "Cole", "Dean"))]
    bad = visits[0].patient_id
    judge = reassess.patients
    monkeypatch.setattr(
        reassess, "patients", lambda changed, **values: 1 / 0 if changed[0].pk == bad else judge(changed, **values)
    )
    now = SOON + timedelta(hours=6)
    assert [outdated.count_as_given(now=now, at_most=1) for _ in range(4)] == [0, 1, 1, 0]
    row = FailedTry.objects.get()
    assert (row.task, row.row_id) == ("count-as-given", bad)
    monkeypatch.setattr(reassess, "patients", judge)
    assert outdated.count_as_given(now=now) == 0
    assert outdated.count_as_given(now=now + MINUTE) == 1
    assert not FailedTry.objects.exists()
    assert Appointment.objects.filter(start_at__gte=IN_6_WEEKS, status="pending").count() == 3


def test_a_visit_that_cannot_lapse_lets_the_others_lapse(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = (
        clinic.book(clinic.patient(name), local("2026-03-10", at), override_reason="Asked for").appointment
        for name, at in (("Birch", "09:00"), ("Cole", "10:00"))
    )
    assert bad is not None
    assert good is not None
    announce = outbox.announce
    monkeypatch.setattr(
        outbox,
        "announce",
        lambda kind, **values: 1 / 0 if values["appointment"].pk == bad.pk else announce(kind, **values),
    )
    now = good.start_at - lapse.DECIDE_BEFORE
    assert [lapse.lapse_undecided(now=now) for _ in range(2)] == [1, 0]
    bad.refresh_from_db()
    assert bad.status == "pending", "half of it must not stay"
    row = FailedTry.objects.get()
    assert (row.task, row.row_id, row.failures) == ("lapse-undecided", bad.pk, 1)
    monkeypatch.setattr(outbox, "announce", announce)
    assert lapse.lapse_undecided(now=now + MINUTE) == 1


def test_mails_to_the_staff_that_cannot_be_planned_keep_no_others(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest is the first of them."""
    waits = clinic.book(clinic.patient(), local("2026-03-03", "09:00"), override_reason="Asked for").appointment
    assert waits is not None
    with monkeypatch.context() as broken:
        broken.setattr(queue, "pending", lambda **_: 1 / 0)
        assert tell_what_is_due(now=NOW) == 1
        assert tell_what_is_due(now=NOW) == 0
    assert list(Message.objects.filter(subject__startswith="staff:").values_list("kind", flat=True)) == [
        "staff-undecided"
    ]
    assert tell_what_is_due(now=NOW) == 0, "its next try lies ahead"
    assert tell_what_is_due(now=NOW + MINUTE) == 1
    assert not FailedTry.objects.exists()


def test_what_cannot_be_tidied_up_keeps_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied: list[int] = []

    def purge(*, limit: int) -> int:
        tidied.append(limit)
        return 0

    def broken(*, limit: int) -> int:
        raise RuntimeError

    monkeypatch.setattr(idempotency, "purge", broken)
    monkeypatch.setattr(exports, "purge", purge)
    assert tidy.tidy() == 0
    assert tidied == [1000]
