"""What providers tell of mails: signed as they sign it, forged, told twice, too late, and what follows from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from injections.patient.identity import correct_patient
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict
from scheduling.messages.bounces.addresses import trust_address
from scheduling.messages.desk import NotRetriable, retry
from scheduling.messages.recipients import FAILING
from scheduling.messages.told import told_of
from scheduling.models import MailNews, Message, Patient
from tests.clinic import Clinic, local, open_clinic

State = Message.State
SECRET, KEY = "provider:a-long-password-of-theirs", "signing-key-0123456789"
NEWS = "/mail-news/"


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


@pytest.fixture
def mailgun(settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.EMAIL_NEWS_KEY = "mailgun", KEY


@pytest.fixture
def postmark(settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.EMAIL_NEWS_SECRET = "postmark", SECRET


def sent_to(clinic: Clinic, patient: Patient | None = None, at: str = "10:00", **values: Any) -> Message:
    """A confirmation that was handed over."""
    patient = patient or clinic.patient()
    visit = clinic.book(patient, local("2026-03-24", at), kind="follow-up").appointment
    assert visit is not None
    message = Message.objects.get(appointment=visit, kind="confirmed")
    changes = {"status": State.SENT, "handovers": 1, "attempts": 1, "handed_over_at": clinic.now, "sent_at": clinic.now}
    for name, value in (changes | values).items():
        setattr(message, name, value)
    message.save()
    return message


def from_mailgun(
    message: Message, event: str, *, key: str = KEY, at: float | None = None, **data: Any
) -> dict[str, Any]:
    """The body of a webhook of Mailgun, signed as its documentation says: HMAC-SHA256 of timestamp and token."""
    timestamp, token = str(int(at if at is not None else time.time())), data.pop("token", f"token-{event}-{message.pk}")
    return {
        "signature": {
            "timestamp": timestamp,
            "token": token,
            "signature": hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "event": event,
            "id": "CPgfbmQMTCKtHW6uIWtuVe",
            "timestamp": float(timestamp),
            "recipient": message.recipient,
            "message": {"headers": {"message-id": f"{message.uid}@clinic.example", "to": message.recipient}},
            "user-variables": {"message": str(message.uid)},
            "delivery-status": {"code": 550, "message": "5.1.1 No such person here", "description": ""},
            **data,
        },
    }


def bounced(message: Message, **changes: Any) -> dict[str, Any]:
    return from_mailgun(message, "failed", severity="permanent", reason="bounce", **changes)


def from_postmark(message: Message, record: str, **data: Any) -> dict[str, Any]:
    """The body of a webhook of Postmark, as its documentation shows it."""
    now = datetime.now(UTC).isoformat()
    at = {"Bounce": "BouncedAt", "Delivery": "DeliveredAt", "SpamComplaint": "BouncedAt"}[record]
    named = {"Recipient": message.recipient} if record == "Delivery" else {"Email": message.recipient}
    return {
        "RecordType": record,
        "MessageID": message.provider_id or "883953f4-6105-42a2-a16a-77a8eac79483",
        "ServerID": 23,
        "Details": "smtp;550 5.1.1 The email account does not exist",
        "Metadata": {"message": str(message.uid)},
        at: now,
        **named,
        **({} if record == "Delivery" else {"ID": 4323372036854775807, "Type": "HardBounce"}),
        **data,
    }


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def tell(body: Any, **headers: Any) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=True)
    return client.post(NEWS, content, content_type="application/json", headers=headers or None).status_code


def beech(clinic: Clinic, **values: Any) -> Patient:
    return clinic.patient("Beech", **{"date_of_birth": date(1971, 1, 1), **values})


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


# -- Whose news it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["", "mailgun", "postmark", "brevo"])
def test_without_what_proves_it_there_is_no_such_address(clinic: Clinic, settings: Any, provider: str) -> None:
    settings.EMAIL_PROVIDER = provider
    assert [tell({}), Client().get(NEWS).status_code] == [404, 404]


def test_a_name_and_a_password_do_not_stand_in_for_the_signature_of_who_signs(clinic: Clinic, settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.EMAIL_NEWS_SECRET = "mailgun", SECRET
    assert tell({}, **basic()) == 404


def test_only_post_is_answered(mailgun: None, clinic: Clinic) -> None:
    assert [Client().get(NEWS).status_code, Client().put(NEWS).status_code] == [405, 405]


@pytest.mark.usefixtures("mailgun")
def test_forged_news_of_mailgun_do_nothing(clinic: Clinic) -> None:
    message = sent_to(clinic)
    told = bounced(message)
    other_token = {**told, "signature": {**told["signature"], "token": "another"}}
    other_time = {**told, "signature": {**told["signature"], "timestamp": str(int(time.time()) + 1)}}
    forged = [bounced(message, key="guessed"), other_token, other_time, {"event-data": told["event-data"]}]
    forged += [{**told, "signature": value} for value in (None, {}, [], "x", 1, {"token": 1}, {"token": None})]
    assert {tell(one) for one in forged} == {403}
    assert (fresh(message).status, MailNews.objects.count()) == (State.SENT, 0)


@pytest.mark.usefixtures("postmark")
@pytest.mark.parametrize("headers", [{}, basic("provider:wrong"), basic(":"), {"Authorization": "Bearer x"}])
def test_forged_news_of_postmark_do_nothing(clinic: Clinic, headers: dict[str, str]) -> None:
    message = sent_to(clinic)
    assert tell(from_postmark(message, "Bounce"), **headers) == 403
    assert (fresh(message).status, MailNews.objects.count()) == (State.SENT, 0)


@pytest.mark.usefixtures("mailgun")
def test_mailgun_told_again_does_nothing_whatever_stands_beside_its_signature(clinic: Clinic) -> None:
    """Only time and token are signed: who heard a true one could put anything beside it, once it is known nothing."""
    first = sent_to(clinic)
    second = sent_to(clinic, beech(clinic), "14:00")
    told = from_mailgun(first, "delivered")
    assert [tell(told), tell(told)] == [204, 204]
    replayed = {**bounced(second), "signature": told["signature"]}
    assert tell(replayed) == 204
    assert (fresh(second).status, MailNews.objects.count()) == (State.SENT, 1)


@pytest.mark.usefixtures("postmark")
def test_postmark_told_again_does_nothing(clinic: Clinic) -> None:
    message = sent_to(clinic)
    told = from_postmark(message, "Bounce")
    assert tell(told, **basic()) == 204
    trust_address(message.patient_id, by=clinic.reception, now=clinic.now)
    assert tell(told, **basic()) == 204
    assert (MailNews.objects.count(), fresh(message.patient).is_email_failing) == (1, False)


@pytest.mark.usefixtures("mailgun")
@pytest.mark.parametrize(("hours", "is_taken"), [(-71, True), (-73, False), (0.5, True), (2, False)])
def test_what_is_too_old_or_lies_ahead_does_nothing(clinic: Clinic, hours: float, is_taken: bool) -> None:
    message = sent_to(clinic)
    assert tell(bounced(message, at=time.time() + hours * 3600)) == 204
    assert (fresh(message).status == State.FAILED) is is_taken


@pytest.mark.usefixtures("mailgun")
def test_news_of_nobodys_mail_and_of_what_we_do_not_listen_to_do_nothing(clinic: Clinic) -> None:
    message = sent_to(clinic)
    stranger = bounced(message)
    stranger["event-data"] |= {
        "user-variables": {"message": "0d5a8b4e-6f0b-4a53-9d0b-1f1d1a3b9c11"},
        "message": {"headers": {"message-id": "x@other.example"}},
    }
    late = from_mailgun(message, "failed", severity="temporary", token="late")
    opened = from_mailgun(message, "opened", token="opened")
    assert {tell(one) for one in (stranger, late, opened)} == {204}
    assert (fresh(message).status, MailNews.objects.count()) == (State.SENT, 0)


@pytest.mark.usefixtures("postmark")
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"1", b'"x"', b"[" * 100_000, b"\xff", b'{"RecordType": "Inbound"}'),
        *(b'{"RecordType": "Bounce", "BouncedAt": 1}', b'{"RecordType": "Bounce", "BouncedAt": "x", "Metadata": []}'),
        b'{"RecordType": "Bounce", "BouncedAt": "2026-13-45T00:00:00Z", "Metadata": {"message": {}}}',
        b'{"RecordType": "Delivery", "Metadata": {"message": "a\\u0000b"}, "MessageID": "a\\u0000b"}',
        b'{"RecordType": ["Bounce"], "MessageID": ["x"]}',
    ],
)
def test_whatever_is_sent_is_no_500(clinic: Clinic, body: bytes) -> None:
    assert tell(body, **basic()) in (204, 422)


@pytest.mark.usefixtures("postmark")
def test_another_form_than_json_is_refused(clinic: Clinic) -> None:
    assert Client().post(NEWS, {"a": "b"}, headers=basic()).status_code == 422


# -- What follows from it ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("mailgun")
def test_a_mail_that_came_back_was_told_to_nobody_and_somebody_phones(clinic: Clinic) -> None:
    message = sent_to(clinic)
    assert told_of(message.appointment).kind == "confirmed"
    assert tell(bounced(message)) == 204
    left = fresh(message)
    assert (left.status, left.is_open_task) == (State.FAILED, True)
    assert left.reason == "The email came back: 5.1.1 No such person here"
    assert told_of(message.appointment).kind == ""
    assert Entry.objects.filter(verb="mail-bounced", subject=f"message:{message.pk}", actor_name="system").count() == 1


@pytest.mark.usefixtures("postmark")
def test_the_address_is_marked_for_all_who_have_it_and_what_waits_becomes_phone_tasks(clinic: Clinic) -> None:
    message = sent_to(clinic)
    child = clinic.patient(
        "Ashdown", given_name="Kit", date_of_birth=local("2001-01-01").date(), email="ASHDOWN@mail.example"
    )
    other = clinic.patient("Beech", date_of_birth=local("1971-01-01").date())
    assert tell(from_postmark(message, "Bounce"), **basic()) == 204
    assert [fresh(one).is_email_failing for one in (message.patient, child, other)] == [True, True, False]
    waiting = Message.objects.filter(appointment=message.appointment, status=State.QUEUED)
    assert {(row.recipient, row.reason) for row in waiting} == {("", FAILING["bounced"])}


@pytest.mark.usefixtures("postmark")
def test_the_desk_sees_it_and_another_address_lifts_the_mark(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(from_postmark(message, "Bounce"), **basic())
    desk = Client()
    desk.force_login(clinic.users["reception"])
    page = desk.get(reverse("patient", args=[message.patient_id])).content.decode()
    assert "No emails go to ashdown@mail.example:" in page
    assert "Waiting messages become phone tasks." in page
    correct_patient(
        message.patient_id,
        changes={"preferred_contact": "letter", "address": "1 Elm Road"},
        by=clinic.reception,
        now=clinic.now,
    )
    by_letter = desk.get(reverse("patient", args=[message.patient_id])).content.decode()
    assert "Waiting messages go as letters, which reception posts." in by_letter
    assert "phone task. Ask" not in by_letter
    correct_patient(message.patient_id, changes={"preferred_contact": ""}, by=clinic.reception, now=clinic.now)
    assert "“Confirmation” did not reach them. The email came back: smtp;550 5.1.1" in page
    assert "Came back" in desk.get(reverse("message", args=[message.pk])).content.decode()
    correct_patient(message.patient_id, changes={"email": "right@mail.example"}, by=clinic.reception, now=clinic.now)
    assert not fresh(message.patient).is_email_failing
    assert "No emails go to" not in desk.get(reverse("patient", args=[message.patient_id])).content.decode()
    waiting = Message.objects.filter(appointment=message.appointment, status=State.QUEUED)
    assert {row.recipient for row in waiting} == {"right@mail.example"}
    correct_patient(message.patient_id, changes={"email": "Ashdown@mail.example"}, by=clinic.reception, now=clinic.now)
    assert fresh(message.patient).is_email_failing, "the one that failed fails still"


@pytest.mark.usefixtures("postmark")
def test_the_desk_may_trust_an_address_again_and_it_is_kept_who_did(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(from_postmark(message, "Bounce", Type="SoftBounce"), **basic())
    desk = Client()
    desk.force_login(clinic.users["reception"])
    said = desk.post(reverse("patient-email-works", args=[message.patient_id]), follow=True).content.decode()
    assert "Emails go to this address again." in said
    assert Entry.objects.filter(verb="patient-email-trusted", user_id=clinic.reception.user_id).count() == 1
    waiting = Message.objects.filter(appointment=message.appointment, status=State.QUEUED)
    assert {row.recipient for row in waiting} == {"ashdown@mail.example"}
    with pytest.raises(Conflict, match="Nothing is known against"):
        trust_address(message.patient_id, by=clinic.reception, now=clinic.now)
    again = desk.post(reverse("patient-email-works", args=[message.patient_id]), follow=True).content.decode()
    assert "Nothing is known against this address." in again


@pytest.mark.usefixtures("postmark")
def test_a_complaint_was_read_marks_the_address_and_somebody_asks(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(from_postmark(message, "SpamComplaint", Type="SpamComplaint"), **basic())
    left = fresh(message)
    assert (left.status, left.is_open_task) == (State.SENT, True)
    assert told_of(message.appointment).kind == "confirmed"
    assert fresh(message.patient).failing_why == "complained"
    desk = Client()
    desk.force_login(clinic.users["reception"])
    page = " ".join(desk.get(reverse("patient", args=[message.patient_id])).content.decode().split())
    assert "“Confirmation”: It arrived, and the mailbox reported it as unwanted." in page
    assert "Ask whether they want emails from us." in page
    assert "whether they want emails from us" in desk.get(reverse("message", args=[message.pk])).content.decode()


@pytest.mark.usefixtures("mailgun")
@pytest.mark.parametrize("status", [State.UNKNOWN, State.QUEUED, State.SENDING])
def test_what_arrived_is_not_sent_once_more_and_nobody_phones(clinic: Clinic, status: str) -> None:
    lease = {"lease_expires_at": clinic.now} if status == State.SENDING else {}
    message = sent_to(clinic, status=status, phone_task=status == State.UNKNOWN, sent_at=None, **lease)
    tell(from_mailgun(message, "delivered"))
    left = fresh(message)
    assert (left.status, left.is_open_task, left.lease_expires_at) == (State.SENT, False, None)
    assert [one.kind for one in left.news.all()] == ["delivered"]


@pytest.mark.usefixtures("mailgun")
def test_what_was_never_handed_over_or_was_taken_back_stays_as_it_is(clinic: Clinic) -> None:
    message = sent_to(clinic, status=State.CANCELLED, reason="Replaced by later news.")
    tell(bounced(message))
    assert (fresh(message).status, fresh(message).phone_task) == (State.CANCELLED, False)
    second = sent_to(clinic, beech(clinic), "14:00", status=State.QUEUED, handovers=0)
    tell(from_mailgun(second, "delivered"))
    assert fresh(second).status == State.QUEUED


@pytest.mark.usefixtures("mailgun")
def test_a_mail_by_smtp_is_known_by_its_message_id_alone(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(bounced(message, **{"user-variables": {}}))
    assert fresh(message).status == State.FAILED


@pytest.mark.usefixtures("postmark")
def test_a_mail_is_known_by_what_the_provider_calls_it(clinic: Clinic) -> None:
    message = sent_to(clinic, provider_id="postmark-77")
    tell(from_postmark(message, "Bounce", Metadata={}), **basic())
    assert fresh(message).status == State.FAILED


@pytest.mark.usefixtures("mailgun")
def test_a_mail_that_arrives_after_all_lifts_the_mark(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(bounced(message))
    tell(from_mailgun(message, "delivered"))
    assert not fresh(message.patient).is_email_failing
    assert fresh(message).status == State.FAILED, "somebody phones anyway"


@pytest.mark.usefixtures("mailgun")
def test_a_staff_mail_that_came_back_is_no_phone_task_and_stands_on_home(clinic: Clinic) -> None:
    message = sent_to(clinic)
    Message.objects.filter(pk=message.pk).update(subject="staff:test", appointment=None, patient=None)
    tell(bounced(message))
    assert (fresh(message).status, fresh(message).phone_task) == (State.FAILED, False)


@pytest.mark.usefixtures("postmark")
def test_retrying_asks_for_another_address_first(clinic: Clinic) -> None:
    message = sent_to(clinic)
    tell(from_postmark(message, "Bounce"), **basic())
    with pytest.raises(NotRetriable, match="no email address to send it to"):
        retry(message.pk, by=clinic.reception, now=clinic.now + timedelta(hours=1))
    correct_patient(message.patient_id, changes={"email": "right@mail.example"}, by=clinic.reception, now=clinic.now)
    again = retry(message.pk, by=clinic.reception, now=clinic.now + timedelta(hours=1))
    assert again.recipient == "right@mail.example"


def test_every_name_of_a_mark_has_its_sentence() -> None:
    assert set(FAILING) == {"bounced", "complained"}
