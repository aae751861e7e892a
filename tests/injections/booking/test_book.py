"""Booking: clear books, review holds the time, blocked is refused and remembered."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from injections.assessment.visits import with_assessments
from injections.booking.book import book
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest
from injections.booking.move import move as move_booking
from injections.booking.request import BookingRequest
from injections.booking.undo import undo
from injections.models import Assessment, Call
from injections.visit.actions import Action, actions_of
from injections.visit.arrival import arrive, no_show
from injections.visit.own_link import confirm_coming, replace_link
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import PATIENT
from scheduling.diary.locks import StaleRevision
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, local


def rules(assessment: Assessment | None) -> dict[str, str]:
    assert assessment is not None
    return {finding["rule"]: finding["severity"] for finding in assessment.findings}


def test_a_clear_request_is_booked_at_once_and_confirmed(clinic: Clinic) -> None:
    """Everything known and in order: reception books without asking first, and the patient is told."""
    patient = clinic.fit_patient()
    outcome = clinic.book(patient, local("2026-03-10"))
    assert outcome.appointment is not None
    assert outcome.assessment is not None
    assert outcome.assessment.verdict == "clear", rules(outcome.assessment)
    assert outcome.appointment.status == "booked"
    assert outcome.appointment.end_at - outcome.appointment.start_at == timedelta(minutes=30)
    kinds = set(Message.objects.filter(appointment=outcome.appointment).values_list("kind", flat=True))
    assert {"confirmed", "reminder-2-days"} <= kinds


def test_a_request_in_the_review_zone_is_pending_and_the_patient_told_so(clinic: Clinic) -> None:
    """Between 3 and 4 months the time is held and a radiologist decides."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    outcome = clinic.book(patient, local("2026-03-10"))
    assert outcome.appointment is not None
    assert outcome.appointment.status == "pending"
    assert outcome.assessment is not None
    assert outcome.assessment.waiting_for == "review"
    assert rules(outcome.assessment)["repeat-interval"] == "warning"
    assert Message.objects.get(appointment=outcome.appointment, status="queued").kind == "provisional"


def test_a_blocked_request_is_refused_and_its_assessment_and_audit_row_stay(clinic: Clinic) -> None:
    """The refusal is returned, not raised, so that nothing of it is rolled back."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-01")
    outcome = clinic.book(patient, local("2026-03-10"))
    assert outcome.refused
    assert not Appointment.objects.exists()
    assert outcome.assessment is not None
    assert outcome.assessment.verdict == "blocked"
    assert str(outcome.assessment.review_from) == "2026-05-01"
    assert str(outcome.assessment.clear_from) == "2026-05-31"
    assert Assessment.objects.filter(occasion="booking-refused").count() == 1
    assert Entry.objects.filter(verb="booking-refused").count() == 1
    assert not Message.objects.exists()


def test_a_blocked_request_with_a_reason_waits_for_a_radiologist(clinic: Clinic) -> None:
    """Reception asks for an override; nothing is booked until a radiologist says so."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-01")
    outcome = clinic.book(patient, local("2026-03-10"), override_reason="Travels far, asked for by the surgeon")
    assert outcome.appointment is not None
    assert outcome.appointment.status == "pending"
    assert outcome.assessment is not None
    assert outcome.assessment.override_reason.startswith("Travels far")


def test_only_missing_answers_wait_for_answers_and_book_themselves_when_given(clinic: Clinic) -> None:
    """What only reception and the patient can clear does not go to the radiologist, and clears itself."""
    patient = clinic.patient()
    clinic.pathway(patient)
    clinic.report(patient)
    outcome = clinic.book(patient, local("2026-03-10"))
    assert outcome.appointment is not None
    assert outcome.assessment is not None
    assert (outcome.appointment.status, outcome.assessment.waiting_for) == ("pending", "answers")
    done = clinic.answer(patient)
    assert [one.status for one in done.reassessed] == ["booked"]
    assert Message.objects.filter(appointment=outcome.appointment, kind="confirmed").exists()


