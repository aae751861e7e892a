"""A patient has died: what ends with it, that nothing leaves any more, and what comes back when it was a mistake."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from injections.assessment.open_calls import open_call
from injections.booking.book import check
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.offers import SlotSearch, offers
from injections.booking.undo import undo
from injections.merging.merge import merge_patients
from injections.models import Call
from injections.patient.death import Restored, ToldOfDeath, record_death, take_back_death
from injections.review import milder, queue
from injections.visit.arrival import arrive, no_show
from injections.visit.own_link import confirm_coming, replace_link
from injections.worklists import lists
from injections.worklists.lapse import lapse_undecided
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid, Missing
from pht_clinic.people.actors import PATIENT, Actor
from scheduling.messages import desk
from scheduling.messages.recipients import DECEASED
from scheduling.messages.sending import claims
from scheduling.models import Appointment, Death, Message, Patient
from scheduling.patients.death import HasDied
from scheduling.states import WrongState
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, give

TEN = timedelta(minutes=10)


def visit(clinic: Clinic, patient: Patient, day: str = "2026-03-24", at: str = "10:00", **values: str) -> Appointment:
    found = clinic.book(patient, local(day, at), **values).appointment
    assert found is not None
    return found


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.select_related("patient").get(pk=row.pk)


def taken_back(clinic: Clinic, patient: Patient, *, by: Actor | None = None, after: timedelta = TEN) -> Restored:
    return take_back_death(patient.pk, by=by or clinic.reception, now=clinic.now + after)


def leaving(patient: Patient) -> set[str]:
    """The kinds of what waits for this patient."""
    return set(Message.objects.of_patient(patient.pk).filter(status="queued").values_list("kind", flat=True))


# -- What ends --------------------------------------------------------------------------------------------


def test_every_open_visit_is_cancelled_without_a_word_to_the_patient(clinic: Clinic) -> None:
    """Booked, under review and arrived alike; of none a message, sent or to come."""
    patient = clinic.fit_patient()
    booked = visit(clinic, patient)
    arrived = visit(clinic, patient, "2026-03-02", "16:00", kind="follow-up")
    arrive(arrived.pk, by=clinic.reception, now=clinic.now)
    pending = visit(clinic, patient, "2026-03-26", override_reason="Please look")
    assert pending.status == "pending"
    ended = clinic.death(patient)
    assert [one.pk for one in ended.visits] == [arrived.pk, booked.pk, pending.pk]
    for one in (booked, arrived, pending):
        assert fresh(one).status == "cancelled"
        last = one.changes.last()
        assert last is not None
        assert (last.verb, last.reason) == ("end-by-death", "The patient has died.")
    assert not Message.objects.filter(status__in=["queued", "sending", "sent"]).exists()
    assert not Message.objects.filter(kind="cancelled").exists()


def test_what_waits_is_cancelled_with_the_reason_in_words(clinic: Clinic) -> None:
    """Confirmation and reminders of the visit; also what a call had held back, and a phone task."""
    patient = clinic.fit_patient()
    give(visit(clinic, patient, "2026-03-10"), clinic)
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Phone", now=AFTER)
    task = Message.objects.of_patient(patient.pk).filter(kind="confirmed").get()
    Message.objects.filter(pk=task.pk).update(status="failed", phone_task=True)
    clinic.now = AFTER
    clinic.death(patient, "2026-03-10")
    rows = Message.objects.of_patient(patient.pk)
    assert set(rows.exclude(pk=task.pk).values_list("status", flat=True)) == {"cancelled"}
    assert set(rows.filter(kind__in=["rest-over", "flare-check"]).values_list("reason", flat=True)) == {DECEASED}
    task.refresh_from_db()
    assert (task.closed_at, task.closed_reason) == (AFTER, DECEASED)
    assert not lists.phone_tasks().exists()


def test_nothing_is_planned_later_and_the_row_says_why(clinic: Clinic) -> None:
    """A procedure that is recorded after the death plans its set; each of it stands as cancelled, and is no task."""
    patient = clinic.fit_patient()
    booked = visit(clinic, patient, "2026-03-10")
    arrive(booked.pk, by=clinic.reception, now=START)
    clinic.now = START + timedelta(minutes=30)
    clinic.death(patient, "2026-03-10")
    assert fresh(booked).status == "arrived"
    give(booked, clinic)
    planned = Message.objects.of_patient(patient.pk).filter(subject=f"patient:{patient.pk}")
    assert planned.count() > 4
    assert set(planned.values_list("status", "reason", "phone_task")) == {("cancelled", DECEASED, False)}


def test_a_message_claimed_at_that_instant_is_not_handed_over(clinic: Clinic) -> None:
    """The worker that holds it finds that it has lost it."""
    patient = clinic.fit_patient()
    visit(clinic, patient)
    held = claims.claim(now=clinic.now)
    assert held is not None
    clinic.death(patient)
    with pytest.raises(claims.LeaseLost):
        claims.hand_over(held, now=clinic.now)
    held.refresh_from_db()
    assert (held.status, held.reason) == ("cancelled", DECEASED)


def test_one_that_is_being_handed_over_is_not_tried_again_and_is_no_task(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    visit(clinic, patient)
    held = claims.claim(now=clinic.now)
    assert held is not None
    claims.hand_over(held, now=clinic.now)
    clinic.death(patient)
    claims.finish(held, Message.State.FAILED, reason="Refused", phone_task=True, now=clinic.now)
    assert not lists.phone_tasks().exists()


def test_nothing_that_did_not_arrive_can_be_tried_again(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    visit(clinic, patient)
    row = Message.objects.get(kind="confirmed")
    Message.objects.filter(pk=row.pk).update(status="failed", phone_task=True)
    clinic.death(patient)
    with pytest.raises(desk.NotRetriable, match="the patient has died"):
        desk.retry(row.pk, by=clinic.reception, now=clinic.now)


def test_a_phone_task_is_closed_and_open_calls_say_why_they_are(clinic: Clinic) -> None:
    """Nobody phones; nobody was spoken to."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    visit(clinic, patient, override_reason="Please look")
    assert Call.objects.filter(closed_at=None).exists()
    clinic.death(patient)
    call = Call.objects.get()
    assert (call.closed_at, call.said, call.spoke_to) == (clinic.now, "Closed automatically: the patient has died.", "")
    open_call(Patient.objects.get(pk=patient.pk), why=Call.Why.NOT_BETTER, say="Phone", now=clinic.now)
    assert Call.objects.count() == 1


