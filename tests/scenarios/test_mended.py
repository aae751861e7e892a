"""What a second pair of eyes found: each of these let something stand that should not, and must not come back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.merging import merge
from injections.models import Assessment
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection
from injections.procedure.record import record_procedure
from injections.review.decide import DecisionRequest, decide
from injections.review.who_decides import OwnRequest
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import fulfil
from injections.worklists import lapse as chasing
from pht_clinic.errors import Invalid
from scheduling.availability.sessions import to_be_moved
from scheduling.clinic.closures import save_closure
from scheduling.clinic.consequences import HitsBookings
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.models import Appointment, Message
from scheduling.patients.identity_checks import NumberTaken
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, local
from tests.injections.procedure.test_record import AFTER, GIVEN, START

PREGNANT = {"pregnant": "yes"}


def booked(clinic: Clinic, name: str = "Birch", start: object = START) -> Appointment:
    appointment = clinic.book(clinic.fit_patient(name), start).appointment  # type: ignore[arg-type]
    assert appointment is not None
    assert appointment.status == "booked"
    return appointment


def queued(appointment: Appointment) -> list[str]:
    rows = Message.objects.filter(appointment=appointment, status="queued")
    return sorted(rows.values_list("kind", flat=True))


def test_an_arrival_taken_back_is_judged_afresh(clinic: Clinic) -> None:
    """What came up while the patient stood arrived holds the booking back once it is only booked again."""
    appointment = booked(clinic)
    arrive(appointment.pk, by=clinic.reception, now=NOW)
    clinic.answer(appointment.patient, PREGNANT)
    outcome = undo(appointment.pk, by=clinic.reception, now=NOW)
    assert outcome.appointment is not None
    assert outcome.appointment.status == "pending"


def test_an_arrival_taken_back_brings_the_reminders_back_and_says_nothing(clinic: Clinic) -> None:
    """The patient gets the reminder, and no second confirmation."""
    appointment = booked(clinic)
    before = queued(appointment)
    Message.objects.filter(appointment=appointment, kind="confirmed").update(status="sent")
    arrive(appointment.pk, by=clinic.reception, now=NOW)
    assert queued(appointment) == []
    undo(appointment.pk, by=clinic.reception, now=NOW)
    assert queued(appointment) == [kind for kind in before if kind != "confirmed"]


def test_a_cancel_nobody_was_told_of_is_taken_back_quietly(clinic: Clinic) -> None:
    """Told of the cancel, the patient is told of the booking again; else not."""
    told, quiet = booked(clinic), booked(clinic, "Cole", local("2026-03-11"))
    for appointment, leaves in ((told, True), (quiet, False)):
        Message.objects.filter(appointment=appointment, kind="confirmed").update(status="sent")
        cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW)
        if leaves:
            Message.objects.filter(appointment=appointment, kind="cancelled").update(status="sent")
        undo(appointment.pk, by=clinic.reception, now=NOW)
    assert "confirmed" in queued(told)
    assert "confirmed" not in queued(quiet)
    assert "reminder-2-days" in queued(quiet)


def test_a_visit_that_is_over_counts_as_given_for_bookings_asked_for_before_it(clinic: Clinic) -> None:
    """The booking in May was asked for first; the visit in March took place all the same."""
    patient = clinic.fit_patient()
    first = clinic.book(patient, local("2026-05-20")).appointment
    second = clinic.book(patient, START, override_reason="Sooner after all").appointment
    assert first is not None
    assert second is not None
    decide(
        second.pk,
        DecisionRequest(outcome="override", reason="Seen", reason_code="specialist-advice"),
        by=clinic.radiologist,
        now=NOW,
    )
    clinic.now = START + timedelta(days=1)
    recorded = clinic.answer(patient)
    assert [(one.appointment_id, one.verdict, one.status) for one in recorded.reassessed] == [
        (first.pk, "blocked", "pending")
    ]


def test_a_corrected_date_counts_from_the_day_of_the_correction(clinic: Clinic) -> None:
    """ "2025" recorded in March cannot hold "2026-10" down to March when it is corrected in November."""
    patient = clinic.fit_patient()
    row = clinic.earlier_injection(patient, "2025").row
    clinic.now = local("2026-11-02")
    correct_injection(
        row.pk, reason="Found the letter", changes={"given": "2026-10"}, by=clinic.reception, now=clinic.now
    )
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.report(patient)
    outcome = clinic.book(patient, local("2026-11-10"))
    assert outcome.refused
    assert outcome.assessment is not None
    assert outcome.assessment.review_from == date(2027, 1, 31)


def test_a_move_into_what_has_been_closed_since_is_not_taken_back(clinic: Clinic) -> None:
    """A place that nobody could book is no place to go back to."""
    appointment = booked(clinic)
    move(appointment.pk, MoveRequest(start=local("2026-03-12")), by=clinic.reception, now=NOW)
    save_closure(
        None, {"starts_at": START, "ends_at": START + timedelta(hours=2), "reason": "Fair"}, by=clinic.manager, now=NOW
    )
    with pytest.raises(Invalid):
        undo(appointment.pk, by=clinic.reception, now=NOW)


def test_a_missed_visit_taken_back_does_not_lapse_under_the_patients_feet(clinic: Clinic) -> None:
    """It has begun: it stands booked with its concern, and the procedure asks for the reason."""
    appointment = booked(clinic)
    no_show(appointment.pk, by=clinic.reception, now=START)
    clinic.now = START
    clinic.answer(appointment.patient, PREGNANT)
    outcome = undo(appointment.pk, by=clinic.reception, now=START + timedelta(minutes=5))
    assert outcome.appointment is not None
    assert outcome.appointment.status == "booked"
    assert chasing.lapse_undecided(now=START + timedelta(minutes=6)) == 0
    clinic.answer(appointment.patient, PREGNANT | {"fever": "no"})
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_a_pending_visit_moved_to_soon_lapses_at_its_start_like_a_new_one(clinic: Clinic) -> None:
    """The 2 hours count from the move."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    now = local("2026-03-09", "09:00")
    move(appointment.pk, MoveRequest(start=local("2026-03-09", "10:00")), by=clinic.reception, now=now)
    assert chasing.lapse_undecided(now=now + timedelta(minutes=1)) == 0
    assert chasing.lapse_undecided(now=local("2026-03-09", "10:00")) == 1


