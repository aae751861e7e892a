"""How a patient is reached: as they prefer, else by email, and by a person where that leads nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.patient.identity import correct_patient
from injections.visit.arrival import no_show
from scheduling.messages import desk
from scheduling.messages.channels import sms
from scheduling.messages.fate import fate_of_news, how_reached
from scheduling.messages.recipients import NO_ADDRESS, NO_MOBILE, OPTED_OUT, PREFERS_PHONE, Route, route_of
from scheduling.messages.sending import deliver
from scheduling.messages.told import NEVER_TOLD, told_of
from scheduling.messages.undelivered import by_post
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local, open_clinic

VISIT = local("2026-03-24", "09:20")
ADDRESS = "1 Elm Road\nLeeds\nLS1 1AA"
State = Message.State


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


@pytest.fixture
def texting(settings: Any) -> None:
    """A gateway is configured; nothing is sent to it here."""
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"


def booked(clinic: Clinic, start: Any = VISIT, **values: Any) -> Appointment:
    visit = clinic.book(clinic.fit_patient(**values), start).appointment
    assert visit is not None
    return visit


def confirmation(visit: Appointment) -> Message:
    return Message.objects.filter(appointment=visit, kind__in=("confirmed", "moved", "cancelled")).latest("pk")


@pytest.mark.usefixtures("texting")
@pytest.mark.parametrize(
    ("contact", "route"),
    [
        ({}, ("email", "birch@mail.example", "")),
        ({"email": ""}, ("phone", "", NO_ADDRESS)),
        ({"email_opt_in": False}, ("phone", "", OPTED_OUT)),
        ({"preferred_contact": "email"}, ("email", "birch@mail.example", "")),
        ({"preferred_contact": "sms"}, ("sms", "+447700900123", "")),
        ({"preferred_contact": "sms", "email_opt_in": False}, ("sms", "+447700900123", "")),
        ({"preferred_contact": "sms", "phone": "020 7946 0958"}, ("phone", "", NO_MOBILE)),
        ({"preferred_contact": "letter", "address": ADDRESS}, ("letter", "", "")),
        ({"preferred_contact": "phone"}, ("phone", "", PREFERS_PHONE)),
    ],
)
def test_a_patient_is_reached_as_they_prefer(clinic: Clinic, contact: dict[str, Any], route: Route) -> None:
    patient = clinic.patient("Birch", **contact)
    assert route_of(patient) == route
    row = confirmation(clinic.book(patient, VISIT, kind="follow-up").appointment)  # type: ignore[arg-type]
    assert (row.channel, row.recipient) == route[:2]


def test_while_no_text_messages_are_sent_whoever_prefers_them_gets_emails(clinic: Clinic) -> None:
    assert not sms.is_on()
    assert route_of(clinic.patient(preferred_contact="sms")).channel == "email"
    assert route_of(clinic.patient("Cole", preferred_contact="sms", email="")) == ("phone", "", NO_ADDRESS)


@pytest.mark.usefixtures("texting")
@pytest.mark.parametrize(
    ("contact", "said", "reached"),
    [
        ({"preferred_contact": "sms"}, "The text message goes out now.", "Text message to 07700 900123"),
        (
            {"preferred_contact": "letter", "address": ADDRESS},
            "It becomes a letter for reception to post.",
            "Letter, which reception posts",
        ),
        (
            {"preferred_contact": "phone"},
            "The patient prefers a phone call. It becomes a phone task for reception.",
            "Reception phones. The patient prefers a phone call.",
        ),
        (
            {"preferred_contact": "sms", "phone": "020 7946 0958"},
            f"{NO_MOBILE} It becomes a phone task for reception.",
            f"Reception phones. {NO_MOBILE}",
        ),
        ({}, "The email goes out now.", "Email"),
    ],
)
def test_the_banner_says_what_happens_on_that_channel(
    clinic: Clinic, contact: dict[str, Any], said: str, reached: str
) -> None:
    visit = booked(clinic, **contact)
    assert fate_of_news(visit.pk, now=NOW) == said
    assert how_reached(visit.patient) == reached


def test_a_changed_wish_reaches_what_is_not_sent_yet(clinic: Clinic, settings: Any) -> None:
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"
    visit = booked(clinic)
    for wish, route in (
        ({"preferred_contact": "sms"}, {("sms", "+447700900123", "")}),
        ({"phone": "07700 900456"}, {("sms", "+447700900456", "")}),
        ({"address": ADDRESS, "preferred_contact": "letter"}, {("letter", "", "")}),
        ({"preferred_contact": "phone"}, {("phone", "", PREFERS_PHONE)}),
        ({"preferred_contact": ""}, {("email", "birch@mail.example", "")}),
    ):
        correct_patient(visit.patient_id, changes=wish, by=clinic.reception, now=NOW)
        rows = Message.objects.filter(appointment=visit, status=State.QUEUED)
        assert set(rows.values_list("channel", "recipient", "reason")) == route


@pytest.mark.usefixtures("texting")
def test_withdrawn_consent_to_emails_keeps_back_what_is_planned_and_says_why(clinic: Clinic) -> None:
    """Somebody who no longer agrees is phoned instead, with the reason in words."""
    visit = booked(clinic)
    correct_patient(visit.patient_id, changes={"email_opt_in": False}, by=clinic.reception, now=NOW)
    deliver.drain(now=lambda: NOW, seconds=5)
    row = confirmation(visit)
    assert (row.status, row.reason, row.is_open_task) == (State.SKIPPED, OPTED_OUT, True)


def test_what_a_text_message_said_was_told_and_put_into_no_calendar(clinic: Clinic, settings: Any) -> None:
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"
    visit = booked(clinic, preferred_contact="sms")
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent", sent_at=NOW)
    told = told_of(visit)
    assert (told.kind, told.is_in_a_calendar) == ("confirmed", False)
    move(visit.pk, MoveRequest(start=VISIT + timedelta(days=1)), by=clinic.reception, now=NOW)
    row = confirmation(visit)
    assert (row.kind, row.channel) == ("moved", "sms")
    text = desk.preview(row)
    assert text.text == "Your appointment is now on Wednesday 25 March 2026 at 09:20. [the patient's link]"
    assert (text.subject, text.html, text.calendar) == ("", "", None)


def test_a_letter_is_told_when_it_is_posted_and_not_before(clinic: Clinic) -> None:
    visit = booked(clinic, preferred_contact="letter", address=ADDRESS)
    row = confirmation(visit)
    assert (row.status, row.is_open_task, row.reason) == (State.SKIPPED, True, by_post.TO_POST)
    assert told_of(visit).says is None
    desk.mark_posted(row.pk, by=clinic.reception, now=NOW)
    assert (told_of(visit).kind, told_of(visit).at) == ("confirmed", NOW)
    cancel(visit.pk, reason="asked for", by=clinic.reception, now=NOW)
    assert (confirmation(visit).kind, confirmation(visit).channel) == ("cancelled", "letter")


def test_a_letter_that_was_not_posted_goes_with_what_it_said(clinic: Clinic) -> None:
    visit = booked(clinic, preferred_contact="letter", address=ADDRESS)
    cancel(visit.pk, reason="asked for", by=clinic.reception, now=NOW)
    assert not Message.objects.filter(Message.OPEN_TASK, appointment=visit).exists()


def test_a_phone_task_is_told_when_it_is_closed_as_told(clinic: Clinic) -> None:
    visit = booked(clinic, preferred_contact="phone")
    row = confirmation(visit)
    assert (row.channel, row.is_open_task) == ("phone", True)
    desk.close_task(row.pk, reason="Told them", by=clinic.reception, now=NOW)
    assert told_of(visit).kind == "confirmed"


@pytest.mark.parametrize(("day", "channel"), [("2026-03-04", "phone"), ("2026-03-05", "letter")])
def test_a_letter_that_would_come_too_late_is_a_phone_task(clinic: Clinic, day: str, channel: str) -> None:
    """Monday's letter is there on Wednesday evening: in time for a visit on Thursday, and not for one on Wednesday."""
    visit = booked(clinic, local(day, "09:20"), preferred_contact="letter", address=ADDRESS)
    row = confirmation(visit)
    assert (row.channel, row.is_open_task) == (channel, True)
    if channel == "phone":
        assert fate_of_news(visit.pk, now=NOW) == "A letter would come too late. It becomes a phone task for reception."


