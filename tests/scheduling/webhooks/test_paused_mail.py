"""Managers are told by mail that a webhook paused itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from scheduling.messages import desk as letters
from scheduling.messages.sending import still_true
from scheduling.models import Message, WebhookEndpoint
from scheduling.webhooks import deliver, endpoints, pausing
from tests.clinic import Clinic
from tests.pages_world import Browser
from tests.receiver import Reply
from tests.scheduling.webhooks.conftest import Told


def mails() -> list[Message]:
    return list(Message.objects.filter(kind="webhook-paused").order_by("pk"))


def paused(clinic: Clinic) -> WebhookEndpoint:
    row = clinic.webhook()
    assert pausing.pause_by_itself(row.pk, why=deliver.GONE, still=Q(), now=clinic.now)
    return row


def test_every_manager_who_may_sign_in_gets_one_mail_that_leads_to_it(clinic: Clinic, make_user: Any) -> None:
    other = make_user("manager")
    make_user("manager", is_active=False)
    row = paused(clinic)
    found = mails()
    assert {one.recipient for one in found} == {clinic.users["manager"].email, other.email}
    letter = letters.preview(found[0])
    text = " ".join(letter.text.split())
    assert letter.subject == "A webhook was paused"
    assert f"The webhook for Record system was paused by itself. {deliver.GONE}" in text
    assert f"/clinic/webhooks/{row.pk}/" in text
    assert row.url not in text, "an address may hold what is secret"
    assert found[0].expires_at - found[0].due_at == timedelta(days=3)
    assert not pausing.pause_by_itself(row.pk, why=deliver.GONE, still=Q(), now=clinic.now)
    assert len(mails()) == 2


def test_an_address_that_answers_that_it_is_gone_is_told_once(told: Told) -> None:
    told.register()
    told.register("Birch")
    told.receiver.reply(Reply(410))
    told.drain()
    told.drain(told.clinic.now + timedelta(hours=1))
    assert len(mails()) == 1


def test_one_that_takes_nothing_for_three_days_is_told(told: Told) -> None:
    told.register()
    told.receiver.reply(Reply(500))
    told.drain()
    assert mails() == []
    told.drain(told.clinic.now + timedelta(days=3))
    [mail] = mails()
    assert deliver.FAILING in " ".join(letters.preview(mail).text.split())


def test_of_one_that_a_manager_paused_nobody_is_told(clinic: Clinic) -> None:
    endpoints.pause(clinic.webhook().pk, by=clinic.manager, now=clinic.now)
    assert mails() == []


@pytest.mark.parametrize("deed", [endpoints.resume, endpoints.remove], ids=["resumed", "removed"])
def test_it_does_not_leave_once_somebody_has_seen_to_it(clinic: Clinic, deed: Any) -> None:
    row = paused(clinic)
    [mail] = mails()
    assert still_true.withheld(mail) is None
    deed(row.pk, by=clinic.manager, now=clinic.now)
    found = still_true.withheld(mail)
    assert found is not None
    assert (found.why, found.is_task) == (pausing.RESUMED, False)


def test_paused_again_it_is_told_again(clinic: Clinic) -> None:
    row = paused(clinic)
    endpoints.resume(row.pk, by=clinic.manager, now=clinic.now)
    assert pausing.pause_by_itself(row.pk, why=deliver.GONE, still=Q(), now=clinic.now + timedelta(hours=1))
    assert len(mails()) == 2


def test_the_list_of_messages_calls_it_by_its_name(clinic: Clinic, manager: Browser) -> None:
    paused(clinic)
    assert "To staff: webhook paused" in manager.get("message-list", status="queued")
