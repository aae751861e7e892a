"""Every page: who may see it, who may not, and that looking changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from injections.models import Call, Injection, PlannedActivity
from injections.patient.activities import plan_activity
from injections.urls import urlpatterns as ours
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message, Patient
from scheduling.urls import urlpatterns as theirs
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import LEFT_HAMSTRING, browser, when

RECEPTION, RADIOLOGIST, MANAGER = "reception", "radiologist", "manager"
ALL = frozenset({RECEPTION, RADIOLOGIST, MANAGER})
DESK = frozenset({RECEPTION, RADIOLOGIST})
CLINICIANS, MANAGERS, SENDERS = (frozenset({RADIOLOGIST}), frozenset({MANAGER}), frozenset({RECEPTION, MANAGER}))


@dataclass(frozen=True)
class Page:
    """One address: what its id is of, and who may. `posts` only acts."""

    of: str
    roles: frozenset[str]
    posts: bool = False
    query: str = ""


PAGES: Final[dict[str, Page]] = {
    "home": Page("", ALL),
    "calendar": Page("", ALL),
    "outcome-list": Page("", ALL),
    "patient-search": Page("", ALL),
    "patient-register": Page("", ALL),
    "patient": Page("patient", ALL),
    "patient-correct": Page("patient", ALL),
    "patient-merge": Page("patient", MANAGERS),
    "injection-add": Page("patient", DESK),
    "injection-correct": Page("injection", DESK),
    "injection-withdraw": Page("injection", DESK),
    "screening": Page("patient", DESK),
    "pathway": Page("patient", DESK),
    "patient-notes": Page("patient", DESK),
    "patient-activity": Page("patient", ALL),
    "report-add": Page("patient", CLINICIANS),
    "activity-add": Page("patient", DESK),
    "activity-withdraw": Page("activity", DESK, posts=True),
    "booking-start": Page("", DESK),
    "booking-what": Page("patient", DESK, query="what"),
    "booking-when": Page("patient", DESK, query="what"),
    "booking-check": Page("patient", DESK, query="when"),
    "appointment": Page("appointment", ALL),
    "appointment-arrive": Page("appointment", DESK, posts=True),
    "appointment-no-show": Page("appointment", DESK, posts=True),
    "appointment-undo": Page("appointment", DESK),
    "appointment-fulfil": Page("appointment", DESK, posts=True),
    "appointment-cancel": Page("appointment", DESK),
    "appointment-move": Page("appointment", DESK),
    "appointment-link": Page("appointment", DESK),
    "appointment-error": Page("appointment", MANAGERS),
    "batch": Page("", DESK),
    "procedure-step": Page("appointment", CLINICIANS),
    "procedure-cannot": Page("appointment", CLINICIANS),
    "procedure-go-on": Page("appointment", CLINICIANS, posts=True),
    "review-queue": Page("", CLINICIANS),
    "review-open": Page("appointment", CLINICIANS, posts=True),
    "decision": Page("appointment", CLINICIANS),
    "call-list": Page("", DESK),
    "call": Page("call", DESK),
    "waiting": Page("", DESK),
    "rules": Page("", ALL),
    "message-list": Page("", ALL),
    "message": Page("message", ALL),
    "message-send-now": Page("message", SENDERS, posts=True),
    "message-withhold": Page("message", SENDERS, posts=True),
    "message-retry": Page("message", SENDERS, posts=True),
    "message-close": Page("message", SENDERS, posts=True),
}
# Pages with tests of their own: the patient's link, managers' pages, statistics, other views of the calendar, and two
# that only lead on or follow a procedure.
ELSEWHERE: Final = (
    "patient-link",
    "appointment-link",
    "audit-",
    "moving-",
    "staff-",
    "practitioner",
    "room",
    "schedule",
    "closure",
    "calendar-",
    "statistic",
    "procedure",
    "aftercare-sheet",
    "wording",
)
MODELS: dict[str, type[Model]] = {
    "patient": Patient,
    "injection": Injection,
    "activity": PlannedActivity,
    "appointment": Appointment,
    "call": Call,
    "message": Message,
}


def fill(world: World, number: int = 1) -> None:
    """One of everything for another patient: history, a plan, a call, a pending visit and one of today."""
    clinic = world.clinic
    patient = clinic.fit_patient(f"Quillfeather{number}")
    clinic.earlier_injection(patient, "2025-11-20")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes", "fever": "yes"})
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    record_plan(world, patient)
    clinic.book(patient, local("2026-03-10") + timedelta(minutes=40 * number))
    other = clinic.fit_patient(f"Marchbanks{number}")
    outcome = clinic.book(other, local("2026-03-02", "09:00") + timedelta(minutes=40 * number))
    assert outcome.appointment is not None


def record_plan(world: World, patient: Patient) -> None:
    plan_activity(patient.pk, kind="sport", start=local("2026-04-01"), by=world.clinic.reception, now=world.clinic.now)


def address(name: str, world: World) -> str:
    """The address of a page, with the first row of what its id is of."""
    page = PAGES[name]
    args: list[Any] = []
    if page.of:
        rows = MODELS[page.of]._default_manager.order_by("pk")
        if name.startswith("procedure"):
            rows = rows.filter(status="booked")
        found = rows.first()
        assert found is not None, page.of
        args = [found.pk]
    if name == "procedure-step":
        args.append("identity")
    return reverse(name, args=args)


def query_of(name: str, world: World) -> dict[str, Any]:
    if PAGES[name].query == "what":
        return dict(LEFT_HAMSTRING)
    if PAGES[name].query == "when":
        patient = Patient.objects.order_by("pk").first()
        assert patient is not None
        return when(patient, world.clinic, local("2026-03-11"))
    return {}


def is_write(sql: str) -> bool:
    """Whether a statement changes anything but when its session was last used."""
    return sql.split()[0] in ("INSERT", "UPDATE", "DELETE") and "django_session" not in sql


@pytest.fixture
def filled(world: World) -> World:
    fill(world)
    return world


def test_a_page_is_for_its_roles_and_nobody_else(filled: World, subtests: pytest.Subtests) -> None:
    """Strangers are sent to sign in, colleagues of another role get a 403, also on POST."""
    people = {role: browser(filled.clinic.users[role]).client for role in ALL}
    for name, page in PAGES.items():
        with subtests.test(name):
            there = address(name, filled)
            method = "post" if page.posts else "get"
            strange = getattr(Client(), method)(there)
            assert strange.status_code == 302
            assert strange.headers["Location"].startswith(reverse("account_login"))
            for role in ALL - page.roles:
                assert getattr(people[role], method)(there).status_code == 403
                assert people[role].post(there).status_code == 403
            if page.posts:
                assert people[next(iter(page.roles))].get(there).status_code == 405


def test_looking_changes_nothing_but_one_view_row(filled: World, subtests: pytest.Subtests) -> None:
    """One `viewed` row for each response that shows patients, and no other write."""
    people = {role: browser(filled.clinic.users[role]).client for role in ALL}
    for name, page in PAGES.items():
        for role in sorted(page.roles) if not page.posts else ():
            with subtests.test(f"{name} by {role}"):
                before = Entry.objects.count()
                with CaptureQueriesContext(connection) as queries:
                    response = people[role].get(address(name, filled), query_of(name, filled))
                assert response.status_code == 200
                writes = [one["sql"] for one in queries if is_write(one["sql"])]
                assert len(writes) <= 1, writes
                assert Entry.objects.count() - before == len(writes)
                shows = any(word in response.content.decode() for word in ("Quillfeather", "Marchbanks"))
                assert bool(writes) == shows


def test_what_does_not_exist_is_not_found(world: World, subtests: pytest.Subtests) -> None:
    people = {role: browser(world.clinic.users[role]).client for role in ALL}
    for name, page in PAGES.items():
        if not page.of:
            continue
        with subtests.test(name):
            there = reverse(name, args=[987654321, *(["identity"] if name == "procedure-step" else [])])
            client = people[sorted(page.roles)[0]]
            response = client.post(there, {"reason": "Phoned."}) if page.posts else client.get(there)
            assert response.status_code == 404


def test_every_page_stands_in_a_table() -> None:
    """A new page must say who may see it, here or in the tests of its own area."""
    named = {pattern.name for pattern in (*ours, *theirs) if isinstance(pattern, URLPattern)}
    assert {name for name in named if name not in PAGES and not name.startswith(ELSEWHERE)} == set()
