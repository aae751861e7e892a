"""SEC1: every address × method × role, anonymous and outsider too, from a table.

An address that stands in no table fails. A refusal holds not one byte of a patient.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.doors.records.coming.runs import Stage
from injections.letters.addresses import confirm_address
from injections.models import ClinicalLetter, Injection, WaitingOffer
from pht_clinic.people.models import User
from scheduling.models import Appointment, Message, Patient
from scheduling.patients import link, short_link
from tests.api_world import World, client_with_token
from tests.clinic import NOW, Clinic, local, registered_twice
from tests.conftest import ClockOffset, Share
from tests.injections.booking.series.world import booked as series_booked
from tests.injections.doors.records.coming.bringing import PATIENTS, brought
from tests.scenarios.access_table import ALL
from tests.scenarios.test_api_access import not_given, times_held
from tests.trials import every_url
from tests.trials.every_url import FEEDS, LINKS, OPEN, OWN_ACCOUNT, PAGES, PROGRAMS, SHORT, SIGNING_IN, TOKEN, Address

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE")
CANARIES = ("Quillfeather", "canary-mail", "07700 900987", "9990000018", "canary note")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals need not be logged with their tracebacks."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(db: None, clock_offset: ClockOffset) -> World:
    from tests.clinic import open_clinic

    return fill(World(open_clinic(), clock_offset))


def fill(world: World) -> World:
    """One row of everything that an address can name, about a patient whose data must not leak."""
    world.at(NOW)
    clinic = world.clinic
    patient = clinic.fit_patient(
        "Quillfeather", email="canary-mail@mail.example", phone="07700 900987", nhs_number="9990000018"
    )
    clinic.earlier_injection(patient, "2020-01", note="canary note")
    clinic.known(patient)
    clinic.drug()
    clinic.milder(patient)
    clinic.stands_out()
    clinic.webhook()
    world.book(patient, local("2026-03-10"), note="canary note")
    clinic.book(patient, local("2026-04-21"), kind="exercise-class", note="canary note")
    _file_letter(clinic)
    not_given(Appointment.objects.earliest("pk"))
    clinic.answer(patient, {"fever": "yes"})
    start = local("2026-05-01").isoformat()
    assert world.reception.post(f"/patients/{patient.pk}/activities/", {"kind": "sport", "start": start})
    world.manager.post("/closures/", {"starts_at": "2027-01-01T00:00:00+00:00", "ends_at": "2027-01-02T00:00:00+00:00"})
    registered_twice(clinic, "Quillfeather", email="canary-mail@mail.example", phone="07700 900987")
    _let_wait(clinic, patient)
    series_booked(clinic, patient, ["2026-06-09", "2026-06-16"])
    times_held(clinic)
    brought(clinic, PATIENTS + "Quill,Quillfeather,1980-05-01,,canary-mail@mail.example\r\n", Stage.TRYING)
    assert {one.family_name for one in Patient.objects.all()} == {
        f"Quillfeather{letter}" for letter in ("", "A", "B", "C")
    }
    assert Message.objects.exists()
    return world


def _let_wait(clinic: Clinic, patient: Patient) -> None:
    """On the waiting list, and offered a time, as it is stored."""
    new = NewWish(patient_id=patient.pk, what=Wish(kind="follow-up"), note="canary note")
    wish = put_on(new, by=clinic.reception, now=clinic.now)
    end = {"made_at": clinic.now, "expires_at": local("2026-03-09")}
    WaitingOffer.objects.create(
        wish=wish, start_at=local("2026-03-12"), practitioner=clinic.practitioner, room=clinic.room, **end
    )


def _file_letter(clinic: Clinic) -> None:
    """As it is stored, about a visit that has not taken place."""
    given = Injection.objects.earliest("pk")
    said = {"clinic": ["Clinic"], "to": [], "title": "Quillfeather", "about": [["Patient", "Quillfeather"]]}
    said |= {"rows": [["Site", "canary note"]], "paragraph": "", "warnings": [], "signed": ""}
    ClinicalLetter.objects.create(
        patient=given.patient,
        appointment=Appointment.objects.earliest("pk"),
        injection=given,
        kind="gp",
        version=1,
        content=said,
        recorded_at=clinic.now,
    )
    confirm_address(email="fern@surgery.example", whose="Mill Lane Surgery", by=clinic.manager, now=clinic.now)


@pytest.fixture
def people(world: World) -> dict[str, tuple[Client, Client]]:
    """Everybody who may come, each with a browser and with a program: the roles, one without a role, a stranger."""
    users = {role: world.clinic.users[role] for role in ALL}
    users["no role"] = User.objects.create_user("outsider@clinic.example", None, role="", name="Outsider")
    found = {name: (browser_of(user), client_with_token(user)) for name, user in users.items()}
    stranger = Client(raise_request_exception=False)
    return {**found, "stranger": (stranger, stranger)}


def browser_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def ask(client: Client, method: str, url: str) -> Any:
    """One request whose effect is taken back."""
    with transaction.atomic():
        response = client.generic(method, url, "{}", content_type="application/json")
        response.content  # noqa: B018 - written before the effect is taken back
        transaction.set_rollback(True)
    return response


def in_tables(*names: object) -> Iterator[Address]:
    for address in every_url.addresses():
        if any(address.name in table for table in names):  # type: ignore[operator]
            yield address


def wrong_answers(people: dict[str, tuple[Client, Client]], addresses: Iterable[Address]) -> list[Any]:
    """Every answer that is not the one of the table, or that says something of a patient to whom it must not."""
    found = []
    for address in addresses:
        for method in METHODS:
            told = {
                who: ask(program if address.name in PROGRAMS else browser, method, url_for(address, who))
                for who, (browser, program) in people.items()
                if is_asked(address, method, who)
            }
            # a method that nobody is answered may be refused before anybody is asked who they are
            unknown = all(told[who].status_code == 405 for who in told if may(address, method, who))
            found += [
                f"{address.name}: {method} by {who} is {problem} (status {response.status_code})"
                for who, response in told.items()
                if (problem := what_is_wrong(address, method, who, response, unknown=unknown))
            ]
    return found


def url_for(address: Address, who: str) -> str:
    """Of a time that is held one's own, where one holds any; of everything else the oldest."""
    own = Appointment.holds.filter(held_by__role=who, held_by__email=f"{who}@clinic.example").first()
    return reverse(address.name, args=[own.pk]) if address.name == "api-hold" and own else address.url()


