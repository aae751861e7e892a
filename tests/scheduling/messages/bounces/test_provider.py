"""Handing over by a provider's API: what its answers, its silence and its absence do to a message. Over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mime
from typing import Any

import pytest

from scheduling.messages.sending import claims
from scheduling.models import Message
from tests.scheduling.messages.bounces.api import ProviderApi
from tests.scheduling.messages.test_deliver import NOON, VALUES, drain, fresh, impatient, queued
from tests.smtp import SmtpServer

pytestmark = pytest.mark.usefixtures("committed_db")
State = Message.State
__all__ = ["impatient"]

USUAL: dict[str, tuple[int, Any]] = {
    "brevo": (201, {"messageId": "<brevo-1@relay.example>"}),
    "mailgun": (200, {"id": "<mailgun-1@clinic.example>", "message": "Queued. Thank you."}),
    "postmark": (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "postmark-1", "To": "patient1@mail.example"}),
    "sparkpost": (
        200,
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "sparkpost-1"}},
    ),
}
CALENDAR = {"calendar": "confirmed", "start_at": "2026-03-24T09:20:00+00:00", "end_at": "2026-03-24T09:50:00+00:00"}


@pytest.fixture(params=sorted(USUAL))
def api(request: pytest.FixtureRequest, settings: Any) -> Iterator[ProviderApi]:
    """Each provider in turn."""
    with ProviderApi(USUAL[request.param]) as found:
        settings.EMAIL_PROVIDER, settings.EMAIL_PROVIDER_KEY = request.param, "key-of-the-clinic"
        settings.EMAIL_PROVIDER_URL = found.url
        yield found


@pytest.fixture
def postmark(settings: Any) -> Iterator[ProviderApi]:
    with ProviderApi(USUAL["postmark"]) as found:
        settings.EMAIL_PROVIDER, settings.EMAIL_PROVIDER_KEY = "postmark", "key-of-the-clinic"
        settings.EMAIL_PROVIDER_URL = found.url
        yield found


def test_each_provider_gets_the_whole_mail_our_id_and_no_tracking(api: ProviderApi, smtp_server: SmtpServer) -> None:
    message = queued(values={**VALUES, **CALENDAR})
    assert drain() == 1
    sent = fresh(message)
    assert (sent.status, sent.handovers, sent.sent_at) == (State.SENT, 1, NOON)
    assert sent.provider_id in ("postmark-1", "sparkpost-1", "<mailgun-1@clinic.example>", "<brevo-1@relay.example>")
    [(_, headers, body)] = api.received
    assert b"key-of-the-clinic" in repr(headers).encode() or "Basic" in repr(headers)
    ours = ("Your appointment is booked", "<html", "appointment.ics", "reception@clinic.example")
    for part in (*ours, str(message.uid)):
        assert part.encode() in body, part
    assert not [name for name in (b"'yes'", b'"open_tracking": true', b'"TrackOpens": true') if name in body]
    assert smtp_server.received == []


def test_postmark_keeps_our_message_id_and_gets_the_event_as_a_file(postmark: ProviderApi) -> None:
    message = queued(values={**VALUES, **CALENDAR})
    drain()
    [body] = postmark.bodies
    assert {"Name": "Message-ID", "Value": f"<{message.uid}@clinic.example>"} in body["Headers"]
    assert {"Name": "X-PM-KeepID", "Value": "true"} in body["Headers"]
    assert body["Metadata"] == {"message": str(message.uid)}
    assert (body["TrackOpens"], body["TrackLinks"]) == (False, "None")
    [event] = body["Attachments"]
    assert (event["Name"], event["ContentType"]) == ("appointment.ics", "text/calendar; charset=utf-8; method=REQUEST")


def test_mailgun_gets_text_html_and_the_event(settings: Any) -> None:
    with ProviderApi(USUAL["mailgun"]) as api:
        settings.EMAIL_PROVIDER, settings.EMAIL_PROVIDER_KEY, settings.EMAIL_PROVIDER_URL = "mailgun", "key", api.url
        settings.EMAIL_PROVIDER_DOMAIN = "mg.clinic.example"
        message = queued(values={**VALUES, **CALENDAR})
        drain()
    [(path, headers, body)] = api.received
    assert path == "/v3/mg.clinic.example/messages"
    form: Mime = message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
    fields = {str(part.get_param("name", header="content-disposition")): part for part in form.get_payload()}  # type: ignore[union-attr]
    said = {name: part.get_payload(decode=True) for name, part in fields.items()}
    assert said["h:Message-Id"] == f"<{message.uid}@clinic.example>".encode()
    assert said["v:message"] == str(message.uid).encode()
    assert (said["o:tracking-opens"], said["o:tracking-clicks"]) == (b"no", b"no")
    assert fields["attachment"].get_content_type() == "text/calendar"


def test_many_go_over_one_kept_connection_and_each_is_noted_before_it_leaves(
    postmark: ProviderApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[int] = []
    original = claims.hand_over

    def hand_over(message: Message, **values: Any) -> None:
        noted.append(len(postmark.received))
        original(message, **values)

    monkeypatch.setattr(claims, "hand_over", hand_over)
    for number in range(5):
        queued(number)
    assert drain() == 5
    assert noted == [0, 1, 2, 3, 4]
    assert Message.objects.filter(status=State.SENT).count() == 5


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            422,
            {"ErrorCode": 406, "Message": "Found inactive addresses: patient1@mail.example. Inactive recipients are"},
        ),
        (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'patient1@mail.example'."}),
        (422, {"ErrorCode": 300, "Message": "Invalid metadata content."}),
        (413, {"Message": "Too large"}),
        (400, {"message": "no such person"}),
    ],
)
def test_a_final_no_fails_at_once_and_is_phoned_about(postmark: ProviderApi, status: int, body: dict[str, Any]) -> None:
    message, other = queued(1), queued(2)
    postmark.answers.append((status, body))
    drain()
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.FAILED, True)
    assert left.reason.startswith("The mail provider refused it: ")
    assert fresh(other).status == State.SENT


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503, 302])
def test_a_no_that_is_not_of_this_mail_is_tried_again_later(postmark: ProviderApi, status: int) -> None:
    message, other = queued(1), queued(2)
    postmark.answers.append((status, {"Message": "Not now"}))
    drain()
    waiting = fresh(message)
    assert (waiting.status, waiting.attempts, waiting.handovers) == (State.QUEUED, 1, 0)
    assert waiting.due_at == NOON + timedelta(seconds=15)
    assert not waiting.phone_task
    assert fresh(other).status == State.QUEUED, "the round ends"
    assert drain(NOON + timedelta(seconds=15)) == 2
    assert {fresh(message).status, fresh(other).status} == {State.SENT}
    assert len(postmark.received) == 3


@pytest.mark.parametrize(("status", "body"), [(0, ""), (502, {}), (504, {}), (200, b"<html>"), (200, {"a": 1})])
def test_who_says_nothing_after_the_request_may_have_taken_it_and_gets_it_once_more(
    postmark: ProviderApi, status: int, body: Any
) -> None:
    message = queued()
    postmark.answers += [(status, body)] * 2
    drain()
    waiting = fresh(message)
    assert (waiting.status, waiting.handovers) == (State.QUEUED, 1)
    drain(NOON + timedelta(seconds=15))
    left = fresh(message)
    assert (left.status, left.phone_task, left.handovers) == (State.UNKNOWN, True, 2)
    drain(NOON + timedelta(hours=1))
    first, second = (dict(one)["Metadata"] for one in postmark.bodies)
    assert first == second == {"message": str(message.uid)}


def test_nobody_at_the_address_is_tried_again(postmark: ProviderApi, settings: Any) -> None:
    settings.EMAIL_PROVIDER_URL = "http://127.0.0.1:1/"
    message = queued()
    drain()
    waiting = fresh(message)
    assert (waiting.status, waiting.handovers, waiting.reason) == (
        State.QUEUED,
        0,
        "The mail provider could not be reached: no connection.",
    )


@pytest.mark.usefixtures("impatient")
def test_a_provider_that_hangs_is_cut_off_at_the_deadline(postmark: ProviderApi, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 60
    postmark.hangs = 3
    message = queued()
    began = time.monotonic()
    drain()
    assert time.monotonic() - began < 2.5
    assert (fresh(message).status, fresh(message).handovers) == (State.QUEUED, 1)


def test_a_lost_lease_sends_nothing(postmark: ProviderApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(message: Message, **values: Any) -> None:
        raise claims.LeaseLost(message.pk)

    monkeypatch.setattr(claims, "hand_over", gone)
    queued()
    assert drain() == 1
    assert postmark.received == []


def test_one_that_cannot_be_written_fails_alone(postmark: ProviderApi) -> None:
    good, hostile = queued(1), queued(2, recipient="ann@mail.example\nBcc: x@y.example")
    drain()
    assert (fresh(good).status, fresh(hostile).status) == (State.SENT, State.FAILED)
    assert len(postmark.received) == 1


def test_without_a_key_the_providers_mail_goes_by_smtp(settings: Any, smtp_server: SmtpServer) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    message = queued()
    drain()
    assert (fresh(message).status, fresh(message).provider_id) == (State.SENT, "")
    assert len(smtp_server.received) == 1
