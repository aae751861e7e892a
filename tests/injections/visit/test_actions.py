"""Every action on a visit, in every state, by every role: button, page, API and use case say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from injections.assessment.visits import find_appointment, with_assessments
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.review import outcomes
from injections.visit.actions import Action, actions_of
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error
from pht_clinic.audit.models import Entry
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.permissions import is_permitted
from scheduling.audit.words import REFUSALS
from scheduling.models import Appointment
from tests.api_world import World, client_with_token
from tests.clinic import Clinic, local
from tests.pages_world import browser, text_of

ROLES: Final = ("reception", "radiologist", "manager")
TODAY: Final = "2026-03-02"
NINE, TEN = local(TODAY, "09:20"), local(TODAY, "10:00")

# -- The states --------------------------------------------------------------------------------------------


def ahead(clinic: Clinic, **values: Any) -> Appointment:
    """A visit of next week."""
    return booked(clinic, local("2026-03-10"), **values)


def begun(clinic: Clinic, **values: Any) -> Appointment:
    """A visit of today that should have begun by now."""
    appointment = booked(clinic, NINE, **values)
    clinic.now = TEN
    return appointment


def booked(clinic: Clinic, start: datetime, **values: Any) -> Appointment:
    found = clinic.book(clinic.fit_patient(), start, **values).appointment
    assert found is not None
    return found


def pending(clinic: Clinic) -> Appointment:
    appointment = ahead(clinic)
    clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(appointment.patient, "2025-11-20")
    return appointment


def then(
    make: Callable[[Clinic], Appointment], deed: Callable[..., Any], *asked: Any, by: str = "reception", **values: Any
) -> Any:
    """That visit, after that was done to it."""

    def made(clinic: Clinic) -> Appointment:
        appointment = make(clinic)
        deed(appointment.pk, *asked, by=getattr(clinic, by), now=clinic.now, **values)
        return appointment

    return made


def later(make: Callable[[Clinic], Appointment]) -> Callable[[Clinic], Appointment]:
    """The same, 11 minutes later."""

    def made(clinic: Clinic) -> Appointment:
        appointment = make(clinic)
        clinic.now += timedelta(minutes=11)
        return appointment

    return made


def other(make: Callable[..., Appointment]) -> Callable[..., Appointment]:
    """The same for a kind of visit that injects nothing."""
    return lambda clinic, *when: make(clinic, *when, kind="follow-up", site=None, side=None)


CANCELLED = then(ahead, cancel, reason="A slip")
MOVED = then(ahead, move, MoveRequest(start=local("2026-03-12")))
DONE = {"procedure": Procedure(result="not-given", reason="Unwell"), "by": "radiologist"}
BOTH: Final = "move cancel replace-link"
DESK: Final = ("reception", "radiologist")


@dataclass(frozen=True)
class State:
    """How a visit comes into a state, and what its page then offers reception, and radiologists besides."""

    make: Callable[[Clinic], Appointment]
    offered: str
    besides: str = ""


STATES: Final = {
    "pending": State(pending, BOTH, "review"),
    "booked for next week": State(ahead, BOTH),
    "booked for later today": State(lambda clinic: booked(clinic, TEN), f"arrive {BOTH}", "record-procedure"),
    "booked and begun": State(begun, f"arrive no-show {BOTH}", "record-procedure"),
    "arrived": State(then(begun, arrive), "undo replace-link", "record-procedure"),
    "arrived a week early": State(then(ahead, arrive), "undo replace-link"),
    "arrived a while ago": State(later(then(begun, arrive)), "replace-link", "record-procedure"),
    "fulfilled": State(then(begun, record_procedure, **DONE), "replace-link"),
    "missed": State(then(begun, no_show), "undo replace-link"),
    "cancelled": State(CANCELLED, "undo replace-link"),
    "cancelled a while ago": State(later(CANCELLED), "replace-link"),
    "moved": State(MOVED, f"undo {BOTH}"),
    "moved a while ago": State(later(MOVED), BOTH),
    "entered in error": State(then(ahead, enter_in_error, by="manager", reason="A slip"), "replace-link"),
    "another kind, later today": State(lambda clinic: other(booked)(clinic, TEN), f"arrive {BOTH}"),
    "another kind, over": State(other(begun), f"fulfil no-show {BOTH}"),
    "another kind, arrived": State(then(other(begun), arrive), "undo fulfil replace-link"),
}

# -- The doors ---------------------------------------------------------------------------------------------

ELSEWHERE = local("2026-03-12", "15:00")
REASON: Final = {"reason": "A slip of the pen"}


@dataclass(frozen=True)
class Doors:
    """Where an action is asked for: the page and the API by URL name ("" for none), and what each is sent."""

    page: str
    api: str
    form: dict[str, Any]
    body: dict[str, Any]


DOORS: Final = {
    "arrive": Doors("appointment-arrive", "api-appointment-arrive", {}, {}),
    "no-show": Doors("appointment-no-show", "api-appointment-no-show", {}, {}),
    "undo": Doors("appointment-undo", "api-appointment-undo", {"tell": "yes"}, {}),
    "fulfil": Doors("appointment-fulfil", "", {}, {}),
    "record-procedure": Doors(
        "procedure-cannot",
        "api-appointment-procedure",
        {**REASON, "reason_code": "unwell"},
        {"result": "not-given", **REASON},
    ),
    "review": Doors("review-open", "", {}, {}),
    "move": Doors(
        "appointment-move",
        "api-appointment-move",
        {"on": "2026-03-12", "at": "15:00", "where": "", "tell": "yes"},
        {"start": ELSEWHERE.isoformat()},
    ),
    "cancel": Doors(
        "appointment-cancel", "api-appointment-cancel", {**REASON, "reason_code": "clinic-other", "tell": "yes"}, REASON
    ),
    "replace-link": Doors("appointment-link", "", REASON, {}),
    "enter-in-error": Doors("appointment-error", "api-appointment-entered-in-error", REASON, REASON),
    "decide": Doors(
        "decision", "api-appointment-decision", {**REASON, "outcome": "decline"}, {**REASON, "outcome": "decline"}
    ),
}


def deeds() -> QuerySet[Entry]:
    """What was done, by the trail; not what was looked at, nor what was refused."""
    return Entry.objects.exclude(verb__in=["viewed", *REFUSALS])


def attempt(client: Client, appointment: Appointment, action: str, *, by_api: bool) -> tuple[int, bool, str]:
    """Ask for it at one door and take back what came of it: the status, whether it was done, and what was said."""
    doors = DOORS[action]
    address = reverse(doors.api if by_api else doors.page, args=[appointment.pk])
    form = doors.form | {"revision": appointment.revision, "who": appointment.practitioner_id}
    before = deeds().count()
    with transaction.atomic():
        if by_api:
            response = client.post(address, doors.body, content_type="application/json")
            status, said = response.status_code, response.json().get("detail", "")
        else:
            response = client.post(address, form)
            status = response.status_code
            said = text_of(client.get(response.headers["Location"]) if status == 302 else response)
        is_done = deeds().count() > before
        transaction.set_rollback(True)
    return status, is_done, said


@dataclass
class Case:
    """A visit in one state."""

    world: World
    appointment: Appointment

    def actor(self, role: str) -> Actor:
        return actor_of(self.world.clinic.users[role])

    def actions(self, role: str) -> dict[str, Action]:
        [visit] = with_assessments([self.appointment], with_changes=True)
        return actions_of(visit, by=self.actor(role), now=self.world.clinic.now)

    def sentences(self, role: str) -> dict[str, str]:
        """Why not, by action; "" where it may be done."""
        refused = outcomes.refusals(self.appointment, (), by=self.actor(role), now=self.world.clinic.now)
        return {name: one.why_not for name, one in self.actions(role).items()} | {"decide": refused["decline"]}


@pytest.fixture(params=STATES)
def case(request: pytest.FixtureRequest, world: World) -> Case:
    made = STATES[request.param].make(world.clinic)
    world.at(world.clinic.now)
    return Case(world, find_appointment(made.pk))


@pytest.mark.full_trial(one_in=8)
@pytest.mark.parametrize("role", ROLES)
def test_page_and_api_do_what_the_check_allows_and_refuse_with_its_sentence(
    case: Case, role: str, subtests: pytest.Subtests
) -> None:
    user = case.world.clinic.users[role]
    clients = {False: browser(user).client, True: client_with_token(user)}
    for action, why in case.sentences(role).items():
        for by_api, client in clients.items():
            if by_api and not DOORS[action].api:
                continue
            with subtests.test(f"{action} by {'API' if by_api else 'page'}"):
                status, is_done, said = attempt(client, case.appointment, action, by_api=by_api)
                assert is_done == (not why), (status, why, said[:2000])
                if not is_permitted(action, case.actor(role)):
                    assert (status, bool(why)) == (403, True)
                elif why:
                    assert why in said
                    assert status in ((409,) if by_api else (302, 422))
                else:
                    assert status in ((200, 201) if by_api else (302,))


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", STATES)
def test_a_page_offers_what_may_be_done_and_is_timely(world: World, name: str, subtests: pytest.Subtests) -> None:
    """The buttons of the page are those of the list, and those of the table above."""
    state = STATES[name]
    made = state.make(world.clinic)
    world.at(world.clinic.now)
    case = Case(world, find_appointment(made.pk))
    expected = {
        "reception": set(state.offered.split()),
        "radiologist": {*state.offered.split(), *state.besides.split()},
        "manager": set() if name == "entered in error" else {"enter-in-error"},
    }
    for role in ROLES:
        with subtests.test(role):
            html = browser(world.clinic.users[role]).client.get(reverse("appointment", args=[made.pk])).content.decode()
            actions = case.actions(role)
            assert {one for one, action in actions.items() if action.is_offered} == expected[role]
            assert {one for one, action in actions.items() if f'"{action.address}"' in html} == expected[role]
            assert not any(action.why_not for action in actions.values() if action.is_offered)