def is_asked(address: Address, method: str, who: str) -> bool:
    """What an address does not answer is refused to everybody alike: asking two of them is enough."""
    is_answered = answers(address, method) if address.name in PROGRAMS else method in ("GET", "POST")
    return is_answered or who in ("radiologist", "no role")


def what_is_wrong(address: Address, method: str, who: str, response: Any, *, unknown: bool) -> str:
    status, content = response.status_code, response.content.decode(errors="replace")
    if status >= 500:
        return "an error"
    if may(address, method, who):
        return "shut out" if status in (401, 403) or leads_to_sign_in(response) else ""
    if any(canary in content or canary in str(response.headers) for canary in CANARIES):
        return "a refusal that names a patient"
    if unknown and status == 405:
        return ""
    if who == "stranger":
        refused = status == 401 if address.name in PROGRAMS else leads_to_sign_in(response)
    else:
        refused = status == 403
    return "" if refused else "let in"


def may(address: Address, method: str, who: str) -> bool:
    if address.name in PROGRAMS:
        return answers(address, method) and who in PROGRAMS[address.name].methods[as_read(method)]
    return who in PAGES[address.name]


def answers(address: Address, method: str) -> bool:
    return as_read(method) in PROGRAMS[address.name].methods


def as_read(method: str) -> str:
    return "GET" if method == "HEAD" else method


def leads_to_sign_in(response: Any) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/account/sign-in/")


def test_sec1_every_address_stands_in_a_table() -> None:
    """A new address must say here who may use it."""
    existing = {address.name for address in every_url.addresses()}
    assert existing == every_url.listed(), (
        "Say who may use a new address: of the API in tests/scenarios/access_table.py, of pages in"
        " tests/trials/every_url.py. Take out there what is no address any more."
    )


