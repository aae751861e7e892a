"""Who may: every address of the API, every method, every role, anonymous and outsider."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from injections.booking.holds.hold import HoldRequest, hold_time
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.models import Incident, Injection
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.permissions import PERMISSIONS
from scheduling.models import Appointment
from tests.api_world import World, client_with_token
from tests.clinic import NOW, Clinic, local, registered_twice
from tests.injections.booking.series.world import booked as series_booked
from tests.injections.doors.fhir.access import FHIR
from tests.scenarios.access_table import ACCESS, ALL, METHODS, PUBLIC
from tests.scenarios.addresses import all_patterns, oldest

CANARY = "Quillfeather"


def api_patterns() -> dict[str, URLPattern]:
    found = {}
    for path, pattern in all_patterns():
        if path.startswith("api/"):
            assert pattern.name, f"{path} has no name"
            found[pattern.name] = pattern
    return found


def test_every_address_of_the_api_stands_in_the_table() -> None:
    """A new endpoint must say who may use it, here as well as in its view."""
    assert set(api_patterns()) == set(ACCESS) | PUBLIC


@pytest.mark.parametrize("name", ACCESS)
def test_a_view_answers_the_methods_of_the_table_and_no_others(name: str) -> None:
    view = api_patterns()[name].callback.view_class  # type: ignore[attr-defined]
    answered = {method for method in METHODS if hasattr(view, method.lower())}
    assert answered == set(ACCESS[name].methods)
    who = {method: PERMISSIONS[action].who & ALL for method, action in view.actions.items()}
    assert who == ACCESS[name].methods


@pytest.fixture
def populated(world: World) -> World:
    """One row of everything that an address can name, about a patient whose name must not leak."""
    clinic = world.clinic
    patient = clinic.fit_patient(CANARY)
    clinic.earlier_injection(patient, "2020-01")
    clinic.milder(patient)
    world.book(patient, local("2026-03-10"))
    clinic.book(clinic.patient("Classmate"), local("2026-03-11"), kind="exercise-class")
    clinic.answer(patient, {"fever": "yes"})
    world.reception.post(f"/patients/{patient.pk}/activities/", {"kind": "sport", "start": "2026-05-01T09:00:00+01:00"})
    clinic.known(patient)
    clinic.drug()
    world.manager.post("/closures/", {"starts_at": "2027-01-01T00:00:00+00:00", "ends_at": "2027-01-02T00:00:00+00:00"})
    registered_twice(clinic, "Twice")
    clinic.delayed(clinic.fit_patient("Delayed", nhs_number=""), local("2026-03-24"), "2026-03-05")
    none = not_given(Appointment.objects.latest("pk"))
    Incident.objects.create(
        patient=none.patient, injection=none, what=[], reason_code="error", recorded_at=NOW, reason="Wrong vial"
    )
    put_on(
        NewWish(patient_id=patient.pk, what=Wish(kind="follow-up"), note=CANARY), by=clinic.reception, now=clinic.now
    )
    times_held(clinic)
    series_booked(clinic, patient, ["2026-06-09", "2026-06-16"])
    clinic.webhook()
    return world


def times_held(clinic: Clinic) -> None:
    """One for each of three people: there is one still when others were given back."""
    for number, by in enumerate((clinic.second_radiologist, clinic.radiologist, clinic.reception)):
        start = local("2026-03-12", f"1{number}:00")
        ask = HoldRequest(kind="follow-up", start=start, practitioner_id=clinic.practitioner.pk)
        hold_time(ask, by=by, now=clinic.now)


def not_given(visit: Appointment) -> Injection:
    """A procedure that is recorded of this visit, as it is stored."""
    what = {"site": "hamstring-origin", "side": "left", "status": "not-given", "origin": "own", "given": "2026-03-02"}
    return Injection.objects.create(
        patient=visit.patient, appointment=visit, recorded_at=NOW, recorded_on=NOW.date(), reason="Unwell", **what
    )


def address_of(name: str, pk: int | None = None) -> str:
    access = (ACCESS | FHIR)[name]
    of = access.of
    if not of:
        return reverse(name, args=access.args)
    above = [oldest(access.under)] if access.under else []
    return reverse(name, args=[*above, pk or oldest(of)])


def schema_path_of(name: str) -> str:
    """The same as the published schema writes it."""
    path, under = address_of(name), ACCESS[name].under
    if under:
        path = re.sub(r"/\d+/", f"/{{{under}_id}}/", path, count=1)
    return re.sub(r"/\d+/", "/{id}/", path)


def ask(client: Client, method: str, address: str) -> tuple[int, str]:
    response = client.generic(method, address, json.dumps({}), content_type="application/json")
    return response.status_code, response.content.decode(errors="replace")


def test_strangers_get_401_and_the_wrong_role_403_without_a_byte_of_a_patient(populated: World) -> None:
    """Every address × method × (anonymous, no role, each role that may not)."""
    outsider = User.objects.create_user("outsider@clinic.example", None, role="", name="outsider")
    clients = {name: client_with_token(populated.clinic.users[name]) for name in ALL}
    nobody = client_with_token(outsider)
    stranger = Client(raise_request_exception=False)
    for name, access in ACCESS.items():
        for method, allowed in access.methods.items():
            address = address_of(name)
            refused = [(stranger, 401), (nobody, 403)]
            refused += [(clients[role], 403) for role in ALL - allowed]
            for client, status in refused:
                got, content = ask(client, method, address)
                assert (got, name, method) == (status, name, method), content
                assert CANARY not in content


def test_those_who_may_are_let_in(populated: World) -> None:
    """Whoever may gets an answer about the request itself: never 401, 403, 405 or 5xx."""
    clients = {name: client_with_token(populated.clinic.users[name]) for name in ALL}
    for name, access in ACCESS.items():
        for method, allowed in access.methods.items():
            for role in sorted(allowed):
                got, content = ask(clients[role], method, address_of(name))
                assert got < 500, (name, method, role, content)
                # a second withdrawal of the same plan finds nothing
                # and of a visit to come no procedure is recorded yet
                none = {("api-activity", "DELETE"), ("api-appointment-procedure", "GET")}
                expected = {200, 201, 204, 409, 422} | ({404} if (name, method) in none else set())
                assert got in expected, (name, method, role, got, content)


def test_methods_that_do_not_exist_are_405(populated: World) -> None:
    client = client_with_token(populated.clinic.users["manager"])
    for name, access in ACCESS.items():
        for method in METHODS:
            if method not in access.methods:
                assert ask(client, method, address_of(name))[0] == 405, (name, method)


def test_unknown_objects_are_404_and_nonsense_ids_too(populated: World) -> None:
    """An id that nobody has, one that is too large, and what is no id at all."""
    for name, access in ACCESS.items():
        if not access.of:
            continue
        for method, allowed in access.methods.items():
            client = client_with_token(populated.clinic.users[sorted(allowed)[0]])
            got, content = ask(client, method, address_of(name, 999_999_999))
            # a body that is wrong is named before anything is looked up
            assert got in (404, 422), (name, method, got, content)
            for nonsense in ("abc", "0", "-1", "9" * 30, "1e3", "%F0%9F%98%80"):
                address = address_of(name, 999_999_999).replace("999999999", nonsense)
                assert ask(client, method, address)[0] == 404, address


SHOWS_NOBODY = frozenset(
    {
        "api-sites",
        "api-drugs",
        "api-drug",
        "api-slots",
        "api-holds",
        "api-hold",
        "api-waitlist-matches",
        "api-practitioners",
        "api-practitioner",
        "api-rooms",
        "api-room",
        "api-schedules",
        "api-schedule",
        "api-closures",
        "api-closure",
        "api-webhooks",
        "api-webhook-events",
        "api-webhook",
        "api-webhook-deliveries",
        "api-statistic",
        "schema",
        "api-docs",
    }
)
"""Addresses whose answers to a GET show no patient; `api-slots` and `api-waitlist-matches` show one only when asked
about one, or about a time."""


def test_a_look_at_a_patient_is_one_row_and_a_look_at_nobody_none(populated: World) -> None:
    """PRIV2 for the API: every GET that shows patients appends exactly one view row, with all of them."""
    for name, access in ACCESS.items():
        if "GET" not in access.methods or name == "api-statistic":
            continue
        client = client_with_token(populated.clinic.users[sorted(access.methods["GET"])[0]])
        before = Entry.objects.filter(verb="viewed").count()
        of = oldest("recorded") if name == "api-appointment-procedure" else None
        status, content = ask(client, "GET", address_of(name, of))
        rows = list(Entry.objects.filter(verb="viewed").order_by("pk"))[before:]
        assert status in (200, 422), (name, content)
        assert len(rows) == (0 if name in SHOWS_NOBODY else 1), name
        assert all(row.patient_ids and row.subject == name for row in rows), name


def test_a_change_to_a_patient_is_one_view_row_too(populated: World) -> None:
    client = client_with_token(populated.clinic.users["reception"])
    before = Entry.objects.filter(verb="viewed").count()
    status, _ = ask(client, "POST", address_of("api-appointment-arrive"))
    assert status == 409, "it went back to a radiologist: a refusal that shows nobody"
    assert Entry.objects.filter(verb="viewed").count() == before
    response = client.post(
        address_of("api-appointment-cancel"), json.dumps({"reason": "Ill"}), content_type="application/json"
    )
    assert response.status_code == 200
    assert Entry.objects.filter(verb="viewed").count() == before + 1
