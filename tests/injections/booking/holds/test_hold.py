"""A time that is held while somebody books it: everyone sees it, nobody takes it over, and it lapses by itself."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from injections.booking.book import book
from injections.booking.cancel import cancel
from injections.booking.holds.hold import being_booked, give_back, held, hold_to_book, hold_to_move
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.merging.merge import merge_patients
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Missing
from pht_clinic.people.actors import PATIENT
from scheduling.availability.slots import Search, free_slots
from scheduling.diary import holding
from scheduling.diary.places import Clash
from scheduling.kinds import KINDS
from scheduling.models import Appointment, Message, Patient
from scheduling.patients.death import HasDied
from tests.clinic import Clinic, local

TEN, ELEVEN = local("2026-03-10", "10:00"), local("2026-03-10", "11:00")
HOLD = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def hold(clinic: Clinic, patient: Patient, start: datetime = TEN, **who: object) -> Appointment:
    return hold_to_book(clinic.ask(patient, start), **{"by": clinic.reception, "now": clinic.now} | who)  # type: ignore[arg-type]


def starts(clinic: Clinic, patient: Patient, *, holder: int | None = None, now: datetime | None = None) -> list[str]:
    day = date(2026, 3, 10)
    search = Search(KINDS["injection"], day, day, patient_id=patient.pk, holder=holder)
    return [slot.start.strftime("%H:%M") for slot in free_slots(search, now=now or clinic.now)]


def test_a_held_time_is_refused_to_everybody_else_by_name_and_until_when(clinic: Clinic) -> None:
    """Another patient and the same one by another person: neither of them gets it."""
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    hold(clinic, ash)
    for patient, by in ((elm, clinic.radiologist), (ash, clinic.radiologist)):
        for deed in (hold_to_book, book):
            with pytest.raises(Clash) as refused:
                deed(clinic.ask(patient, TEN), by=by, now=clinic.now + HOLD - SECOND)
            assert refused.value.sentence == "That time is being booked by reception, who has it until 09:05."
    clashes = refused.value.extra["clashes"]
    assert {one["resource"] for one in clashes} == {"patient", "practitioner", "room"}  # type: ignore[attr-defined]
    assert {one["held_by"] for one in clashes} == {"reception"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("deed", [hold_to_book, book], ids=["holds", "books"])
def test_what_somebody_holds_never_refuses_them_for_whomever_they_want_it(clinic: Clinic, deed: Any) -> None:
    """The same time for another patient: the first hold of it is given up, one of another time is not."""
    ash, elm, oak = clinic.fit_patient("Ash"), clinic.fit_patient("Elm"), clinic.fit_patient("Oak")
    hold(clinic, ash)
    hold(clinic, oak, ELEVEN)
    deed(clinic.ask(elm, TEN), by=clinic.reception, now=clinic.now)
    there = Appointment.diary.order_by("start_at").values_list("patient", "start_at")
    assert list(there) == [(elm.pk, TEN), (oak.pk, ELEVEN)]


def test_whoever_holds_a_time_books_it_and_it_becomes_the_visit(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    first = hold(clinic, patient)
    appointment = clinic.book(patient, TEN).appointment
    assert appointment is not None
    assert appointment.pk == first.pk
    stored = Appointment.objects.get()
    assert (stored.status, stored.held_until, stored.held_by, stored.held_by_name) == ("booked", None, None, "")
    assert [(one.verb, one.from_status, one.to_status) for one in stored.changes.all()] == [
        ("book", "proposed", "booked")
    ]
    assert Message.objects.filter(appointment=stored, kind="confirmed").count() == 1
    assert not Appointment.holds.exists()


def test_a_lapsed_hold_keeps_nobody_out_and_its_holder_may_still_book_what_nobody_took(clinic: Clinic) -> None:
    """Boundary: at 5 minutes it has lapsed."""
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    hold(clinic, ash)
    assert book(clinic.ask(ash, TEN), by=clinic.reception, now=clinic.now + HOLD).appointment
    hold(clinic, ash, ELEVEN)
    assert "11:00" not in starts(clinic, elm, now=clinic.now + HOLD - SECOND)
    later = clinic.now + HOLD
    assert "11:20" in starts(clinic, elm, now=later)
    assert book(clinic.ask(elm, ELEVEN), by=clinic.radiologist, now=later).appointment
    with pytest.raises(Clash, match="already taken"):
        book(clinic.ask(ash, ELEVEN), by=clinic.reception, now=later)
    assert not Appointment.holds.exists()


def test_choosing_another_time_gives_the_first_one_back(clinic: Clinic) -> None:
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    hold(clinic, ash)
    hold(clinic, ash, ELEVEN)
    assert Appointment.holds.get().start_at == ELEVEN
    assert clinic.book(elm, TEN).appointment


def test_a_time_is_given_back_by_whoever_holds_it_alone(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    hold(clinic, patient)
    assert not give_back(patient.pk, by=clinic.radiologist, now=clinic.now)
    assert not give_back(patient.pk, by=PATIENT, now=clinic.now)
    assert held(patient.pk, by=clinic.reception, now=clinic.now) is not None
    assert held(patient.pk, by=clinic.reception, now=clinic.now + HOLD) is None
    assert give_back(patient.pk, by=clinic.reception, now=clinic.now)
    assert not Appointment.holds.exists()
    done = Entry.objects.filter(verb__in=["appointment-held", "appointment-given-back"]).order_by("pk")
    assert [(one.verb, one.patient_ids) for one in done] == [
        ("appointment-held", [patient.pk]),
        ("appointment-given-back", [patient.pk]),
    ]


def test_the_search_leaves_out_what_others_hold_and_offers_ones_own_again(clinic: Clinic) -> None:
    ash, elm = clinic.fit_patient("Ash"), clinic.fit_patient("Elm")
    hold(clinic, ash, local("2026-03-10", "08:00"))
    assert starts(clinic, elm)[0] == "08:40"
    assert starts(clinic, elm, holder=clinic.reception.user_id)[0] == "08:00"
    assert starts(clinic, ash, holder=clinic.radiologist.user_id)[0] == "08:40"
    assert starts(clinic, ash, holder=clinic.reception.user_id)[0] == "08:00"
    assert starts(clinic, elm, now=clinic.now + HOLD)[0] == "08:00"


def test_a_hold_is_no_visit_to_anybody(clinic: Clinic) -> None:
    """No list, no use case and no message knows it; as a time being booked it is read by name."""
    patient = clinic.fit_patient()
    row = hold(clinic, patient)
    assert not Appointment.objects.exists()
    assert not Appointment.objects.of_patient(patient.pk).exists()
    assert not patient.appointments.exists()
    with pytest.raises(Missing):
        cancel(row.pk, reason="x", by=clinic.reception, now=clinic.now)
    with pytest.raises(Missing):
        move(row.pk, MoveRequest(start=ELEVEN), by=clinic.reception, now=clinic.now)
    assert not Message.objects.exists()
    shown = list(being_booked(TEN, ELEVEN, now=clinic.now))
    assert [(one.held_by_name, one.patient_id) for one in shown] == [("reception", patient.pk)]
    assert not list(being_booked(ELEVEN, ELEVEN + HOLD, now=clinic.now))
    assert not list(being_booked(TEN, ELEVEN, now=clinic.now + HOLD))


def test_a_refused_booking_keeps_its_hold(clinic: Clinic) -> None:
    """The override with its reason is still to come."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-02-20")
    hold(clinic, patient)
    assert clinic.book(patient, TEN).refused
    assert Appointment.holds.get().start_at == TEN
    outcome = clinic.book(patient, TEN, override_reason="Please look")
    assert outcome.appointment is not None
    assert outcome.appointment.status == "pending"
    assert not Appointment.holds.exists()