def test_messages_to_the_staff_still_leave(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    visit(clinic, patient, override_reason="Please look")
    clinic.death(patient)
    assert Message.objects.filter(subject="staff:call", status="queued").exists()


def test_a_visit_that_has_begun_stays_for_somebody_to_say_what_happened(clinic: Clinic) -> None:
    """Its patient may have been treated; what nobody can have come to, on a day after the death, is cancelled."""
    patient = clinic.fit_patient()
    booked = visit(clinic, patient, "2026-03-10")
    clinic.now = START + timedelta(hours=1)
    clinic.death(patient, "2026-03-10")
    assert fresh(booked).status == "booked"
    with pytest.raises(HasDied):
        move(booked.pk, MoveRequest(start=local("2026-03-25")), by=clinic.reception, now=clinic.now)
    no_show(booked.pk, by=clinic.reception, now=clinic.now)
    assert not leaving(patient)
    assert Message.objects.get(kind="missed").reason == DECEASED


@pytest.mark.parametrize(
    ("on", "status"), [("2026-03-09", "cancelled"), ("2026-03-10", "booked"), ("2026-03", "booked")]
)
def test_what_was_booked_for_a_day_after_the_death_never_took_place(clinic: Clinic, on: str, status: str) -> None:
    """Boundary: on the last possible day of it the visit may have taken place."""
    patient = clinic.fit_patient()
    booked = visit(clinic, patient, "2026-03-10")
    clinic.now = START + timedelta(hours=6)
    clinic.death(patient, on)
    assert fresh(booked).status == status


def test_nothing_waits_in_any_list_of_work(clinic: Clinic) -> None:
    """What waits for review is not cancelled a second time for want of a decision, and nobody is phoned for it."""
    patient = clinic.fit_patient()
    pending = visit(clinic, patient, "2026-03-12", override_reason="Please look")
    clinic.answer(patient, {"fever": "yes"})
    clinic.milder(patient)
    assert milder.unseen().exists()
    clinic.death(patient)
    assert not milder.unseen().exists()
    assert not queue.review_queue(now=clinic.now)
    assert not queue.waiting_for_answers(now=clinic.now)
    lapse_undecided(now=local("2026-03-12", "09:00"))
    assert fresh(pending).status == "cancelled"
    assert not Call.objects.filter(closed_at=None).exists()


# -- What is refused --------------------------------------------------------------------------------------


def test_nothing_is_booked_moved_offered_or_judged_for_the_dead(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.death(patient)
    ask = clinic.ask(patient, local("2026-03-24"))
    search = SlotSearch(from_on=clinic.now.date(), to_on=clinic.now.date() + timedelta(days=30))
    therapy = clinic.ask(patient, local("2026-03-24"), kind="physiotherapy")
    for asked in (
        lambda: clinic.book(patient, local("2026-03-24")),
        lambda: clinic.book(patient, local("2026-03-24"), kind="physiotherapy"),
        lambda: check(ask, now=clinic.now),
        lambda: offers(ask, search, now=clinic.now),
        lambda: offers(replace(therapy, practitioner_id=None, room_id=None), search, now=clinic.now),
    ):
        with pytest.raises(HasDied, match="This patient has died"):
            asked()


def test_a_visit_cancelled_before_the_death_is_not_taken_back(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    booked = visit(clinic, patient)
    cancel(booked.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    ended = visit(clinic, patient, "2026-03-25")
    clinic.death(patient)
    with pytest.raises(HasDied):
        undo(booked.pk, by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState):
        undo(ended.pk, by=clinic.reception, now=clinic.now)
    with pytest.raises(HasDied):
        replace_link(booked.pk, reason="Lost", by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState):
        confirm_coming(booked.pk, by=PATIENT, now=clinic.now)


@pytest.mark.parametrize(
    ("on", "source", "pointer", "sentence"),
    [
        ("2026-03-03", "A son", "#/on", "The date is in the future."),
        ("2027", "A son", "#/on", "The date is in the future."),
        ("1980-04-30", "A son", "#/on", "The date is before the date of birth, 1 May 1980."),
        ("2026-02-30", "A son", "#/on", "The date day is out of range for month."),
        ("", "A son", "#/on", "Say when the patient died, as far as it is known."),
        ("2026", "  ", "#/source", "Say who told the clinic."),
        ("2026", "a\u202eb", "#/source", "This text holds a character that turns the direction of writing around"),
        ("2026", "x" * 201, "#/source", "Use at most 200 characters."),
    ],
)
def test_a_death_that_cannot_be_is_refused_at_its_field(
    clinic: Clinic, on: str, source: str, pointer: str, sentence: str
) -> None:
    patient = clinic.fit_patient()
    with pytest.raises(Invalid) as refused:
        record_death(patient.pk, ToldOfDeath(on=on, source=source), by=clinic.reception, now=clinic.now)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert sentence in refused.value.errors[0].detail
    assert not Death.objects.exists()


def test_every_problem_is_named_at_once(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as refused:
        record_death(clinic.patient().pk, ToldOfDeath(on="2030", source=""), by=clinic.reception, now=clinic.now)
    assert {error.pointer for error in refused.value.errors} == {"#/on", "#/source"}


@pytest.mark.parametrize("on", ["2026", "2026-03", "2026-03-02", "1980-05-01"])
def test_a_day_a_month_or_a_year_is_enough(clinic: Clinic, on: str) -> None:
    patient = clinic.patient()
    clinic.death(patient, on)
    assert Death.objects.get().on == on


def test_it_is_recorded_once_and_of_somebody_who_exists(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.death(patient)
    with pytest.raises(Conflict, match="recorded already"):
        clinic.death(patient)
    with pytest.raises(Missing):
        record_death(987654321, ToldOfDeath(on="2026", source="A son"), by=clinic.reception, now=clinic.now)
    with pytest.raises(Missing):
        take_back_death(987654321, by=clinic.reception, now=clinic.now)
    with pytest.raises(Conflict, match="No death"):
        taken_back(clinic, clinic.patient("Other"))


def test_only_people_of_the_clinic_say_so(clinic: Clinic) -> None:
    patient = clinic.patient()
    with pytest.raises(Forbidden):
        clinic.death(patient, by=PATIENT)
    clinic.death(patient)
    with pytest.raises(Forbidden):
        taken_back(clinic, patient, by=PATIENT)


# -- Taking it back ---------------------------------------------------------------------------------------


def test_reception_takes_it_back_for_10_minutes_and_a_manager_at_any_time(clinic: Clinic) -> None:
    """Boundary: at 10 minutes everybody may, after 11 only a manager."""
    first, second = clinic.patient("Ash"), clinic.patient("Beech")
    for patient in (first, second):
        clinic.death(patient)
    assert taken_back(clinic, first, by=clinic.radiologist).row.takes_back is not None
    for by in (clinic.reception, clinic.radiologist):
        with pytest.raises(Forbidden, match=r"More than 10 minutes have passed: only a manager can undo it now\."):
            taken_back(clinic, second, by=by, after=timedelta(minutes=11))
    taken_back(clinic, second, by=clinic.manager, after=timedelta(days=400))
    assert not Patient.objects.exclude(death=None).exists()


def test_visits_come_back_judged_afresh(clinic: Clinic) -> None:
    """Booked where nothing stands against it now, else waiting for review; the patient was told nothing either way."""
    patient = clinic.fit_patient()
    booked, therapy = visit(clinic, patient), visit(clinic, patient, "2026-03-05", kind="physiotherapy")
    Message.objects.filter(kind="confirmed").update(status="sent")
    clinic.death(patient)
    clinic.earlier_injection(patient, "2025-12-01")
    done = taken_back(clinic, patient)
    assert {one.pk for one in done.back} == {booked.pk, therapy.pk}
    assert not done.not_back
    assert fresh(booked).status == "pending"
    assert fresh(therapy).status == "booked"
    assert "cancelled" not in leaving(patient)


def test_reminders_are_planned_again_and_what_was_not_sent_yet_is_sent(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    visit(clinic, patient)
    before = leaving(patient)
    clinic.death(patient)
    assert not leaving(patient)
    taken_back(clinic, patient)
    assert leaving(patient) == before >= {"confirmed", "reminder-week"}


def test_a_visit_whose_time_is_taken_is_listed_with_why(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    taken, free = visit(clinic, patient), visit(clinic, patient, "2026-03-24", "15:00", kind="follow-up")
    clinic.death(patient)
    visit(clinic, clinic.fit_patient("Other"))
    done = taken_back(clinic, patient)
    assert [one.pk for one in done.back] == [free.pk]
    [not_back] = done.not_back
    assert not_back.visit.pk == taken.pk
    assert "already taken" in not_back.why
    assert fresh(taken).status == "cancelled"
    call = Call.objects.get()
    assert (call.why, call.closed_at) == ("not-back", None)
    assert call.say.startswith(
        "A death recorded by mistake had cancelled visits that did not come back. Offer another time."
    )
    assert "24 March 2026" in call.say


def test_a_visit_whose_time_has_passed_is_listed(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    visit(clinic, patient)
    clinic.death(patient)
    done = taken_back(clinic, patient, by=clinic.manager, after=timedelta(days=60))
    assert [one.why for one in done.not_back] == ["Its time has passed."]


def test_calls_and_phone_tasks_stand_on_the_list_again(clinic: Clinic) -> None:
    """A red flag that a mistake closed is not lost; it is as old as it was, and the staff are told again."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    visit(clinic, patient, override_reason="Please look")
    opened_at = Call.objects.get().opened_at
    clinic.death(patient)
    taken_back(clinic, patient)
    again = Call.objects.get(closed_at=None)
    assert (again.why, again.opened_at) == ("red-flag", opened_at)
    assert Message.objects.filter(subject="staff:call").count() == 2


def test_what_follows_an_injection_is_planned_again(clinic: Clinic) -> None:
    """What a call holds back stays held back."""
    patient = clinic.fit_patient()
    give(visit(clinic, patient, "2026-03-10"), clinic)
    clinic.now = AFTER
    before = leaving(patient)
    clinic.death(patient, "2026-03-10")
    taken_back(clinic, patient)
    assert leaving(patient) == before >= {"aftercare", "rest-over", "recovery"}
    open_call(Patient.objects.get(pk=patient.pk), why=Call.Why.WARNING_SIGN, say="Phone", now=AFTER)
    clinic.death(patient, "2026-03-10")
    taken_back(clinic, patient)
    assert leaving(patient) == before - {"rest-over", "recovery", "recovery-3-months"}


def test_it_can_be_recorded_again_after_it_was_taken_back(clinic: Clinic) -> None:
    """Each is a row of its own; none is ever changed."""
    patient = clinic.fit_patient()
    booked = visit(clinic, patient)
    clinic.death(patient)
    taken_back(clinic, patient)
    clinic.now += timedelta(hours=1)
    clinic.death(patient, "2026")
    assert fresh(booked).status == "cancelled"
    assert list(Death.objects.values_list("on", "takes_back__on")) == [
        ("2026-03-01", None),
        ("2026-03-01", "2026-03-01"),
        ("2026", None),
    ]
    with pytest.raises(AppendOnlyError):
        Death.objects.update(on="2025")
    assert [one.pk for one in taken_back(clinic, patient).back] == [booked.pk]


def test_the_audit_trail_says_who_and_what_ended(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    booked = visit(clinic, patient)
    clinic.death(patient)
    taken_back(clinic, patient)
    told = dict(Entry.objects.filter(verb__startswith="death-").values_list("verb", "detail"))
    assert told == {
        "death-recorded": {"visits": [booked.pk]},
        "death-taken-back": {"back": [booked.pk], "not_back": []},
    }
    assert Entry.objects.filter(verb="appointment-ended-by-death", patient_ids=[patient.pk]).count() == 1


def test_a_record_that_was_merged_is_told_on_the_one_that_stands(clinic: Clinic) -> None:
    kept, twin = clinic.fit_patient("Dean"), clinic.patient("Deane")
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    with pytest.raises(Conflict, match="merged into another"):
        clinic.death(twin)
    with pytest.raises(Conflict, match="merged into another"):
        taken_back(clinic, twin)
    clinic.death(kept)
    assert Patient.objects.get(pk=twin.pk).has_died
