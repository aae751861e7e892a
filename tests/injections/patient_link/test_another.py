"""One link lists all that its patient has to come, and offers another time after a cancellation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from injections.booking.book import book, book_again
from injections.booking.cancel import Why, cancel
from injections.booking.holds.hold import hold_to_book
from injections.booking.may import TooLate
from injections.merging.merge import merge_patients
from injections.review.decide import DecisionRequest, decide
from injections.worklists.lapse import lapse_undecided
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import PATIENT
from scheduling.diary.why_cancelled import NOT_RIGHT, Said
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic
from tests.injections.messages.german import english_in
from tests.injections.patient_link.conftest import VISIT, Linked, Pages
from tests.pages_world import text_of

DAY = timedelta(days=1)


CANNOT_COME = Said("patient", "cannot-come")


def cancelled(linked: Linked, said: Said = CANNOT_COME, family_name: str = "Birch") -> Appointment:
    visit = linked.booked(family_name=family_name)
    cancel(visit.pk, reason=Why("On the phone", said.by, said.code), by=linked.clinic.reception, now=linked.clinic.now)
    visit.refresh_from_db()
    return visit


def offered(pages: Pages) -> list[str]:
    """The codes of the times that the newest page offers."""
    return re.findall(r'name="time" value="([^"]+)"', pages.last.content.decode())


def test_another_time_is_chosen_held_and_booked_and_the_patient_is_told(linked: Linked) -> None:
    visit = cancelled(linked)
    pages = linked.opened(visit)
    assert "Choose another time" in pages.get()
    said = pages.get("another/")
    assert "is cancelled. Here you can book another in its place." in said
    [first, *_] = offered(pages)
    said = pages.post("another/", time=first, revision=visit.revision, intent="hold")
    assert "We are keeping this time for you until 09:05." in said
    assert Appointment.holds.get().patient_id == visit.patient_id
    # whoever goes back to the visit's own page finds it there
    said = pages.get()
    assert "for you until 09:05. It is not booked yet." in said
    assert offered(pages) == [first]
    assert "To arrange another time" not in said
    said = pages.post("another/", time=first, revision=visit.revision, intent="change")
    assert "Your new appointment is booked." in said
    new = Appointment.objects.exclude(pk=visit.pk).get()
    assert (new.status, new.patient_id, new.kind) == ("booked", visit.patient_id, visit.kind)
    assert new.injection_request.wanted == visit.injection_request.wanted
    assert not Appointment.holds.exists()
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert Message.objects.filter(appointment=new, kind="confirmed", status="queued").exists()
    row = Entry.objects.get(verb="appointment-requested", subject=f"appointment:{new.pk}")
    assert row.actor_kind == "patient"
    # it stands among the others now, and no second one is offered
    said = pages.get()
    assert "Your other appointments" in said
    assert "Choose another time" not in said
    assert "You have another appointment: " in said
    assert "To arrange another time" not in said
    pages.get("another/")
    assert "Please phone us" in text_of(pages.last)
    pages.post("another/", 409, time=first, revision=visit.revision, intent="change")
    assert Appointment.objects.count() == 2


def test_what_is_kept_no_more_is_not_spoken_of_and_other_kinds_are_no_other_time(linked: Linked) -> None:
    visit, clinic = cancelled(linked), linked.clinic
    pages = linked.opened(visit)
    pages.get("another/")
    [first, *_] = offered(pages)
    pages.post("another/", time=first, revision=visit.revision, intent="hold")
    clinic.book(Patient.objects.get(pk=visit.patient_id), VISIT + DAY, kind="follow-up")
    linked.at(clinic.now + timedelta(minutes=6))
    said = pages.get()
    assert "It is not booked yet" not in said
    assert "You have another appointment" not in said
    assert "Choose another time" in said


def test_without_holding_first_a_time_is_booked_as_well_and_a_lost_one_says_so(linked: Linked) -> None:
    visit = cancelled(linked)
    pages = linked.opened(visit)
    pages.get("another/")
    [first, second, *_] = offered(pages)
    clinic = linked.clinic
    start = datetime.fromisoformat(first.split("/")[0])
    hold_to_book(clinic.ask(clinic.fit_patient("Oakes"), start), by=clinic.reception, now=clinic.now)
    said = pages.post("another/", 409, time=first, revision=visit.revision, intent="change")
    assert "being booked by reception" in said
    pages.post("another/", time=second, revision=visit.revision)
    assert Appointment.objects.exclude(pk=visit.pk).get().status == "booked"


def declined(linked: Linked) -> Appointment:
    visit = linked.in_review()
    asked = DecisionRequest(outcome="decline", reason="Not now")
    decide(visit.pk, asked, by=linked.clinic.radiologist, now=linked.clinic.now)
    return visit


def lapsed(linked: Linked) -> Appointment:
    visit = linked.in_review()
    linked.at(VISIT - timedelta(hours=1))
    assert lapse_undecided(now=linked.clinic.now) == 1
    return visit


@pytest.mark.parametrize(
    "make",
    [declined, lapsed, lambda linked: cancelled(linked, NOT_RIGHT), Linked.booked],
    ids=["declined", "lapsed", "cancelled", "booked"],
)
def test_what_somebody_has_to_speak_about_first_is_not_booked_here(
    linked: Linked, make: Callable[[Linked], Appointment]
) -> None:
    visit = make(linked)
    pages = linked.opened(visit)
    assert "Choose another time" not in pages.get()
    assert "Please phone us" in pages.get("another/")
    clinic = linked.clinic
    patient = Patient.objects.get(pk=visit.patient_id)
    with pytest.raises(TooLate):
        book_again(visit.pk, clinic.ask(patient, VISIT + 7 * DAY), by=PATIENT, now=clinic.now)


def test_nothing_but_clear_is_booked_and_nobody_books_for_others(linked: Linked) -> None:
    """The patient reports an injection elsewhere meanwhile: no time nearby is clear, and none is booked by hand."""
    visit, clinic = cancelled(linked), linked.clinic
    pages = linked.opened(visit)
    pages.get("another/")
    [first, *_] = offered(pages)
    clinic.answer(visit.patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(visit.patient, "2026-02-20")
    said = pages.post("another/", 409, time=first, revision=visit.revision, intent="change")
    assert "no longer free" in said
    assert not Appointment.objects.exclude(pk=visit.pk).exists()
    other = cancelled(linked, family_name="Oakes")
    with pytest.raises(Forbidden):
        book(clinic.ask(visit.patient, VISIT + 7 * DAY), by=PATIENT, now=clinic.now)
    with pytest.raises(Forbidden):
        book_again(other.pk, clinic.ask(other.patient, VISIT + 7 * DAY), by=clinic.reception, now=clinic.now)


def test_a_time_within_the_notice_is_for_the_phone(linked: Linked) -> None:
    visit = cancelled(linked)
    linked.at(linked.clinic.now)
    pages = linked.opened(visit)
    near = f"{(linked.clinic.now + timedelta(hours=5)).isoformat()}/{visit.practitioner_id}/{visit.room_id}"
    said = pages.post("another/", 409, time=near, revision=visit.revision, intent="change")
    assert "too soon to be chosen here" in said
    assert not Appointment.objects.exclude(pk=visit.pk).exists()


def test_one_link_lists_all_that_is_to_come_on_whichever_record(linked: Linked) -> None:
    clinic: Clinic = linked.clinic
    visit = linked.booked()
    second = clinic.patient("Birche")
    later = clinic.book(second, VISIT + 30 * DAY, kind="follow-up").appointment
    waits = clinic.book(visit.patient, VISIT + 2 * DAY, kind="follow-up").appointment
    foreign = linked.booked(VISIT + 3 * DAY, "Oakes")
    assert later is not None
    assert waits is not None
    assert "24 March" not in linked.pages(visit).get()  # before the date of birth nothing is said
    said = linked.opened(visit).get()
    assert "26 March 2026" in said
    assert "23 April 2026" not in said
    merge_patients(second.pk, into_id=visit.patient_id, by=clinic.manager, now=clinic.now)
    said = linked.opened(visit).get()
    assert "23 April 2026" in said
    assert "27 March 2026" not in said  # somebody else's
    assert foreign.patient_id != visit.patient_id
    cancel(waits.pk, reason=Why("Ill", "clinic", "other"), by=clinic.reception, now=clinic.now)
    assert "26 March 2026" not in linked.opened(visit).get()


def test_all_of_it_in_german(linked: Linked) -> None:
    visit = cancelled(linked)
    Patient.objects.filter(pk=visit.patient_id).update(written_language="de")
    visit.refresh_from_db()
    pages = linked.opened(visit)
    assert "Eine andere Zeit wählen" in pages.get()
    assert not english_in(text_of(pages.last), "Robin Birch")
    said = pages.get("another/")
    assert "ist abgesagt. Hier buchen Sie dafür einen anderen." in said
    assert not english_in(said, "Robin Birch")
    [first, *_] = offered(pages)
    said = pages.post("another/", time=first, revision=visit.revision, intent="hold")
    assert "Diesen Termin buchen?" in said
    assert not english_in(said, "Robin Birch")
    said = pages.post("another/", time=first, revision=visit.revision, intent="change")
    assert "Ihr neuer Termin ist gebucht." in said
    assert "Ihre anderen Termine" in said
    assert not english_in(said, "Robin Birch")
