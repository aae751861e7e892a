"""Reports on their pages: added, corrected with old beside new, withdrawn and struck through."""

from __future__ import annotations

from injections.models import Call, ImagingReport
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import Browser

REPORT = {
    "modality": "ultrasound",
    "area": "ischial-tuberosity",
    "side": "left",
    "performed_on": "2026-02-20",
    "tendinopathy": "yes",
    "tendinopathy_grade": "moderate",
    "bursitis": "no",
    "tear": "none",
    "tendon": "Semimembranosus",
    "other_diagnosis": "none",
    "findings": "Thickened",
    "conclusion": "Tendinopathy",
}


def test_what_a_report_says_stands_on_the_page(world: World, radiologist: Browser) -> None:
    """REC24: "other" says what, in words."""
    patient = world.clinic.patient()
    other = {"other_diagnosis": "other", "other_diagnosis_text": "A lipoma"}
    said = radiologist.post("report-add", patient.pk, data={**REPORT, **other})
    assert (
        "Tendon: Semimembranosus, tendinopathy yes (moderate), bursitis no, tear none, Something else: A lipoma."
        in said
    )
    assert "Findings: Thickened Conclusion: Tendinopathy" in said
    assert "Reported by radiologist" in said


def test_the_evidence_of_a_finding_says_what_else_was_found(world: World, radiologist: Browser) -> None:
    """REC24: never "Somewhere else"."""
    patient = world.clinic.fit_patient()
    world.clinic.report(patient, performed_on="2026-03-01", other_diagnosis="other", other_diagnosis_text="A lipoma")
    visit = world.clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    said = radiologist.get("decision", visit.pk)
    assert "Something else: A lipoma" in said.split("Decision")[0]
    assert "Somewhere else" not in said


def test_every_problem_stands_at_its_field_at_once(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    wrong = {
        **REPORT,
        "performed_on": "",
        "tear": "partial",
        "other_diagnosis": "other",
        "side": "",
        "tear_size_mm": "x",
    }
    said = radiologist.post("report-add", patient.pk, data=wrong, expect=422)
    for sentence in (
        "Enter the date of the examination.",
        "Choose the side.",
        "Grade of the tear is required for a partial tear.",
        "Size of the tear in mm: enter a number.",
        "“What else was found” is required: say what else was found.",
    ):
        assert sentence in said, sentence
    assert not ImagingReport.objects.exists()
    said = radiologist.post("report-add", patient.pk, data={**REPORT, "performed_on": "2026-03-03"}, expect=422)
    assert "Date of the examination is in the future." in said


def test_a_correction_shows_what_is_recorded_and_then_what_changed(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    radiologist.post("report-add", patient.pk, data=REPORT)
    old = ImagingReport.objects.get()
    said = radiologist.get("report-correct", old.pk)
    for recorded in (
        "Recorded now: 20 February 2026",
        "Recorded now: Moderate",
        "Recorded now: Thickened",
        "Recorded now: nothing",
    ):
        assert recorded in said, recorded
    sent = {**REPORT, "tendinopathy_grade": "mild", "performed_on": "2026-02-21", "reason": ""}
    said = radiologist.post("report-correct", old.pk, data=sent, expect=422)
    assert "Answer “Why it is being corrected”." in said
    said = radiologist.post("report-correct", old.pk, data={**sent, "reason": "Read again"})
    assert "The report is corrected." in said
    assert "Date of the examination: 20 February 2026 → 21 February 2026" in said
    assert "Grade of the tendinopathy: moderate → mild" in said
    assert "Read again (radiologist, 2 March 2026)" in said
    assert "<del>" in radiologist.html


def test_a_withdrawn_report_is_struck_through_and_its_call_says_why(world: World, radiologist: Browser) -> None:
    """REC14 and hazard H11 on the pages."""
    patient = world.clinic.fit_patient()
    wrong = world.clinic.report(patient, modality="mri", tear="avulsion").row
    said = radiologist.get("report-withdraw", wrong.pk)
    assert "MRI of 23 February 2026" in said
    radiologist.post("report-withdraw", wrong.pk, data={"reason": ""}, expect=422)
    said = radiologist.post("report-withdraw", wrong.pk, data={"reason": "Another patient's"})
    assert "The report is withdrawn. The call opened because of it alone is closed" in said
    assert "withdrawn" in said
    assert "Another patient's (radiologist, 2 March 2026)" in said
    assert f"/reports/{wrong.pk}/correct/" not in radiologist.html
    said = radiologist.get("call", Call.objects.get().pk)
    assert "Nobody phoned. radiologist" in said
    assert "Closed automatically: the MRI of 23 February 2026 was withdrawn. Another patient's" in said
    assert "Nobody phoned (radiologist)" in radiologist.get("call-list")
    said = radiologist.post("report-withdraw", wrong.pk, data={"reason": "Again"}, expect=422)
    assert "This record has already been corrected or withdrawn." in said


def test_reception_reads_and_does_not_correct(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    reception.get("patient", patient.pk)
    assert "/reports/" not in reception.html.replace("/reports/new/", "")
    row = ImagingReport.objects.get()
    reception.get("report-correct", row.pk, expect=403)
    reception.get("report-withdraw", row.pk, expect=403)


def test_who_opens_a_report_that_stands_no_longer_is_led_to_the_one_that_does(
    world: World, radiologist: Browser
) -> None:
    patient = world.clinic.fit_patient()
    old = world.clinic.report(patient, modality="mri", tear="avulsion").row
    radiologist.post("report-withdraw", old.pk, data={"reason": "Another patient's"})
    for page in ("report-correct", "report-withdraw"):
        radiologist.get(page, old.pk, expect=302)
        assert radiologist.last.headers["Location"] == f"/patients/{patient.pk}/"
    said = radiologist.get("patient", patient.pk)
    assert "This record has already been corrected or withdrawn. This is what counts now." in said


def test_a_page_says_that_a_booking_waits_though_nothing_stands_against_it(world: World, radiologist: Browser) -> None:
    """What is in a radiologist's queue stays there until one decides."""
    patient = world.clinic.fit_patient()
    world.clinic.book(patient, local("2026-03-10"))
    wrong = world.clinic.report(patient, modality="mri", tear="avulsion").row
    said = radiologist.get("report-withdraw", wrong.pk)
    assert "Tendinopathy yes, bursitis no, tear avulsion." in said, "what is withdrawn is read before"
    said = radiologist.post("report-withdraw", wrong.pk, data={"reason": "Another patient's"})
    assert (
        "1 open booking was checked again: now waiting for review, though nothing speaks against it any more." in said
    )


def test_the_evidence_of_a_finding_reads_as_a_report_does(world: World, radiologist: Browser) -> None:
    patient = world.clinic.fit_patient()
    visit = world.clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    torn = {"tear": "partial", "tear_grade": "2", "tear_size_mm": 6.5}
    world.clinic.report(patient, modality="mri", performed_on="2026-03-01", **torn)
    said = radiologist.get("decision", visit.pk)
    assert "MRI of 1 March 2026: Tendinopathy yes, bursitis no, tear partial (2, 6.5 mm)." in said
    assert "tear size mm" not in said
