"""Letters are built from the record and filed by version; what was filed stays as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.letters.write import LONGEST, NothingGiven, write_letter
from injections.models import ClinicalLetter, Complication, Injection
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.values import Done
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from tests.clinic import Clinic
from tests.injections.procedure.test_record import AFTER, START, booked, give

GP = {
    "gp_name": "Dr Ada Fern",
    "gp_practice": "Mill Lane Surgery",
    "gp_address": "1 Mill Lane\nAnytown",
    "nhs_number": "9990000093",
}
LATER = AFTER + timedelta(hours=1)


def given(clinic: Clinic, **changes: Any) -> Done:
    """The left hamstring origin, injected on 10 March; with a GP."""
    done = give(booked(clinic), clinic, **changes)
    correct_patient(done.injection.patient_id, changes=GP, by=clinic.reception, now=AFTER)
    return done


def written(done: Done, clinic: Clinic, kind: str = "gp", paragraph: str = "") -> ClinicalLetter:
    who = {"by": clinic.radiologist, "now": LATER}
    return write_letter(done.appointment.pk, kind=kind, paragraph=paragraph, **who)


def test_the_letter_to_the_gp_says_what_was_done_and_what_follows(clinic: Clinic) -> None:
    done = given(clinic, complications="Felt faint,\nfor a minute")
    on, kind = START.date(), Complication.Kind.BLEED
    Complication.objects.create(
        patient=done.injection.patient,
        appointment=done.appointment,
        kind=kind,
        severity="mild",
        on=on,
        recorded_at=AFTER,
        recorded_by_id=clinic.radiologist.user_id,
    )
    said = written(done, clinic, paragraph="Thank you for\n  sending Robin.").content
    assert said["to"] == ["Dr Ada Fern", "Mill Lane Surgery", "1 Mill Lane, Anytown"]
    assert said["title"] == "Injection on 10 March 2026"
    assert dict(said["about"]) == {"Patient": "Robin Birch", "Born": "1 May 1980", "NHS number": "9990000093"}
    assert dict(said["rows"]) == {
        "Site and side": "Left hamstring origin",
        "Target": "Beside the tendon (peritendinous)",
        "Scan": "Ultrasound of 23 February 2026: Tendinopathy yes, bursitis no, tear none.",
        "Given": "triamcinolone 40mg (1 ml × 40 mg/ml)",
        "Batch": "T1234, expires 31 January 2027",
        "Local anaesthetic": "lidocaine 20mg",
        "Given by": "Dr Imogen Hale",
        "Complications": "Felt faint, for a minute; Bleeding or a large bruise (mild, passed by itself), 10 March 2026",
        "Rest until": "Thursday 12 March 2026 at 10:20",
        "For two weeks": "Until 24 March 2026: no sprinting, jumping, racing or heavy lifting with that leg; "
        "build up step by step",
        "Next injection here": "Radiologist review from 10 June 2026, interval free from 10 July 2026",
    }
    assert said["paragraph"] == "Thank you for sending Robin."
    assert ["Call 999 or go to A&E now if you have"] in [block["lines"] for block in said["warnings"]]


def test_the_physiotherapists_letter_says_what_concerns_the_load_and_nothing_else(clinic: Clinic) -> None:
    letter = written(given(clinic), clinic, "physiotherapist")
    labels = [label for label, _ in letter.content["rows"]]
    assert labels == ["Site and side", "Rest until", "For two weeks", "Next injection here"]
    assert [label for label, _ in letter.content["about"]] == ["Patient", "Born", "NHS number"]
    assert letter.content["warnings"]
    for word in ("triamcinolone", "T1234", "lidocaine", "Mill Lane", "Tendinopathy"):
        assert word not in str(letter.content)


def test_two_weeks_of_load_are_said_of_loaded_tendons_alone(clinic: Clinic) -> None:
    elsewhere = {"site": "hip-joint", "targets": ("joint",), "confirm_site_change": True, "reason_code": "as-found"}
    letter = written(given(clinic, reason="Effusion of the joint", **elsewhere), clinic)
    assert "For two weeks" not in dict(letter.content["rows"])


def test_the_same_letter_is_filed_once_and_a_change_makes_the_next_version(clinic: Clinic) -> None:
    """A changed paragraph, or a correction of the record; the older ones stay as they were."""
    done = given(clinic)
    first = written(done, clinic)
    assert written(done, clinic).pk == first.pk
    second = written(done, clinic, paragraph="Please see him soon.")
    patient = written(done, clinic, "patient-copy", "Please see him soon.")
    corrected = correct_injection(
        done.injection.pk, reason="Read wrongly", changes={"batch": "T9999"}, by=clinic.radiologist, now=LATER
    ).row
    third = written(done, clinic, paragraph="Please see him soon.")
    assert [(one.kind, one.version) for one in (first, second, patient, third)] == [
        ("gp", 1),
        ("gp", 2),
        ("patient-copy", 1),
        ("gp", 3),
    ]
    assert third.injection_id == corrected.pk
    assert dict(third.content["rows"])["Batch"].startswith("T9999")
    first.refresh_from_db()
    assert dict(first.content["rows"])["Batch"].startswith("T1234")
    verbs = Entry.objects.filter(verb="letter-written").order_by("pk")
    assert verbs[0].detail == {"kind": "gp", "version": 1}
    assert len(verbs) == 4


def test_only_a_radiologist_writes_one_and_only_of_what_was_given(clinic: Clinic) -> None:
    done = given(clinic)
    for who in (clinic.reception, clinic.manager):
        with pytest.raises(Forbidden, match="Only a radiologist writes"):
            write_letter(done.appointment.pk, kind="gp", paragraph="", by=who, now=LATER)
    withdraw_injection(done.injection.pk, reason="Another patient", by=clinic.radiologist, now=LATER)
    with pytest.raises(NothingGiven):
        written(done, clinic)
    assert Injection.objects.current().count() == 0


def test_nothing_is_written_about_what_was_not_given(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic, result="not-given", reason="Feels unwell")
    with pytest.raises(NothingGiven):
        written(done, clinic)


@pytest.mark.parametrize(
    ("kind", "paragraph", "field"),
    [
        ("fax", "", "#/kind"),
        ("physiotherapist", "Hello", "#/paragraph"),
        ("patient-copy", "x" * (LONGEST + 1), "#/paragraph"),
    ],
)
def test_what_cannot_be_a_letter_is_refused_at_its_field(clinic: Clinic, kind: str, paragraph: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        written(given(clinic), clinic, kind, paragraph)
    assert [error.pointer for error in refused.value.errors] == [field]


def test_without_a_gp_there_is_nobody_to_write_to(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as refused:
        written(give(booked(clinic), clinic), clinic)
    assert "No GP or referrer is recorded" in refused.value.errors[0].detail
