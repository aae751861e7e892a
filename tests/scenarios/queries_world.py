"""A clinic in which every page and every list has something to show, and as much more of everything as is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from injections.answers.information import answer_information
from injections.answers.measures import Measure
from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list.offer import make_offer
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.letters.addresses import confirm_address
from injections.letters.colleagues import send_on_letter
from injections.letters.write import write_letter
from injections.models import Call
from injections.patient import notes
from injections.patient.activities import plan_activity
from injections.patient_link.recovery import Answers, answer_recovery
from injections.procedure.record import record_procedure
from injections.review.decide import DecisionRequest, decide
from injections.worklists.close_call import record_attempt
from injections.worklists.recall import tick_off
from pht_clinic.people.actors import PATIENT
from scheduling.clinic.closures import close_at_short_notice, save_closure
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.messages.undelivered import attempts as phone_attempts
from scheduling.models import Appointment, Message, Patient
from scheduling.patients import link
from tests.clinic import Clinic, local, registered_twice
from tests.injections.booking.series.world import booked as booked_in_series
from tests.injections.doors.records.coming.bringing import imports
from tests.injections.procedure.test_record import GIVEN

TODAY = "2026-03-02"
PAPER_DAY = "2026-08-05"
OPENS, NOON = local(TODAY, "08:00"), local(TODAY, "14:00")
LOST_DAY, REVIEW_DAY, ANSWERS_DAY, CLEAR_DAY = "2026-03-13", "2026-03-10", "2026-03-11", "2026-03-12"
OFFERED_DAY = "2026-03-09"
DIED_DAY, ASKED_DAY = "2026-03-16", "2026-04-02"


class Filled:
    """Rows of every kind, `number` after `number`; the first ones are those that pages are asked for."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        clinic.now = OPENS
        signs_in = {"user_id": clinic.users["radiologist"].pk}
        save_practitioner(clinic.practitioner.pk, signs_in, by=clinic.manager, now=OPENS)
        self.number = 0
        self.first: dict[str, Appointment] = {}
        self.fill()

    def fill(self) -> None:
        """One more of everything."""
        clinic = self.clinic
        self._place()
        imports(clinic)
        visits = {
            "review": self._in_review(),
            "asked": self._asked(),
            "answers": self._book(self._without_answers(), ANSWERS_DAY),
            "clear": self._book(self.clinic.fit_patient(self._name("Birch")), CLEAR_DAY),
            "treated": self._treated(),
            "forgotten": self._book(self.clinic.fit_patient(self._name("Elder")), TODAY, "08:40", minutes=80),
            "coming": self._book(self.clinic.fit_patient(self._name("Fenn")), TODAY, "15:00"),
            "died": self._died(),
        }
        visits["class"] = self._in_class(visits["asked"].patient)
        self.first = self.first or visits
        self._lose_a_place()
        self._delay()
        self._let_wait(visits)
        call = Call.objects.filter(patient=visits["review"].patient, closed_at=None).earliest("pk")
        record_attempt(call.pk, result="voicemail", note="Please phone us", by=clinic.reception, now=OPENS)
        self._of_one_person()
        Message.objects.filter(appointment=visits["clear"], kind="confirmed").update(status="failed", phone_task=True)
        self._on_paper_and_phone()
        self._in_series()
        self._locked_out(visits["coming"])
        self.clinic.stands_out()
        self.clinic.webhook()
        self.number += 1

    def _in_series(self) -> None:
        """Two visits by one rule."""
        patient = self.clinic.patient(self._name("Sorrel"), given_name="Alex")
        days = [f"2026-09-{day + self.number:02}" for day in (1, 8)]
        booked_in_series(self.clinic, patient, days)

    def _locked_out(self, visit: Appointment) -> None:
        """Somebody who gave five wrong dates of birth at the link of a visit."""
        found = link.Link("", visit, link.State.OPEN)
        for day in range(1, link.MOST_TRIES + 1):
            link.is_date_of_birth(found, date(1900, 1, day))

    def _on_paper_and_phone(self) -> None:
        """A letter to post, and a message that somebody has tried to say on the phone."""
        post = {"preferred_contact": "letter", "address": "1 Elm Road\nLeeds"}
        self._book(self.clinic.fit_patient(self._name("Post"), **post), PAPER_DAY)
        called = self._book(self.clinic.fit_patient(self._name("Ring"), preferred_contact="phone"), PAPER_DAY, "14:00")
        message = Message.objects.get(appointment=called, kind="confirmed")
        for how in ("no-answer", "left-message"):
            phone_attempts.record_attempt(message.pk, how=how, by=self.clinic.reception, now=OPENS)

    def _of_one_person(self) -> None:
        """A pair that was reported, a record that was merged into another, and one that looks like the first."""
        registered_twice(self.clinic, self._name("Quince"))

    def more_of_the_first(self) -> None:
        """A longer history of the patient whose page is looked at, and of their visits."""
        clinic, patient = self.clinic, self.first["review"].patient
        for year in range(2015, 2020):
            clinic.earlier_injection(patient, f"{year}-06")
            clinic.answer(patient, {"fever": "yes"})
            clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
            clinic.pathway(patient)
            clinic.report(patient)
            self._plan(patient)
            clinic.allergy(patient, f"Food {year}")
            clinic.condition(patient, f"Operation of {year}")
        for day in range(20, 23):
            self._book(patient, f"2026-07-{day}")
        for name in ("review", "treated"):
            clinic.answer(self.first[name].patient)
        clinic.known(self.first["coming"].patient)

    def _place(self) -> None:
        clinic, by = self.clinic, {"by": self.clinic.manager, "now": OPENS}
        room = save_room(None, {"name": self._name("Ultrasound A"), "has_ultrasound": True}, **by)
        person = save_practitioner(None, {"name": self._name("Dr Grove"), "kinds": ["injection"]}, **by)
        hours = {
            "practitioner_id": person.pk,
            "room_id": room.pk,
            "weekday": 3,
            "opens": OPENS.time(),
            "closes": NOON.time(),
            "valid_from": OPENS.date(),
            "valid_to": None,
            "every_weeks": 1,
        }
        self._drug()
        save_schedule(None, hours, **by)
        save_schedule(None, hours | {"weekday": 4, "valid_to": OPENS.date()}, **by)
        far = OPENS + timedelta(days=400 + self.number)
        closed = {"starts_at": far, "ends_at": far + timedelta(hours=4), "reason": "Away"}
        close_at_short_notice(closed | {"room_id": clinic.gym.pk}, by=clinic.reception, now=OPENS)

    def _drug(self) -> None:
        """One that is listed, with its box of the day."""
        clinic, name = self.clinic, self._name("Triamcinolone ")
        clinic.drug(name, batches=[{"batch": "B1", "expires_on": None}])

    def _in_review(self) -> Appointment:
        clinic, patient = self.clinic, self.clinic.fit_patient(self._name("Quillfeather"))
        clinic.earlier_injection(patient, "2025-11-20")
        clinic.milder(patient)
        clinic.known(patient)
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes", "fever": "yes"})
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        self._plan(patient)
        found = self._book(patient, REVIEW_DAY)
        decide(found.pk, DecisionRequest(outcome="ask", reason="When was it?"), by=clinic.radiologist, now=OPENS)
        answer_information(found.pk, text="In November", by=PATIENT, now=OPENS)
        return found

    def _asked(self) -> Appointment:
        """One whose patient has not answered yet what a radiologist asks."""
        clinic, patient = self.clinic, self.clinic.fit_patient(self._name("Keel"))
        clinic.earlier_injection(patient, "2025-12-20")
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        found = self._book(patient, ASKED_DAY)
        decide(found.pk, DecisionRequest(outcome="ask", reason="Since when?"), by=clinic.radiologist, now=OPENS)
        return found

    def _without_answers(self) -> Patient:
        patient = self.clinic.patient(self._name("Dale"))
        self.clinic.pathway(patient)
        self.clinic.report(patient)
        return patient

    def _treated(self) -> Appointment:
        clinic, patient = self.clinic, self.clinic.fit_patient(self._name("Cole"))
        found = self._book(patient, TODAY, minutes=80)
        start = found.start_at
        given = replace(GIVEN, started_at=start, ended_at=start + timedelta(minutes=20))
        record_procedure(found.pk, given, by=clinic.radiologist, now=start + timedelta(minutes=30))
        copy = {"kind": "patient-copy", "paragraph": "All went well."}
        write_letter(found.pk, **copy, by=clinic.radiologist, now=start + timedelta(minutes=31))
        self._send_a_letter(found)
        said = Answers(question="flare-check", pain=2, change="better")
        answer_recovery(found.pk, said, by=PATIENT, now=start + timedelta(hours=2))
        said = Measure(pain_sitting=6, goal="To run")
        before = SaidOutcome(measure=said, visa_h=54, area="ischial-tuberosity", side="left")
        early = start - timedelta(hours=1)
        record_outcome(patient.pk, before, by=clinic.reception, now=early)
        measured = Answers(question="recovery-14d", pain=2, change="better", measure=Measure(pain_sitting=2))
        answer_recovery(found.pk, measured, by=PATIENT, now=start + timedelta(hours=3))
        found.refresh_from_db()
        return found

    def _send_a_letter(self, visit: Appointment) -> None:
        """To a physiotherapist whose address stands."""
        clinic, now = self.clinic, visit.end_at
        email = f"{self._name('oak')}@physio.example"
        address = confirm_address(email=email, whose=self._name("Jo Oak"), by=clinic.manager, now=now)
        of_it = {"kind": "physiotherapist", "paragraph": ""}
        letter = write_letter(visit.pk, **of_it, by=clinic.radiologist, now=now)
        send_on_letter(letter.pk, address.pk, by=clinic.radiologist, now=now)

    def _in_class(self, patient: Patient) -> Appointment:
        """One more who takes part in the same class."""
        found = self.clinic.book(patient, local(REVIEW_DAY), kind="exercise-class", note="With crutches").appointment
        assert found is not None
        return found

    def _died(self) -> Appointment:
        """A visit that ended with a death; told late enough to be taken back by everybody all the time."""
        found = self._book(self.clinic.fit_patient(self._name("Lowe")), DIED_DAY)
        self.clinic.death(found.patient, now=NOON + timedelta(hours=1))
        return found

    def _lose_a_place(self) -> None:
        """A booking whose time is closed afterwards."""
        lost = self._book(self.clinic.fit_patient(self._name("Grange")), LOST_DAY)
        closed = {"starts_at": lost.start_at, "ends_at": lost.end_at, "reason": "Away"}
        whose = {"practitioner_id": lost.practitioner_id}
        save_closure(None, closed | whose, confirm=True, by=self.clinic.manager, now=OPENS)

    def _delay(self) -> None:
        """Somebody to call back, and somebody who was."""
        clinic = self.clinic
        for stem, day in (("Moss", "2026-07-13"), ("Nash", "2026-07-14")):
            patient = clinic.fit_patient(self._name(stem))
            start = local(day, "08:00") + timedelta(minutes=40 * self.number)
            visit = clinic.delayed(patient, start, "2026-03-05")
        tick_off(visit.pk, note="Comes in May", by=clinic.reception, now=OPENS)

    def _let_wait(self, visits: dict[str, Appointment]) -> None:
        """Somebody who waits, and somebody who waits and is offered a time."""
        clinic, by = self.clinic, {"by": self.clinic.reception, "now": OPENS}
        what = Wish(kind="injection", site="hamstring-origin", side="left")
        of_review = visits["review"]
        later: dict[str, Any] = {"replaces": of_review.pk, "practitioner_id": clinic.practitioner.pk}
        put_on(NewWish(patient_id=visits["answers"].patient_id, what=what, reach="mail"), **by)
        put_on(NewWish(patient_id=of_review.patient_id, what=what, **later), **by)
        offered = clinic.fit_patient(self._name("Yule"), given_name="Una")
        wish = put_on(NewWish(patient_id=offered.pk, what=what, weekdays=frozenset({0}), reach="mail"), **by)
        start = local(OFFERED_DAY, "08:00") + timedelta(minutes=40 * self.number)
        there = ChosenTime(start, clinic.practitioner.pk, clinic.room.pk)
        make_offer(wish.pk, there, by=clinic.reception, now=NOON)

    def _plan(self, patient: Patient) -> None:
        """Something planned, and a note of it."""
        notes.add_note(patient.pk, text="Comes by taxi", by=self.clinic.reception, now=OPENS)
        plan_activity(patient.pk, kind="sport", start=local("2026-04-01"), by=self.clinic.reception, now=OPENS)

    def _book(self, patient: Patient, day: str, at: str = "08:00", *, minutes: int = 40) -> Appointment:
        start: datetime = local(day, at) + timedelta(minutes=minutes * self.number)
        found = self.clinic.book(patient, start, override_reason="Please look").appointment
        assert found is not None, (patient.family_name, day)
        return found

    def _name(self, stem: str) -> str:
        return f"{stem}{self.number}"
