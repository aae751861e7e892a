"""Imaging reports are corrected and withdrawn with a reason; the old row stays, and what hung on it follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.assessment.superseding import NOTHING_CHANGED, Superseded
from injections.imaging.reports import correct_report, withdraw_report
from injections.merging.merge import merge_patients
from injections.models import Call, ImagingReport
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid, Missing
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, give


def mri(clinic: Clinic, patient: Patient, **values: object) -> int:
    """An MRI "avulsion", entered by mistake."""
    return int(clinic.report(patient, **{"modality": "mri", "tear": "avulsion", **values}).row.pk)


def status_of(visit: Appointment) -> str:
    return Appointment.objects.get(pk=visit.pk).status


def booked(clinic: Clinic, patient: Patient, day: str = "2026-03-10") -> Appointment:
    found = clinic.book(patient, local(day), override_reason="To be looked at").appointment
    assert found is not None
    return found


def test_a_wrong_report_is_withdrawn_and_its_call_closes_with_it(clinic: Clinic) -> None:
    """REC14, hazard H11: an MRI "avulsion" entered by mistake can be taken back; the call goes, and says so."""
    patient = clinic.fit_patient()
    visit = booked(clinic, patient)
    assert visit.status == "booked"
    wrong = mri(clinic, patient)
    assert status_of(visit) == "pending"
    call = Call.objects.get()
    assert (call.rule, call.is_of_reports, call.closed_at) == ("suspected-avulsion", True, None)
    done = withdraw_report(wrong, reason="Another patient's scan", by=clinic.radiologist, now=clinic.now)
    call.refresh_from_db()
    assert (call.closed_at, call.closed_by_id, call.spoke_to) == (clinic.now, clinic.radiologist.user_id, "")
    assert call.said == "Closed automatically: the MRI of 23 February 2026 was withdrawn. Another patient's scan"
    assert [one.pk for one in done.closed_calls] == [call.pk]
    assert [(one.appointment_id, one.verdict) for one in done.reassessed] == [(visit.pk, "clear")]
    old, new = ImagingReport.objects.get(pk=wrong), done.row
    assert (old.tear, old.is_withdrawn, old.stands) == ("avulsion", False, False)
    assert isinstance(new, ImagingReport)
    assert (new.tear, new.is_withdrawn, new.reason, new.stands) == ("avulsion", True, "Another patient's scan", False)
    assert {"report-withdrawn", "call-closed"} <= set(Entry.objects.values_list("verb", flat=True))


def test_a_correction_that_takes_the_finding_back_closes_the_call_too(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    done = correct_report(
        mri(clinic, patient), reason="Typed wrongly", changes={"tear": "none"}, by=clinic.radiologist, now=clinic.now
    )
    assert Call.objects.get().said == "Closed automatically: the MRI of 23 February 2026 was corrected. Typed wrongly"
    assert isinstance(done.row, ImagingReport)
    assert (done.row.tear, done.row.modality, done.row.stands) == ("none", "mri", True)


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_call_that_something_else_asked_for_too_stays(clinic: Clinic, order: str) -> None:
    """Whether the examiner suspected the avulsion before or after: also when that is answered "no" since. Hazard H5."""
    patient = clinic.fit_patient()
    if order == "before":
        clinic.pathway(patient, suspected_avulsion="yes")
    wrong = mri(clinic, patient)
    if order == "after":
        clinic.pathway(patient, suspected_avulsion="yes")
    clinic.pathway(patient, suspected_avulsion="no")
    done = withdraw_report(wrong, reason="Wrong", by=clinic.radiologist, now=clinic.now)
    assert done.closed_calls == []
    assert Call.objects.get().closed_at is None


def test_of_two_reports_that_say_so_the_call_closes_with_the_last(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    first, second = mri(clinic, patient), mri(clinic, patient, modality="ultrasound")
    who = {"reason": "Wrong", "by": clinic.radiologist, "now": clinic.now}
    assert withdraw_report(first, **who).closed_calls == []
    assert len(withdraw_report(second, **who).closed_calls) == 1


def test_a_red_flag_of_the_answers_does_not_close_with_a_report(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    withdraw_report(mri(clinic, patient), reason="Wrong", by=clinic.radiologist, now=clinic.now)
    assert [call.rule for call in Call.objects.filter(closed_at=None)] == ["systemic-red-flag"]


def test_only_a_radiologist_with_a_reason_and_only_once(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    wrong = mri(clinic, patient)
    for deed in (withdraw_report, lambda pk, **who: correct_report(pk, changes={"conclusion": "None"}, **who)):
        for outsider in (clinic.reception, clinic.manager):
            with pytest.raises(Forbidden):
                deed(wrong, reason="Wrong", by=outsider, now=clinic.now)
        with pytest.raises(Invalid) as refused:
            deed(wrong, reason=" ", by=clinic.radiologist, now=clinic.now)
        assert [problem.pointer for problem in refused.value.errors] == ["#/reason"]
        with pytest.raises(Missing):
            deed(9_999_999, reason="Wrong", by=clinic.radiologist, now=clinic.now)
    withdraw_report(wrong, reason="Wrong", by=clinic.radiologist, now=clinic.now)
    with pytest.raises(Superseded):
        withdraw_report(wrong, reason="Wrong", by=clinic.radiologist, now=clinic.now)
    assert ImagingReport.objects.filter(patient=patient).count() == 3


def test_a_corrected_report_is_judged_as_it_stands_now(clinic: Clinic) -> None:
    """What fits no longer goes with it: a size without a tear, words of something else that is none."""
    patient = clinic.fit_patient()
    seen = clinic.report(
        patient, tear="full", tear_grade="3", tear_size_mm=9, other_diagnosis="other", other_diagnosis_text="A lipoma"
    )
    visit = booked(clinic, patient)
    assert visit.status == "pending"
    done = correct_report(
        int(seen.row.pk),
        reason="Read again",
        changes={"tear": "none", "other_diagnosis": "none", "conclusion": "No tear"},
        by=clinic.radiologist,
        now=clinic.now,
    )
    row = done.row
    assert isinstance(row, ImagingReport)
    assert (row.tear_grade, row.tear_size_mm, row.other_diagnosis_text) == ("", None, "")
    assert (row.conclusion, row.reported_by, row.tendinopathy) == ("No tear", "radiologist", "yes")
    assert [one.verdict for one in done.reassessed] == ["clear"]


def test_a_report_of_a_merged_record_can_be_withdrawn(clinic: Clinic) -> None:
    kept, double = clinic.fit_patient("Birch"), clinic.patient("Birhc")
    wrong = mri(clinic, double)
    merge_patients(double.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    done = withdraw_report(wrong, reason="Wrong", by=clinic.radiologist, now=clinic.now)
    assert len(done.closed_calls) == 1


def rest_over(patient: Patient) -> list[str]:
    rows = Message.objects.filter(subject=f"patient:{patient.pk}", kind="rest-over", status="queued")
    return list(rows.values_list("kind", flat=True))


def test_a_tear_seen_after_the_injection_takes_the_exercise_programme_back(clinic: Clinic) -> None:
    """Hazard H8: also when the scan is entered later; withdrawn, the programme is planned again."""
    patient = clinic.fit_patient()
    give(booked(clinic, patient, START.date().isoformat()), clinic)
    assert rest_over(patient) == ["rest-over"]
    clinic.now = AFTER + timedelta(hours=1)
    torn = clinic.report(patient, tear="partial", tear_grade="2", tear_size_mm=4, performed_on="2026-03-10")
    assert rest_over(patient) == []
    withdraw_report(int(torn.row.pk), reason="Wrong", by=clinic.radiologist, now=clinic.now)
    assert rest_over(patient) == ["rest-over"]


def test_a_correction_changes_something(clinic: Clinic) -> None:
    """A second row that says the same would hide who reported it; what is left out stays as it is."""
    row = mri(clinic, clinic.fit_patient())
    for changes in ({}, {"tear": "avulsion"}, {"tear": "avulsion", "tear_size_mm": None}):
        with pytest.raises(Invalid) as refused:
            correct_report(row, reason="Read again", changes=changes, by=clinic.radiologist, now=clinic.now)
        assert [(one.pointer, one.detail) for one in refused.value.errors] == [("#", NOTHING_CHANGED)]
