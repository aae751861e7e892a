"""Late cancellations and missed visits on the patient's page: which count, and the clinic's rule in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.cancel import Why, cancel
from injections.booking.undo import undo
from injections.merging.merge import merge_patients
from injections.patient.late_and_missed import late_and_missed
from injections.patient.record import patient_record
from injections.visit.arrival import no_show
from pht_clinic.people.actors import PATIENT
from scheduling.models import AppointmentChange, Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.pages_world import Browser, browser

START = local("2026-03-10", "10:00")
SECOND = timedelta(seconds=1)


def follow_up(clinic: Clinic, patient: Patient, start: datetime = START) -> int:
    booked = clinic.book(patient, start, kind="follow-up").appointment
    assert booked is not None
    return int(booked.pk)


def counted(patient: Patient, now: datetime) -> tuple[int, int]:
    found = late_and_missed((visit.appointment for visit in patient_record(patient.pk).visits), now=now)
    return found.late, found.missed


def is_a_warning(desk: Browser) -> bool:
    """Whether the page's words on it are a warning."""
    before, _, _ = desk.last.content.decode().partition("<p><strong>In the last 12 months")
    return before.rstrip().endswith('<div class="notice notice--warning">')


@pytest.mark.parametrize(
    ("before", "who", "late"),
    [
        (timedelta(hours=24), "patient", 0),
        (timedelta(hours=24) - SECOND, "patient", 1),
        (timedelta(minutes=5), "patient", 1),
        (timedelta(minutes=5), "clinic", 0),
        (timedelta(minutes=5), "", 0),
    ],
)
def test_late_is_what_the_patient_cancels_within_24_hours(
    clinic: Clinic, before: timedelta, who: str, late: int
) -> None:
    patient = clinic.patient()
    cancel(follow_up(clinic, patient), reason=Why("Said so", who), by=clinic.reception, now=START - before)
    assert counted(patient, START) == (late, 0)


def test_what_was_stored_before_who_and_why_were_two_values_counts_too(clinic: Clinic) -> None:
    patient = clinic.patient()
    cancel(follow_up(clinic, patient), reason="Said so", by=clinic.reception, now=START - SECOND)
    line = AppointmentChange.objects.get(verb="cancel")
    before = {name: getattr(line, name) for name in ("appointment_id", "verb", "by_id", "by_name", "to_status")}
    AppointmentChange.objects.create(
        **before, at=START - SECOND, revision=9, reason="Said so", reason_code="patient-unwell"
    )
    assert counted(patient, START) == (1, 0)


def test_the_hours_are_the_clinics(clinic: Clinic, settings: Any) -> None:
    settings.LATE_CANCELLATION_HOURS, settings.PATIENT_NOTICE_HOURS = 48, 1
    patient = clinic.patient()
    why = Why("By the patient.", "patient", "other")
    cancel(follow_up(clinic, patient), reason=why, by=PATIENT, now=START - timedelta(hours=30))
    assert counted(patient, START) == (1, 0)


def test_what_is_taken_back_does_not_count(clinic: Clinic) -> None:
    patient = clinic.patient()
    visit = follow_up(clinic, patient)
    clinic.now = START - timedelta(hours=1)
    cancel(visit, reason=Why("Ill", "patient", "unwell"), by=clinic.reception, now=clinic.now)
    undo(visit, by=clinic.reception, now=clinic.now)
    assert counted(patient, clinic.now) == (0, 0)


def test_twelve_months_by_the_day_of_the_visit(clinic: Clinic) -> None:
    patient = clinic.patient()
    visit = follow_up(clinic, patient)
    no_show(visit, by=clinic.reception, now=START + timedelta(minutes=20))
    assert counted(patient, local("2027-03-09", "23:59")) == (0, 1)
    assert counted(patient, local("2027-03-10", "00:00")) == (0, 0)


def test_merged_records_count_together_and_the_page_says_the_rule(world: World) -> None:
    clinic = world.clinic
    first, second = clinic.patient("Birch"), clinic.patient("Birche")
    desk = browser(clinic.users["reception"])
    assert "late cancellation" not in desk.get("patient", first.pk)
    for patient, at in ((first, "09:20"), (second, "10:00"), (second, "11:20")):
        start = local("2026-03-02", at)
        visit = follow_up(clinic, patient, start)
        if at != "09:20":
            no_show(visit, by=clinic.reception, now=start + timedelta(minutes=30))
        else:
            cancel(visit, reason=Why("Ill", "patient", "unwell"), by=clinic.reception, now=start - SECOND)
    said = desk.get("patient", first.pk)
    assert "In the last 12 months: 1 late cancellation, 0 missed visits." in said
    assert "A late cancellation is one that the patient makes less than 24 hours before the visit." in said
    assert "From 3 of both together, somebody should talk to the patient about what gets in the way" in said
    assert not is_a_warning(desk)
    merge_patients(second.pk, into_id=first.pk, by=clinic.manager, now=clinic.now)
    said = desk.get("patient", first.pk)
    assert "1 late cancellation, 2 missed visits. " in said
    assert "Talk to them about what gets in the way; nothing is refused because of it." in said
    assert is_a_warning(desk)
    # and nothing is: the next visit is booked as ever
    assert clinic.book(first, local("2026-03-11", "10:00"), kind="follow-up").appointment is not None
