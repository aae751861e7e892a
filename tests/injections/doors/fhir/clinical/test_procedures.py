"""Injections as Procedure: as exact as they are known, from wherever they are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.complications import Noticed, add_complication
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import only, shown
from tests.injections.doors.fhir.conftest import as_user, found
from tests.injections.statistics.test_statistics import booked, give

SNOMED = "http://snomed.info/sct"


def own_codes(concept: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["code"] for one in concept["coding"] if one["system"] != SNOMED]


def test_an_injection_from_elsewhere_says_where_on_which_side_and_of_what(clinic: Clinic) -> None:
    patient = clinic.patient()
    row = clinic.earlier_injection(patient, "2025-08", drug="Triamcinolone 40 mg", note="From the GP").row
    told = only(clinic, "Procedure")
    assert (told["id"], told["status"]) == (str(row.pk), "completed")
    assert told["subject"] == {"reference": f"Patient/{patient.pk}"}
    assert told["performedDateTime"] == "2025-08"
    assert own_codes(told["code"]) == ["steroid"]
    site, side = told["bodySite"]
    assert own_codes(site) == ["ischiogluteal-bursa"]
    assert side["coding"][0]["system"] == SNOMED
    [drug] = told["contained"]
    assert (told["usedReference"], drug["code"]) == ([{"reference": "#drug"}], {"text": "Triamcinolone 40 mg"})
    assert told["note"] == [{"text": "From the GP"}]
    assert told["recorder"]["display"] == "reception"
    [recorded] = told["extension"]
    assert recorded["valueDateTime"] == "2026-03-02"
    assert not {"performer", "asserter", "performedPeriod", "complication"} & told.keys()


@pytest.mark.parametrize(
    ("given", "shown_as"),
    [("2025", "2025"), ("2025-08", "2025-08"), ("2025-08-14", "2025-08-14"), (None, None)],
    ids=["year", "month", "day", "unknown"],
)
def test_its_date_is_as_exact_as_it_is_known(clinic: Clinic, given: str | None, shown_as: str | None) -> None:
    clinic.earlier_injection(clinic.patient(), given)
    assert only(clinic, "Procedure").get("performedDateTime") == shown_as


@pytest.mark.parametrize(
    ("steroid", "code"), [(True, "steroid"), (False, "no-steroid"), (None, "unknown")], ids=["yes", "no", "unknown"]
)
def test_whether_it_was_a_steroid_is_never_guessed(clinic: Clinic, steroid: bool | None, code: str) -> None:
    clinic.earlier_injection(clinic.patient(), "2025-08", steroid=steroid)
    assert own_codes(only(clinic, "Procedure")["code"]) == [code]


def test_one_that_the_patient_reports_names_them(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-08", origin="patient-reported")
    assert only(clinic, "Procedure")["asserter"] == {"reference": f"Patient/{patient.pk}"}


def test_a_correction_is_another_resource_and_the_old_one_is_in_error(clinic: Clinic) -> None:
    old = clinic.earlier_injection(clinic.patient(), "2025-08").row
    hour = clinic.now + timedelta(hours=1)
    new = correct_injection(
        old.pk, changes={"given": "2025-09"}, reason="The letter", by=clinic.reception, now=hour
    ).row
    first, second = shown(clinic, "Procedure")
    assert (first["id"], first["status"], first["meta"]["lastUpdated"]) == (
        str(old.pk),
        "entered-in-error",
        "2026-03-02T10:00:00Z",
    )
    assert (second["id"], second["status"], second["performedDateTime"]) == (str(new.pk), "completed", "2025-09")
    withdraw_injection(new.pk, reason="Another patient", by=clinic.reception, now=hour)
    assert [one["status"] for one in shown(clinic, "Procedure")] == ["entered-in-error"] * 2
    told = shown(clinic, "Provenance")
    assert [one["activity"]["coding"][0]["code"] for one in told] == ["CREATE", "UPDATE", "NULLIFY"]
    assert [one["target"][0]["reference"] for one in told] == [f"Procedure/{pk}" for pk in (old.pk, new.pk, new.pk)]
    assert told[1]["entity"] == [{"role": "revision", "what": {"reference": f"Procedure/{old.pk}"}}]
    assert [one.get("reason") for one in told] == [None, [{"text": "The letter"}], [{"text": "Another patient"}]]
    assert {one["agent"][0]["who"]["display"] for one in told} == {"reception"}


def test_a_complication_that_is_noticed_later_changes_it(clinic: Clinic) -> None:
    """So whoever asks what changed since hears of it."""
    visit = booked(clinic, "Ash", "2026-03-10", "08:00")
    give(clinic, visit)
    before = only(clinic, "Procedure")["meta"]["lastUpdated"]
    later = datetime(2026, 3, 20, 9, tzinfo=UTC)
    noticed = Noticed(kind="bleed", severity="mild", on=date(2026, 3, 11))
    add_complication(visit.pk, noticed, by=clinic.radiologist, now=later)
    told = only(clinic, "Procedure")
    assert told["complication"]
    assert before < told["meta"]["lastUpdated"] == "2026-03-20T09:00:00Z"
    assert [one["id"] for one in found(as_user(clinic, "reception").get("Procedure", {"_lastUpdated": "ge2026-03-20"}))]
