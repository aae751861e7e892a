"""Injections are entered once, and put right by whom they are for: every field, with what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from injections.assessment.superseding import Superseded
from injections.models import Call, Injection
from injections.patient.injections import correct_injection, withdraw_injection
from injections.patient.resembling import Resembles
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.models import Message
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, booked, give

HOUR = timedelta(hours=1)
TIMES = {"#/started_at", "#/ended_at"}
NUMBING = {"#/local_anaesthetic/drug", "#/local_anaesthetic/dose_mg"}


def named(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {problem.pointer for problem in refused.value.errors}


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


def test_a_likely_double_entry_is_refused_with_the_row_it_resembles(clinic: Clinic) -> None:
    patient = clinic.patient()
    first = clinic.earlier_injection(patient, "2026-01-14").row
    with pytest.raises(Resembles) as refused:
        clinic.earlier_injection(patient, "2026-01", site="hamstring-origin", side="both")
    assert refused.value.extra == {"resembles": [str(first.pk)]}
    clinic.earlier_injection(patient, "2026-01", site="hamstring-origin", side="both", confirm_new=True)
    assert Injection.objects.current().count() == 2
    assert Entry.objects.filter(verb="injection-recorded").order_by("-pk")[0].detail == {"another_than": [first.pk]}


def test_what_was_withdrawn_resembles_nothing_and_what_was_confirmed_is_corrected_in_peace(clinic: Clinic) -> None:
    patient = clinic.patient()
    first = clinic.earlier_injection(patient, "2026-01-14").row
    second = clinic.earlier_injection(patient, "2026-01-14", confirm_new=True).row
    who: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    correct_injection(second.pk, reason="Its drug", changes={"drug": "Depo-Medrone"}, **who)
    third = clinic.earlier_injection(patient, "2025-06-01").row
    with pytest.raises(Resembles):
        correct_injection(third.pk, reason="Its date", changes={"given": "2026-01"}, **who)
    withdraw_injection(first.pk, reason="Twice", **who)
    withdraw_injection(Injection.objects.current().get(drug="Depo-Medrone").pk, reason="Twice", **who)
    correct_injection(third.pk, reason="Its date", changes={"given": "2026-01"}, **who)


def test_an_own_procedure_is_no_second_entry_of_a_letter_unless_confirmed(clinic: Clinic) -> None:
    """A patient tells of the injection that this clinic gave."""
    give(booked(clinic), clinic)
    own = Injection.objects.get()
    clinic.now = AFTER
    with pytest.raises(Resembles):
        clinic.earlier_injection(own.patient, "2026-03", origin="patient-reported")


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [("1980-05-01", False), ("1980-05", False), ("1980", False), ("1980-04-30", True), ("1979", True), (None, False)],
)
def test_nobody_is_injected_before_birth(clinic: Clinic, given: str | None, is_refused: bool) -> None:
    """By the last possible day; the patient was born on 1 May 1980."""
    patient = clinic.patient()
    if not is_refused:
        clinic.earlier_injection(patient, given)
        return
    with pytest.raises(Invalid) as refused:
        clinic.earlier_injection(patient, given)
    assert [(one.pointer, one.detail) for one in refused.value.errors] == [
        ("#/given", "The date is before the date of birth, 1 May 1980.")
    ]


def test_a_correction_to_before_birth_is_refused_with_everything_else(clinic: Clinic) -> None:
    row = clinic.earlier_injection(clinic.patient(), "2025").row
    wrong = {"given": "1970", "side": "up", "dose_mg": Decimal(0), "batch": "B1", "rest_hours": 48}
    with pytest.raises(Invalid) as refused:
        correct_injection(row.pk, reason=" ", changes=wrong, by=clinic.reception, now=clinic.now)
    assert named(refused) == {"#/given", "#/side", "#/dose_mg", "#/batch", "#/rest_hours", "#/reason"}


@pytest.mark.parametrize("who", ["reception", "manager"])
def test_reception_never_unlocks_an_interval_by_an_own_procedure(clinic: Clinic, who: str) -> None:
    """Hazard H4: what a radiologist recorded as done is corrected and withdrawn by a radiologist alone."""
    row = give(booked(clinic), clinic).injection
    by = getattr(clinic, who)
    with pytest.raises(Forbidden):
        correct_injection(row.pk, reason="x", changes={"given": "2025-01-01"}, by=by, now=AFTER)
    with pytest.raises(Forbidden):
        withdraw_injection(row.pk, reason="x", by=by, now=AFTER)
    assert Injection.objects.current().get() == row
    withdraw_injection(row.pk, reason="Wrong patient", by=clinic.second_radiologist, now=AFTER)


def correct(clinic: Clinic, row: Injection, **changes: Any) -> Injection:
    done = correct_injection(row.pk, reason="A slip", changes=changes, by=clinic.radiologist, now=AFTER)
    assert isinstance(done.row, Injection)
    return done.row


def test_every_field_of_an_own_procedure_can_be_corrected(clinic: Clinic) -> None:
    row = give(booked(clinic), clinic).injection
    changes: dict[str, Any] = {
        "targets": ["bursa"],
        "started_at": START + timedelta(minutes=5),
        "ended_at": START + timedelta(minutes=25),
        "strength_mg_ml": Decimal(20),
        "volume_ml": Decimal(2),
        "local_anaesthetic": {"drug": "lidocaine", "dose_mg": Decimal(40)},
        "rest_hours": 72,
        "rest_reason": "Runs",
    }
    new = correct(clinic, row, **changes)
    new.refresh_from_db()
    assert {name: getattr(new, name) for name in changes} == changes | {
        "local_anaesthetic": {"drug": "lidocaine", "dose_mg": "40"}
    }
    rest_over = Message.objects.get(kind="rest-over", status="queued")
    assert rest_over.due_at == local("2026-03-14", "09:00")
    assert not Call.objects.exists()


def test_times_lead_the_date_and_a_date_leads_the_times(clinic: Clinic) -> None:
    row = give(booked(clinic), clinic).injection
    day = timedelta(days=1)
    moved = correct(clinic, row, started_at=START - day, ended_at=START - day + timedelta(minutes=10))
    assert (moved.given, moved.recorded_on.isoformat()) == ("2026-03-09", "2026-03-10")
    back = correct(clinic, moved, given="2026-03-08")
    assert (back.started_at, back.ended_at) == (START - 2 * day, START - 2 * day + timedelta(minutes=10))


def test_a_complication_that_comes_to_light_later_puts_the_patient_on_the_call_list(clinic: Clinic) -> None:
    row = correct(clinic, give(booked(clinic), clinic).injection, complications="Fainted")
    assert [call.why for call in Call.objects.all()] == ["complication"]
    correct(clinic, row, note="Was driven home")
    assert Call.objects.get().say.startswith("A complication of the injection of 10 March 2026: Fainted. ")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"given": "2026-03"}, {"#/given"}),
        ({"given": None}, {"#/given"}),
        ({"given": "2026-02-30"}, {"#/given"}),
        ({"site": "other-site", "side": "both"}, {"#/site", "#/side"}),
        ({"drug": " ", "dose_mg": None}, {"#/drug", "#/dose_mg"}),
        ({"ended_at": START - timedelta(minutes=1)}, {"#/ended_at"}),
        ({"ended_at": START}, {"#/ended_at"}),
        ({"started_at": AFTER + HOUR, "ended_at": AFTER + 2 * HOUR}, TIMES),
        ({"started_at": START - 24 * HOUR, "given": "2026-03-10"}, TIMES),
        ({"rest_hours": 24}, {"#/rest_reason"}),
        ({"volume_ml": Decimal(0), "strength_mg_ml": Decimal(-1)}, {"#/volume_ml", "#/strength_mg_ml"}),
        ({"targets": ["moon"]}, {"#/targets"}),
        ({"local_anaesthetic": {"drug": "", "dose_mg": Decimal(0)}}, NUMBING),
        ({"origin": "elsewhere"}, {"#/origin"}),
    ],
)  # fmt: skip  # one row a line
def test_what_cannot_be_of_an_own_procedure_is_named(clinic: Clinic, changes: dict[str, Any], where: set[str]) -> None:
    row = give(booked(clinic), clinic).injection
    with pytest.raises(Invalid) as refused:
        correct(clinic, row, **changes)
    assert named(refused) == where


def test_a_correction_changes_something(clinic: Clinic) -> None:
    row = give(booked(clinic), clinic).injection
    same = {"given": row.given, "local_anaesthetic": {"drug": "lidocaine", "dose_mg": 20}, "dose_mg": Decimal("40.00")}
    for changes in ({}, same):
        with pytest.raises(Invalid) as refused:
            correct(clinic, row, **changes)
        assert named(refused) == {"#"}
