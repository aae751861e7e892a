"""New rules reach open bookings in steps."""

import pytest

from injections import chasing, judgement
from injections.safety.policy import DEFAULT
from scheduling.models import Appointment
from tests.clinic import Clinic, local


def test_new_rules_judge_every_open_booking_again_in_steps(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clinic that tightens the interval to 5 months: what was clear is questioned, some patients at each call."""
    for name in ("Birch", "Cole", "Dean"):
        patient = clinic.fit_patient(name)
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        clinic.earlier_injection(patient, "2025-11-02")
        assert clinic.book(
            patient, local("2026-03-10", {"Birch": "09:00", "Cole": "10:00"}.get(name, "11:00"))
        ).appointment
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}
    assert chasing.reassess_outdated(now=clinic.now) == 0
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(judgement, "effective_policy", lambda: stricter)
    monkeypatch.setattr(chasing, "effective_policy", lambda: stricter)
    assert chasing.outdated_bookings(now=clinic.now).count() == 3
    assert chasing.reassess_outdated(now=clinic.now, at_most=2) == 2
    assert chasing.outdated_bookings(now=clinic.now).count() == 1
    assert chasing.reassess_outdated(now=clinic.now, at_most=2) == 1
    assert set(Appointment.objects.values_list("status", flat=True)) == {"pending"}
    assert chasing.reassess_outdated(now=clinic.now) == 0