def test_a_red_flag_answer_questions_a_booked_visit_and_calls_the_patient(clinic: Clinic) -> None:
    """An uncovered concern puts a booked appointment back to pending, and a ☎ answer onto the call list, once."""
    patient = clinic.fit_patient()
    appointment = clinic.book(patient, local("2026-03-10")).appointment
    assert appointment is not None
    done = clinic.answer(patient, {"saddle_or_bladder": "yes"})
    assert [(one.status, one.verdict) for one in done.reassessed] == [("pending", "blocked")]
    assert list(Call.objects.values_list("rule", flat=True)) == ["saddle-or-bladder"]


def test_a_red_flag_answer_without_a_booking_calls_the_patient_too(clinic: Clinic) -> None:
    """The call list does not wait for a booking."""
    patient = clinic.patient()
    clinic.answer(patient, {"fever": "yes"})
    assert list(Call.objects.values_list("rule", flat=True)) == ["systemic-red-flag"]


def test_two_bookings_of_one_time_clash_and_name_each_other(clinic: Clinic) -> None:
    """The second gets a conflict that names the resource and the appointment in the way."""
    first = clinic.book(clinic.fit_patient("Birch"), local("2026-03-10")).appointment
    other = clinic.fit_patient("Cole")
    with pytest.raises(Clash) as refused:
        clinic.book(other, local("2026-03-10", "10:15"))
    assert first is not None
    clashes = refused.value.extra["clashes"]
    assert {(clash["resource"], clash["appointment"]) for clash in clashes} == {  # type: ignore[index,union-attr]
        ("practitioner", str(first.pk)),
        ("room", str(first.pk)),
    }


def test_the_room_is_kept_for_its_cleaning(clinic: Clinic) -> None:
    """30 minutes and 10 of buffer: the room is taken at 10:35 and free at 10:40."""
    clinic.book(clinic.fit_patient("Birch"), local("2026-03-10"))
    other = clinic.fit_patient("Cole")
    with pytest.raises(Clash):
        clinic.book(other, local("2026-03-10", "10:35"))
    assert clinic.book(other, local("2026-03-10", "10:40")).appointment


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"start": local("2026-03-01")}, "#/start"),
        ({"start": local("2026-03-10", "07:55")}, "#/start"),
        ({"start": local("2026-03-10", "17:35")}, "#/start"),
        ({"start": local("2026-03-10", "10:03")}, "#/start"),
        ({"site": "left-knee"}, "#/site"),
        ({"site": "other-site"}, "#/site"),
        ({"side": "both"}, "#/side"),
        ({"targets": ("bone",)}, "#/targets"),
        ({"kind": "massage"}, "#/kind"),
        ({"patient_id": 10**9}, "#/patient"),
        ({"practitioner_id": 10**9}, "#/practitioner"),
        ({"room_id": 10**9}, "#/room"),
    ],
)
def test_what_cannot_be_names_its_field_and_stores_nothing(clinic: Clinic, values: dict, field: str) -> None:
    """Bad input is an error of its field, not a verdict."""
    patient = clinic.fit_patient()
    values = {"start": local("2026-03-10")} | values
    values.setdefault("kind", "injection")
    ask = clinic.ask(patient, local("2026-03-10"))
    before = Assessment.objects.count()
    with pytest.raises(Invalid) as refused:
        book(
            BookingRequest(**({name: getattr(ask, name) for name in ask.__slots__} | values)),
            by=clinic.reception,
            now=clinic.now,
        )
    assert [error.pointer for error in refused.value.errors] == [field]
    assert Assessment.objects.count() == before
    assert not Appointment.objects.exists()


