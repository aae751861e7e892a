"""The day on paper: what a desk without its computer needs is on it; the files are whole and private."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from injections.booking.cancel import cancel
from injections.worklists.paper.day import day_on_paper
from injections.worklists.paper.keep import keep_on_paper
from injections.worklists.paper.sheet import day_pdf
from pht_clinic import clock
from tests.clinic import NOW, Clinic, local

DAY = local("2026-03-16")
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.PRINTED_DAY_FOLDER = str(tmp_path / "days")
    return tmp_path / "days"


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def on_paper(clinic: Clinic) -> str:
    return read(day_pdf(day_on_paper(clock.local_date(DAY), now=NOW)))


def test_h31_who_comes_when_where_and_how_they_are_reached(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Birch", phone="020 7946 0958")
    clinic.book(patient, DAY, note="Needs the step")
    said = on_paper(clinic)
    for part in (
        "Monday 16 March 2026",
        "10:00",
        str(patient),
        "Injection, left hamstring origin, until 10:30.",
        f"{clinic.practitioner}, {clinic.room}.",
        "Born 1 May 1980. Phone 020 7946 0958.",
        "Booked.",
        "Safety check: clear.",
        "Note: Needs the step",
        "As of Monday 2 March 2026 at 09:00.",
    ):
        assert part in said, (part, said)


def test_h31_what_is_to_be_known_and_what_was_found(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"blood_thinner": "yes"})
    clinic.allergy(patient, "Latex")
    outcome = clinic.book(patient, DAY)
    assert outcome.assessment is not None
    said = on_paper(clinic)
    assert "Latex" in said
    assert "Waiting for review" in said
    for finding in outcome.assessment.findings:
        if finding["severity"] != "info":
            assert " ".join(finding["message"].split()) in said


def test_who_cancelled_is_not_expected(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Gone")
    booked = clinic.book(patient, DAY).appointment
    assert booked is not None
    cancel(booked.pk, reason="ill", by=clinic.reception, now=NOW)
    said = on_paper(clinic)
    assert "Gone" not in said
    assert "Nothing is booked." in said


def test_what_was_typed_is_text(clinic: Clinic) -> None:
    clinic.book(clinic.fit_patient(), DAY, note="<b>5 < 6 & more</b>")
    assert "<b>5 < 6 & more</b>" in on_paper(clinic)


def test_queries_do_not_grow_with_the_day(clinic: Clinic) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            day_on_paper(clock.local_date(DAY), now=NOW)
        return len(captured)

    clinic.book(clinic.fit_patient("Alder"), DAY)
    few = queries()
    for number in range(1, 5):
        clinic.book(clinic.fit_patient(f"Alder{number}"), DAY + timedelta(hours=number))
    assert queries() == few <= 6


def test_h31_today_and_the_next_day_are_kept_and_those_that_are_over_go(clinic: Clinic, folder: Path) -> None:
    clinic.book(clinic.fit_patient(), DAY)
    folder.mkdir()
    for name in ("day-2026-03-01.pdf", "day-2026-03-02.pdf", "notes.pdf"):
        (folder / name).write_bytes(b"old")
    written = keep_on_paper(now=NOW)
    assert [file.name for file in written] == ["day-2026-03-02.pdf", "day-2026-03-16.pdf"]
    assert {file.name for file in folder.iterdir()} == {"day-2026-03-02.pdf", "day-2026-03-16.pdf", "notes.pdf"}
    assert {oct(file.stat().st_mode & 0o777) for file in written} == {"0o600"}
    assert "Nothing is booked." in read(written[0].read_bytes())


def test_nothing_is_kept_where_no_folder_is_named(clinic: Clinic, settings: Any) -> None:
    settings.PRINTED_DAY_FOLDER = ""
    assert keep_on_paper(now=NOW) == []