def test_a_move_takes_the_time_that_was_held_for_it(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient(), TEN).appointment
    assert visit is not None
    there = MoveRequest(start=ELEVEN)
    assert hold_to_move(visit.pk, there, by=clinic.reception, now=clinic.now)
    with pytest.raises(Clash, match="being booked by reception"):
        clinic.book(clinic.fit_patient("Elm"), ELEVEN, by=clinic.radiologist)
    assert move(visit.pk, there, by=clinic.reception, now=clinic.now).appointment
    assert not Appointment.holds.exists()
    assert Appointment.objects.get().start_at == ELEVEN


def test_a_move_that_overlaps_its_own_time_holds_nothing_and_works(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient(), TEN).appointment
    assert visit is not None
    near = MoveRequest(start=TEN + timedelta(minutes=10))
    assert hold_to_move(visit.pk, near, by=clinic.reception, now=clinic.now) is None
    assert not Appointment.holds.exists()
    assert move(visit.pk, near, by=clinic.reception, now=clinic.now).appointment


def test_a_patient_holds_by_their_link_and_the_desk_is_told_so(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient(), TEN).appointment
    assert visit is not None
    assert hold_to_move(visit.pk, MoveRequest(start=ELEVEN), by=PATIENT, now=clinic.now)
    with pytest.raises(Clash) as refused:
        clinic.book(clinic.fit_patient("Elm"), ELEVEN)
    assert refused.value.sentence == "That time is being booked by the patient themselves, who has it until 09:05."


