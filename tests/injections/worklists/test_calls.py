"""The call list: the most urgent first, what comes later is added, an attempt closes nothing, and who ends a call."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from injections.assessment.open_calls import open_call, open_calls
from injections.models import Call, CallAttempt
from injections.worklists.close_call import AlreadyClosed, close_call, record_attempt
from injections.worklists.digest import tell_what_is_due
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.errors import Forbidden, Invalid
from scheduling.messages import desk
from scheduling.models import Message, Patient
from tests.api_world import World, pointers, problem
from tests.clinic import Clinic, local
from tests.injections.patient_link.conftest import Linked
from tests.injections.patient_link.test_recovery import ENDED
from tests.pages_world import browser

HOUR = timedelta(hours=1)
CLINICAL = (Call.Why.WARNING_SIGN, Call.Why.COMPLICATION, Call.Why.RED_FLAG)


def called(clinic: Clinic, why: Call.Why, name: str = "Birch", **values: object) -> Call:
    patient = clinic.patient(name)
    open_call(patient, why=why, say="Phone.", now=clinic.now, **values)  # type: ignore[arg-type]
    return Call.objects.get(patient=patient)


def five(clinic: Clinic) -> None:
    """Five calls, the least urgent waiting longest."""
    called(clinic, Call.Why.NOT_BETTER, "Elm")
    for name, deed in (
        ("Dean", lambda: clinic.answer(clinic.patient("Dean"), {"fever": "yes"})),
        ("Cole", lambda: called(clinic, Call.Why.COMPLICATION, "Cole")),
        ("Birch", lambda: called(clinic, Call.Why.WARNING_SIGN)),
        ("Ash", lambda: clinic.answer(clinic.patient("Ash"), {"saddle_or_bladder": "yes"})),
    ):
        clinic.now += HOUR
        deed()
        assert Patient.objects.filter(family_name=name).exists()


IN_ORDER = ["Ash", "Cole", "Birch", "Dean", "Elm"]


def test_h13_the_most_urgent_is_first_then_who_waits_longest_by_page_api_home_and_digest(world: World) -> None:
    clinic = world.clinic
    five(clinic)
    world.at(clinic.now)
    assert [call.patient.family_name for call in open_calls()] == IN_ORDER
    reception = browser(clinic.users["reception"])
    said = reception.get("call-list")
    assert sorted(IN_ORDER, key=lambda name: said.index(f"Robin {name}, call")) == IN_ORDER
    rows = world.reception.get("/calls/", page_size=3).json()
    assert [row["urgency"] for row in rows["results"]] == [1, 2, 2]
    ids = [row["patient"] for row in rows["results"]]
    assert ids == [str(Patient.objects.get(family_name=name).pk) for name in IN_ORDER[:3]]
    following = world.reception.client.get(rows["next"]).json()
    assert [row["urgency"] for row in following["results"]] == [3, 4]
    assert "5 to call 1 at once" in reception.get("home")
    tell_what_is_due(now=local("2026-03-03", "08:00"))
    [mail] = Message.objects.filter(subject="staff:digest")
    assert "Calls: 5, 1 of them at once" in desk.preview(mail).text


def test_nee15_fever_and_severe_pain_the_day_after_an_injection_come_first(linked: Linked) -> None:
    clinic = linked.clinic
    appointment = linked.treated()
    for number in range(4):
        called(clinic, Call.Why.NOT_BETTER, f"Elm{number}")
    linked.at(ENDED + 25 * HOUR)
    linked.opened(appointment).post("recovery/", signs=["temperature", "severe-pain"], pain="8", change="worse")
    assert next(iter(open_calls())).patient == appointment.patient


def test_h12_a_second_worse_sign_is_added_raises_the_urgency_and_is_told_again(linked: Linked) -> None:
    appointment = linked.treated()
    pages = linked.opened(appointment)
    pages.post("recovery/", signs=["calf"])
    call = Call.objects.get()
    assert call.urgency == Call.Urgency.AFTER_INJECTION
    linked.at(linked.clinic.now + 2 * HOUR)
    pages.post("recovery/", signs=["airway-or-chest"])
    call = Call.objects.get()
    assert call.urgency == Call.Urgency.EMERGENCY
    first, second = call.in_full.split("\n")
    assert "swelling of one calf" in first
    assert second.startswith("Since then, ")
    assert "trouble breathing" in second
    assert Message.objects.filter(subject="staff:call").count() == 2
    said = browser(linked.clinic.users["radiologist"]).get("call-list")
    assert "An emergency" in said
    assert "trouble breathing" in said
    linked.at(linked.clinic.now + 2 * HOUR)
    pages.post("recovery/", signs=["calf"])
    assert Call.objects.get().urgency == Call.Urgency.EMERGENCY


def test_h12_a_second_answer_of_the_same_red_flag_is_added_and_told_again(clinic: Clinic) -> None:
    patient = clinic.patient()
    for answers in ({"fever": "yes"}, {"fever": "yes"}, {"fever": "yes", "unexplained_weight_loss": "yes"}):
        clinic.now += HOUR
        clinic.answer(patient, answers)
    call = Call.objects.get()
    assert "Red flag: fever." in call.say
    assert call.in_full.endswith("Red flag: fever, weight loss.")
    assert call.in_full.count("Since then") == 1
    assert Message.objects.filter(subject="staff:call").count() == 2


@pytest.mark.parametrize("result", CallAttempt.Result.values)
@pytest.mark.parametrize("why", CLINICAL)
def test_h14_an_attempt_is_a_row_of_its_own_and_closes_nothing(clinic: Clinic, why: Call.Why, result: str) -> None:
    call = called(clinic, why)
    for by in (clinic.reception, clinic.radiologist):
        record_attempt(call.pk, result=result, note="Number engaged", by=by, now=clinic.now)
    call.refresh_from_db()
    assert call.closed_at is None
    first, _ = call.attempts.all()
    assert (first.at, first.by_id, first.result) == (clinic.now, clinic.reception.user_id, result)
    with pytest.raises(AppendOnlyError):
        first.save()


@pytest.mark.parametrize("why", CLINICAL)
def test_h14_a_clinical_call_ends_with_a_clinician_who_reached_the_patient(clinic: Clinic, why: Call.Why) -> None:
    call = called(clinic, why)
    said = {"spoke_to": "Voicemail", "said": "Left a message", "now": clinic.now}
    with pytest.raises(Forbidden, match="radiologist"):
        close_call(call.pk, reached="patient", by=clinic.reception, **said)
    for reached in ("", "someone-else"):
        with pytest.raises(Invalid):
            close_call(call.pk, reached=reached, by=clinic.radiologist, **said)
    assert close_call(call.pk, reached="carer", by=clinic.radiologist, **said).closed_at == clinic.now
    with pytest.raises(AlreadyClosed):
        record_attempt(call.pk, result="voicemail", by=clinic.radiologist, now=clinic.now)


def test_reception_sees_why_it_may_not_close_and_records_an_attempt_that_the_list_shows(world: World) -> None:
    call = called(world.clinic, Call.Why.WARNING_SIGN)
    reception = browser(world.clinic.users["reception"])
    said = reception.get("call-list")
    assert "Record the call" not in said
    assert "is closed by a radiologist who reached the patient." in said
    assert "Record the attempt" in reception.get("call", call.pk)
    assert "The patient" not in {label for _, label in reception.last.context["form"].fields["reached"].choices}
    reception.post("call", call.pk, data={"reached": "patient", "said": "All well"}, expect=422)
    said = reception.post("call", call.pk, data={"reached": "voicemail", "said": "Please phone us"})
    assert "The call to Robin Birch stays open." in said
    assert "left a voicemail, Please phone us (reception)" in said
    call.refresh_from_db()
    assert call.closed_at is None


def test_a_radiologist_reaches_somebody_else_and_then_the_patient(world: World) -> None:
    call = called(world.clinic, Call.Why.WARNING_SIGN)
    own = browser(world.clinic.users["radiologist"])
    own.post("call", call.pk, data={"reached": "patient"}, expect=422)
    said = own.post("call", call.pk, data={"reached": "someone-else", "spoke_to": "His daughter", "said": "Is at work"})
    assert "reached somebody else, His daughter: Is at work" in said
    assert "stays open" in said
    said = own.post("call", call.pk, data={"reached": "patient", "said": "A plaster, no fever"})
    assert "The call to Robin Birch is recorded." in said
    call.refresh_from_db()
    assert (call.reached, call.spoke_to) == ("patient", "Robin Birch")


def test_reception_ends_what_is_not_clinical_with_whoever_was_reached(world: World) -> None:
    call = called(world.clinic, Call.Why.NOT_BETTER)
    said = {"reached": "someone-else", "spoke_to": "His wife", "said": "Comes on Friday"}
    assert "is recorded." in browser(world.clinic.users["reception"]).post("call", call.pk, data=said)
    assert Call.objects.get().reached == "someone-else"


def test_the_api_records_attempts_and_closes_with_whom_was_spoken_to(world: World) -> None:
    call = called(world.clinic, Call.Why.WARNING_SIGN)
    path = f"/calls/{call.pk}"
    made = world.reception.post(f"{path}/attempt/", {"result": "no-answer", "note": "Rang twice"})
    assert made.status_code == 201
    assert [(one["result"], one["note"]) for one in made.json()["attempts"]] == [("no-answer", "Rang twice")]
    assert made.json()["closed_at"] is None
    assert pointers(world.reception.post(f"{path}/attempt/", {"result": "letter"})) == {"#/result"}
    said = {"spoke_to": "Robin", "said": "All well"}
    somebody = {**said, "reached": "someone-else"}
    assert pointers(world.radiologist.post(f"{path}/close/", somebody)) == {"#/reached"}
    problem(world.reception.post(f"{path}/close/", said), 403)
    closed = world.radiologist.post(f"{path}/close/", said).json()
    assert (closed["reached"], closed["urgency"]) == ("patient", 2)


def test_the_api_lists_every_reason_with_its_time_and_who_may_close(world: World) -> None:
    clinic = world.clinic
    open_call(clinic.patient("Birch"), why=Call.Why.WARNING_SIGN, say="A calf.", now=clinic.now)
    open_call(clinic.patient("Elm"), why=Call.Why.NOT_BETTER, say="Not better.", now=clinic.now)
    later = clinic.now + HOUR
    open_call(Patient.objects.get(family_name="Birch"), why=Call.Why.WARNING_SIGN, say="Short of breath.", now=later)
    warned, other = world.reception.get("/calls/").json()["results"]
    assert warned["reasons"] == [
        {"at": clinic.now.isoformat(), "text": "A calf."},
        {"at": later.isoformat(), "text": "Short of breath."},
    ]
    assert [one["text"] for one in other["reasons"]] == ["Not better."]
    assert (warned["may_close"], other["may_close"]) == (False, True)
    asked = world.radiologist.get("/calls/", status="all").json()["results"]
    assert [one["may_close"] for one in asked] == [True, True]
    closed = world.radiologist.post(f"/calls/{warned['id']}/close/", {"spoke_to": "Robin", "said": "Went to A&E"})
    assert closed.json()["may_close"] is False


def test_a_reason_that_stood_at_the_end_of_the_text_is_parted_from_it(clinic: Clinic) -> None:
    first, second = "Tuesday 31 March 2026 at 09:05: Worse.", "Monday 2 March 2026 at 09:00: Red: hot."
    texts = f"A calf.\nSince then, {first}\nSince then, {second}"
    Call.objects.create(patient=clinic.patient(), why=Call.Why.WARNING_SIGN, say=texts, opened_at=clinic.now)
    with connection.schema_editor() as editor:
        import_module("injections.migrations.0029_reasons_of_calls").part_reasons(apps, editor)
    call = Call.objects.get()
    assert call.in_full == texts
    assert [(one.at.isoformat(), one.text) for one in call.reasons[1:]] == [
        ("2026-03-31T08:05:00+00:00", "Worse."),
        ("2026-03-02T09:00:00+00:00", "Red: hot."),
    ]
