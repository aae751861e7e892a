"""The dry run: the verdict that a booking would get now. Nothing is stored, and no practitioner is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from injections.answers.screening import answer_screening
from injections.booking.book import check
from injections.booking.request import BookingRequest
from injections.facts.policy import effective_policy
from injections.models import Assessment, Call
from injections.safety.findings import Judgement
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from scheduling.models import Patient
from tests.clinic import FIT, Clinic, local

TUESDAY = local("2026-03-10")


def asked(patient: Patient, **values: Any) -> BookingRequest:
    usual = {
        "kind": "injection",
        "patient_id": patient.pk,
        "start": TUESDAY,
        "site": "hamstring-origin",
        "side": "left",
    }
    return BookingRequest(**usual | values)


def severities(found: Judgement) -> dict[str, str]:
    return {finding.rule: finding.severity.value for finding in found.findings}


def test_it_judges_as_a_booking_would_and_keeps_nothing(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-01-20")
    entries = Entry.objects.count()
    found = check(asked(patient, site="ischiogluteal-bursa"), now=clinic.now)
    assert severities(found)["repeat-interval"] == "critical"
    assert found.verdict == "blocked"
    assert (str(found.review_from), str(found.clear_from)) == ("2026-04-20", "2026-05-20")
    assert not Assessment.objects.filter(verdict="blocked").exists()
    assert not Call.objects.exists()
    assert Entry.objects.count() == entries
    assert check(asked(patient, side="right", site="hip-joint"), now=clinic.now).review_from is None


def test_a_room_without_ultrasound_is_judged_and_any_other_is_taken_to_have_it(clinic: Clinic) -> None:
    """Booking it would be refused on the field; a day's list has to know what stands against it."""
    patient = clinic.fit_patient()
    for room_id, severity in ((clinic.gym.pk, "critical"), (clinic.room.pk, None), (None, None)):
        found = check(asked(patient, room_id=room_id), now=clinic.now)
        assert severities(found).get("ultrasound-guidance") == severity
        assert found.verdict == ("blocked" if severity else "clear")


def test_it_is_over_when_the_request_says_or_when_its_kind_does(clinic: Clinic) -> None:
    """The rest counts from the end: an hour later, and the physiotherapy two days on lies within it."""
    patient = clinic.fit_patient()
    clinic.book(patient, TUESDAY + timedelta(hours=48, minutes=30), kind="physiotherapy")
    for end, severity in (
        (None, "info"),
        (TUESDAY + timedelta(minutes=30), "info"),
        (local("2026-03-10", "11:00"), "critical"),
    ):
        found = check(asked(patient), end=end, now=clinic.now)
        assert severities(found)["rest-window"] == severity, end
    after_one_minute = check(asked(patient), end=TUESDAY + timedelta(minutes=1), now=clinic.now)
    assert after_one_minute.verdict == "clear"


def test_a_visit_counts_while_it_is_booked_in_progress_and_over(clinic: Clinic) -> None:
    """Booked, then begun, then over without an outcome: three months have to pass from its day on."""
    patient = clinic.fit_patient()
    clinic.book(patient, TUESDAY)
    ask = asked(patient, start=local("2026-06-09"))
    for now in (clinic.now, TUESDAY + timedelta(minutes=15), TUESDAY + timedelta(hours=3)):
        found = check(ask, now=now)
        assert severities(found)["repeat-interval"] == "critical", now
        assert str(found.review_from) == "2026-06-10"
        assert "repeat-interval" not in severities(check(replace(ask, side="right"), now=now))


def test_what_was_answered_for_both_sides_counts_for_each(clinic: Clinic) -> None:
    """A wound over the sit bone on both sides; the hip is another place."""
    patient = clinic.patient()
    screening = {"answers": FIT | {"infection_at_site": "yes"}, "answered_at": clinic.now.isoformat()}
    about = {"area": "ischial-tuberosity", "side": "both", "by": clinic.reception, "now": clinic.now}
    answer_screening(patient.pk, screening=screening, **about)
    for site, side, severity in (
        ("hamstring-origin", "left", "critical"),
        ("ischiogluteal-bursa", "right", "critical"),
        ("hip-joint", "left", None),
    ):
        found = check(asked(patient, site=site, side=side), now=clinic.now)
        assert severities(found).get("local-infection") == severity, (site, side)


def test_what_cannot_be_is_named_all_at_once(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    nobody = 10**9
    for ask, end, wrong in (
        (asked(patient, patient_id=nobody), None, ["patient"]),
        (asked(patient, room_id=nobody), None, ["room"]),
        (asked(patient), TUESDAY, ["end"]),
        (asked(patient), TUESDAY - timedelta(minutes=1), ["end"]),
        (asked(patient, patient_id=nobody, room_id=nobody), TUESDAY, ["patient", "room", "end"]),
        (asked(patient, start=None), None, ["start"]),
        (asked(patient, patient_id=None, start=None), None, ["patient", "start"]),
        (asked(patient, side="both"), None, ["side"]),
    ):
        with pytest.raises(Invalid) as refused:
            check(ask, end=end, now=clinic.now)
        assert [error.pointer.removeprefix("#/") for error in refused.value.errors] == wrong


def test_a_kind_without_a_check_is_clear_and_one_that_loads_the_tendon_is_judged(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.book(patient, TUESDAY)
    wednesday = replace(asked(patient), start=TUESDAY + timedelta(days=1), site=None, side=None)
    plain = check(replace(wednesday, kind="follow-up"), now=clinic.now)
    assert (plain.verdict, plain.findings, plain.review_from, plain.clear_from) == ("clear", (), None, None)
    judged = check(replace(wednesday, kind="physiotherapy"), now=clinic.now)
    assert severities(judged) == {"rest-window": "critical"}
    assert plain.rules_version == judged.rules_version == effective_policy().rules_version
