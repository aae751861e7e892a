"""The facts of patients are read in a fixed number of queries, however many they are and however much is recorded."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.book import check
from injections.facts.history import histories_about, history_about, history_of
from injections.models import Injection, RecoveryAnswer
from injections.patient.activities import plan_activity
from injections.patient.injections import withdraw_injection
from injections.safety.facts import Request
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local

REQUEST = Request(
    start=local("2026-03-24", "09:00"), end=local("2026-03-24", "09:30"), site="hamstring-origin", side="left"
)


def facts_of(patients: list[Patient], clinic: Clinic) -> tuple[list[int], int]:
    """How many injections the facts of each patient hold, and how many queries it took to gather all of them."""
    with CaptureQueriesContext(connection) as captured:
        histories = histories_about(patients, now=clinic.now)
        found = [len(histories[patient.pk].facts(REQUEST).injections) for patient in patients]
    return found, len(captured)


def recorded(clinic: Clinic, *, injections: int) -> Patient:
    """A patient with answers, a pathway, a report, a coming visit and so many earlier injections."""
    patient = clinic.fit_patient()
    for number in range(injections):
        clinic.earlier_injection(patient, f"{2010 + number}-05-01")
    assert clinic.book(patient, local("2026-03-10", "10:00")).assessment
    return patient


def test_the_facts_of_one_patient_take_at_most_8_queries(clinic: Clinic) -> None:
    """Whether nothing is known or much."""
    nobody, somebody = clinic.patient("Ashdown"), recorded(clinic, injections=10)
    (none, few), (many, count) = facts_of([nobody], clinic), facts_of([somebody], clinic)
    assert (none, many) == ([0], [10])
    assert few == count <= 8
    with CaptureQueriesContext(connection) as captured:
        assert len(history_about(somebody, now=clinic.now).injections) == 10
        assert len(history_of(somebody.pk, now=clinic.now).injections) == 10
    assert len(captured) <= 8


def test_rows_read_in_one_statement_are_those_of_their_tables(clinic: Clinic) -> None:
    """Value by value and type by type, but for ranges; an injection that was withdrawn is not among them."""
    patient = recorded(clinic, injections=2)
    clinic.report(patient, tear="partial", tear_grade="low-grade", tear_size_mm=4.5)
    dosed = clinic.earlier_injection(patient, "2025-02", dose_mg=Decimal("40.50")).row
    wrong = clinic.earlier_injection(patient, "2025-03").row
    withdraw_injection(wrong.pk, reason="Somebody else's", by=clinic.reception, now=clinic.now)
    plan_activity(patient.pk, kind="sport", start=local("2026-04-01"), by=clinic.reception, now=clinic.now)
    found = history_about(patient, now=clinic.now)
    assert [row.pk for row in found.injections] == [
        row.pk for row in Injection.objects.filter(patient=patient).current().order_by("pk")
    ]
    assert dosed.pk in [row.pk for row in found.injections]
    assert [row.injection_request.site for row in found.visits] == ["hamstring-origin"]
    read = (*found.injections, *found.visits, *found.activities, *found.screenings, *found.pathways, *found.reports)
    assert len({type(row) for row in read}) == 6
    for row in (*read, found.visits[0].injection_request):
        stored = type(row).objects.get(pk=row.pk)
        for field in row._meta.concrete_fields:
            if field.attname not in row.get_deferred_fields():
                value, kept = getattr(row, field.attname), getattr(stored, field.attname)
                assert (repr(value), type(value)) == (repr(kept), type(kept)), field


def test_the_facts_of_1000_patients_take_as_many_queries_as_those_of_one(clinic: Clinic) -> None:
    """Each gets their own injections, and nobody else's."""
    alone = recorded(clinic, injections=2)
    _, count = facts_of([alone], clinic)
    crowd = Patient.objects.bulk_create(
        Patient(
            given_name="Robin", family_name=f"Number {number}", date_of_birth=date(1980, 1, 1), registered_at=clinic.now
        )
        for number in range(999)
    )
    Injection.objects.bulk_create(
        Injection(
            patient=patient,
            site="ischiogluteal-bursa",
            side="left",
            given="2024-05",
            steroid=True,
            status="given",
            origin="elsewhere",
            recorded_at=clinic.now,
            recorded_on=clinic.now.date(),
        )
        for patient in crowd
    )
    found, of_all = facts_of([alone, *crowd], clinic)
    assert found == [2] + [1] * 999
    assert of_all == count


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((), "Not known whether it helped."),
        ((("recovery-14d", "better"),), "Not known whether it helped."),
        ((("recovery-6wk", "better"),), "It helped."),
        ((("recovery-6wk", "same"),), "It did not help."),
        ((("recovery-6wk", "better"), ("recovery-3mo", "worse")), "It did not help."),
    ],
)
def test_whether_the_last_injection_helped_is_what_the_patient_said_last_after_six_weeks(
    clinic: Clinic, said: tuple[tuple[str, str], ...], words: str
) -> None:
    patient = clinic.fit_patient()
    visit = clinic.book(patient, local("2026-03-10", "10:00")).appointment
    assert visit is not None
    values = {"patient": patient, "appointment": visit, "recorded_at": clinic.now}
    Injection.objects.create(
        **values,
        site="hamstring-origin",
        side="left",
        given="2026-03-10",
        steroid=True,
        origin="own",
        recorded_on=date(2026, 3, 10),
    )
    Appointment.objects.filter(pk=visit.pk).update(status="fulfilled")
    for question, change in said:
        RecoveryAnswer.objects.create(**values, question=question, change=change, pain=2, answered_at=clinic.now)
    judged = check(clinic.ask(patient, local("2026-10-06", "10:00")), now=local("2026-10-01"))
    [repeated] = [finding.message for finding in judged.findings if finding.rule == "repeat-number"]
    assert repeated.endswith(words)
