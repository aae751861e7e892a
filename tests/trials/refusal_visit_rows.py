"""The same of visits, decisions, messages and the clinic itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.test import Client

from injections.letters.addresses import confirm_address, withdraw_address
from injections.letters.write import write_letter
from injections.patient.identity import correct_patient
from injections.procedure.record import record_procedure
from injections.review.queue import open_for_review
from injections.worklists.physiotherapy import arrange_physiotherapy
from scheduling.clinic.closures import save_closure
from scheduling.models import Appointment
from scheduling.patients import link
from tests.api_world import World
from tests.clinic import local
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import when
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row

START: Final = local("2026-03-10")
OVERRIDE: Final = {"outcome": "override", "reason": "Race of her life", "reason_code": "benefit-outweighs-risk"}
APPROVE: Final = {"outcome": "approve", "reason": "Seen and weighed"}


def booked(world: World, family_name: str = "Birch") -> Appointment:
    """A clear injection on the 10th at 10:00."""
    return Appointment.objects.get(pk=world.book(world.clinic.fit_patient(family_name), START)["id"])


def in_review(world: World, family_name: str = "Birch", given: str = "2025-11-20", **ask: Any) -> Appointment:
    """One that waits for a radiologist because of an injection on this day; asked for by reception, or `by`."""
    patient = world.clinic.fit_patient(family_name)
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, given)
    visit = world.clinic.book(patient, START, **ask).appointment
    assert visit is not None
    return visit


def behind_the_link(visit: Appointment) -> tuple[Client, str]:
    """A patient's browser that opened their pages, and the path of these."""
    client = Client(raise_request_exception=False)
    path = f"/p/{link.token_of(visit.pk, visit.link_version)}/"
    assert client.post(f"{path}open/", {"born_on": "1 5 1980"}).status_code == 302
    return client, path


def move_form(world: World, on: str, revision: int = 1) -> dict[str, Any]:
    """A move by minutes typed into the page."""
    return {"on": on, "at": "10:00", "who": world.clinic.practitioner.pk, "revision": revision, "tell": "yes"}


CANCELLED: Final = {"reason": "Ill again", "reason_code": "patient-unwell"}


@row("blocked")
def blocked(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, "2026-01-20")
    yield ByPage(
        client=at(world, "reception"),
        name="booking-check",
        args=[patient.pk],
        query=urlencode(when(patient, world.clinic, START)),
        data={"intent": "book", "note": "Likes mornings"},
        says="radiologist",
        typed=["Likes mornings"],
    )
    body = world.injection(patient, START)
    yield ByApi(api=world.reception, path="/appointments/", body=body, says="does not allow this", status=422)
    visit = booked(world, "Cole")
    world.clinic.earlier_injection(visit.patient, "2026-03-01")
    visit.refresh_from_db()
    form = {**move_form(world, "2026-03-11", visit.revision), "override_reason": ""}
    page = {"client": at(world, "reception"), "name": "appointment-move", "args": [visit.pk]}
    yield ByPage(**page, data=form, says="radiologist", typed=["10:00"])
    body = {"start": local("2026-03-11").isoformat()}
    path = f"/appointments/{visit.pk}/move/"
    yield ByApi(api=world.reception, path=path, body=body, says="does not allow this", status=422)
    more = {"targets": ["bursa"], "revision": visit.revision}
    yield ByPage(**{**page, "name": "appointment-targets"}, data=more, says="Nothing was added.")
    path = f"/appointments/{visit.pk}/targets/"
    yield ByApi(api=world.reception, path=path, body=more, says="does not allow this", status=422)


@row("clash")
def clash(world: World) -> Iterator[Door]:
    booked(world)
    other = world.clinic.fit_patient("Cole")
    client, says = at(world, "reception"), "already taken"
    yield ByPage(
        client=client,
        name="booking-check",
        args=[other.pk],
        query=urlencode(when(other, world.clinic, START)),
        data={"intent": "book", "note": "Likes mornings"},
        says="taken",
        typed=["Likes mornings"],
    )
    yield ByApi(api=world.reception, path="/appointments/", body=world.injection(other, START), says=says)
    visit = world.clinic.book(other, local("2026-03-11")).appointment
    assert visit is not None
    form = {**move_form(world, "2026-03-10"), "override_reason": "She travels"}
    yield ByPage(
        client=client, name="appointment-move", args=[visit.pk], data=form, says=says, typed=["10:00", "She travels"]
    )
    body = {"start": START.isoformat()}
    yield ByApi(api=world.reception, path=f"/appointments/{visit.pk}/move/", body=body, says=says)
    place = {"practitioner": world.clinic.practitioner.pk, "room": world.clinic.room.pk}
    yield ByApi(api=world.reception, path="/holds/", body={"kind": "follow-up", **body, **place}, says=says)