@pytest.mark.parametrize(
    ("posted", "days", "arrives"),
    [
        ("2026-03-02", 2, "2026-03-04"),
        ("2026-03-05", 2, "2026-03-09"),  # over the weekend
        ("2026-03-07", 1, "2026-03-09"),  # posted on a Saturday
        ("2026-04-02", 1, "2026-04-07"),  # over Easter
    ],
)
def test_a_letter_takes_working_days(settings: Any, posted: str, days: int, arrives: str) -> None:
    settings.LETTER_DAYS = days
    assert by_post.arrives_at(local(posted, "10:00")) == local(arrives, "20:00")


def test_a_letter_that_nobody_posts_in_time_is_said_on_the_phone(clinic: Clinic) -> None:
    visit = booked(clinic, preferred_contact="letter", address=ADDRESS)
    thursday, friday = local("2026-03-19", "10:00"), local("2026-03-20", "10:00")
    by_post.phone_what_would_come_too_late(now=thursday)
    assert confirmation(visit).channel == "letter"
    deliver.drain(now=lambda: friday, seconds=5)
    row = confirmation(visit)
    assert (row.channel, row.reason, row.is_open_task) == ("phone", by_post.TOO_LATE, True)


def test_a_reminder_by_letter_is_a_task_when_it_is_due(clinic: Clinic) -> None:
    visit = booked(clinic, preferred_contact="letter", address=ADDRESS)
    rows = {row.kind: row for row in Message.objects.filter(appointment=visit, status=State.QUEUED)}
    assert {kind: row.channel for kind, row in rows.items()} == {"reminder-week": "letter", "reminder-2-days": "phone"}
    due_at = rows["reminder-week"].due_at
    deliver.drain(now=lambda: due_at, seconds=5)
    row = Message.objects.get(pk=rows["reminder-week"].pk)
    assert (row.status, row.is_open_task, row.reason) == (State.SKIPPED, True, by_post.TO_POST)
    assert not desk.can_retry(row, now=due_at)


