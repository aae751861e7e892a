"""What is recorded of an injection is corrected or withdrawn by a new row, and judged again."""

from datetime import datetime, timedelta

import pytest

from injections.models import Injection
from injections.patient.injections import Superseded, correct_injection, withdraw_injection
from pht_clinic.errors import Invalid
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, booked, give


def test_a_corrected_injection_keeps_the_old_row_and_moves_the_verdicts(clinic: Clinic) -> None:
    """It was no steroid after all: the old row stays readable, the booking waits for the radiologist who had it."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    row = clinic.earlier_injection(patient, "2025-11-20").row
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    done = correct_injection(
        row.pk, reason="It was saline", changes={"steroid": False}, by=clinic.reception, now=clinic.now
    )
    assert Injection.objects.count() == 2
    assert list(Injection.objects.current()) == [done.row]
    assert [one.verdict for one in done.reassessed] == ["review"], "yes to steroid, and none recorded any more"
    with pytest.raises(Superseded):
        withdraw_injection(row.pk, reason="Twice", by=clinic.reception, now=clinic.now)


def test_a_corrected_date_of_our_own_injection_moves_its_rest(clinic: Clinic) -> None:
    """It was given the day before: the end moves with it, and so does what depends on it; a month is not enough."""
    done = give(booked(clinic), clinic)
    with pytest.raises(Invalid):
        correct_injection(
            done.injection.pk, reason="Wrong day", changes={"given": "2026-03"}, by=clinic.radiologist, now=AFTER
        )
    corrected = correct_injection(
        done.injection.pk, reason="Wrong day", changes={"given": "2026-03-09"}, by=clinic.radiologist, now=AFTER
    ).row
    assert isinstance(corrected, Injection)
    assert done.injection.ended_at is not None
    assert corrected.ended_at == done.injection.ended_at - timedelta(days=1)
    assert (corrected.drug, corrected.batch) == ("triamcinolone", "T1234")


@pytest.mark.parametrize(
    ("wall", "minutes", "day", "started", "ended"),
    [
        ("01:30", 20, "2026-03-29", "2026-03-29T01:30+00:00", "2026-03-29T01:50+00:00"),
        ("00:50", 20, "2026-03-29", "2026-03-29T00:50+00:00", "2026-03-29T01:10+00:00"),
        ("01:50", 20, "2025-10-26", "2025-10-26T00:50+00:00", "2025-10-26T01:10+00:00"),
        ("10:00", 30, "2025-07-01", "2025-07-01T09:00+00:00", "2025-07-01T09:30+00:00"),
    ],
)
def test_a_time_carried_to_a_day_without_it_stands_an_hour_later(
    wall: str, minutes: int, day: str, started: str, ended: str, clinic: Clinic
) -> None:
    """01:30 never comes on 29 March 2026: it is 02:30 by summer time then. However long it took stays as it was."""
    done = give(booked(clinic), clinic)
    at = local("2026-03-10", wall)
    row = Injection.objects.get(pk=done.injection.pk)
    values = {one.attname: getattr(row, one.attname) for one in Injection._meta.concrete_fields if not one.primary_key}
    times = {"started_at": at, "ended_at": at + timedelta(minutes=minutes)}
    row = Injection.objects.create(**values | times | {"supersedes_id": row.pk})
    corrected = correct_injection(
        row.pk, reason="Wrong day", changes={"given": day}, by=clinic.radiologist, now=local("2026-04-01")
    ).row
    assert isinstance(corrected, Injection)
    assert corrected.started_at == datetime.fromisoformat(started)
    assert corrected.ended_at == datetime.fromisoformat(ended)
