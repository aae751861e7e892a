"""Calls as Task: why, how urgent, each attempt and whom it reached."""

from __future__ import annotations

from datetime import timedelta

from injections.assessment.open_calls import open_call
from injections.doors.coded.own import system_of
from injections.models import Call
from injections.worklists.close_call import close_call, record_attempt
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import only, shown

HOUR = timedelta(hours=1)


def called(clinic: Clinic, patient: Patient, why: Call.Why = Call.Why.WARNING_SIGN, **values: object) -> Call:
    open_call(patient, why=why, say="Phone.", now=clinic.now, **values)  # type: ignore[arg-type]
    return Call.objects.get(patient=patient)


def test_a_red_flag_is_a_task_with_its_rule_and_what_to_say(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.answer(patient, {"fever": "yes"})
    told, call = only(clinic, "Task"), Call.objects.get()
    assert (told["status"], told["intent"], told["priority"]) == ("requested", "order", "urgent")
    assert told["code"]["coding"][0]["code"] == "red-flag"
    assert told["reasonCode"]["coding"] == [{"system": system_of("rule"), "code": call.rule}]
    assert told["for"] == {"reference": f"Patient/{patient.pk}"}
    assert told["description"] == call.say
    assert told["authoredOn"] == told["lastModified"] == "2026-03-02T09:00:00Z"
    assert not {"owner", "output", "note", "executionPeriod"} & told.keys()


def test_priorities_follow_the_order_of_the_call_list(clinic: Clinic) -> None:
    for name, why, values in (
        ("Ash", Call.Why.NOT_BETTER, {}),
        ("Birch", Call.Why.RED_FLAG, {}),
        ("Cole", Call.Why.WARNING_SIGN, {}),
        ("Dean", Call.Why.COMPLICATION, {"is_emergency": True}),
    ):
        called(clinic, clinic.patient(name), why, **values)
    assert [one["priority"] for one in shown(clinic, "Task")] == ["routine", "urgent", "asap", "stat"]


def test_an_attempt_begins_it_and_a_call_that_reached_somebody_completes_it(clinic: Clinic) -> None:
    call = called(clinic, clinic.patient())
    by = {"by": clinic.radiologist}
    record_attempt(call.pk, result="voicemail", note="Asked to call back", now=clinic.now + HOUR, **by)
    tried = only(clinic, "Task")
    assert (tried["status"], tried["lastModified"]) == ("in-progress", "2026-03-02T10:00:00Z")
    assert tried["note"] == [
        {
            "authorReference": {"type": "Practitioner", "display": "radiologist"},
            "time": "2026-03-02T10:00:00Z",
            "text": "Attempt to phone, left a voicemail: Asked to call back",
        }
    ]
    close_call(call.pk, reached="carer", spoke_to="A sister", said="All well", now=clinic.now + 2 * HOUR, **by)
    done = only(clinic, "Task")
    assert (done["status"], done["owner"]["display"]) == ("completed", "radiologist")
    assert done["executionPeriod"] == {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T11:00:00Z"}
    assert done["output"][0]["valueCodeableConcept"]["text"] == "a carer: A sister"
    assert done["note"][-1]["text"] == "All well"


def test_what_came_later_is_a_note_with_its_time(clinic: Clinic) -> None:
    patient = clinic.patient()
    called(clinic, patient)
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Phone again.", now=clinic.now + HOUR)
    told = only(clinic, "Task")
    assert [(one["time"], one["text"]) for one in told["note"]] == [("2026-03-02T10:00:00Z", "Phone again.")]
    assert told["meta"]["lastUpdated"] == told["lastModified"] == "2026-03-02T10:00:00Z"
