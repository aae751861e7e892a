"""The invented patients come in by the use cases, and among them is whatever the desk has to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from injections.models import WaitingWish
from pht_clinic.demo.clinic import fill
from scheduling.models import Appointment, GroupVisit, Patient, VisitSeries


@pytest.mark.django_db
def test_a_class_a_series_and_somebody_who_waits_are_among_them_and_come_once(tmp_path: Path) -> None:
    for _ in range(2):
        fill(tmp_path)
        [group] = GroupVisit.objects.all()
        together = Appointment.objects.filter(group=group, status="booked")
        assert sorted(together.values_list("patient__family_name", flat=True)) == ["Doyle", "Haddad", "Kowalska"]
        [series] = VisitSeries.objects.all()
        assert Appointment.objects.filter(series=series, status="booked").count() == 6
        assert [wish.patient.family_name for wish in WaitingWish.objects.all()] == ["Abara"]
        assert Patient.objects.count() == 14
