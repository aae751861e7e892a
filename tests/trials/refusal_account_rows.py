"""The same of people's accounts, which are kept on pages alone, and of whoever was erased."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from injections.patient.keeping.erase import AskedToErase, erase
from pht_clinic.people.models import User
from scheduling.audit import unusual
from scheduling.models import UnusualUse
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import when
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row
from tests.trials.refusal_visit_rows import NO_STAFF_API


@row("no-second-factor", no_api=NO_STAFF_API)
def no_second_factor(world: World) -> Iterator[Door]:
    args, says = [world.clinic.users["reception"].pk], "This person has no second factor."
    yield ByPage(client=at(world, "manager"), name="staff-factor-reset", args=args, says=says)


@row("name-taken", no_api=NO_STAFF_API)
def name_taken(world: World) -> Iterator[Door]:
    form = {"name": "Reception", "email": "nia@clinic.example", "role": "reception"}
    says = "say that this is another person with the same name."
    yield ByPage(client=at(world, "manager"), name="staff-invite", data=form, says=says, typed=["nia@clinic.example"])


@row("not-your-own", no_api=NO_STAFF_API)
def not_your_own(world: World) -> Iterator[Door]:
    User.objects.create_user("other@clinic.example", None, role="manager", name="other")
    use = world.clinic.stands_out()
    UnusualUse.objects.update(user=world.clinic.users["manager"])
    says = "This is about you. Another manager must look at it and close it."
    form = {"word": "Phoned all"}
    yield ByPage(client=at(world, "manager"), name="audit-unusual-close", args=[use.pk], data=form, says=says)


@row("unusual-use-closed", no_api=NO_STAFF_API)
def unusual_use_closed(world: World) -> Iterator[Door]:
    use = world.clinic.stands_out()
    unusual.close(use.pk, word="Phoned all", by=world.clinic.manager, now=world.clinic.now)
    says, form = "Another manager has already closed this.", {"word": "Again"}
    yield ByPage(client=at(world, "manager"), name="audit-unusual-close", args=[use.pk], data=form, says=says)


@row("still-open", no_api="a person is erased on a page alone")
def still_open(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    world.clinic.book(patient, local("2026-03-10"))
    form = {"reason_code": "asked", "reason": "By letter", "number": str(patient.pk)}
    says = "This cannot be erased yet."
    yield ByPage(
        client=at(world, "manager"), name="patient-erase", args=[patient.pk], data=form, says=says, typed=["By letter"]
    )


@row("restricted")
def restricted(world: World) -> Iterator[Door]:
    """Nothing is added to the record, by nobody."""
    patient = world.clinic.fit_patient()
    asked = AskedToErase(reason_code="asked", reason="By letter", number=str(patient.pk))
    erase(patient.pk, asked, by=world.clinic.manager, now=world.clinic.now)
    client, says = at(world, "radiologist"), "This person was erased: the record is kept as it is."
    query = urlencode(when(patient, world.clinic, local("2026-03-10")))
    page = {"client": client, "args": [patient.pk], "query": query, "says": says}
    for name in ("booking-what", "booking-when", "booking-check"):
        yield ByPage(**page, name=name, method="GET")
    yield ByPage(**page, name="booking-check", data={"intent": "book", "note": ""})
    body = world.injection(patient, local("2026-03-10"))
    yield ByApi(api=world.radiologist, path="/appointments/", body=body, says=says)
    elsewhere = {"site": "ischiogluteal-bursa", "side": "left", "given": "2025-06", "steroid": True}
    path = f"/patients/{patient.pk}/injections/"
    yield ByApi(api=world.radiologist, path=path, body={**elsewhere, "origin": "elsewhere"}, says=says)
