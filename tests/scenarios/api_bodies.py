"""For each endpoint that reads a body: one that it accepts. Tests and trials spoil them field by field.

They are the examples that the schema shows (`pht_clinic/web/api/examples/`), of the rows of this clinic.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from pht_clinic.web.api.examples import examples
from scheduling.models import Appointment, Patient
from tests.api_world import World

Bodies = dict[tuple[str, str], dict[str, Any]]


def accepted_bodies(world: World, patient: Patient) -> Bodies:
    """By URL name and method. The patient must be fit for a left hamstring-origin injection."""
    return {
        **_of_patient(patient),
        **_of_records(),
        **_of_visits(),
        **_of_diary(world, patient),
        **_of_classes(world),
        **_of_waiting(world, patient),
        **_of_series(world, patient),
        **_of_clinic(world),
    }


def shown(operation: str, **here: Any) -> dict[str, Any]:
    """The body that the schema shows of an operation, with what differs here."""
    return {**deepcopy(examples()[operation]["body"]), **here}


def _of_patient(patient: Patient) -> Bodies:
    other = Patient.objects.exclude(pk=patient.pk).order_by("pk").values_list("pk", flat=True).first()
    return {
        ("api-patients", "POST"): shown("register_patient"),
        ("api-patient", "PATCH"): shown("correct_patient"),
        ("api-patient-deceased", "POST"): shown("record_death"),
        ("api-patient-deceased-undo", "POST"): shown("take_back_death"),
        ("api-patient-search", "POST"): shown("search_patients"),
        ("api-patient-merge", "POST"): shown("merge_patient", into="1"),
        ("api-patient-unmerge", "POST"): shown("unmerge_patient"),
        ("api-duplicates", "POST"): shown("report_duplicate", patient=str(patient.pk), other=str(other or 0)),
        ("api-duplicate-dismiss", "POST"): shown("dismiss_duplicate"),
    }


def _of_waiting(world: World, patient: Patient) -> Bodies:
    practitioner, room = str(world.clinic.practitioner.pk), str(world.clinic.room.pk)
    whose = {"patient": str(patient.pk), "practitioner": practitioner}
    return {
        ("api-waitlist", "POST"): shown("put_on_waiting_list", **whose),
        ("api-waitlist-wish", "PATCH"): shown("change_waiting", **whose),
        ("api-waitlist-offer", "POST"): shown("offer_to_waiting", practitioner=practitioner, room=room),
        ("api-waitlist-offer-answer", "POST"): shown("answer_offer"),
    }


def _of_series(world: World, patient: Patient) -> Bodies:
    place = {"practitioner": str(world.clinic.physiotherapist.pk), "room": str(world.clinic.gym.pk)}
    return {
        ("api-series-check", "POST"): shown("check_series", patient=str(patient.pk), **place),
        ("api-series", "POST"): shown("book_series", patient=str(patient.pk), **place),
        ("api-series-move", "POST"): shown("move_series", **place),
        ("api-series-cancel", "POST"): shown("cancel_series"),
    }


def _of_records() -> Bodies:
    return {
        ("api-patient-allergies", "POST"): shown("record_allergy"),
        ("api-allergy-withdraw", "POST"): shown("withdraw_allergy"),
        ("api-patient-outcomes", "POST"): shown("record_outcome"),
        ("api-patient-conditions", "POST"): shown("record_condition"),
        ("api-condition-withdraw", "POST"): shown("withdraw_condition"),
        ("api-patient-injections", "POST"): shown("record_injection"),
        ("api-injection-correct", "POST"): shown("correct_injection"),
        ("api-injection-withdraw", "POST"): shown("withdraw_injection"),
        ("api-patient-screening", "PUT"): shown("answer_screening"),
        ("api-patient-screening", "PATCH"): shown("change_screening"),
        ("api-patient-pathway", "PUT"): shown("set_pathway"),
        ("api-patient-pathway", "PATCH"): shown("change_pathway"),
        ("api-patient-reports", "POST"): shown("add_report"),
        ("api-report-correct", "POST"): shown("correct_report"),
        ("api-report-withdraw", "POST"): shown("withdraw_report"),
        ("api-patient-activities", "POST"): shown("plan_activity"),
        ("api-call-close", "POST"): shown("close_call"),
        ("api-call-attempt", "POST"): shown("record_call_attempt"),
    }


def _of_diary(world: World, patient: Patient) -> Bodies:
    place = {"practitioner": str(world.clinic.practitioner.pk), "room": str(world.clinic.room.pk)}
    return {
        ("api-appointments", "POST"): shown("book_appointment", patient=str(patient.pk), **place),
        ("api-holds", "POST"): shown("hold_time", **place),
        ("api-assessments", "POST"): shown("assess", patient=str(patient.pk), room=place["room"]),
        ("api-appointment-move", "POST"): shown("move_appointment", **place),
        ("api-appointment-cancel", "POST"): shown("cancel_appointment"),
        ("api-appointment-targets", "POST"): shown("add_targets"),
        ("api-appointment-entered-in-error", "POST"): shown("enter_appointment_in_error"),
    }


def _of_classes(world: World) -> Bodies:
    place = {"practitioner": str(world.clinic.physiotherapist.pk), "room": str(world.clinic.gym.pk)}
    return {
        ("api-class-move", "POST"): shown("move_class", **place),
        ("api-class-cancel", "POST"): shown("cancel_class"),
        ("api-class-places", "POST"): shown("set_places_of_class"),
    }


def _of_visits() -> Bodies:
    return {
        ("api-appointment-decision", "POST"): shown("decide"),
        ("api-appointment-answer", "POST"): shown("answer_information"),
        ("api-appointment-recalled", "POST"): shown("record_recall"),
        ("api-consent-withdraw", "POST"): shown("withdraw_consent"),
        ("api-consent-again", "POST"): shown("agree_to_injection_again"),
        ("api-appointment-procedure", "POST"): procedure_at(),
        ("api-appointment-procedure-correct", "POST"): shown("correct_procedure"),
        ("api-appointment-letter", "POST"): shown("write_letter"),
        # after the procedure of the visit that is asked about
        ("api-appointment-complication", "POST"): shown("add_complication", on="2026-03-02"),
    }


def procedure_at() -> dict[str, Any]:
    """What is recorded of the first appointment there is, in the twenty minutes after its start."""
    start = Appointment.objects.order_by("pk").values_list("start_at", flat=True)[0]
    times = {"started_at": start + timedelta(minutes=5), "ended_at": start + timedelta(minutes=20)}
    return shown("record_procedure", **{name: at.isoformat() for name, at in times.items()})


def _of_clinic(world: World) -> Bodies:
    place = {"practitioner": str(world.clinic.practitioner.pk), "room": str(world.clinic.room.pk)}
    whose = {"practitioner": place["practitioner"]}
    return {
        ("api-drugs", "POST"): shown("add_drug"),
        ("api-drug", "PATCH"): shown("change_drug"),
        ("api-practitioners", "POST"): shown("add_practitioner"),
        ("api-practitioner", "PATCH"): shown("change_practitioner"),
        ("api-rooms", "POST"): shown("add_room"),
        ("api-room", "PATCH"): shown("change_room"),
        ("api-schedules", "POST"): shown("add_schedule", **place),
        ("api-schedule", "PATCH"): shown("change_schedule", **place),
        ("api-closures", "POST"): shown("add_closure", **whose),
        ("api-closure", "PATCH"): shown("change_closure", **whose),
        ("api-webhooks", "POST"): shown("add_webhook"),
        ("api-webhook", "PATCH"): shown("change_webhook"),
        ("api-webhook-replay", "POST"): shown("replay_webhook"),
    }
