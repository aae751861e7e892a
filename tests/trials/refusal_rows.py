"""For every code of a refusal how it comes about, and the page and the API at which it is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import connection
from django.test import Client

from injections.merging.merge import merge_patients
from injections.models import Call, ImagingReport, MilderVerdict
from injections.patient.notes import add_note
from scheduling.models import Patient
from tests.api_world import IT, World
from tests.filled_form import fields_of
from tests.pages_world import LEFT_HAMSTRING
from tests.trials.refusal_doors import ByApi, ByPage, Door, signed_in

NOBODY: Final = 987_654_321
PERSON: Final = {
    "given_name": "Robin",
    "family_name": "Ashdown",
    "former_names": "",
    "date_of_birth": "1 5 1980",
    "nhs_number": "",
    "phone": "07700 900123",
    "email": "other@mail.example",
}
BODY: Final = {"given_name": "Robin", "family_name": "Ashdown", "date_of_birth": "1980-05-01"}
ALLERGY: Final = {"substance": "Latex", "reaction": "Wheals", "said_by": "Her sister"}
INJECTION: Final = {"site": "ischiogluteal-bursa", "side": "left", "origin": "elsewhere"}
NHS_NUMBER: Final = "999 000 0018"
MIXED: Final = "\u0421hen"
"""It begins with a letter of the Cyrillic alphabet."""
ADA: Final = {"given_name": "Ada", "family_name": MIXED, "date_of_birth": "1962-07-09"}
NEW: Final = {"given_name": "Ada", "family_name": "Cohen", "date_of_birth": "9 7 1962"}
Doors = Callable[[World], Iterator[Door]]


@dataclass(frozen=True)
class Row:
    """How a refusal is met. `no_page` and `no_api` say in words why there is no such door."""

    doors: Doors
    no_page: str = ""
    no_api: str = ""


ROWS: Final[dict[str, Row]] = {}


def row(code: str, *, no_page: str = "", no_api: str = "") -> Callable[[Doors], Doors]:
    """Whatever refuses with this code."""

    def add(doors: Doors) -> Doors:
        assert code not in ROWS, code
        ROWS[code] = Row(doors, no_page, no_api)
        return doors

    return add


def at(world: World, name: str) -> Client:
    """A browser in which the clinic's user of this name is signed in."""
    return signed_in(world.clinic.users[name])


def open_sheet(client: Client, name: str, patient: Patient, marker: str) -> dict[str, Any]:
    """A sheet about the left hamstring origin as it opens."""
    page = client.get(f"/patients/{patient.pk}/{name}/", LEFT_HAMSTRING)
    return fields_of(page.content.decode(), marker)


@row("invalid")
def invalid(world: World) -> Iterator[Door]:
    patient = world.clinic.patient()
    wrong = {"substance": "", "reaction": "Wheals", "said_by": ""}
    yield ByPage(
        client=at(world, "reception"),
        name="allergy-add",
        args=[patient.pk],
        data=wrong,
        says="Enter the substance",
        typed=["Wheals"],
        at="id_substance",
    )
    fields = ["#/substance", "#/said_by"]
    path = f"/patients/{patient.pk}/allergies/"
    yield ByApi(api=world.reception, path=path, body=wrong, fields=fields, status=422)


@row("forbidden")
def forbidden(world: World) -> Iterator[Door]:
    """A page that only managers have; a call that only a radiologist may end."""
    client, says = at(world, "reception"), "Your account does not have permission for this."
    yield ByPage(client=client, name="closure-add", method="GET", says=says)
    yield ByPage(client=client, name="closure-add", data={"reason": "Painting"}, says=says)
    world.clinic.answer(world.clinic.patient(), {"fever": "yes"})
    path, body = f"/calls/{Call.objects.get().pk}/close/", {"reached": "patient", "spoke_to": "Robin", "said": "A cold"}
    yield ByApi(api=world.reception, path=path, body=body, says="radiologist", status=403)


@row("not-found")
def missing(world: World) -> Iterator[Door]:
    client = at(world, "reception")
    for name in ("patient", "appointment", "call", "message"):
        yield ByPage(client=client, name=name, args=[NOBODY], method="GET", says="Page not found")
    for path in ("patients", "appointments", "injections", "reports"):
        yield ByApi(api=world.radiologist, method="GET", path=f"/{path}/{NOBODY}/", says="There is no", status=404)


@row("conflict")
def conflict(world: World) -> Iterator[Door]:
    """A death that is recorded already."""
    patient = world.clinic.patient()
    world.clinic.death(patient)
    says = "The death of this patient is recorded already."
    yield ByPage(
        client=at(world, "reception"),
        name="patient-deceased",
        args=[patient.pk],
        data={"on": "2026-03-01", "source": "A second daughter"},
        says=says,
        typed=["A second daughter"],
    )
    body = {"on": "2026-03-01", "source": "A second daughter"}
    yield ByApi(api=world.reception, path=f"/patients/{patient.pk}/deceased/", body=body, says=says)


