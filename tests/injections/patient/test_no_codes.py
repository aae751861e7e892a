"""A patient about whom everything is recorded that has a code: no page about them shows one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from injections.patient.injections import withdraw_injection
from injections.patient_link.recovery import Answers, answer_recovery
from injections.procedure.record import record_procedure
from injections.safety import codes
from injections.safety.sites import BOOKABLE_SITES
from injections.safety.warning_signs import SIGNS
from injections.visit.arrival import arrive
from pht_clinic.people.actors import PATIENT
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import browser, raw_codes

HOUR = timedelta(hours=1)


def everything(clinic: Clinic) -> tuple[int, int, int]:
    """The patient, a visit that was, and one that waits for a decision."""
    patient = clinic.fit_patient()
    for onset, pain, thinner in zip(
        ("gradual", "sudden", "gradual", "sudden"), codes.PAIN_SITES[4:], codes.BLOOD_THINNER_KINDS, strict=False
    ):
        follow_ups = {"blood_thinner_kind": thinner, "onset": onset, "main_pain_site": pain}
        clinic.answer(
            patient, {"blood_thinner": "yes", "pregnant": "not-sure", "numbness": "not-applicable"}, **follow_ups
        )
    for physiotherapy, response in (("not-possible", None), ("completed", "not-satisfactory")):
        more = {"response": response} if response else {"not_possible_reason": "Cannot travel"}
        clinic.pathway(patient, physiotherapy=physiotherapy, indications=list(codes.INDICATIONS), **more)
    for diagnosis in codes.OTHER_DIAGNOSES[1:4]:
        clinic.report(patient, other_diagnosis=diagnosis, tear="avulsion", modality="mri")
    visit = clinic.book(patient, NOW + 25 * HOUR, override_reason="Please look").appointment
    for site in BOOKABLE_SITES:
        row = clinic.earlier_injection(patient, "2025", site=site, side="both", confirm_new=True).row
    withdraw_injection(row.pk, reason="Another patient's", by=clinic.reception, now=NOW)
    treated = clinic.book(clinic.fit_patient("Cole"), NOW + HOUR).appointment
    assert visit is not None
    assert treated is not None
    arrive(treated.pk, by=clinic.reception, now=NOW + HOUR)
    start = treated.start_at
    given = replace(GIVEN, started_at=start, ended_at=start + HOUR / 3, complications="Fainted", result="part-given")
    record_procedure(treated.pk, given, by=clinic.radiologist, now=start + HOUR)
    answer_recovery(treated.pk, Answers(question="flare-check", signs=tuple(SIGNS)), by=PATIENT, now=start + 25 * HOUR)
    return patient.pk, visit.pk, treated.pk


def test_no_page_about_a_patient_of_whom_everything_is_known_shows_a_code(world: World) -> None:
    clinic = world.clinic
    patient, visit, treated = everything(clinic)
    other = clinic.patient("Elm")
    clinic.answer(other, {"saddle_or_bladder": "yes", "sudden_pop": "yes"})
    clinic.delayed(clinic.fit_patient("Fox"), local("2026-03-24"), "2026-03-05")
    own = browser(clinic.users["radiologist"])
    said = {name: own.get(name, patient) for name in ("patient", "patient-activity", "screening", "pathway")}
    said |= {f"{name} of the visit": own.get(name, visit) for name in ("decision", "appointment")}
    said |= {f"{name} of one treated": own.get(name, treated) for name in ("appointment", "procedure-done")}
    said |= {name: own.get(name) for name in ("home", "call-list", "review-queue", "recall-list", "calendar")}
    found = {name: raw_codes(text) for name, text in said.items() if raw_codes(text)}
    assert not found