def test_an_undo_ends_what_lapsed_and_gives_back_what_its_own_person_holds(clinic: Clinic) -> None:
    patient, elm = clinic.fit_patient(), clinic.fit_patient("Elm")
    visit = clinic.book(patient, TEN).appointment
    assert visit is not None
    cancel(visit.pk, reason="x", by=clinic.reception, now=clinic.now)
    hold(clinic, elm)
    with pytest.raises(Clash, match="being booked by"):
        undo(visit.pk, by=clinic.radiologist, now=clinic.now)
    hold(clinic, patient, ELEVEN)
    undo(visit.pk, by=clinic.reception, now=clinic.now + HOLD)
    assert Appointment.objects.get().status == "booked"
    assert not Appointment.holds.exists()


def test_a_merge_is_not_held_up_by_somebody_who_is_just_booking(clinic: Clinic) -> None:
    one, other = clinic.patient("Ash"), clinic.patient("Ashe")
    clinic.book(one, TEN, kind="follow-up")
    ask = replace(clinic.ask(other, TEN), kind="physiotherapy", site=None, side=None)
    ask = replace(ask, practitioner_id=clinic.physiotherapist.pk, room_id=clinic.gym.pk)
    hold_to_book(ask, by=clinic.reception, now=clinic.now)
    merge_patients(one.pk, into_id=other.pk, by=clinic.manager, now=clinic.now)
    assert Appointment.objects.get().patient_id == other.pk
    assert not Appointment.holds.exists()


def test_nobody_holds_without_the_right_to_book_nor_for_the_dead(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    with pytest.raises(Forbidden):
        hold(clinic, patient, by=clinic.manager)
    clinic.death(patient)
    with pytest.raises(HasDied):
        hold(clinic, patient)


def test_what_lapsed_is_swept_up_and_what_stands_is_left(clinic: Clinic) -> None:
    hold(clinic, clinic.fit_patient("Ash"))
    hold(clinic, clinic.fit_patient("Elm"), ELEVEN, now=clinic.now + SECOND)
    assert holding.sweep_up(now=clinic.now + HOLD) == 1
    assert Appointment.holds.get().start_at == ELEVEN


@pytest.mark.parametrize(
    "changes", [{"held_until": None}, {"status": "booked"}, {"status": "booked", "held_until": None}]
)
def test_the_database_refuses_half_a_hold(clinic: Clinic, changes: dict[str, object]) -> None:
    """A hold without an end, and a visit that still has one or its holder."""
    row = hold(clinic, clinic.fit_patient())
    with pytest.raises(IntegrityError, match="appointment_held_until"), transaction.atomic():
        Appointment.holds.filter(pk=row.pk).update(**changes)


def test_the_database_refuses_a_second_hold_of_one_person_for_one_patient(clinic: Clinic) -> None:
    """Of the patients by their links too, who are nobody's user."""
    patient = clinic.fit_patient()
    for by in (clinic.reception, PATIENT):
        row = hold(clinic, patient) if by is clinic.reception else _by_link(clinic, patient)
        row.pk = None
        row.start_at, row.end_at = row.start_at + timedelta(days=1), row.end_at + timedelta(days=1)
        row.calendar_uid = f"another-{by.kind}"
        _shifted(row)
        with pytest.raises(IntegrityError, match="appointment_one_hold_each"), transaction.atomic():
            row.save()


def _by_link(clinic: Clinic, patient: Patient) -> Appointment:
    visit = clinic.book(patient, local("2026-03-12")).appointment
    assert visit is not None
    row = hold_to_move(visit.pk, MoveRequest(start=local("2026-03-13")), by=PATIENT, now=clinic.now)
    assert row is not None
    return row


def _shifted(row: Appointment) -> None:
    day = timedelta(days=1)
    for name in ("during", "room_during"):
        period = getattr(row, name)
        setattr(row, name, type(period)(period.lower + day, period.upper + day))