@row("busy")
def busy(world: World) -> Iterator[Door]:
    """Another connection writes closures and does not end."""
    days = {"from_on": "2026-03-30", "to_on": "2026-03-30", "from_at": "", "to_at": ""}
    body = {"starts_at": "2026-03-30T00:00:00+01:00", "ends_at": "2026-03-31T00:00:00+01:00"}
    says = "Try again in a moment."
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    with psycopg.connect(**wanted) as other:
        other.execute("LOCK TABLE scheduling_closure IN EXCLUSIVE MODE")
        yield ByPage(
            client=at(world, "manager"),
            name="closure-add",
            data={"what": "clinic", **days, "reason": "Painting"},
            says=says,
            typed=["Painting"],
        )
        yield ByApi(api=world.manager, path="/closures/", body={**body, "reason": "Painting"}, says=says, status=503)


@row("idempotency-key-reused", no_page="A page sends no key; a form sent twice is met by its revision.")
def key_reused(world: World) -> Iterator[Door]:
    headers, body = {"Idempotency-Key": "one"}, {**BODY, "family_name": "Birch"}
    assert world.reception.post("/patients/", body, **headers).status_code == 201
    yield ByApi(api=world.reception, path="/patients/", body=BODY, headers=headers, says="another body", status=422)


@row("likely-duplicate")
def likely_duplicate(world: World) -> Iterator[Door]:
    world.clinic.patient()
    client = at(world, "reception")
    yield ByPage(
        client=client,
        name="patient-register",
        data=PERSON,
        says="Is this the same person?",
        asks=True,
        typed=["other@mail.example"],
    )
    yield ByApi(api=world.reception, path="/patients/", body=BODY)


@row("mixed-scripts")
def mixed_scripts(world: World) -> Iterator[Door]:
    patient = world.clinic.patient()
    client, says = at(world, "reception"), "mixes letters of different alphabets"
    form = {**PERSON, "given_name": "Ada", "family_name": MIXED, "date_of_birth": "9 7 1962"}
    yield ByPage(client=client, name="patient-register", data=form, says=says, asks=True, typed=[MIXED])
    form["revision"] = "1"
    yield ByPage(
        client=client, name="patient-correct", args=[patient.pk], data=form, says=says, asks=True, typed=[MIXED]
    )
    yield ByApi(api=world.reception, path="/patients/", body={**BODY, **ADA}, says=says)
    changed = {"family_name": MIXED}
    yield ByApi(api=world.reception, method="PATCH", path=f"/patients/{patient.pk}/", body=changed, says=says)


@row("nhs-number-taken")
def number_taken(world: World) -> Iterator[Door]:
    world.clinic.patient("Birch", nhs_number=NHS_NUMBER)
    other = world.clinic.patient("Cole")
    client, says = at(world, "reception"), "NHS number"
    form = {**PERSON, **NEW, "nhs_number": NHS_NUMBER, "revision": "1"}
    yield ByPage(client=client, name="patient-register", data=form, says=says, asks=True, typed=["Cohen"])
    yield ByPage(client=client, name="patient-correct", args=[other.pk], data=form, says=says, typed=["Cohen"])
    yield ByApi(
        api=world.reception,
        path="/patients/",
        body={**BODY, "family_name": "Cohen", "nhs_number": NHS_NUMBER},
        says=says,
    )


@row("stale-revision")
def stale_revision(world: World) -> Iterator[Door]:
    patient = world.clinic.patient()
    path, says = f"/patients/{patient.pk}/", "was changed by manager"
    assert world.manager.patch(path, {"phone": "07700 900321"}).status_code == 200
    form = {**PERSON, "revision": "1"}
    client, typed = at(world, "reception"), ["other@mail.example"]
    yield ByPage(client=client, name="patient-correct", args=[patient.pk], data=form, says=says, typed=typed)
    body = {"email": "new@mail.example", "revision": 1}
    yield ByApi(api=world.reception, method="PATCH", path=path, body=body, says=says)


@row("already-recorded")
def already_recorded(world: World) -> Iterator[Door]:
    patient = world.clinic.patient()
    world.clinic.allergy(patient)
    client, says = at(world, "reception"), "This is already recorded."
    typed = ["Wheals", "Her sister"]
    yield ByPage(client=client, name="allergy-add", args=[patient.pk], data=ALLERGY, says=says, typed=typed)
    yield ByApi(api=world.reception, path=f"/patients/{patient.pk}/allergies/", body=ALLERGY, says=says)