@row("deceased")
def deceased(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    world.clinic.death(patient)
    client, says = at(world, "reception"), "This patient has died."
    query = urlencode(when(patient, world.clinic, START))
    page = {"client": client, "args": [patient.pk], "query": query, "says": says}
    for name in ("booking-what", "booking-when", "booking-check"):
        yield ByPage(**page, name=name, method="GET")
    yield ByPage(**page, name="booking-check", data={"intent": "book", "note": ""})
    yield ByApi(api=world.reception, path="/appointments/", body=world.injection(patient, START), says=says)


@row("wrong-state")
def wrong_state(world: World) -> Iterator[Door]:
    """Everything that can be asked of a visit, of one that was cancelled long ago."""
    visit = booked(world)
    path = f"/appointments/{visit.pk}"
    assert world.reception.post(f"{path}/cancel/", {"reason": "Ill"}).status_code == 200
    world.at(world.clinic.now + timedelta(hours=1))
    client = at(world, "reception")
    typed: list[tuple[str, dict[str, Any], list[str]]] = [
        ("arrive", {}, []),
        ("no-show", {}, []),
        ("undo", {}, []),
        ("cancel", {**CANCELLED, "tell": "yes", "revision": 2}, ["Ill again"]),
        ("move", {**move_form(world, "2026-03-11", 2), "override_reason": "She travels"}, ["10:00", "She travels"]),
    ]
    for word, form, kept in typed:
        name = f"appointment-{word}"
        yield ByPage(client=client, name=name, args=[visit.pk], data=form, says=SAYS.get(word, CANNOT), typed=kept)
        body = BODIES.get(word, {})
        yield ByApi(api=world.reception, path=f"{path}/{word}/", body=body, says=SAYS.get(word, CANNOT))
    more = {"targets": ["bursa"], "revision": 2, "override_reason": "She travels"}
    add = {"client": client, "name": "appointment-targets", "args": [visit.pk], "data": more}
    yield ByPage(**add, says=SAYS["move"], typed=["She travels"])
    yield ByApi(api=world.reception, path=f"{path}/targets/", body=more, says=SAYS["move"])
    client = at(world, "radiologist")
    says = "This appointment does not wait for a decision."
    form = {**APPROVE, "revision": 2}
    typed_reason = [APPROVE["reason"]]
    yield ByPage(client=client, name="decision", args=[visit.pk], data=form, says=says, typed=typed_reason)
    yield ByApi(api=world.radiologist, path=f"{path}/decision/", body=APPROVE, says=says)


CANNOT: Final = "An appointment that is cancelled cannot become"
SAYS: Final = {
    "no-show": "This is not possible while the appointment is cancelled.",
    "undo": "it can no longer be undone",
    "move": "This is not possible while the appointment is cancelled.",
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "cancel": {"reason": "Ill again"},
    "move": {"start": local("2026-03-11").isoformat()},
}


@row("too-late", no_api="Only a patient is bound by the notice, and their door is their link.")
def too_late(world: World) -> Iterator[Door]:
    visit = booked(world)
    client, path = behind_the_link(visit)
    world.at(START - timedelta(hours=1))
    for name in ("change", "cancel"):
        for method in ("GET", "POST"):
            data = {"revision": 1, "reason": ""}
            yield ByPage(client=client, name=f"{path}{name}/", method=method, data=data, says="phone us")


ONLY_IN_A_RACE: Final = "The page offers what is clear at that instant, so it is met only between two looks."


@row("not-clear", no_page=ONLY_IN_A_RACE, no_api="Only a patient's link asks for a time that must be clear.")
def not_clear(world: World) -> Iterator[Door]:
    yield from ()


@row("critical-stands")
def critical_stands(world: World) -> Iterator[Door]:
    visit = in_review(world, given="2026-01-10", override_reason="Asked for by the surgeon")
    says, client = "A critical finding stands", at(world, "radiologist")
    form = {**APPROVE, "revision": visit.revision}
    yield ByPage(client=client, name="decision", args=[visit.pk], data=form, says=says, typed=["Seen and weighed"])
    yield ByApi(api=world.radiologist, path=f"/appointments/{visit.pk}/decision/", body=APPROVE, says=says)


@row("call-open")
def call_open(world: World) -> Iterator[Door]:
    visit = in_review(world, given="2026-01-10", override_reason="Asked for by the surgeon")
    world.clinic.answer(visit.patient, {"fever": "yes"})
    visit.refresh_from_db()
    says, client = "Phone the patient and record the call first", at(world, "radiologist")
    form = {**OVERRIDE, "revision": visit.revision, "confirmed": "yes"}
    yield ByPage(client=client, name="decision", args=[visit.pk], data=form, says=says, typed=["Race of her life"])
    yield ByApi(api=world.radiologist, path=f"/appointments/{visit.pk}/decision/", body=OVERRIDE, says=says)


@row("own-request")
def own_request(world: World) -> Iterator[Door]:
    visit = in_review(world, by=world.clinic.radiologist)
    says, client = "You cannot decide on a visit that you asked for yourself.", at(world, "radiologist")
    form = {**APPROVE, "revision": visit.revision}
    yield ByPage(client=client, name="decision", args=[visit.pk], data=form, says=says)
    path = f"/appointments/{visit.pk}/decision/"
    yield ByApi(api=world.radiologist, path=path, body=APPROVE, says=says, status=403)


@row("read-by-colleague", no_api="A program does not open a case: it reads it and decides.")
def read_by_colleague(world: World) -> Iterator[Door]:
    visit = in_review(world)
    open_for_review(visit.pk, by=world.clinic.second_radiologist, now=world.clinic.now)
    says = "opened this case a few minutes ago"
    yield ByPage(client=at(world, "radiologist"), name="review-open", args=[visit.pk], says=says)


@row("nothing-asked")
def nothing_asked(world: World) -> Iterator[Door]:
    visit = in_review(world)
    says = "There is no open question to the patient about this visit."
    form = {"text": "None at all", "answered_by": "carer"}
    client = at(world, "reception")
    typed = ["None at all"]
    yield ByPage(client=client, name="appointment-answer", args=[visit.pk], method="GET", says=says)
    yield ByPage(client=client, name="appointment-answer", args=[visit.pk], data=form, says=says, typed=typed)
    yield ByApi(api=world.reception, path=f"/appointments/{visit.pk}/answer/", body=form, says=says)
    client, path = behind_the_link(visit)
    yield ByPage(client=client, name=f"{path}asked/", data=form, says="What you typed was not saved", typed=typed)


@row("not-to-be-called-back")
def not_to_be_called_back(world: World) -> Iterator[Door]:
    visit = booked(world)
    says, form = "There is nobody to call back about this visit.", {"note": "Is better"}
    client = at(world, "reception")
    yield ByPage(client=client, name="recall", args=[visit.pk], method="GET", says="There is nobody to call back")
    yield ByPage(client=client, name="recall", args=[visit.pk], data=form, says=says, typed=["Is better"])
    yield ByApi(api=world.reception, path=f"/appointments/{visit.pk}/recalled/", body=form, says=says)


@row("hits-bookings")
def hits_bookings(world: World) -> Iterator[Door]:
    visit = booked(world)
    days = {"from_on": "2026-03-10", "to_on": "2026-03-10", "from_at": "", "to_at": ""}
    yield ByPage(
        client=at(world, "manager"),
        name="closure-add",
        data={"what": "clinic", **days, "reason": "Painting"},
        says=str(visit.patient),
        typed=["Painting"],
    )
    ill = {"what": f"practitioner-{visit.practitioner_id}", **days, "reason": "Has a fever"}
    client = at(world, "reception")
    yield ByPage(client=client, name="outage", data=ill, says=str(visit.patient), typed=["Has a fever"])
    body = {"starts_at": "2026-03-10T00:00:00+00:00", "ends_at": "2026-03-11T00:00:00+00:00", "reason": "Painting"}
    yield ByApi(api=world.manager, path="/closures/", body=body)


@row("wrong-closure", no_api="What is closed at short notice is lifted on its page alone.")
def wrong_closure(world: World) -> Iterator[Door]:
    """The desk lifts nothing that a manager planned."""
    planned = {"starts_at": START, "ends_at": START + timedelta(hours=1), "reason": "Painting"}
    row = save_closure(None, planned, by=world.clinic.manager, now=world.clinic.now).row
    says, client = "This closure was planned by a manager.", at(world, "reception")
    yield ByPage(client=client, name="outage-lift", args=[row.pk], says=says)
    yield ByPage(client=client, name="outage-lift", args=[row.pk], method="GET", says=says)


NO_STAFF_API: Final = "Accounts are kept on pages alone."


@row("own-account", no_api=NO_STAFF_API)
def own_account(world: World) -> Iterator[Door]:
    form = {"name": "Maeve", "role": "reception", "active": "on", "revision": 1}
    says, own = "You cannot remove your own permissions.", world.clinic.users["manager"]
    yield ByPage(client=at(world, "manager"), name="staff-member", args=[own.pk], data=form, says=says, typed=["Maeve"])


@row(
    "last-manager",
    no_page="Whoever asks is a manager, so that another one stays: it is met only while they lose their own rights.",
    no_api=NO_STAFF_API,
)
def last_manager(world: World) -> Iterator[Door]:
    yield from ()


@row("same-words", no_api="The wording of messages is kept on pages alone.")
def same_words(world: World) -> Iterator[Door]:
    client, args = at(world, "manager"), ["scheduling-confirmed"]
    standard = client.get("/clinic/messages/scheduling-confirmed/").context["form"].initial
    form = {**standard, "revision": 0, "deed": "save", "reason": "Market day"}
    says = "Nothing is different from the wording in use."
    yield ByPage(client=client, name="wording", args=args, data=form, says=says, typed=["Market day"])


def treated(world: World) -> Appointment:
    """An injection that was given this morning."""
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient(), local("2026-03-02", "10:00")).appointment
    assert visit is not None
    given = replace(GIVEN, started_at=visit.start_at, ended_at=visit.start_at + timedelta(minutes=20))
    record_procedure(visit.pk, given, by=clinic.radiologist, now=visit.start_at + timedelta(minutes=30))
    world.at(visit.start_at + timedelta(hours=1))
    return visit


