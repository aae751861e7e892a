"""The lists that drive the day: each count on Home leads to its list, each list ends, an empty one says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from injections.models import Assessment, Call, InjectionRequest
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Closure, Message, Patient
from scheduling.states import Status
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import browser

ROWS, ON_A_PAGE = 35, 30


def patients(clinic: Clinic) -> list[Patient]:
    return Patient.objects.bulk_create(
        Patient(
            given_name="Robin", family_name=f"Number {number}", date_of_birth=date(1980, 1, 1), registered_at=clinic.now
        )
        for number in range(ROWS)
    )


def visits(clinic: Clinic, first: datetime, status: Status) -> list[Appointment]:
    """Of as many patients, one after another from then on."""
    times = [(first + timedelta(minutes=40 * one), timedelta(minutes=30)) for one in range(ROWS)]
    rows = Appointment.objects.bulk_create(
        Appointment(
            patient=patient,
            practitioner=clinic.practitioner,
            room=clinic.room,
            kind="injection",
            status=status,
            start_at=start,
            end_at=start + long,
            during=DateTimeTZRange(start, start + long),
            room_during=DateTimeTZRange(start, start + long),
            asked_at=clinic.now,
            pending_since=clinic.now if status == Status.PENDING else None,
        )
        for patient, (start, long) in zip(patients(clinic), times, strict=True)
    )
    InjectionRequest.objects.bulk_create(
        InjectionRequest(appointment=row, site="hamstring-origin", side="left", targets=["peritendinous"])
        for row in rows
    )
    return rows


def waiting(clinic: Clinic, waits_for: str) -> None:
    Assessment.objects.bulk_create(
        Assessment(
            patient=row.patient,
            appointment=row,
            at=clinic.now,
            occasion="booking",
            facts={},
            verdict="review",
            findings=[],
            rules_version="1",
            waiting_for=waits_for,
        )
        for row in visits(clinic, NOW + timedelta(days=20), Status.PENDING)
    )


def calls(clinic: Clinic) -> None:
    Call.objects.bulk_create(
        Call(patient=one, why=Call.Why.NOT_BETTER, say="Ask how it is", opened_at=clinic.now)
        for one in patients(clinic)
    )


def phone_tasks(clinic: Clinic) -> None:
    Message.objects.bulk_create(
        Message(
            kind="confirmed",
            template="confirmed",
            subject=f"patient:{one.pk}",
            occasion="book",
            patient=one,
            due_at=clinic.now,
            expires_at=clinic.now,
            planned_at=clinic.now,
            status="failed",
            phone_task=True,
        )
        for one in patients(clinic)
    )


def displaced(clinic: Clinic) -> None:
    rows = visits(clinic, NOW + timedelta(days=4), Status.BOOKED)
    Closure.objects.create(starts_at=rows[0].start_at, ends_at=rows[-1].end_at, reason="Away")


LISTS: Final[dict[str, tuple[str, str, Callable[[Clinic], Any]]]] = {
    "review-queue": ("radiologist", "waiting for review", lambda clinic: waiting(clinic, "review")),
    "waiting": ("reception", "waiting for answers", lambda clinic: waiting(clinic, "answers")),
    "call-list": ("reception", "to call", calls),
    "message-list": ("reception", "messages that did not arrive", phone_tasks),
    "outcome-list": (
        "reception",
        "visits without an outcome",
        lambda clinic: visits(clinic, NOW - timedelta(days=3), Status.BOOKED),
    ),
    "moving-list": ("manager", "to be moved in the next 2 weeks", displaced),
}
"""Who looks at it, what its count on Home is called, and what puts rows on it."""


def shown(html: str) -> set[str]:
    """The patients whom a page names."""
    return set(re.findall(r"Number \d+", html))


@pytest.mark.parametrize("name", LISTS)
def test_the_count_on_home_leads_to_its_list_which_ends_and_goes_on(name: str, world: World) -> None:
    """30 on a page, the rest on the next one; only who is shown counts as looked at."""
    role, words, put = LISTS[name]
    put(world.clinic)
    desk = browser(world.clinic.users[role])
    desk.get("home")
    count = re.search(rf'<a href="([^"]+)"><span class="count number">(\d+)</span> {words}</a>', desk.html)
    assert count, desk.html
    there, number = count.groups()
    assert there.split("?")[0] == reverse(name)
    first = desk.client.get(there).content.decode()
    assert len(shown(first)) == ON_A_PAGE
    viewed = Entry.objects.filter(verb="viewed").latest("pk")
    assert len(viewed.patient_ids) == ON_A_PAGE
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following, "the list does not go on"
    second = desk.client.get(reverse(name) + following[1].replace("&amp;", "&")).content.decode()
    assert shown(first).isdisjoint(shown(second))
    assert len(shown(first) | shown(second)) == ROWS
    assert int(number) == ROWS


def test_messages_to_phone_about_stand_on_the_call_list_which_says_where_the_rest_is(world: World) -> None:
    phone_tasks(world.clinic)
    desk = browser(world.clinic.users["reception"])
    said = desk.get("call-list")
    assert "The first 30 messages that did not arrive are shown. See all of them" in said
    assert f'href="{reverse("message-list")}?status=phone"' in desk.html
    assert len(shown(desk.html)) == ON_A_PAGE


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("review-queue", "Nothing is waiting for review. Bookings that need a radiologist's decision appear here."),
        ("waiting", "Nothing waits for answers. Book a visit"),
        ("call-list", "There is nobody to phone. Red-flag answers, warning signs and messages that did not arrive"),
        ("message-list", "No message is waiting. Reminders are queued when a visit is booked."),
        ("outcome-list", "Every visit has its outcome. Go to today's calendar"),
        ("moving-list", "Every booked visit has its place. A visit appears here when a closure or a changed session"),
    ],
)
def test_an_empty_list_says_what_happens_next(name: str, says: str, world: World) -> None:
    role = LISTS[name][0]
    assert says in browser(world.clinic.users[role]).get(name).replace("’", "'")
    assert f"0 {LISTS[name][1]}" in browser(world.clinic.users[role]).get("home")


def test_open_questions_too_many_for_a_sentence_can_be_unfolded(world: World) -> None:
    """Nobody is sent to look for a list that is not there; a few are named in the sentence itself."""
    clinic = world.clinic
    patient = clinic.patient("Dale")
    clinic.pathway(patient)
    clinic.report(patient)
    assert clinic.book(patient, local("2026-03-24", "09:20")).appointment
    reception = browser(clinic.users["reception"])
    said = reception.get("waiting")
    assert "37 not answered or not sure. Which questions" in said
    assert "listed below" not in said
    assert "Not answered: " in said
    assert "fever" in said.lower().split("not answered: ")[1]
    clinic.answer(patient, {"fever": "not-sure", "pregnant": "not-sure"})
    said = reception.get("waiting")
    assert "2 not answered or not sure: " in said
    assert "Which questions" not in said
