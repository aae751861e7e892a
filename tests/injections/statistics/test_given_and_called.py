"""What was given by whom and where, what was not, how often a patient comes back, and how soon somebody phoned."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from injections.assessment.open_calls import open_call
from injections.models import Call, Injection
from injections.procedure.complications import Noticed, add_complication
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.worklists.close_call import close_call, record_attempt
from tests.clinic import NOW, Clinic
from tests.injections.statistics.test_statistics import booked, by_first, count, give

HALE = "Dr Imogen Hale, hamstring origin"
MINUTE = timedelta(minutes=1)


def not_given(clinic: Clinic, name: str, at: str, code: str = "") -> None:
    visit = booked(clinic, name, "2026-03-10", at)
    said = Procedure(result="not-given", reason="Unwell today", reason_code=code)
    record_procedure(visit.pk, said, by=clinic.radiologist, now=visit.start_at + 10 * MINUTE)


def test_completed_means_given(clinic: Clinic) -> None:
    give(clinic, booked(clinic, "Ash", "2026-03-10", "08:00"))
    not_given(clinic, "Birch", "09:00")
    found = count("appointments")
    assert "1 completed, 0 missed, 0 cancelled, 1 not given." in found.sentence
    assert sum(row[2] for row in found.rows if isinstance(row[2], int)) == 1


def test_injections_by_practitioner_and_site_with_complications_of_1000(clinic: Clinic) -> None:
    give(clinic, booked(clinic, "Ash", "2026-03-10", "08:00"))
    give(clinic, booked(clinic, "Cole", "2026-03-10", "11:00"))
    not_given(clinic, "Birch", "09:00")
    first = Injection.objects.filter(status="given").earliest("pk")
    corrected = {
        field.attname: getattr(first, field.attname)
        for field in Injection._meta.concrete_fields
        if not field.primary_key
    }
    Injection.objects.create(**corrected | {"complications": "Fainted", "supersedes_id": first.pk})
    found = count("procedures")
    assert by_first(found)[HALE] == (2, 1, 1, 500.0)
    assert found.sentence == "2 injections given, 1 not given. 1 complication: 500 per 1,000."
    assert count("not-given").rows == [("Said in words", 1)]


def test_what_was_not_given_is_counted_by_the_kind_of_reason(clinic: Clinic) -> None:
    """In words; records of before there were codes said it in words alone, or by the codes of an incident."""
    for name, at, code in (("Ash", "08:00", "unwell"), ("Birch", "09:00", "unwell"), ("Cole", "10:00", "as-found")):
        not_given(clinic, name, at, code)
    not_given(clinic, "Dale", "11:00")
    rows = count("not-given").rows
    assert rows[0] == ("Unwell, an infection or antibiotics", 2)
    assert set(rows[1:]) == {("As found", 1), ("Said in words", 1)}


def test_injections_of_each_patient_by_year(clinic: Clinic) -> None:
    give(clinic, booked(clinic, "Ash", "2026-03-10", "08:00"))
    give(clinic, booked(clinic, "Cole", "2026-03-10", "11:00"))
    found = count("yearly")
    assert by_first(found)["2026"] == (2, 2, 2, 0, 0)
    assert found.sentence == "2 injections for 2 patients by year, 1.0 each; 3 or more: 0."


@pytest.mark.parametrize("is_tried", [True, False])
def test_minutes_from_a_red_flag_to_the_first_try_and_until_somebody_was_reached(
    clinic: Clinic, is_tried: bool
) -> None:
    clinic.answer(clinic.patient("Ash"), {"fever": "yes"})
    open_call(clinic.patient("Birch"), why=Call.Why.NOT_BETTER, say="Ask", now=NOW)
    call = Call.objects.get(why=Call.Why.RED_FLAG)
    if is_tried:
        record_attempt(call.pk, result="no-answer", by=clinic.reception, now=NOW + 10 * MINUTE)
    said = {"reached": "patient", "spoke_to": "Robin", "said": "A cold"}
    close_call(call.pk, **said, by=clinic.radiologist, now=NOW + 45 * MINUTE)
    found = count("calls")
    first = 10 if is_tried else 45
    assert by_first(found)["Today, a red flag"] == (1, first, 45, 0)
    assert by_first(found)["Not urgent"] == (1, None, None, 1)
    assert f"Half of the red flags were phoned about within {first} minutes." in found.sentence
    assert found.sentence.startswith("2 calls opened, 1 still open.")


def test_complications_of_1000_by_kind_and_by_practitioner_and_site(clinic: Clinic) -> None:
    """Those recorded later count beside what stands in the record itself; of what was not given none does."""
    visits = [booked(clinic, name, "2026-03-10", at) for name, at in (("Ash", "08:00"), ("Cole", "11:00"))]
    for visit in visits:
        give(clinic, visit)
    not_given(clinic, "Birch", "09:00")
    later = NOW + timedelta(days=20)
    for kind, severity in (("bleed", "mild"), ("infection", "severe")):
        noticed = Noticed(kind=kind, severity=severity, on=date(2026, 3, 11))
        add_complication(visits[0].pk, noticed, by=clinic.radiologist, now=later)
    found = count("complications")
    rows = by_first(found)
    assert rows["Infection"] == (1, 2, 500.0)
    assert rows["Faint"] == (0, 2, 0.0)
    assert rows["In words, at the injection"] == (0, 2, 0.0)
    assert rows[f"Infection: {HALE}"] == (1, 2, 500.0)
    assert found.sentence == "2 complications, 1000 per 1,000 injections; severe: 1."
    assert by_first(count("procedures"))[HALE] == (2, 1, 1, 500.0)


@pytest.mark.parametrize(("earlier", "within"), [("2025-11-10", 0), ("2025-11-11", 1), (None, 0)])
def test_repeats_within_4_months_by_practitioner_and_site(clinic: Clinic, earlier: str | None, within: int) -> None:
    visit = booked(clinic, "Ash", "2026-03-10", "08:00")
    give(clinic, visit)
    if earlier:
        clinic.earlier_injection(visit.patient, earlier, by=clinic.reception, now=NOW + timedelta(days=20))
    found = count("repeats")
    assert by_first(found)[HALE] == (1, within, 100.0 * within)
    assert f"{within} of them within 4 months of the last one in the same area and side" in found.sentence