NO_LETTER_API: Final = "Letters are written, read and sent on pages alone."


@row("nothing-given", no_api=NO_LETTER_API)
def nothing_given(world: World) -> Iterator[Door]:
    visit, says = booked(world), "Nothing is recorded as injected at this visit"
    form, client = {"kind": "patient-copy", "paragraph": "Thank you"}, at(world, "radiologist")
    yield ByPage(client=client, name="letter-write", args=[visit.pk], data=form, says=says, typed=["Thank you"])


@row("not-for-sending", no_api=NO_LETTER_API)
def not_for_sending(world: World) -> Iterator[Door]:
    visit = treated(world)
    letter = write_letter(
        visit.pk, kind="physiotherapist", paragraph="", by=world.clinic.radiologist, now=world.clinic.now
    )
    says = "Only the patient’s copy is sent to the patient, as a link."
    yield ByPage(client=at(world, "radiologist"), name="letter-send", args=[letter.pk], says=says)


@row("address-not-confirmed", no_api=NO_LETTER_API)
def address_not_confirmed(world: World) -> Iterator[Door]:
    visit, clinic = treated(world), world.clinic
    who = {"by": clinic.reception, "now": clinic.now}
    correct_patient(visit.patient_id, changes={"gp_name": "Dr Fern", "gp_email": "fern@surgery.example"}, **who)
    now = visit.start_at + timedelta(hours=1)
    letter = write_letter(visit.pk, kind="gp", paragraph="", by=clinic.radiologist, now=now)
    other = confirm_address(email="oak@physio.example", whose="Jo Oak", by=clinic.manager, now=clinic.now)
    says = "oak@physio.example is not the address of the patient’s GP or referrer."
    client, form = at(world, "reception"), {"address": other.pk}
    yield ByPage(client=client, name="letter-send-on", args=[letter.pk], data=form, says=says)


@row("address-withdrawn", no_api=NO_LETTER_API)
def address_withdrawn(world: World) -> Iterator[Door]:
    who = {"by": world.clinic.manager, "now": world.clinic.now}
    address = confirm_address(email="oak@physio.example", whose="Jo Oak", **who)
    withdraw_address(address.pk, reason="She left", **who)
    client, form, says = at(world, "manager"), {"reason": "She moved"}, "oak@physio.example was withdrawn."
    yield ByPage(client=client, name="address-withdraw", args=[address.pk], data=form, says=says, typed=["She moved"])


@row("already-arranged", no_api="Physiotherapy to arrange is a list of pages alone.")
def already_arranged(world: World) -> Iterator[Door]:
    visit, clinic = treated(world), world.clinic
    arrange_physiotherapy(visit.pk, note="At her gym", by=clinic.reception, now=visit.end_at)
    says, form = "Physiotherapy after this visit has already been arranged.", {"note": "With Jo, on Friday"}
    client = at(world, "reception")
    yield ByPage(
        client=client, name="physiotherapy-arrange", args=[visit.pk], data=form, says=says, typed=["With Jo, on Friday"]
    )
