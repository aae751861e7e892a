"""For each endpoint that reads a body: one that it accepts. Tests and trials spoil them field by field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from scheduling.models import Appointment, Patient
from tests.api_world import IT, World
from tests.before_needle import BEFORE_NEEDLE
from tests.clinic import FIT, local

Bodies = dict[tuple[str, str], dict[str, Any]]


def accepted_bodies(world: World, patient: Patient) -> Bodies:
    """By URL name and method. The patient must be fit for a left hamstring-origin injection."""
    return {
        **_of_patient(patient),
        **_of_records(),
        **_of_diary(world, patient),
        **_of_waiting(world, patient),
        **_of_series(world, patient),
        **_of_clinic(world),
    }


def _of_patient(patient: Patient) -> Bodies:
    other = Patient.objects.exclude(pk=patient.pk).order_by("pk").values_list("pk", flat=True).first()
    person = {
        "given_name": "Ari",
        "family_name": "Newcome",
        "date_of_birth": "1970-07-07",
        "email": "ari@mail.example",
        "phone": "07700 900789",
        "nhs_number": "9990000018",
        "email_opt_in": True,
        "address": "7 Mill Lane",
        "gp": {"name": "Dr Faulk", "practice": "Mill Lane", "address": "1 Mill Lane", "email": "post@gp.example"},
        "preferred_contact": "letter",
        "language": "Polish",
        "written_language": "de",
        "needs": "Uses a wheelchair",
        "carer": {"name": "Ruth Newcome", "relation": "Daughter", "phone": "07700 900456", "may_speak": True},
    }
    return {
        ("api-patients", "POST"): {**person, "confirm_new": True},
        ("api-patient", "PATCH"): {**person, "revision": None},
        ("api-patient-deceased", "POST"): {"on": "2026-02", "source": "A daughter"},
        ("api-patient-deceased-undo", "POST"): {"reason": "Another patient was meant"},
        ("api-patient-search", "POST"): {"text": "Newcome"},
        ("api-patient-merge", "POST"): {"into": "1", "keep": {}},
        ("api-patient-unmerge", "POST"): {"assign": {}},
        ("api-duplicates", "POST"): {"patient": str(patient.pk), "other": str(other or 0), "note": "One face"},
        ("api-duplicate-dismiss", "POST"): {"reason": "Twins"},
    }


def _of_waiting(world: World, patient: Patient) -> Bodies:
    wish = {
        "kind": "injection",
        "site": "hamstring-origin",
        "side": "left",
        "second": "hip-joint:right",
        "third": "sacroiliac-joint:left",
        "weekdays": [0, 4],
        "after": "09:30",
        "before": "15:00",
        "practitioner": str(world.clinic.practitioner.pk),
        "from": "2026-03-09",
        "to": "2026-04-30",
        "notice_hours": 36,
        "reach": "mail",
        "replaces": None,
        "note": "Rings in the evening",
    }
    free = {"start": local("2026-03-25").isoformat(), "practitioner": str(world.clinic.practitioner.pk)}
    return {
        ("api-waitlist", "POST"): {"patient": str(patient.pk), **wish},
        ("api-waitlist-wish", "PATCH"): {"patient": str(patient.pk), **wish, "revision": None},
        ("api-waitlist-offer", "POST"): {**free, "room": str(world.clinic.room.pk), "minutes": 60},
        ("api-waitlist-offer-answer", "POST"): {"answer": "decline"},
    }


def _of_series(world: World, patient: Patient) -> Bodies:
    place = {"practitioner": str(world.clinic.physiotherapist.pk), "room": str(world.clinic.gym.pk)}
    rule = {"first": local("2026-04-07", "13:00").isoformat(), "every_weeks": 2, "weekdays": [1, 3], "count": 3}
    dates = {"patient": str(patient.pk), "kind": "physiotherapy", **place, **rule, "starts": None}
    return {
        ("api-series-check", "POST"): dates,
        ("api-series", "POST"): {**dates, "note": "Bring shoes", "tell_patient": True},
        ("api-series-move", "POST"): {
            **place,
            "from": "2026-04-01",
            "first": local("2026-04-08", "14:00").isoformat(),
            "starts": None,
            "tell_patient": True,
        },
        ("api-series-cancel", "POST"): {"from": "2026-04-01", "reason": "Is better", "tell_patient": True},
    }


def _of_records() -> Bodies:
    injection = {
        "site": "ischiogluteal-bursa",
        "side": "left",
        "given": "2020-08",
        "steroid": True,
        "drug": "triamcinolone",
        "dose_mg": 40,
        "note": "By letter",
        "origin": "elsewhere",
        "confirm_new": False,
    }
    screening = {
        "area": IT,
        "side": "left",
        "answered_at": "2026-03-01T12:00:00+00:00",
        "answered": {"fever": "2026-03-01T18:00:00+00:00"},
        "answered_by": "carer",
        "answers": FIT,
        "onset": "gradual",
        "injury_on": None,
        "main_pain_site": "sit-bone",
        "pain_side": "left",
        "diabetes_poorly_controlled": "no",
        "surgery_on": None,
        "next_event_on": None,
        "blood_thinner_kind": "several",
        "blood_thinners": ["doac", "antiplatelet"],
        "diabetes_type": "type-2",
        "inr": 2.5,
        "inr_on": "2026-03-01",
    }
    pathway = {
        "area": IT,
        "side": "left",
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "not_possible_reason": None,
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
        "loading_stage": 2,
        "treatments_tried": ["shockwave"],
    }
    report = {
        "modality": "ultrasound",
        "area": IT,
        "side": "left",
        "performed_on": "2026-02-20",
        "tendon": "Semimembranosus",
        "tendinopathy": "yes",
        "tendinopathy_grade": "moderate",
        "bursitis": "no",
        "tear": "partial",
        "tear_grade": "2",
        "tear_size_mm": 3,
        "other_diagnosis": "other",
        "other_diagnosis_text": "A lipoma",
        "findings": "Thickened",
        "conclusion": "Tendinopathy",
        "reported_by": "Dr Elsewhere",
    }
    activity = {"kind": "sport", "start": "2026-05-01T09:00:00+01:00", "agreed_to_move": False}
    since = {"since": "2019-05", "said_by": "The patient"}
    return {
        ("api-patient-allergies", "POST"): {"substance": "Penicillin", "reaction": "Rash", **since},
        ("api-allergy-withdraw", "POST"): {"reason": "It was a virus"},
        ("api-patient-outcomes", "POST"): {
            "occasion": "before",
            "appointment": None,
            "on": "2026-02-20",
            "area": IT,
            "side": "left",
            "answered_by": "carer",
            "pain_sitting": 6,
            "pain_walking": 3,
            "pain_running": 0,
            "strength": "weaker",
            "change": None,
            "visa_h": 55,
            "scored_by": "The physiotherapist",
            "goal": "To run 5 km",
            "goal_reached": None,
            "stage": 2,
            "stage_pain": 4,
        },
        ("api-patient-conditions", "POST"): {"kind": "condition", "name": "Gout", "code": "M10", **since},
        ("api-condition-withdraw", "POST"): {"reason": "Another patient's"},
        ("api-patient-injections", "POST"): injection,
        ("api-injection-correct", "POST"): {**injection, "reason": "A letter came"},
        ("api-injection-withdraw", "POST"): {"reason": "Another patient's"},
        ("api-patient-screening", "PUT"): screening,
        ("api-patient-screening", "PATCH"): screening,
        ("api-patient-pathway", "PUT"): pathway,
        ("api-patient-pathway", "PATCH"): pathway,
        ("api-patient-reports", "POST"): report,
        ("api-report-correct", "POST"): {**report, "reason": "Read again"},
        ("api-report-withdraw", "POST"): {"reason": "Another patient's"},
        ("api-patient-activities", "POST"): activity,
        ("api-call-close", "POST"): {"reached": "patient", "spoke_to": "The patient", "said": "All is well"},
        ("api-appointment-recalled", "POST"): {"note": "Comes in May"},
        ("api-call-attempt", "POST"): {"result": "voicemail", "note": "Please phone us"},
    }


def _of_diary(world: World, patient: Patient) -> Bodies:
    ask = world.injection(patient, local("2026-03-24"), targets=["peritendinous"])
    dry_run = {name: value for name, value in ask.items() if name != "practitioner"}
    return {
        ("api-appointments", "POST"): {
            **ask,
            "note": "By taxi",
            "override_reason": "To be looked at",
            "hold": None,
            "entered_late": False,
        },
        ("api-holds", "POST"): {
            "kind": "follow-up",
            "start": local("2026-03-24", "16:00").isoformat(),
            "practitioner": world.clinic.practitioner.pk,
            "room": world.clinic.room.pk,
        },
        ("api-assessments", "POST"): {**dry_run, "end": local("2026-03-24", "10:30").isoformat(), "replaces": None},
        ("api-appointment-move", "POST"): {
            "start": local("2026-03-25").isoformat(),
            "practitioner": world.clinic.practitioner.pk,
            "room": world.clinic.room.pk,
            "revision": None,
            "override_reason": "To be looked at",
            "hold": None,
        },
        ("api-appointment-cancel", "POST"): {
            "reason": "Ill",
            "by": "patient",
            "reason_code": "unwell",
            "revision": None,
            "tell_patient": True,
        },
        ("api-appointment-targets", "POST"): {
            "targets": ["bursa"],
            "injection": 0,
            "revision": None,
            "override_reason": "To be looked at",
        },
        ("api-class-move", "POST"): {
            "start": local("2026-03-25").isoformat(),
            "practitioner": world.clinic.physiotherapist.pk,
            "room": world.clinic.gym.pk,
            "version": None,
            "tell_patients": True,
        },
        ("api-class-cancel", "POST"): {
            "reason": "Ill",
            "reason_code": "clinic",
            "version": None,
            "tell_patients": True,
        },
        ("api-class-places", "POST"): {"seats": 4, "revision": None},
        ("api-appointment-entered-in-error", "POST"): {"reason": "Wrong patient"},
        ("api-appointment-decision", "POST"): {
            "outcome": "override",
            "reason": "Weighed",
            "reason_code": "other",
            "delay_until": None,
            "question": "",
            "ask_again": [],
            "own_reason": "",
            "revision": None,
        },
        ("api-appointment-answer", "POST"): {"text": "Apixaban", "answered_by": "patient"},
        ("api-consent-withdraw", "POST"): {"said_by": "The patient", "how": "phone", "said": "Not now"},
        ("api-consent-again", "POST"): {"reason": "Phoned back"},
        ("api-appointment-procedure", "POST"): procedure_at(),
        ("api-appointment-procedure-correct", "POST"): {"drug": "triamcinolone", "reason": "Read on the box"},
        ("api-appointment-letter", "POST"): {"kind": "patient-copy", "paragraph": "All went well."},
        ("api-appointment-complication", "POST"): {
            "kind": "bleed",
            "severity": "mild",
            "on": "2026-03-02",
            "note": "A bruise",
        },
    }


def procedure_at() -> dict[str, Any]:
    """What is recorded of the first appointment there is, in the twenty minutes after its start."""
    start = Appointment.objects.order_by("pk").values_list("start_at", flat=True)[0]
    return {
        "result": "given",
        "started_at": (start + timedelta(minutes=5)).isoformat(),
        "ended_at": (start + timedelta(minutes=20)).isoformat(),
        "site": "hamstring-origin",
        "side": "left",
        "targets": ["peritendinous"],
        "drug": "methylprednisolone",
        "steroid": True,
        "dose_mg": 40,
        "strength_mg_ml": 40,
        "volume_ml": 1,
        "batch": "B1",
        "expires_on": "2027-01-31",
        "complications": "",
        "rest_hours": 48,
        "rest_reason": "",
        "reason_code": "other",
        "reason": "As decided",
        "local_anaesthetic": {"drug": "lidocaine", "dose_mg": 20},
        "consent": {"explained": True, "questions_answered": True},
        "checked_today": dict.fromkeys(BEFORE_NEEDLE, True),
        "confirm_site_change": False,
        "note": "Tolerated well",
        "weight_kg": 71.5,
        "time_out_with": "Jo Lindgren",
        "sign_out_with": "Jo Lindgren",
    }


def _of_clinic(world: World) -> Bodies:
    session = {
        "practitioner": world.clinic.practitioner.pk,
        "room": world.clinic.room.pk,
        "weekday": 1,
        "opens": "18:30",
        "closes": "20:00",
        "valid_from": "2026-03-01",
        "valid_to": "2026-12-31",
        "every_weeks": 2,
        "confirm": True,
    }
    closure = {
        "starts_at": "2026-08-01T00:00:00+01:00",
        "ends_at": "2026-08-02T00:00:00+01:00",
        "practitioner": world.clinic.practitioner.pk,
        "room": None,
        "reason": "Training",
        "confirm": True,
    }
    practitioner = {"name": "Dr Noor", "kinds": ["injection"], "active": True}
    room = {"name": "Ultrasound 2", "has_ultrasound": True, "active": True}
    drug = {
        "kind": "steroid",
        "name": "Triamcinolone 40 mg/ml",
        "substance": "triamcinolone",
        "strength_mg_ml": 40,
        "usual_dose_mg": 40,
        "max_injection_mg": 80,
        "max_day_mg": 80,
        "max_mg_per_kg": 2,
        "as_methylprednisolone": 1,
        "particulate": True,
        "source": "The clinic decided it",
        "active": True,
        "batches": [{"batch": "B1", "expires_on": "2027-01-31"}],
    }
    return {
        ("api-drugs", "POST"): drug,
        ("api-drug", "PATCH"): {**drug, "name": "Kenalog 40 mg/ml", "revision": None},
        ("api-practitioners", "POST"): practitioner,
        ("api-practitioner", "PATCH"): {**practitioner, "name": "Dr Vale", "revision": None},
        ("api-rooms", "POST"): room,
        ("api-room", "PATCH"): {**room, "name": "Ultrasound 3", "revision": None},
        ("api-schedules", "POST"): session,
        ("api-schedule", "PATCH"): {**session, "revision": None},
        ("api-closures", "POST"): closure,
        ("api-closure", "PATCH"): {**closure, "revision": None},
    }
