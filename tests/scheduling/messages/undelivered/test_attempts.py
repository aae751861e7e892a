"""Phoning about a message and not getting through: each attempt is kept, and after three a letter is offered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pht_clinic import clock
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.messages import desk
from scheduling.messages.undelivered import attempts, posting
from scheduling.models import Message, PhoneAttempt
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser
from tests.scheduling.messages.test_pages import confirmation

ADDRESS = "1 Elm Road\nLeeds\nLS1 1AA"


def to_phone(clinic: Clinic, **patient: Any) -> Message:
    return confirmation(clinic, **{"preferred_contact": "phone"} | patient)


def tried(message: Message, clinic: Clinic, how: str = "no-answer", **values: Any) -> PhoneAttempt:
    return attempts.record_attempt(message.pk, how=how, by=clinic.reception, now=NOW, **values)


def test_the_task_says_the_number_what_to_say_and_what_was_tried(clinic: Clinic, reception: Browser) -> None:
    message = to_phone(clinic)
    said = reception.get("message", message.pk)
    assert 'href="tel:+447700900123"' in reception.html
    assert "Your appointment is booked for" in said
    said = reception.post("message-attempt", message.pk, data={"how": "no-answer", "on": "", "at": ""})
    assert "The attempt is recorded. The phone task stays open." in said
    assert "no answer" in said
    row = PhoneAttempt.objects.get()
    assert (row.message_id, row.by_id, row.how, row.call_back_at) == (
        message.pk,
        clinic.reception.user_id,
        "no-answer",
        None,
    )
    message.refresh_from_db()
    assert (message.is_open_task, message.told_at) == (True, None)
    assert Entry.objects.get(verb="phone-attempted").subject == f"message:{message.pk}"


def test_the_lists_of_the_desk_show_what_was_tried(clinic: Clinic, reception: Browser) -> None:
    message = to_phone(clinic)
    tried(message, clinic, "left-message")
    back = NOW + timedelta(hours=5)
    tried(message, clinic, "call-back", call_back_at=back)
    for path in ("/messages/?status=phone", "/calls/"):
        said = reception.client.get(path).content.decode()
        assert "left a message without details" in said, path
        assert "asked to be called back on Monday 2 March 2026 at 14:00" in said, path


def test_after_three_attempts_a_letter_is_offered(clinic: Clinic, reception: Browser) -> None:
    message = to_phone(clinic, address=ADDRESS)
    offer = "Put it with the letters to post"
    for _ in range(2):
        tried(message, clinic)
    assert offer not in reception.get("message", message.pk)
    tried(message, clinic)
    said = reception.get("message", message.pk)
    assert "Nobody was reached in 3 attempts. Send it as a letter." in said
    assert offer in said
    assert "It is with the letters to post." in reception.post("message-by-letter", message.pk)
    assert [row.pk for row in posting.letters_to_post()] == [message.pk]
    message.refresh_from_db()
    assert (message.channel, message.is_open_task) == ("letter", True)
    assert Entry.objects.filter(verb="message-to-post").count() == 1


def test_without_a_postal_address_it_says_so_instead(clinic: Clinic, reception: Browser) -> None:
    message = to_phone(clinic)
    for _ in range(3):
        tried(message, clinic)
    said = reception.get("message", message.pk)
    assert "Nobody was reached in 3 attempts. No postal address is on record." in said
    assert "No postal address is on record." in reception.post("message-by-letter", message.pk)


def test_what_a_letter_would_bring_too_late_stays_with_the_phone(clinic: Clinic) -> None:
    message = to_phone(clinic, address=ADDRESS)
    Message.objects.filter(pk=message.pk).update(expires_at=NOW + timedelta(days=2))
    with pytest.raises(posting.NoLetter, match="too late"):
        posting.send_by_letter(message.pk, by=clinic.reception, now=NOW)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, ["What happened"]),
        ({"how": "call-back"}, ["Say the day to call back.", "Say the time to call back."]),
        ({"how": "call-back", "on": "2026-03-29", "at": "01:30"}, ["01:30 does not exist on that day"]),
        ({"how": "call-back", "on": "2020-03-29", "at": "10:00"}, ["Choose a time to call back that is to come"]),
        (
            {"how": "no-answer", "on": "2036-03-03", "at": "10:00"},
            ["Only somebody who asked to be called back has a time."],
        ),
        ({"how": "carrier pigeon", "on": "x", "at": "y"}, ["carrier pigeon", "such as", "Call back at"]),
    ],
)
def test_a_wrong_attempt_names_each_field_and_keeps_what_was_typed(
    clinic: Clinic, reception: Browser, sent: dict[str, str], said: list[str]
) -> None:
    message = to_phone(clinic)
    answer = reception.post("message-attempt", message.pk, data=sent, expect=422)
    for words in said:
        assert words in answer, words
    for text in (sent.get("on"), sent.get("at")):
        assert not text or f'value="{text}"' in reception.html
    assert not PhoneAttempt.objects.exists()


@pytest.mark.parametrize(
    ("how", "at", "is_taken"),
    [
        ("call-back", timedelta(0), False),
        ("call-back", timedelta(minutes=1), True),
        ("call-back", attempts.LATEST, True),
        ("call-back", attempts.LATEST + timedelta(minutes=1), False),
        ("call-back", None, False),
        ("no-answer", timedelta(days=1), False),
        ("wrong-number", None, True),
        ("", None, False),
    ],
)
def test_when_to_call_back_is_asked_for_with_that_alone(
    clinic: Clinic, how: str, at: timedelta | None, is_taken: bool
) -> None:
    message = to_phone(clinic)
    call_back_at = None if at is None else NOW + at
    if is_taken:
        assert tried(message, clinic, how, call_back_at=call_back_at).call_back_at == call_back_at
    else:
        with pytest.raises(Invalid):
            tried(message, clinic, how, call_back_at=call_back_at)


def test_nobody_tries_what_is_closed_a_letter_or_not_theirs_to_try(clinic: Clinic, reception: Browser) -> None:
    message = to_phone(clinic, address=ADDRESS)
    with pytest.raises(Forbidden):
        attempts.record_attempt(message.pk, how="no-answer", by=clinic.radiologist, now=NOW)
    posting.send_by_letter(message.pk, by=clinic.reception, now=NOW)
    with pytest.raises(attempts.NotToPhone):
        tried(message, clinic)
    with pytest.raises(posting.NoLetter):
        posting.send_by_letter(message.pk, by=clinic.reception, now=NOW)
    desk.close_task(message.pk, reason="Told them", by=clinic.reception, now=NOW)
    said = reception.post("message-attempt", message.pk, data={"how": "no-answer"}, expect=422)
    assert "Nobody needs to phone about this message any more." in said


def test_an_attempt_is_never_changed_and_says_when_to_call_back(clinic: Clinic) -> None:
    row = tried(to_phone(clinic), clinic)
    with pytest.raises(AppendOnlyError):
        row.save()
    for how, at in (("call-back", None), ("no-answer", datetime(2026, 3, 3, tzinfo=UTC)), ("fax", None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            PhoneAttempt.objects.create(message=row.message, at=NOW, how=how, call_back_at=at)
    assert clock.now() > NOW