def test_sec1_the_api_lets_in_whom_the_table_names_and_nobody_else(
    people: dict[str, tuple[Client, Client]], share: Share
) -> None:
    found = wrong_answers(people, share.of(in_tables(PROGRAMS), one_in=8))
    assert not found, found


def test_sec1_pages_let_in_whom_the_table_names_and_nobody_else(
    people: dict[str, tuple[Client, Client]], share: Share
) -> None:
    found = wrong_answers(people, share.of(in_tables(PAGES), one_in=8))
    assert not found, found


def test_sec1_links_open_for_nobody_by_rank(
    world: World, people: dict[str, tuple[Client, Client]], is_full_trial: bool
) -> None:
    """Neither a forged link nor a real one whose holder does not say the date of birth shows or changes anything."""
    appointment = Appointment.objects.get(kind="injection")
    state = list(Appointment.objects.order_by("pk").values())
    real = link.token_of(appointment.pk, 1)
    for address in in_tables(LINKS, FEEDS):
        for token in (None, real) if address.name in LINKS else (None,):
            for method in METHODS if is_full_trial else METHODS[:2]:
                for who, (browser, _) in people.items():
                    response = ask(browser, method, address.url(token))
                    content = response.content.decode(errors="replace")
                    assert response.status_code < 500, (address.name, method, who)
                    assert not any(canary in content for canary in CANARIES), (address.name, method, who)
                    if token is None:
                        assert response.status_code in (404, 405, 410), (address.name, method, response.status_code)
                    assert list(Appointment.objects.order_by("pk").values()) == state


def test_sec1_a_short_address_leads_to_the_same_door_whoever_asks(people: dict[str, tuple[Client, Client]]) -> None:
    visit = Appointment.objects.get(kind="injection")
    [address] = in_tables(SHORT)
    for method in METHODS:
        for who, (browser, _) in people.items():
            forged, real = (ask(browser, method, address.url(code)) for code in (None, short_link.code_of(visit.pk, 1)))
            is_look = method in ("GET", "HEAD")
            assert (forged.status_code, real.status_code) == ((404, 302) if is_look else (405, 405)), (method, who)
            assert not is_look or real.headers["Location"] == f"/p/{link.token_of(visit.pk, 1)}/"


def test_sec1_open_addresses_say_nothing_of_anybody(people: dict[str, tuple[Client, Client]]) -> None:
    for address in in_tables(OPEN, TOKEN, SIGNING_IN):
        for method in METHODS[:3]:
            for who, (browser, _) in people.items():
                response = ask(browser, method, address.url())
                content = response.content.decode(errors="replace")
                assert response.status_code < 500, (address.name, method, who)
                assert not any(canary in content for canary in CANARIES), (address.name, method, who)
                if address.name in TOKEN:
                    assert response.status_code in (401, 404, 405), (address.name, method, who)


def test_sec1_the_own_account_is_for_those_signed_in(people: dict[str, tuple[Client, Client]]) -> None:
    for address in in_tables(OWN_ACCOUNT):
        for method in METHODS[:2]:
            response = ask(people["stranger"][0], method, address.url())
            # without a session there is nobody to confirm: back to the start
            assert response.status_code in (302, 403, 405), (address.name, method, response.status_code)
            for who, (browser, _) in people.items():
                content = ask(browser, method, address.url()).content.decode(errors="replace")
                assert not any(canary in content for canary in CANARIES), (address.name, method, who)


def test_sec1_the_admin_is_for_staff_and_only_reads(people: dict[str, tuple[Client, Client]]) -> None:
    urls = every_url.admin_addresses()
    assert len(urls) > 5
    for url in urls:
        for who, (browser, _) in people.items():
            for method in ("GET", "POST"):
                response = ask(browser, method, url)
                assert response.status_code in (302, 403, 404), (url, method, who, response.status_code)
                content = response.content.decode(errors="replace")
                assert not any(canary in content for canary in CANARIES), (url, method, who)
