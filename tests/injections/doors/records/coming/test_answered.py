"""Reports, answers, pathways, outcomes of a file: each by its use case, once, and withdrawn as the record does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from injections.answers.screening import answers_of
from injections.doors.records.coming.reading import LINES_OF_A_PART
from injections.doors.records.coming.runs import Stage
from injections.models import ImagingReport, MilderVerdict, OutcomeMeasure, Pathway, Screening, VisaScore
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.injections.doors.records.coming.bringing import brought, json_lines, outcomes, said, worked

pytestmark = pytest.mark.django_db
ANN: Final = {
    "type": "patient",
    "id": "7",
    "given_name": "Ann",
    "family_name": "Example",
    "date_of_birth": "1961-04-02",
}
PLACE: Final = {"patient": "7", "area": "ischial-tuberosity", "side": "left"}
REPORT: Final = {"type": "report", "id": "1", **PLACE, "modality": "mri", "performed_on": "2026-01-05"} | {
    **dict.fromkeys(("bursitis", "tendinopathy"), "no"),
    **dict.fromkeys(("tear", "other_diagnosis"), "none"),
    "reported_by": "Dr Elsewhere",
}
ANSWERS: Final = {"type": "screening", "id": "1", "patient": "7", "answers": {"fever": "no", "diabetes": "no"}}
TIMED: Final = ANSWERS | {
    "answered_at": None,
    "answered": {"fever": "2026-02-01T09:00:00+00:00"},
    "answered_by": {"fever": "carer", "diabetes": "clinician"},
}
PATHWAY: Final = {"type": "pathway", "id": "1", **PLACE, "physiotherapy": "completed", "response": "not-satisfactory"}
OUTCOME: Final = {"type": "outcome", "id": "said-1", **PLACE, "on": "2026-02-03", "pain_sitting": 4, "visa_h": 55}
TOTAL: Final = {"type": "outcome", "id": "visa-2", "patient": "7", "side": "left", "on": "2026-02-03", "visa_h": 60}


TORN: Final = {"tear_grade": "3", "tear_size_mm": 9}


FILLING = [{"type": "call", "id": str(number)} for number in range(LINES_OF_A_PART)]
"""Lines that fill a part."""


def ann() -> Patient:
    return Patient.objects.get(family_name="Example")


def test_each_is_recorded_by_its_use_case_and_is_there_the_next_time(clinic: Clinic) -> None:
    lines = [ANN, REPORT, TIMED, PATHWAY, OUTCOME, TOTAL]
    run = brought(clinic, json_lines(lines))
    assert outcomes(run) == ["added"] * 6, said(run)
    report = ImagingReport.objects.get(patient=ann())
    assert (report.reported_by, report.recorded_by_id) == ("Dr Elsewhere", clinic.manager.user_id)
    known = answers_of(ann().pk, area=None, side=None).by_question
    assert (known["fever"].by, f"{known['fever'].at:%d %H:%M}") == ("carer", "01 09:00")
    assert (known["diabetes"].by, known["diabetes"].at) == ("clinician", None)
    assert Pathway.objects.get(patient=ann()).content == {"physiotherapy": "completed", "response": "not-satisfactory"}
    assert OutcomeMeasure.objects.get(patient=ann()).pain_sitting == 4
    assert sorted(VisaScore.objects.filter(patient=ann()).values_list("total", flat=True)) == [55, 60]
    clinic.now += timedelta(minutes=5)
    assert outcomes(brought(clinic, json_lines(lines))) == ["already-there"] * 6


def test_answers_without_a_time_are_never_taken_for_given_now(clinic: Clinic) -> None:
    brought(clinic, json_lines([ANN, ANSWERS]))
    assert Screening.objects.get(patient=ann()).answered_at is None
    assert answers_of(ann().pk, area=None, side=None).by_question["fever"].at is None


@pytest.mark.parametrize("stage", [Stage.TRYING, Stage.BRINGING])
def test_what_is_said_again_after_something_else_is_a_version_of_its_own(clinic: Clinic, stage: Stage) -> None:
    """Were the third line passed by as known, the second would count."""
    no, yes = PATHWAY | {"suspected_avulsion": "no"}, PATHWAY | {"suspected_avulsion": "yes"}
    run = brought(clinic, json_lines([ANN, yes, no, yes]), stage)
    assert outcomes(run) == ["added"] * 4, said(run)
    if stage == Stage.BRINGING:
        rows = Pathway.objects.filter(patient=ann()).order_by("pk")
        assert [row.content["suspected_avulsion"] for row in rows] == ["yes", "no", "yes"]


@pytest.mark.parametrize("stage", [Stage.TRYING, Stage.BRINGING])
@pytest.mark.parametrize("between", [[], FILLING], ids=["one-part", "three-parts"])
def test_each_row_that_was_there_is_that_of_one_line(
    clinic: Clinic, between: list[dict[str, str]], stage: Stage
) -> None:
    no, yes = PATHWAY | {"suspected_avulsion": "no"}, PATHWAY | {"suspected_avulsion": "yes"}
    brought(clinic, json_lines([ANN, yes]))
    lines = json_lines([ANN, yes, *between, no, *between, yes])
    run = brought(clinic, lines, stage)
    assert [one for one in outcomes(run) if one != "passed-over"] == [*["already-there"] * 2, *["added"] * 2], said(run)
    if stage == Stage.BRINGING:
        rows = Pathway.objects.filter(patient=ann()).order_by("pk")
        assert [row.content["suspected_avulsion"] for row in rows] == ["yes", "no", "yes"]
        assert set(outcomes(brought(clinic, lines))) <= {"already-there", "passed-over"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (REPORT | {"performed_on": "2031-01-01", "tear": "huge"}, ["Performed on", "tear"]),
        (REPORT | {"patient": "9"}, ["No line before this one"]),
        (ANSWERS | {"answers": {"fever": "perhaps"}, "area": "elbow"}, ["Area", "fever"]),
        (ANSWERS | {"answered_at": "2031-01-01T10:00:00+00:00"}, ["in the future"]),
        (ANSWERS | {"answered_by": "nobody"}, ["patient, carer, clinician"]),
        (PATHWAY | {"response": "fine", "loading_stage": 9}, ["response", "Loading stage"]),
        (OUTCOME | {"on": None, "pain_sitting": 11}, ["on which day", "10"]),
        (OUTCOME | {"on": "2031-01-01"}, ["future"]),
        ({"type": "outcome", "patient": "7", "on": "2026-02-03"}, ["at least one answer"]),
        (ANSWERS | {"answers": ["yes"]}, ["answers"]),
        (PATHWAY | {"indications": {"a": 1}, "treatments_tried": "all"}, ["indications"]),
    ],
    ids=["report", "whose", "answers", "time", "giver", "pathway", "outcome", "day", "nothing", "list", "shapes"],
)
def test_what_is_wrong_is_refused_with_every_reason_and_stores_nothing(
    clinic: Clinic, line: dict[str, Any], why: list[str]
) -> None:
    run = brought(clinic, json_lines([ANN, line]))
    assert outcomes(run) == ["added", "refused"], said(run)
    for part in why:
        assert part.lower() in said(run)[1].lower(), said(run)
    models = (ImagingReport, Screening, Pathway, OutcomeMeasure, VisaScore)
    assert not [model for model in models if model.objects.exists()]


def test_how_it_is_after_a_visit_is_passed_over_with_the_visit(clinic: Clinic) -> None:
    run = brought(clinic, json_lines([ANN, OUTCOME | {"occasion": "week-6", "appointment": "4"}]))
    assert outcomes(run) == ["added", "passed-over"]
    assert said(run)[1] == "It is of a visit, and visits are not imported."


def test_withdrawn_a_report_counts_no_more_and_what_is_never_withdrawn_is_listed(clinic: Clinic) -> None:
    run = worked(clinic, brought(clinic, json_lines([ANN, REPORT, TIMED, PATHWAY, OUTCOME])), Stage.WITHDRAWING)
    assert not ImagingReport.objects.current().filter(patient=ann()).exists()
    assert ImagingReport.objects.filter(patient=ann()).count() == 2, "withdrawn by a row of its own"
    kept = {line.kind: line.kept_because for line in run.lines.exclude(kept_because="")}
    assert kept.keys() == {"patient", "screening", "pathway", "outcome"}
    assert kept["screening"] == "Answers are never withdrawn. Go through the questions with the patient again."
    assert kept["outcome"] == "A record of this kind is never withdrawn."


def test_a_report_that_lifts_what_another_found_is_seen_by_a_radiologist(clinic: Clinic) -> None:
    """Hazard H4."""
    brought(clinic, json_lines([ANN]))
    clinic.report(ann(), modality="mri", performed_on="2025-12-05", tear="full", **TORN)
    assert not MilderVerdict.objects.exists(), "her own"
    brought(clinic, json_lines([ANN, REPORT]))
    row = MilderVerdict.objects.get()
    assert (row.what, row.by_id) == ("MRI of 5 January 2026: recorded", clinic.manager.user_id)
    assert ("tendon-tear", "critical") in {(one["rule"], one["before"]) for one in row.findings}


def test_a_report_that_is_withdrawn_with_its_import_is_seen_by_a_radiologist(clinic: Clinic) -> None:
    run = brought(clinic, json_lines([ANN, REPORT | {"tear": "full", **TORN}]))
    assert not MilderVerdict.objects.exists(), "nothing was lifted"
    worked(clinic, run, Stage.WITHDRAWING)
    assert MilderVerdict.objects.get().what == "MRI of 5 January 2026: withdrawn"