def test_an_injection_needs_a_room_with_ultrasound_and_somebody_who_injects(clinic: Clinic) -> None:
    """Neither can be overridden; both are named at once."""
    patient = clinic.fit_patient()
    with pytest.raises(Invalid) as refused:
        clinic.book(
            patient,
            local("2026-03-10"),
            room_id=clinic.gym.pk,
            practitioner_id=clinic.physiotherapist.pk,
            override_reason="anyway",
        )
    assert {error.pointer for error in refused.value.errors} == {"#/practitioner", "#/room"}


def test_physiotherapy_inside_the_rest_is_blocked_from_both_sides(clinic: Clinic) -> None:
    """Whoever is booked second bears the finding: the physiotherapy after the injection, or the injection before it."""
    patient = clinic.fit_patient()
    assert clinic.book(patient, local("2026-03-10")).appointment
    physio = clinic.book(patient, local("2026-03-12", "10:25"), kind="physiotherapy")
    assert physio.refused
    assert rules(physio.assessment) == {"rest-window": "critical"}
    assert clinic.book(patient, local("2026-03-12", "10:30"), kind="physiotherapy").appointment
    other = clinic.fit_patient("Cole")
    assert clinic.book(other, local("2026-03-18"), kind="physiotherapy").appointment
    injection = clinic.book(other, local("2026-03-17"))
    assert injection.refused
    assert rules(injection.assessment)["rest-window"] == "critical"


def test_moving_judges_afresh_and_blocked_changes_nothing(clinic: Clinic) -> None:
    """A move into the rest of an injection is refused; the booking stays where it was."""
    patient = clinic.fit_patient()
    clinic.book(patient, local("2026-03-10"))
    physio = clinic.book(patient, local("2026-03-20"), kind="physiotherapy").appointment
    assert physio is not None
    outcome = move_booking(physio.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=clinic.now)
    assert outcome.refused
    physio.refresh_from_db()
    assert physio.start_at == local("2026-03-20")
    outcome = move_booking(
        physio.pk, MoveRequest(start=local("2026-03-21")), revision=1, by=clinic.reception, now=clinic.now
    )
    assert outcome.appointment is not None
    assert outcome.appointment.revision == 2
    with pytest.raises(StaleRevision):
        move_booking(physio.pk, MoveRequest(start=local("2026-03-22")), revision=1, by=clinic.reception, now=clinic.now)


def test_a_move_is_taken_back_within_ten_minutes(clinic: Clinic) -> None:
    """Undo puts it back where it stood; at 10 minutes and a second it is too late."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    move_booking(appointment.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=NOW)
    late = NOW + timedelta(minutes=10, seconds=1)
    with pytest.raises(WrongState):
        undo(appointment.pk, by=clinic.reception, now=late)
    undo(appointment.pk, by=clinic.reception, now=NOW + timedelta(minutes=10))
    appointment.refresh_from_db()
    assert appointment.start_at == local("2026-03-10")
    with pytest.raises(WrongState):
        undo(appointment.pk, by=clinic.reception, now=NOW + timedelta(minutes=10))


def test_a_cancelled_time_is_free_at_once_and_an_undo_finds_it_taken(clinic: Clinic) -> None:
    """The cancelled booking comes back only if nobody else took its time."""
    first = clinic.book(clinic.fit_patient("Birch"), local("2026-03-10")).appointment
    assert first is not None
    cancel(first.pk, reason="Patient is ill", by=clinic.reception, now=NOW)
    second = clinic.book(clinic.fit_patient("Cole"), local("2026-03-10")).appointment
    assert second is not None
    with pytest.raises(Clash):
        undo(first.pk, by=clinic.reception, now=NOW + timedelta(minutes=1))
    cancel(second.pk, reason="Booked by mistake", by=clinic.reception, now=NOW)
    outcome = undo(first.pk, by=clinic.reception, now=NOW + timedelta(minutes=2))
    assert outcome.appointment is not None
    assert outcome.appointment.status == "booked"


def test_arrival_and_no_show_have_their_times(clinic: Clinic) -> None:
    """A visit can be missed only after its start; an arrival can be taken back."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    with pytest.raises(WrongState):
        no_show(appointment.pk, by=clinic.reception, now=local("2026-03-10") - timedelta(seconds=1))
    arrive(appointment.pk, by=clinic.reception, now=local("2026-03-10", "09:50"))
    undo(appointment.pk, by=clinic.reception, now=local("2026-03-10", "09:55"))
    missed = no_show(appointment.pk, by=clinic.reception, now=local("2026-03-10"))
    assert missed.status == "noshow"
    back = undo(appointment.pk, by=clinic.reception, now=local("2026-03-10", "10:05"))
    assert back.appointment is not None
    assert back.appointment.status == "booked"