@row("resembles")
def resembles(world: World) -> Iterator[Door]:
    patient = world.clinic.patient()
    world.clinic.earlier_injection(patient, "2026-01")
    client, says = at(world, "reception"), "Is it one of these?"
    form = {**INJECTION, "given": "14 1 2026", "steroid": "yes"}
    yield ByPage(client=client, name="injection-add", args=[patient.pk], data=form, says=says, typed=["14 1 2026"])
    body = {**INJECTION, "given": "2026-01-14", "steroid": True}
    says = "An injection like this is recorded already."
    yield ByApi(api=world.reception, path=f"/patients/{patient.pk}/injections/", body=body, says=says)


@row("superseded")
def superseded(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    report = ImagingReport.objects.get(patient=patient)
    path = f"/reports/{report.pk}/withdraw/"
    assert world.radiologist.post(path, {"reason": "Another patient's"}).status_code == 200
    says = "This record has already been corrected or withdrawn."
    form = {"reason": "Once more"}
    client = at(world, "radiologist")
    yield ByPage(client=client, name="report-withdraw", args=[report.pk], data=form, says=says, typed=["Once more"])
    yield ByApi(api=world.radiologist, path=path, body=form, says=says)
    old = world.clinic.allergy(patient)
    path = f"/patients/{patient.pk}/allergies/{old.pk}/withdraw/"
    assert world.reception.post(path, {"reason": "A mistake"}).status_code == 200
    client = at(world, "reception")
    yield ByPage(client=client, name="allergy-withdraw", args=[old.pk], data=form, says=says, typed=["Once more"])
    yield ByApi(api=world.reception, path=path, body=form, says=says)


SHEETS: Final = "A program names what it changes: it holds no sheet that grew old."


@row("outranked", no_api=SHEETS)
def outranked(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"fever": "yes"})
    client = at(world, "reception")
    form = open_sheet(client, "screening", patient, "fever") | {"answered_on": "27 2 2026", "fever": "no"}
    says = "Some of these answers are older than what is known, and would not count."
    yield ByPage(client=client, name="screening", args=[patient.pk], data=form, says=says, typed=["27 2 2026"])


@row("answered-meanwhile", no_api=SHEETS)
def answered_meanwhile(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    client = at(world, "reception")
    form = open_sheet(client, "screening", patient, "fever") | {"fever": "not-sure", "answered_on": "2 3 2026"}
    world.radiologist.patch(f"/patients/{patient.pk}/screening/", {"answers": {"fever": "yes"}})
    says = "Somebody else has recorded other answers since this page was opened."
    yield ByPage(client=client, name="screening", args=[patient.pk], data=form, says=says, typed=["2 3 2026"])


@row("changed-meanwhile", no_api=SHEETS)
def changed_meanwhile(world: World) -> Iterator[Door]:
    patient = world.clinic.fit_patient()
    client = at(world, "reception")
    form = open_sheet(client, "pathway", patient, "physiotherapy") | {"response": "unknown"}
    body = {"area": IT, "side": "left", "response": "satisfactory"}
    world.radiologist.patch(f"/patients/{patient.pk}/pathway/", body)
    says = "Somebody else has changed this pathway since the page was opened."
    yield ByPage(client=client, name="pathway", args=[patient.pk], data=form, says=says)


@row("undecided")
def undecided(world: World) -> Iterator[Door]:
    clinic = world.clinic
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=clinic.now)
    add_note(target.pk, text="Allergic to latex", by=clinic.reception, now=clinic.now)
    form, says = {"two_people": "on"}, "Choose whose this is"
    yield ByPage(client=at(world, "manager"), name="patient-unmerge", args=[source.pk], data=form, says=says)
    yield ByApi(api=world.manager, path=f"/patients/{source.pk}/unmerge/")


@row("already-seen")
def already_seen(world: World) -> Iterator[Door]:
    world.clinic.milder(world.clinic.patient())
    seen = MilderVerdict.objects.get()
    path, says = f"/reviews/milder/{seen.pk}/seen/", "A radiologist has already seen this."
    assert world.radiologist.post(path).status_code == 200
    yield ByPage(client=at(world, "radiologist"), name="milder-verdict-seen", args=[seen.pk], says=says)
    yield ByApi(api=world.radiologist, path=path, says=says)


@row("already-closed")
def already_closed(world: World) -> Iterator[Door]:
    world.clinic.answer(world.clinic.patient(), {"fever": "yes"})
    call = Call.objects.get()
    path, body = f"/calls/{call.pk}/close/", {"reached": "patient", "spoke_to": "Robin", "said": "A cold"}
    assert world.radiologist.post(path, body).status_code == 200
    form, says = {"reached": "patient", "said": "A cough"}, "This call has already been recorded."
    client = at(world, "radiologist")
    yield ByPage(client=client, name="call", args=[call.pk], data=form, says=says, typed=["A cough"])
    yield ByApi(api=world.radiologist, path=path, body=body, says=says)
    attempt = {"result": "voicemail", "note": "Please phone us"}
    yield ByApi(api=world.radiologist, path=f"/calls/{call.pk}/attempt/", body=attempt, says=says)
