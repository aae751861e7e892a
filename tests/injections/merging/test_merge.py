"""A person kept twice: after the merge everything that was recorded on either record counts, for every reader of it."""

from datetime import timedelta

import pytest

from injections.assessment.open_calls import open_call
from injections.booking.cancel import cancel
from injections.facts.history import histories_about, history_about, history_of
from injections.merging import merge
from injections.messages import aftercare
from injections.models import Call
from injections.review.decide import DecisionRequest, decide
from injections.worklists.close_call import close_call
from pht_clinic.errors import Invalid
from scheduling.audit.read import audit_entries
from scheduling.models import Message, Patient
from tests.clinic import NOW, Clinic, local
from tests.injections.procedure.test_record import START, give


def merged(clinic: Clinic, twin: Patient, kept: Patient) -> Patient:
    merge.merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    twin.refresh_from_db()
    return twin


def test_merged_records_count_together(clinic: Clinic) -> None:
    """An injection recorded on the duplicate counts for the patient who remains."""
    patient, twin = clinic.fit_patient("Dean"), clinic.patient("Deane")
    clinic.earlier_injection(twin, "2026-02")
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    done = merge.merge_patients(twin.pk, into_id=patient.pk, by=clinic.manager, now=clinic.now)
    assert [(one.verdict, one.status) for one in done.reassessed] == [("blocked", "pending")]
    with pytest.raises(Invalid):
        clinic.book(twin, local("2026-03-11"))
    cancel(appointment.pk, reason="As the verdict says", by=clinic.reception, now=clinic.now)


def test_a_tear_reported_on_the_merged_record_keeps_the_exercise_mail_away(clinic: Clinic) -> None:
    """With a tear nobody is told to go back to the exercises."""
    kept, twin = clinic.fit_patient("Dean"), clinic.patient("Deane")
    clinic.report(twin, tear="partial", tear_grade="2", tear_size_mm=6, performed_on=NOW.date().isoformat())
    appointment = clinic.book(kept, START).appointment
    assert appointment is not None
    merged(clinic, twin, kept)
    decide(
        appointment.pk, DecisionRequest(outcome="approve", reason="A small tear"), by=clinic.radiologist, now=clinic.now
    )
    give(appointment, clinic)
    kinds = set(Message.objects.filter(patient=kept).values_list("kind", flat=True))
    assert "aftercare" in kinds
    assert "rest-over" not in kinds


def test_closing_a_call_of_the_merged_record_frees_the_one_that_is_kept(clinic: Clinic) -> None:
    """The block goes, held messages come again, and open bookings are judged again."""
    kept, twin = clinic.fit_patient("Dean"), clinic.patient("Deane")
    open_call(twin, why=Call.Why.WARNING_SIGN, say="Phone", now=clinic.now)
    merged(clinic, twin, kept)
    blocked = clinic.book(kept, local("2026-03-12"))
    assert blocked.refused
    waiting = clinic.book(kept, local("2026-03-12"), override_reason="Asked for").appointment
    assert waiting is not None
    close_call(
        Call.objects.get().pk,
        reached="patient",
        spoke_to="Robin",
        said="All well",
        by=clinic.radiologist,
        now=clinic.now,
    )
    newest = waiting.assessments.order_by("-pk").first()
    assert newest is not None
    assert newest.verdict == "clear"


def test_what_was_held_back_on_the_merged_record_is_planned_again(clinic: Clinic) -> None:
    """`rest-over` was cancelled when the call came; after the last call it is queued once more."""
    kept, twin = clinic.patient("Dean"), clinic.fit_patient("Deane")
    appointment = clinic.book(twin, START).appointment
    assert appointment is not None
    give(appointment, clinic)
    open_call(twin, why=Call.Why.WARNING_SIGN, say="Phone", now=START + timedelta(hours=1))
    merged(clinic, twin, kept)
    assert not Message.objects.filter(kind="rest-over", status="queued").exists()
    aftercare.release(kept, now=START + timedelta(hours=2))
    assert Message.objects.filter(kind="rest-over", status="queued").count() == 1


def test_the_trail_of_a_patient_shows_what_was_done_to_the_merged_record(clinic: Clinic) -> None:
    """One filter for page and API."""
    kept, twin = clinic.patient("Dean"), clinic.patient("Deane")
    merged(clinic, twin, kept)
    verbs = list(audit_entries(patient_id=kept.pk).values_list("verb", flat=True))
    assert verbs.count("patient-registered") == 2


def test_whichever_record_is_asked_for_the_one_that_is_kept_answers(clinic: Clinic) -> None:
    """Also where the one merged away was registered first: whose date of birth is judged must not depend on that."""
    twin, kept = clinic.patient("Deane"), clinic.patient("Dean")
    merged(clinic, twin, kept)
    assert {history_of(one.pk, now=clinic.now).patient for one in (twin, kept)} == {kept}
    assert {history_about(one, now=clinic.now).patient for one in (twin, kept)} == {kept}
    assert [one.patient for one in histories_about([twin], now=clinic.now).values()] == [kept]