def test_a_letter_is_shown_as_it_is_printed(clinic: Clinic) -> None:
    row = confirmation(booked(clinic, preferred_contact="letter", address=ADDRESS))
    shown = desk.preview(row)
    assert shown.on_paper
    assert shown.calendar is None
    assert "reply to this email" not in shown.text


@pytest.mark.parametrize("preferred", ["letter", "sms"])
def test_what_a_person_says_is_neither_a_letter_nor_a_text_message(
    clinic: Clinic, settings: Any, preferred: str
) -> None:
    """Noted as known, or to be phoned about first: the words are those of the whole message."""
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"
    patient = clinic.fit_patient(preferred_contact=preferred, address=ADDRESS)
    visit = clinic.book(patient, VISIT, tell_patient=False).appointment
    assert visit is not None
    row = confirmation(visit)
    assert (row.status, row.channel) == (State.TOLD, "phone")
    assert "Dear Robin Birch" in desk.preview(row).text
    Message.objects.filter(pk=row.pk).delete()
    no_show(visit.pk, by=clinic.reception, now=VISIT)
    missed = Message.objects.get(appointment=visit, kind="missed")
    assert (missed.reason, missed.channel, missed.is_open_task) == (NEVER_TOLD, "phone", True)


def test_where_nobody_knows_what_they_heard_a_text_message_that_it_is_off_names_no_time(
    clinic: Clinic, settings: Any
) -> None:
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"
    visit = booked(clinic, preferred_contact="sms")
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent", sent_at=NOW)
    cancel(visit.pk, reason="asked for", by=clinic.reception, now=NOW)
    row = confirmation(visit)
    assert desk.preview(row).text == (
        "We have cancelled your appointment on Tuesday 24 March 2026 at 09:20. [the patient's link]"
    )
    other = booked(clinic, VISIT + timedelta(hours=1), family_name="Cole", preferred_contact="sms")
    Message.objects.filter(appointment=other, kind="confirmed").update(
        status="unknown", handovers=2, handed_over_at=NOW
    )
    cancel(other.pk, reason="asked for", by=clinic.reception, now=NOW)
    assert desk.preview(confirmation(other)).text == "We have cancelled your appointment [the patient's link]"
