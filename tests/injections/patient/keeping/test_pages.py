"""Erasing by its page, what is restricted afterwards at each door, and the page of what is kept how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.models import RetentionRun
from injections.patient.keeping import remove
from injections.patient.keeping.erase import AskedToErase, StillOpen, erase
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import SYSTEM
from scheduling.models import Appointment, Erasure, Message, Patient
from scheduling.patients import link
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.injections.booking.waiting_list.test_fitting import LEFT
from tests.injections.patient.keeping.canaries import CANARIES, somebody
from tests.pages_world import Browser

FORM = {"reason_code": "asked", "reason": "By letter of 1 March"}


def erased(clinic: Clinic, patient: Patient) -> Erasure:
    asked = AskedToErase(number=str(patient.pk), **FORM)
    return erase(patient.pk, asked, by=clinic.manager, now=clinic.now)


def test_a_manager_erases_by_the_page_and_the_reason_is_shown(world: World, manager: Browser) -> None:
    patient = somebody(world.clinic)
    manager.get("patient", patient.pk)
    assert f"/patients/{patient.pk}/erase/" in manager.html
    said = manager.get("patient-erase", patient.pk)
    assert "This cannot be undone." in said
    said = manager.post("patient-erase", patient.pk, data={**FORM, "number": str(patient.pk)})
    assert f"{patient} is erased. What is kept is restricted." in said
    assert "The patient asked for it. By letter of 1 March" in said
    assert not [text for text in CANARIES.values() if text in manager.html]
    for gone in ("/erase/", "/details/", "Book a visit"):
        assert f'patients/{patient.pk}{gone}"' not in manager.html
    entry = Entry.objects.get(verb="patient-erased")
    assert (entry.subject, entry.detail["reason_code"]) == (f"patient:{patient.pk}", "asked")


def test_every_field_that_is_wrong_is_named_at_once(world: World, manager: Browser) -> None:
    patient = world.clinic.patient()
    manager.post("patient-erase", patient.pk, data={}, expect=422)
    assert list(manager.last.context["form"].errors) == ["reason_code", "reason", "number"]
    said = manager.post("patient-erase", patient.pk, data={**FORM, "number": "1234567"}, expect=422)
    assert f"Type the record’s number, {patient.pk}" in said
    assert "By letter of 1 March" in manager.html, "what was typed stays"
    asked = AskedToErase(reason_code="whim", reason=" ", number="7")
    with pytest.raises(Invalid) as refused:
        erase(patient.pk, asked, by=world.clinic.manager, now=NOW)
    assert [one.pointer for one in refused.value.errors] == ["#/reason_code", "#/reason", "#/number"]
    assert Patient.objects.get(pk=patient.pk).email


def test_what_stands_is_named_each_and_nothing_goes(world: World, manager: Browser) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient()
    clinic.book(patient, local("2026-03-24"))
    clinic.answer(patient, {"fever": "yes"})
    put_on(NewWish(patient_id=patient.pk, what=LEFT), by=clinic.reception, now=NOW)
    said = manager.get("patient-erase", patient.pk)
    for one in ("Injection on Tuesday 24 March 2026 at 10:00:", "An open call:", "On the waiting list for"):
        assert one in said
    said = manager.post("patient-erase", patient.pk, data={**FORM, "number": str(patient.pk)}, expect=422)
    assert "This cannot be erased yet." in said
    with pytest.raises(StillOpen) as refused:
        erased(clinic, patient)
    assert len(refused.value.extra["open"]) == 3  # type: ignore[arg-type]  # a list
    assert Patient.objects.get(pk=patient.pk).phone
    assert not Erasure.objects.exists()


def test_only_a_manager_erases(world: World, reception: Browser, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    for who in (reception, radiologist):
        who.get("patient-erase", patient.pk, expect=403)
    with pytest.raises(Forbidden, match="Only a manager erases a patient"):
        erase(patient.pk, AskedToErase(number=str(patient.pk), **FORM), by=world.clinic.radiologist, now=NOW)


def test_afterwards_reception_opens_nothing_of_it(world: World, reception: Browser, radiologist: Browser) -> None:
    """By number, by search, by the API; whoever treats still reads what was injected."""
    clinic = world.clinic
    patient = somebody(clinic)
    visit = clinic.book(patient, local("2026-03-03"), kind="follow-up").appointment
    assert visit is not None
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    message = Message.objects.filter(patient=patient).earliest("pk")
    paths = [f"/patients/{patient.pk}/", f"/patients/{patient.pk}/injections/", f"/appointments/{visit.pk}/"]
    assert [world.reception.get(path).status_code for path in paths] == [200, 200, 200], "before"
    erased(clinic, patient)
    for name, number in (
        *(("patient", patient.pk), ("patient-copy", patient.pk), ("patient-activity", patient.pk)),
        *(("booking-what", patient.pk), ("screening", patient.pk), ("here-now", patient.pk)),
        *(("appointment", visit.pk), ("message", message.pk)),
    ):
        assert "Only radiologists and managers see" in reception.get(name, number, expect=403), name
    assert [world.reception.get(path).status_code for path in paths] == [403, 403, 403]
    assert "Canaryman" not in reception.post("patient-search", data={"text": "Canaryman"}, expect=200)
    assert "Canaryman" in radiologist.post("patient-search", data={"text": "Canaryman"}, expect=200)
    assert "2025" in radiologist.get("patient", patient.pk)
    programs = (world.reception, world.radiologist)
    found = [who.post("/patients/search/", {"text": "Canaryman"}).json()["results"] for who in programs]
    assert [len(one) for one in found] == [0, 1]


def test_nothing_is_added_and_links_say_nothing(world: World, radiologist: Browser) -> None:
    clinic = world.clinic
    patient = somebody(clinic)
    visit = clinic.book(patient, local("2026-03-03"), kind="follow-up").appointment
    assert visit is not None
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    token = link.token_of(visit.pk, visit.link_version)
    opened = link.follow(token)
    assert opened is not None
    assert opened.state is link.State.OPEN
    erased(clinic, patient)
    opened = link.follow(token)
    assert opened is not None
    assert opened.state is link.State.OUT_OF_USE
    refused = world.radiologist.post(f"/patients/{patient.pk}/deceased/", {"on": "2026", "source": "A son"})
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[-1]) == (409, "restricted")
    merge = {"into": str(clinic.patient("Another").pk)}
    assert world.manager.post(f"/patients/{patient.pk}/merge/", merge).status_code == 409
    merged = Patient.objects.get(merged_into=patient)
    assert world.manager.post(f"/patients/{merged.pk}/unmerge/", {}).status_code == 409
    assert world.reception.patch(f"/patients/{patient.pk}/", {"phone": "07700 900111"}).status_code == 403
    assert world.manager.patch(f"/patients/{patient.pk}/", {"phone": "07700 900111"}).status_code == 409
    assert Patient.objects.get(pk=patient.pk).phone == ""


def test_a_message_whose_contents_went_still_opens(world: World, manager: Browser) -> None:
    patient = somebody(world.clinic)
    erased(world.clinic, patient)
    message = Message.objects.filter(patient=patient).earliest("pk")
    assert "What this message said was removed" in manager.get("message", message.pk)
    assert world.manager.get(f"/messages/{message.pk}/preview/").status_code == 409


def test_the_page_of_periods_shows_what_is_due_and_who_is_proposed(world: World, manager: Browser) -> None:
    clinic = world.clinic
    said = manager.get("retention")
    assert "Nothing has been kept long enough to be removed." in said
    assert "Who looked at whom" in said
    old = clinic.patient("Longago", now=NOW - timedelta(days=3000))
    Entry.objects.create(
        at=NOW - timedelta(days=3000), actor_kind="system", actor_name="system", verb="viewed", patient_ids=[old.pk]
    )
    assert remove.report(by=SYSTEM, now=NOW) is not None
    said = manager.get("retention")
    assert "Who looked at whom: 1, older than" in said
    assert "It will be removed from Monday 9 March 2026 at 09:00" in said
    assert "Longago" in said
    assert "This should have been removed by now." not in said
    RetentionRun.objects.update(remove_from=NOW - timedelta(days=1, microseconds=1))
    assert "This should have been removed by now." in manager.get("retention")
    assert f"/patients/{old.pk}/erase/" in manager.html


def test_what_the_page_is_for_managers_alone(reception: Browser, radiologist: Browser) -> None:
    for who in (reception, radiologist):
        who.get("retention", expect=403)
