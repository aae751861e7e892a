"""A mail to the staff that does not leave is tried another way and shown on Home (hazard H36)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.messages.staff import DAY, call_opened, plan_mail, try_another_way
from injections.worklists.lists import lost_alarms
from injections.worklists.own_mails import choose_mails
from pht_clinic.people.models import User
from scheduling.messages import desk
from scheduling.messages.sending import claims, deliver
from scheduling.models import Message
from tests.clinic import NOW, Clinic, open_clinic
from tests.pages_world import Browser
from tests.smtp import SmtpServer

MINUTE = timedelta(minutes=1)
DUTY = "duty@clinic.example"
STAND_INS = ["manager@clinic.example", "radiologist2@clinic.example", "radiologist@clinic.example"]


@pytest.fixture
def duty(settings: Any) -> str:
    settings.DUTY_EMAIL = f"Duty desk <{DUTY}>"
    return DUTY


def told(kind: str = "staff-call", **where: object) -> list[str]:
    return sorted(Message.objects.filter(kind=kind, **where).values_list("recipient", flat=True))


def fail(*addresses: str, status: str = "failed") -> None:
    Message.objects.filter(recipient__in=addresses).update(status=status)


def test_h36_an_alarm_that_the_duty_address_never_got_goes_to_radiologists_and_managers(
    clinic: Clinic, duty: str
) -> None:
    """Once, whatever becomes of it: what fails there too leaves nobody to try."""
    call_opened(7, now=NOW)
    assert told() == [duty]
    assert try_another_way(now=NOW + MINUTE) == 0, "it is on its way"
    fail(duty)
    assert try_another_way(now=NOW + 2 * MINUTE) == 3
    assert told(status="queued") == STAND_INS
    rows = Message.objects.filter(status="queued")
    first = Message.objects.get(recipient=duty)
    assert {(row.occasion, row.keeps_quiet_hours, row.expires_at) for row in rows} == {
        (first.occasion, False, first.expires_at)
    }
    assert try_another_way(now=NOW + 3 * MINUTE) == 0
    fail(*STAND_INS)
    assert try_another_way(now=NOW + 4 * MINUTE) == 0


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_h36_what_one_of_those_who_chose_it_got_is_told(clinic: Clinic, duty: str, status: str) -> None:
    for who in (clinic.radiologist, clinic.reception):
        choose_mails(["call"], by=who, now=NOW)
    call_opened(7, now=NOW)
    fail("reception@clinic.example", status=status)
    fail("radiologist@clinic.example", status="sent")
    assert try_another_way(now=NOW + MINUTE) == 0
    fail("radiologist@clinic.example", status=status)
    assert try_another_way(now=NOW + MINUTE) == 3
    assert told(status="queued") == [DUTY, "manager@clinic.example", "radiologist2@clinic.example"]


def test_a_duty_address_that_was_corrected_meanwhile_is_not_written_to_beside_the_others(
    clinic: Clinic, duty: str, settings: Any
) -> None:
    """Whoever tries it again does that; two mails of one alarm cannot stand for one address."""
    call_opened(7, now=NOW)
    fail(duty, status="unknown")
    settings.DUTY_EMAIL = "new@clinic.example"
    assert try_another_way(now=NOW) == 3
    assert told(status="queued") == STAND_INS


def test_who_may_not_sign_in_any_more_stands_in_for_nobody(clinic: Clinic, duty: str) -> None:
    User.objects.filter(email="manager@clinic.example").update(is_active=False)
    call_opened(7, now=NOW)
    fail(duty)
    try_another_way(now=NOW)
    assert told(status="queued") == STAND_INS[1:]


def test_a_server_that_was_down_all_day_is_tried_for_a_day_more_but_for_an_old_digest(
    clinic: Clinic, duty: str
) -> None:
    call_opened(7, now=NOW)
    plan_mail("digest", ["2026-03-02"], page="home", now=NOW, expires_at=NOW + 12 * 60 * MINUTE)
    claims.expire(now=NOW + DAY)
    assert told("staff-digest", status="skipped") == [duty]
    assert try_another_way(now=NOW + DAY) == 3
    assert set(Message.objects.filter(status="queued").values_list("kind", "expires_at")) == {
        ("staff-call", NOW + 2 * DAY)
    }


def shown(now: datetime) -> int:
    return lost_alarms(now=now).count()


def test_h36_home_shows_it_until_it_was_tried_again_or_7_days_are_over(
    clinic: Clinic, duty: str, radiologist: Browser, manager: Browser
) -> None:
    assert "that could not be sent" not in radiologist.get("home")
    call_opened(7, now=NOW)
    fail(duty)
    for one in (radiologist, manager):
        assert "1 staff email that could not be sent" in one.get("home")
        listed = one.get("message-list", status="staff")
        assert "To staff: somebody to phone" in listed
        assert f": {duty}" in listed
        assert "Have the address corrected" in listed
    row = Message.objects.get(recipient=duty)
    assert (shown(row.due_at + 7 * DAY - MINUTE), shown(row.due_at + 7 * DAY)) == (1, 0)
    desk.retry(row.pk, by=clinic.manager, now=clinic.now)
    assert shown(clinic.now) == 0


def test_h36_trying_again_goes_to_the_address_as_it_is_by_now(clinic: Clinic, duty: str, settings: Any) -> None:
    call_opened(7, now=NOW)
    choose_mails(["undecided"], by=clinic.reception, now=NOW)
    plan_mail("undecided", ["1"], page="home", now=NOW, expires_at=NOW + DAY)
    Message.objects.update(status="failed")
    settings.DUTY_EMAIL = "new@clinic.example"
    User.objects.filter(email="reception@clinic.example").update(email="desk@clinic.example")
    for row in Message.objects.order_by("pk"):
        desk.retry(row.pk, by=clinic.manager, now=NOW)
    assert told(status="queued") == ["new@clinic.example"]
    assert told("staff-undecided", status="queued") == ["desk@clinic.example"]


def test_h36_by_a_real_mail_server_that_knows_no_duty_address(
    committed_db: None, smtp_server: SmtpServer, settings: Any
) -> None:
    settings.DUTY_EMAIL = DUTY
    open_clinic()
    smtp_server.answer("RCPT", "550 no such mailbox")
    call_opened(7, now=NOW)
    deliver.drain(now=lambda: NOW, seconds=10)
    assert smtp_server.messages == []
    try_another_way(now=NOW)
    deliver.drain(now=lambda: NOW, seconds=10)
    assert sorted(str(mail["To"]) for mail in smtp_server.messages) == STAND_INS
