"""H42: an injection beside a tendon opens a window for physiotherapy; where none follows somebody has to arrange it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.cancel import cancel
from injections.merging.merge import merge_patients
from injections.models import PhysiotherapyArranged
from injections.patient.injections import withdraw_injection
from injections.procedure.values import Done
from injections.worklists.physiotherapy import AlreadyArranged, arrange_physiotherapy, to_arrange
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, booked, give
from tests.pages_world import Browser

ENDED = local("2026-03-10", "10:20")
WEEK = timedelta(weeks=1)


def listed(now: datetime = AFTER) -> list[int]:
    """The visits on the list."""
    return [one.appointment_id for one in to_arrange(now=now) if one.appointment_id]


def physiotherapy(done: Done, clinic: Clinic, start: datetime, **values: Any) -> Appointment:
    kind = {"kind": "physiotherapy", **values}
    appointment = clinic.book(done.injection.patient, start, **kind).appointment
    assert appointment is not None
    return appointment


def test_h42_an_injection_that_no_physiotherapy_follows_is_a_task(clinic: Clinic) -> None:
    """At once, until something is booked within 3 weeks; it comes back when that is cancelled."""
    done = give(booked(clinic), clinic)
    assert listed() == [done.appointment.pk]
    visit = physiotherapy(done, clinic, local("2026-03-24"))
    assert listed() == []
    cancel(visit.pk, reason="Ill", by=clinic.reception, now=AFTER)
    assert listed() == [done.appointment.pk]


@pytest.mark.parametrize(("minutes", "is_task"), [(-20, False), (10, True)])
def test_h42_what_starts_after_3_weeks_does_not_follow(clinic: Clinic, minutes: int, is_task: bool) -> None:
    """Three weeks to the minute after its end would do; local clocks change in between, hours are elapsed ones."""
    done = give(booked(clinic), clinic)
    start = ENDED + 3 * WEEK + timedelta(minutes=minutes)
    physiotherapy(done, clinic, start, kind="exercise-class")
    assert (listed() == [done.appointment.pk]) is is_task


@pytest.mark.parametrize(("said", "side", "is_task"), [
    ("ongoing", "left", False), ("completed", "left", True), ("ongoing", "right", True)
])  # fmt: skip  # one case a line
def test_h42_physiotherapy_that_is_going_on_is_no_task(clinic: Clinic, said: str, side: str, is_task: bool) -> None:
    """By the newest pathway of that area and side."""
    from injections.answers.pathway import set_pathway

    done = give(booked(clinic), clinic)
    pathway = {"specialist_assessment": "yes", "physiotherapy": said, "response": "not-satisfactory"}
    place = {"area": "ischial-tuberosity", "side": side}
    set_pathway(done.injection.patient_id, pathway=pathway, **place, by=clinic.reception, now=AFTER)
    assert (listed() == [done.appointment.pk]) is is_task


def test_a_joint_is_no_loaded_tendon_and_what_was_not_given_opens_no_window(clinic: Clinic) -> None:
    joint = {"site": "hip-joint", "targets": ("joint",), "confirm_site_change": True, "reason_code": "as-found"}
    give(booked(clinic), clinic, reason="Effusion", **joint)
    assert listed() == []


def test_an_injection_that_was_withdrawn_or_is_long_ago_is_no_task(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    assert listed(ENDED + 13 * WEEK - timedelta(minutes=1)) == [done.appointment.pk]
    assert listed(ENDED + 13 * WEEK) == []
    withdraw_injection(done.injection.pk, reason="Another patient", by=clinic.radiologist, now=AFTER)
    assert listed() == []


def test_nobody_arranges_physiotherapy_for_the_dead(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    clinic.death(done.injection.patient, "2026-03-10", now=AFTER)
    assert listed() == []


def test_what_is_booked_on_a_merged_record_follows_as_well(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    twin = clinic.patient("Birchtwin")
    assert clinic.book(twin, local("2026-03-24"), kind="physiotherapy").appointment is not None
    assert listed() == [done.appointment.pk]
    merge_patients(twin.pk, into_id=done.injection.patient_id, by=clinic.manager, now=AFTER)
    assert listed() == []


def test_h42_a_task_is_ticked_off_once_with_a_note(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    with pytest.raises(Invalid):
        arrange_physiotherapy(done.appointment.pk, note=" ", by=clinic.reception, now=AFTER)
    with pytest.raises(Forbidden):
        arrange_physiotherapy(done.appointment.pk, note="At home", by=clinic.manager, now=AFTER)
    arrange_physiotherapy(done.appointment.pk, note="With Ms Oak on 17 March", by=clinic.reception, now=AFTER)
    assert listed() == []
    with pytest.raises(AlreadyArranged):
        arrange_physiotherapy(done.appointment.pk, note="Again", by=clinic.reception, now=AFTER)
    assert PhysiotherapyArranged.objects.get().note == "With Ms Oak on 17 March"
    assert Entry.objects.filter(verb="physiotherapy-arranged").count() == 1


def test_there_is_nothing_to_tick_off_where_nothing_was_given(clinic: Clinic) -> None:
    with pytest.raises(Conflict, match="No injection is recorded"):
        arrange_physiotherapy(booked(clinic).pk, note="At home", by=clinic.reception, now=AFTER)


def test_reception_finds_the_list_from_home_and_ticks_one_off(world: World, reception: Browser) -> None:
    done = give(booked(world.clinic), world.clinic)
    world.at(AFTER)
    assert "1 without physiotherapy after an injection" in reception.get("home")
    said = reception.get("physiotherapy-list")
    for words in ("by 31 March 2026", "Robin Birch", "Left hamstring origin", "Find a time", "Done elsewhere"):
        assert words in said
    patient = done.injection.patient_id
    assert f"/patients/{patient}/book/when/?kind=physiotherapy" in reception.html
    assert "Tom Reed" in reception.get("booking-when", patient, kind="physiotherapy")
    reception.get("physiotherapy-arrange", done.appointment.pk)
    said = reception.post("physiotherapy-arrange", done.appointment.pk, data={"note": "With Ms Oak on 17 March"})
    assert "Physiotherapy for Robin Birch is marked as arranged." in said
    assert "No physiotherapy needs arranging." in said
    said = reception.post("physiotherapy-arrange", done.appointment.pk, data={"note": "Again"}, expect=422)
    assert "has already been arranged" in said
