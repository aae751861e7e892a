"""A carer who may speak for the patient: the questions ask who is answering, and it is kept with the answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from injections.assessment.alerts import alerts_about
from injections.models import Call, RecoveryAnswer, Screening
from injections.patient.identity import correct_patient
from scheduling.models import Appointment
from tests.injections.patient_link.conftest import VISIT, Linked, fit_answers
from tests.pages_world import browser

CARER = {"carer_name": "Ruth Dale", "carer_relation": "Daughter", "carer_may_speak": True}


def cared_for(linked: Linked, **carer: Any) -> Appointment:
    """A visit that waits for answers, of somebody with this carer."""
    appointment = linked.without_answers()
    clinic, changes = linked.clinic, {**CARER, **carer}
    correct_patient(appointment.patient_id, changes=changes, by=clinic.reception, now=clinic.now)
    return appointment


def newest() -> Screening:
    return Screening.objects.latest("pk")


def test_who_is_answering_is_asked_first_and_nothing_is_chosen(linked: Linked) -> None:
    pages = linked.opened(cared_for(linked))
    text = pages.get("questions/")
    assert text.index("Who is answering? Me Ruth Dale, my daughter") < text.index("Your pain")
    assert "checked" not in pages.last.content.decode()
    text = pages.post("questions/", 422, **fit_answers())
    assert "Choose who is answering." in text
    assert not Screening.objects.exists()
    pages.post("questions/", **fit_answers(answered_by="carer"))
    row = newest()
    assert (row.answered_by, row.recorded_by) == ("carer", None)


def test_the_patient_may_answer_all_the_same(linked: Linked) -> None:
    linked.opened(cared_for(linked)).post("questions/", **fit_answers(answered_by="patient"))
    assert newest().answered_by == "patient"


def test_the_clinic_reads_who_answered(linked: Linked) -> None:
    clinic, appointment = linked.clinic, cared_for(linked)
    linked.opened(appointment).post("questions/", **fit_answers(answered_by="carer", diabetes="yes"))
    alerts = alerts_about(appointment.patient_id, by=clinic.reception, now=clinic.now)["alerts"]
    assert [one.text for one in alerts.standing] == ["control is not known (2 March 2026, a carer)"]


def test_a_carer_is_named_as_the_patient_would(linked: Linked) -> None:
    pages = linked.opened(cared_for(linked, carer_relation=""))
    assert "Me Ruth Dale Your pain" in pages.get("questions/").replace(" * ", " ")


def test_without_a_carer_who_may_speak_nobody_asks(linked: Linked) -> None:
    """Nor is what is sent all the same believed."""
    pages = linked.opened(cared_for(linked, carer_may_speak=False))
    assert "Who is answering" not in pages.get("questions/")
    pages.post("questions/", **fit_answers(answered_by="carer"))
    assert newest().answered_by == "patient"


def test_nobody_else_can_be_named(linked: Linked) -> None:
    pages = linked.opened(cared_for(linked))
    pages.post("questions/", 422, **fit_answers(answered_by="clinician"))
    assert not Screening.objects.exists()


def test_a_red_flag_is_kept_whoever_says_it(linked: Linked) -> None:
    """Even before it is said who answers: then it counts as the patient's own; the whole answer says it right."""
    pages = linked.opened(cared_for(linked))
    assert "Phone us today" in pages.post("questions/", 422, fever="yes")
    assert newest().answered_by == "patient"
    pages.post("questions/", **fit_answers(fever="yes", answered_by="carer"))
    assert newest().answered_by == "carer"
    assert Call.objects.filter(why="red-flag", closed_at=None).count() == 1


def test_after_the_injection_too_the_clinic_reads_who_answered(linked: Linked) -> None:
    """On the patient's page and on the call that follows; a warning sign waits for nobody to be chosen."""
    appointment = linked.treated()
    clinic = linked.clinic
    correct_patient(appointment.patient_id, changes=CARER, by=clinic.reception, now=clinic.now)
    pages = linked.opened(appointment)
    text = pages.get("recovery/")
    assert text.index("Who is answering? Me Ruth Dale, my daughter") < text.index("Do you have any of these now?")
    linked.at(VISIT + timedelta(hours=26))
    said = {"signs": ["none"], "pain": "9", "change": "worse"}
    assert "Choose who is answering." in pages.post("recovery/", 422, **said)
    assert not RecoveryAnswer.objects.exists()
    pages.post("recovery/", **said, answered_by="carer")
    assert RecoveryAnswer.objects.get().answered_by == "carer"
    assert "said by a carer" in Call.objects.get().say
    shown = browser(clinic.users["reception"]).get("patient", appointment.patient_id)
    assert "question for the day after, said by a carer" in shown
    pages.post("recovery/", signs=["lump"])
    assert RecoveryAnswer.objects.latest("pk").answered_by == "patient"
