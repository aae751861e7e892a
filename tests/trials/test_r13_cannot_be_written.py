"""R13: one message that cannot be written among many: the others are sent, this one fails and is seen.

Seen means: on Home, on the list of messages, on a page of its own from which its phone task can be closed.
50 messages in `make test`, 1,000 in `make trials`.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Message
from tests.clinic import Clinic
from tests.pages_world import text_of
from tests.smtp import SmtpServer
from tests.trials.post import call_for_post, count_of, due_messages
from tests.trials.staging import Workers, wait_until

pytestmark = pytest.mark.full_trial(one_in=3)

SECONDS = 120


def test_r13_one_that_cannot_be_written_fails_alone_and_is_seen(
    clinic: Clinic, workers: Workers, smtp_server: SmtpServer, is_full_trial: bool
) -> None:
    count = 1_000 if is_full_trial else 50
    rows = due_messages(clinic, count)
    broken = rows[count // 3]
    Message.objects.filter(pk=broken.pk).update(values={})
    workers.ready(workers.worker())
    calls = iter(range(10**6))

    def none_waits() -> bool:
        if next(calls) % 25 == 0:
            call_for_post()
        return count_of("queued", "sending") == 0

    took = wait_until(none_waits, seconds=SECONDS, what="every message dealt with")
    print(f"R13: {count_of('sent')} sent, {count_of('failed')} failed, {took:.1f} s")
    assert (count_of("sent"), count_of("failed")) == (count - 1, 1)
    ids = [str(mail["Message-ID"]) for mail in smtp_server.messages]
    assert len(ids) == len(set(ids)) == count - 1
    broken.refresh_from_db()
    assert (broken.status, broken.is_open_task, broken.attempts) == ("failed", True, 1)
    check_seen(clinic, broken)


def check_seen(clinic: Clinic, broken: Message) -> None:
    """Reception finds it from Home, reads why, and closes its phone task."""
    browser = Client()
    browser.force_login(clinic.users["reception"])
    home = browser.get(reverse("home"))
    assert "1 message" in text_of(home), text_of(home)
    assert reverse("message-list") in home.content.decode()
    listed = browser.get(reverse("message-list")).content.decode()
    page = reverse("message", args=[broken.pk])
    assert page in listed
    shown = browser.get(page)
    assert shown.status_code == 200
    assert broken.reason in text_of(shown)
    closing = reverse("message-close", args=[broken.pk])
    assert browser.post(closing, {"reason": ""}).status_code == 422
    assert browser.post(closing, {"told": "yes", "reason": "Told by phone."}).status_code == 302
    broken.refresh_from_db()
    assert not broken.is_open_task
