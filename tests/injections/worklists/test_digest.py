"""Mails to whoever is on duty: when, once, and naming nobody."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from injections.worklists.digest import tell_what_is_due
from scheduling.messages import desk, kinds
from scheduling.messages.sending import claims
from scheduling.models import Message
from tests.clinic import NOW, local
from tests.injections.patient_link.conftest import VISIT, Linked

HOUR = timedelta(hours=1)


def told(what: str) -> list[Message]:
    return list(Message.objects.filter(subject=f"staff:{what}").order_by("pk"))


def test_the_digest_comes_once_a_day_from_8_on(linked: Linked) -> None:
    linked.in_review()
    for at, count in (("07:59", 0), ("08:00", 1), ("08:01", 1), ("19:59", 1)):
        tell_what_is_due(now=local("2026-03-03", at))
        assert len(told("digest")) == count, at
    tell_what_is_due(now=local("2026-03-04", "20:00"))
    tell_what_is_due(now=local("2026-03-29", "08:00"))
    assert [row.occasion for row in told("digest")] == ["2026-03-03", "2026-03-29"]
    text = desk.preview(told("digest")[0]).text
    assert "Reviews: 1" in text
    assert told("digest")[1].due_at == local("2026-03-29", "08:00")


@pytest.mark.parametrize(("before", "count"), [(24 * HOUR + timedelta(seconds=1), 0), (24 * HOUR, 1), (3 * HOUR, 1)])
def test_undecided_the_day_before_is_told_once(linked: Linked, before: timedelta, count: int) -> None:
    linked.in_review()
    for _ in range(2):
        tell_what_is_due(now=VISIT - before)
    assert len(told("undecided")) == count


@pytest.mark.parametrize(("after", "count"), [(2 * HOUR - timedelta(seconds=1), 0), (2 * HOUR, 1), (30 * HOUR, 1)])
def test_a_visit_without_an_outcome_is_told_once(linked: Linked, after: timedelta, count: int) -> None:
    appointment = linked.booked()
    for _ in range(2):
        tell_what_is_due(now=appointment.end_at + after)
    assert len(told("outcome")) == count


def test_a_failed_message_is_told_once_and_a_failed_mail_to_the_staff_never(linked: Linked) -> None:
    appointment = linked.booked()
    Message.objects.filter(appointment=appointment, kind="confirmed").update(status="failed", phone_task=True)
    for _ in range(2):
        tell_what_is_due(now=NOW + HOUR)
    [row] = told("failed")
    Message.objects.filter(pk=row.pk).update(status="failed", phone_task=True)
    for _ in range(2):
        tell_what_is_due(now=NOW + 2 * HOUR)
    assert len(told("failed")) == 1


def test_what_nobody_sent_in_time_is_told_in_one_mail_and_what_expires_later_in_another(linked: Linked) -> None:
    linked.booked()
    linked.booked(VISIT + 24 * HOUR, "Thistlewood")
    rows = Message.objects.filter(kind="confirmed").order_by("pk")
    late = VISIT + HOUR
    assert claims.expire(now=late) > 0
    assert set(rows.values_list("status", flat=True)) == {"skipped", "queued"}
    for _ in range(2):
        tell_what_is_due(now=late)
    assert len(told("expired")) == 1
    assert claims.expire(now=late + 24 * HOUR) > 0
    for _ in range(2):
        tell_what_is_due(now=late + 24 * HOUR)
    assert len(told("expired")) == 2
    claims.expire(now=late + 40 * HOUR)  # those mails themselves, which nobody sent
    tell_what_is_due(now=late + 40 * HOUR)
    assert len(told("expired")) == 2


def test_mails_to_the_staff_name_nobody_and_lead_behind_the_sign_in(linked: Linked) -> None:
    """No name, no date, no clinical word; the same words whoever it is about."""
    appointment = linked.in_review("Whittlesea")
    Message.objects.filter(appointment=appointment).update(status="failed", phone_task=True, due_at=VISIT - 21 * HOUR)
    linked.booked(VISIT - 24 * HOUR, "Thistlewood")
    linked.clinic.answer(appointment.patient, {"fever": "yes"})
    claims.expire(now=VISIT - 20 * HOUR)
    tell_what_is_due(now=VISIT - 20 * HOUR)
    rows = Message.objects.filter(subject__startswith="staff:")
    assert set(rows.values_list("kind", flat=True)) == {
        kind.name for kind in kinds.registered() if kind.name.startswith("staff-")
    }
    for row in rows:
        letter = desk.preview(row)
        assert not re.search(
            r"Whittlesea|Thistlewood|Robin|1980|March|hamstring|steroid|inject|fever|mail\.example|@", letter.text
        ), row.kind
        assert letter.subject == kinds.kind_of(row.kind).subject_line
        [address] = re.findall(r'<a href="(?!tel:)([^"]+)">', letter.html)
        path = re.sub(r"^https?://[^/]+", "", address)
        response = linked.pages(appointment).client.get(path)
        assert (response.status_code, reverse("account_login") in response.headers["Location"]) == (302, True), path


def test_a_red_flag_noted_by_staff_is_told_too(linked: Linked) -> None:
    patient = linked.clinic.patient("Frost")
    linked.clinic.answer(patient, {"saddle_or_bladder": "yes", "fever": "yes"})
    [row] = told("call")
    assert row.due_at == NOW
    assert not row.keeps_quiet_hours
    linked.clinic.answer(patient, {"saddle_or_bladder": "yes", "fever": "yes"})
    assert len(told("call")) == 1