@pytest.mark.parametrize("verb", ["move", "cancel"])
def test_what_happens_beside_a_change_does_not_hide_its_undo(clinic: Clinic, verb: str) -> None:
    """The patient says that they come, or gets a new link, after the move: it is taken back all the same."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    if verb == "move":
        move_booking(appointment.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=NOW)
        confirm_coming(appointment.pk, by=PATIENT, now=NOW)
    else:
        cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW)
    replace_link(appointment.pk, reason="Lost", by=clinic.reception, now=NOW)
    assert undo_button(appointment, clinic, NOW).is_offered
    undo(appointment.pk, by=clinic.reception, now=NOW)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.start_at) == ("booked", local("2026-03-10"))


def undo_button(appointment: Appointment, clinic: Clinic, now: datetime) -> Action:
    [visit] = with_assessments([appointment], with_changes=True)
    return actions_of(visit, by=clinic.reception, now=now)["undo"]


def test_an_undo_that_is_refused_says_why(clinic: Clinic) -> None:
    """Nothing to take back, too late, taken back before: each in its own words, and no button offers it."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None

    def refusal(now: datetime) -> str:
        with pytest.raises(WrongState) as refused:
            undo(appointment.pk, by=clinic.reception, now=now)
        button = undo_button(appointment, clinic, now)
        assert (button.is_offered, button.why_not) == (False, refused.value.sentence)
        return button.why_not

    assert "The last change: it was requested." in refusal(NOW)
    move_booking(appointment.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=NOW)
    assert "More than 10 minutes have passed" in refusal(NOW + timedelta(minutes=11))
    undo(appointment.pk, by=clinic.reception, now=NOW)
    assert "already been undone" in refusal(NOW)


def test_an_arrival_by_mistake_leaves_nobody_without_their_confirmation(clinic: Clinic) -> None:
    """It took the confirmation back before it was sent; one that was sent is not told again."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    for waiting in (1, 0):
        arrive(appointment.pk, by=clinic.reception, now=NOW)
        assert not Message.objects.filter(kind="confirmed", status="queued").exists()
        undo(appointment.pk, by=clinic.reception, now=NOW)
        queued = Message.objects.filter(kind="confirmed", status="queued")
        assert queued.count() == waiting
        queued.update(status="sent")


def test_a_move_is_made_and_taken_back_without_a_word(clinic: Clinic) -> None:
    """Whoever did not hear of the move does not hear of its undo; who did, does, unless they are said to know it."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    Message.objects.filter(kind="confirmed").update(status="sent")
    there = MoveRequest(start=local("2026-03-11"))
    move = partial(move_booking, appointment.pk, by=clinic.reception, now=NOW)
    move(there)
    undo(appointment.pk, by=clinic.reception, now=NOW)
    assert not Message.objects.filter(kind="moved").exclude(status="cancelled").exists()
    assert Message.objects.filter(kind="reminder-2-days", status="queued").count() == 1
    move(replace(there, tell_patient=False))
    undo(appointment.pk, tell_patient=False, by=clinic.reception, now=NOW)
    spoken = Message.objects.filter(kind="moved", status="told").order_by("pk")
    assert [row.values["time"] for row in spoken] == ["10:00", "10:00"]
    assert {row.closed_by_id for row in spoken} == {clinic.reception.user_id}
    assert not Message.objects.filter(kind="moved", status="queued").exists()