def test_one_row_that_fails_does_not_stop_the_others(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two undecided visits cannot be cancelled: the second is all the same."""
    appointments = []
    for name, at in (("Birch", "09:00"), ("Cole", "10:00")):
        patient = clinic.fit_patient(name)
        clinic.answer(patient, {"immunosuppressed": "yes"})
        appointments.append(clinic.book(patient, local("2026-03-10", at)).appointment)
    lapse = chasing._lapse
    broken = appointments[0].pk  # type: ignore[union-attr]

    def fail_first(pk: int, *, now: object) -> int:
        if pk == broken:
            raise RuntimeError("broken")
        return lapse(pk, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(chasing, "_lapse", fail_first)
    assert chasing.lapse_undecided(now=local("2026-03-10", "09:30")) == 1


def test_a_covered_critical_does_not_stand_in_the_way_of_approving_what_is_new(clinic: Clinic) -> None:
    """Overridden once, it needs no second override when only a warning came up."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-10")
    appointment = clinic.book(patient, START, override_reason="Asked for by the surgeon").appointment
    assert appointment is not None
    who = {"by": clinic.radiologist, "now": NOW}
    override = DecisionRequest(outcome="override", reason="Seen", reason_code="specialist-advice")
    decide(appointment.pk, override, **who)  # type: ignore[arg-type]
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes", "immunosuppressed": "yes"})
    decide(appointment.pk, DecisionRequest(outcome="approve", reason="Seen"), **who)  # type: ignore[arg-type]
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_the_reason_of_the_one_who_asked_survives_new_facts(clinic: Clinic) -> None:
    """The radiologist reads it in the queue whatever was recorded meanwhile."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-10")
    appointment = clinic.book(patient, START, override_reason="Asked for by the surgeon").appointment
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes", "immunosuppressed": "yes"})
    newest = Assessment.objects.filter(appointment=appointment).latest("pk")
    assert newest.override_reason == "Asked for by the surgeon"


def test_a_move_by_somebody_else_does_not_make_it_anothers_request(clinic: Clinic) -> None:
    """Who booked it may still not decide on it."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    appointment = clinic.book(patient, START, by=clinic.radiologist).appointment
    assert appointment is not None
    move(appointment.pk, MoveRequest(start=local("2026-03-10", "11:00")), by=clinic.reception, now=NOW)
    with pytest.raises(OwnRequest):
        decide(appointment.pk, DecisionRequest(outcome="approve", reason="Mine"), by=clinic.radiologist, now=NOW)


