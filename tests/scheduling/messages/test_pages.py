"""The pages of messages: found by state and kind, phoned about, tried again, kept back."""

from __future__ import annotations

from typing import Any

from scheduling.models import Message
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser

State = Message.State


def confirmation(clinic: Clinic, name: str = "Birch", **patient: Any) -> Message:
    """The confirmation of a visit, as it was planned."""
    visit = clinic.book(clinic.patient(name, **patient), local("2026-03-20"), kind="follow-up").appointment
    assert visit is not None
    return Message.objects.get(appointment=visit, kind="confirmed")


def failed(message: Message) -> Message:
    message.status, message.phone_task, message.attempts = State.FAILED, True, 1
    message.reason = "The mail server refused it: 550 no such user"
    message.save()
    return message


def test_messages_are_found_by_state_and_kind(clinic: Clinic, reception: Browser) -> None:
    message = confirmation(clinic)
    said = reception.get("message-list", status="queued", kind="confirmed")
    assert f'href="/messages/{message.pk}/"' in reception.html
    assert "Reminder 1 week before, message" not in said
    assert "Queued (1)" in said
    assert "1 message waiting to be sent, next one first." in said
    said = reception.get("message-list", status="queued")
    assert "Queued (3)" in said
    assert "3 messages waiting to be sent, next one first." in said
    said = reception.get("message-list", status="queued", kind="cancelled")
    assert "No message of this kind is in this state." in said
    assert "0 messages" not in said
    assert 'href="?status=sent&amp;kind=cancelled"' in reception.html
    assert '<option value="cancelled" selected>' in reception.html
    assert "Queued (3)" in reception.get("message-list", status="queued", kind="no such kind")


def test_the_filter_holds_on_the_next_page(clinic: Clinic, reception: Browser) -> None:
    message = confirmation(clinic)
    Message.objects.bulk_create(
        Message(
            kind="missed",
            template="scheduling/mail/missed",
            subject=f"test:{number}",
            occasion="test",
            patient=message.patient,
            due_at=NOW,
            expires_at=NOW,
            planned_at=NOW,
        )
        for number in range(31)
    )
    reception.get("message-list", status="queued", kind="missed")
    assert 'href="?status=queued&amp;kind=missed&amp;page=2"' in reception.html


def test_whom_to_phone_stands_on_the_list_and_on_the_message(clinic: Clinic, reception: Browser) -> None:
    message = failed(confirmation(clinic))
    said = reception.get("message-list")
    assert "To phone (1)" in said
    assert "Phone 07700 900123" in said
    said = reception.get("message", message.pk)
    assert "Confirmation: Robin Birch" in said
    assert "Phone 07700 900123 and tell Robin Birch what this message says." in said
    assert "The mail server refused it: 550 no such user" in said


def test_without_a_phone_number_either_a_letter_is_sent(clinic: Clinic, reception: Browser) -> None:
    message = confirmation(clinic, phone="", email="")
    assert "No phone number is on record: write a letter" in reception.get("message-list", status="phone")
    said = reception.get("message", message.pk)
    assert "Print it as a letter and post it." in said
    assert f'href="/messages/{message.pk}/letter/"' in reception.html


def test_a_phone_task_is_closed_with_what_came_of_it(clinic: Clinic, reception: Browser) -> None:
    message = failed(confirmation(clinic))
    said = reception.post("message-close", message.pk, data={"reason": "  "}, expect=422)
    assert "Say what the outcome was." in said
    assert "Try again" in said
    assert "The phone task is closed." in reception.post(
        "message-close", message.pk, data={"told": "yes", "reason": "Told everything"}
    )
    said = reception.get("message", message.pk)
    assert "reception, Monday 2 March 2026 at 09:00: Told everything" in said
    assert "What was the outcome" not in said
    said = reception.post("message-close", message.pk, data={"told": "yes", "reason": "Twice"}, expect=422)
    assert "There is no open phone task for this message." in said


def test_what_failed_is_tried_again_as_a_message_of_its_own(clinic: Clinic, reception: Browser) -> None:
    message = failed(confirmation(clinic))
    said = reception.post("message-retry", message.pk)
    again = Message.objects.get(retry_of=message)
    assert "It is being tried again, as a new message: this one." in said
    assert f'href="/messages/{message.pk}/">The earlier message' in reception.html
    said = reception.get("message", message.pk)
    assert f'href="/messages/{again.pk}/">The later message' in reception.html
    assert "Try again" not in said
    assert "reception, Monday 2 March 2026 at 09:00: Tried again." in said
    said = reception.post("message-retry", message.pk)
    assert "This message has already been tried again." in said


def test_whoever_may_only_look_has_no_buttons(clinic: Clinic) -> None:
    message = failed(confirmation(clinic))
    said = browser(clinic.users["radiologist"]).get("message", message.pk)
    assert "Dear Robin Birch" in said
    assert "Try again" not in said
    assert "What was the outcome" not in said
