"""R5: one Idempotency-Key sent 50 times in parallel makes one booking and 50 same answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from injections.models import Injection
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local
from tests.trials.staging import Answer, Web

TIMES = 50


def book_again_and_again(web: Web, clinic: Clinic, token: str) -> list[Answer]:
    ask = {
        "patient": str(clinic.fit_patient().pk),
        "kind": "injection",
        "site": "hamstring-origin",
        "side": "left",
        "start": local("2026-03-10").isoformat(),
        "practitioner": str(clinic.practitioner.pk),
    }
    return web.all_at_once(
        [lambda: web.post("appointments/", ask, token=token, key="one-and-the-same") for _ in range(TIMES)]
    )


def record_again_and_again(web: Web, clinic: Clinic, token: str) -> list[Answer]:
    """A record said to be another one than any it is like: nothing but the key keeps it from being made twice."""
    at = f"patients/{clinic.patient('Cole').pk}/injections/"
    body = {
        "site": "ischiogluteal-bursa",
        "side": "left",
        "given": "2025-08",
        "origin": "elsewhere",
        "confirm_new": True,
    }
    return web.all_at_once([lambda: web.post(at, body, token=token, key="one-and-the-same") for _ in range(TIMES)])


def test_r5_one_key_many_times_is_one_booking_and_one_answer(
    clinic: Clinic, token: Callable[[str], str], webs: Callable[[str | None], Web]
) -> None:
    web, secret = webs(None), token("reception")
    answers = book_again_and_again(web, clinic, secret)
    assert Counter(answer.status for answer in answers) == {201: TIMES}
    assert len({answer.raw for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert Appointment.objects.count() == 1
    assert Message.objects.filter(kind="confirmed").count() == 1
    answers = record_again_and_again(web, clinic, secret)
    assert Counter(answer.status for answer in answers) == {201: TIMES}
    assert len({answer.raw for answer in answers}) == 1
    assert Injection.objects.count() == 1


@pytest.mark.full_trial(one_in=3)
def test_r5_control_without_the_key_being_claimed_answers_differ_and_records_multiply(
    clinic: Clinic, token: Callable[[str], str], webs: Callable[[str | None], Web]
) -> None:
    web, secret = webs("idempotency"), token("reception")
    answers = book_again_and_again(web, clinic, secret)
    said = Counter(answer.status for answer in answers)
    record_again_and_again(web, clinic, secret)
    print(f"R5 control: {dict(said)}, {Injection.objects.count()} records")
    assert said != {201: TIMES}
    assert Injection.objects.count() > 1