def test_nothing_is_given_before_it_was_asked_for(clinic: Clinic) -> None:
    """A year typed wrong does not move the interval into the past."""
    appointment = booked(clinic)
    wrong = replace(GIVEN, started_at=START.replace(year=2025), ended_at=START.replace(year=2025, minute=20))
    with pytest.raises(Invalid) as refused:
        record_procedure(appointment.pk, wrong, by=clinic.radiologist, now=AFTER)
    assert {error.pointer for error in refused.value.errors} >= {"#/started_at", "#/ended_at"}


def test_a_room_without_its_ultrasound_and_a_kind_nobody_takes_name_their_bookings(clinic: Clinic) -> None:
    """Unconfirmed they are refused; confirmed the bookings stand on the list."""
    appointment = booked(clinic)
    for save in (
        lambda **yes: save_room(clinic.room.pk, {"has_ultrasound": False}, by=clinic.manager, now=NOW, **yes),
        lambda **yes: save_practitioner(
            clinic.practitioner.pk, {"kinds": ["follow-up"]}, by=clinic.manager, now=NOW, **yes
        ),
    ):
        with pytest.raises(HitsBookings):
            save()
        save(confirm=True)
        assert to_be_moved(now=NOW) == [appointment]


def test_a_taken_nhs_number_is_named_when_a_patient_is_corrected(clinic: Clinic) -> None:
    """As at registration."""
    clinic.patient("Elm", nhs_number="9990001006")
    with pytest.raises(NumberTaken):
        correct_patient(clinic.patient("Fir").pk, changes={"nhs_number": "9990001006"}, by=clinic.reception, now=NOW)


def test_a_visit_that_injects_nothing_is_completed_late_with_its_arrival(clinic: Clinic) -> None:
    """Booked, and over: both lines stand in its history. Before its start it cannot be completed."""
    patient = clinic.patient()
    appointment = clinic.book(
        patient, START, kind="follow-up", practitioner_id=clinic.practitioner.pk, room_id=clinic.room.pk
    ).appointment
    assert appointment is not None
    with pytest.raises(WrongState):
        fulfil(appointment.pk, by=clinic.reception, now=START - timedelta(minutes=1))
    done = fulfil(appointment.pk, by=clinic.reception, now=START + timedelta(hours=1))
    assert [change.verb for change in done.changes.all()] == ["book", "arrive", "fulfil"]


def test_a_merge_stands_in_the_history_of_what_it_hands_over(clinic: Clinic) -> None:
    """And what was cancelled on the merged record is not taken back there."""
    appointment, other = booked(clinic), booked(clinic, "Cole", local("2026-03-11"))
    cancel(other.pk, reason="A slip", by=clinic.reception, now=NOW)
    kept = clinic.patient("Birchall")
    merge.merge_patients(appointment.patient_id, into_id=kept.pk, by=clinic.manager, now=NOW)
    merge.merge_patients(other.patient_id, into_id=kept.pk, by=clinic.manager, now=NOW)
    appointment.refresh_from_db()
    assert appointment.patient_id == kept.pk
    assert appointment.changes.last().verb == "hand-over"  # type: ignore[union-attr]
    with pytest.raises(WrongState):
        undo(other.pk, by=clinic.reception, now=NOW)
