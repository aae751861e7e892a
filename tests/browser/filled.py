"""A clinic in the middle of its week: one visit in every state, something on every list, one row of everything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from injections.answers.measures import Measure
from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.booking.cancel import cancel
from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list import link as offer_link
from injections.booking.waiting_list.offer import make_offer
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.imaging.reports import correct_report, withdraw_report
from injections.letters.addresses import confirm_address, withdraw_address
from injections.letters.colleagues import send_on_letter
from injections.letters.write import write_letter
from injections.models import Call, Injection
from injections.patient.activities import plan_activity
from injections.patient.identity import correct_patient
from injections.procedure.record import record_procedure
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive, no_show
from injections.visit.own_link import replace_link
from injections.worklists.close_call import close_call, record_attempt
from scheduling.audit import unusual
from scheduling.clinic.closures import close_at_short_notice, save_closure
from scheduling.messages.undelivered import attempts
from scheduling.models import Appointment, Message, Patient, PossibleDuplicate
from scheduling.patients import link
from tests.browser.conftest import House
from tests.clinic import NOW, local, registered_twice
from tests.injections.booking.series.world import booked as booked_in_series
from tests.injections.doors.records.coming.bringing import imports
from tests.injections.procedure.test_record import GIVEN
from tests.scheduling.patients.kept_of_contact import EVERYTHING

SOON, LATER = "2026-03-10", "2026-03-24"


@dataclass
class Filled:
    """The visits by what has become of them; the ids of other rows that pages are about."""

    house: House
    visits: dict[str, Appointment] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    too_soon: Patient | None = None
    unknown: Patient | None = None
    call: Call | None = None
    phone_task: Message | None = None
    failed: Message | None = None
    injection: int = 0
    duplicate: int = 0
    merged: int = 0
    own: int = 0
    report: int = 0
    wish: int = 0
    offer: str = ""

    def patient(self, name: str) -> int:
        """The number of the patient of that visit."""
        return self.visits[name].patient_id

    def number(self, name: str) -> int:
        return int(self.visits[name].pk)


def fill(house: House) -> Filled:
    """Everything, through the product's own use cases; it ends at 9 o'clock on Monday 2 March 2026."""
    made = Filled(house)
    house.at(local("2026-02-27", "08:00"))
    _last_days(made)
    house.at(local("2026-03-02", "07:30"))
    _today(made)
    _coming_weeks(made)
    house.at(NOW)
    _records(made)
    _waiting(made)
    for name, visit in made.visits.items():
        visit.refresh_from_db()
        made.tokens[name] = link.token_of(visit.pk, visit.link_version)
    replace_link(made.number("missed"), reason="lost", by=house.clinic.reception, now=NOW)
    return made


def _book(made: Filled, name: str, patient: Patient, day: str, at: str, **values: Any) -> Appointment:
    visit = made.house.clinic.book(patient, local(day, at), **values).appointment
    assert visit is not None, name
    made.visits[name] = visit
    return visit


def _last_days(made: Filled) -> None:
    """Somebody came and nobody has said what became of it."""
    clinic = made.house.clinic
    _book(made, "open", clinic.fit_patient("Null"), "2026-02-28", "10:00")


def _today(made: Filled) -> None:
    """One was treated, one is here, one did not come, one is expected."""
    house, clinic = made.house, made.house.clinic
    start = local("2026-03-02", "08:00")
    _book(made, "treated", clinic.fit_patient("Elder"), "2026-03-02", "08:00")
    _book(made, "missed", clinic.patient("Moss"), "2026-03-02", "08:00", kind="physiotherapy")
    _book(made, "arrived", clinic.fit_patient("Arden"), "2026-03-02", "08:50")
    _book(made, "expected", clinic.fit_patient("Marchbanks"), "2026-03-02", "09:40")
    _say_how_it_is(made)
    house.at(start + timedelta(minutes=40))
    clinic.earlier_injection(clinic.patient("Innes"), "2019-06")
    given = replace(GIVEN, started_at=start, ended_at=start + timedelta(minutes=20))
    made.own = record_procedure(made.number("treated"), given, by=clinic.radiologist, now=clinic.now).injection.pk
    clinic.drug("Triamcinolone 40 mg/ml", batches=[{"batch": "B1", "expires_on": None}])
    copy = {"kind": "patient-copy", "paragraph": "All went well."}
    write_letter(made.number("treated"), **copy, by=clinic.radiologist, now=clinic.now)
    _send_a_letter(made)
    no_show(made.number("missed"), by=clinic.reception, now=clinic.now)
    arrive(made.number("arrived"), by=clinic.reception, now=clinic.now)


def _send_a_letter(made: Filled) -> None:
    """To a physiotherapist, at the address that stands; another was withdrawn."""
    clinic = made.house.clinic
    who = {"by": clinic.manager, "now": clinic.now}
    found = [
        confirm_address(email=f"{name}@physio.example", whose=f"{name.capitalize()}, physiotherapist", **who)
        for name in ("oak", "yew")
    ]
    withdraw_address(found[1].pk, reason="Works elsewhere", **who)
    of_it = {"kind": "physiotherapist", "paragraph": ""}
    letter = write_letter(made.number("treated"), **of_it, by=clinic.radiologist, now=clinic.now)
    send_on_letter(letter.pk, found[0].pk, by=clinic.radiologist, now=clinic.now)


def _say_how_it_is(made: Filled) -> None:
    """Of whoever is treated and of whoever a radiologist decides about later: before it, and a score from elsewhere."""
    clinic, patient_id = made.house.clinic, made.patient("treated")
    said = Measure(pain_sitting=6, pain_walking=3, pain_running=9, goal="To sit through a film", stage=2, stage_pain=4)
    place = {"area": "ischial-tuberosity", "side": "left"}
    outcome = SaidOutcome(measure=said, visa_h=54, scored_by="Ms Oak", **place)
    record_outcome(patient_id, outcome, by=clinic.reception, now=clinic.now)


def _coming_weeks(made: Filled) -> None:
    """Booked, waiting for one or the other, cancelled, to be moved, to be phoned."""
    clinic = made.house.clinic
    patient = clinic.fit_patient("Birch", nhs_number="9990000018", **EVERYTHING | {"written_language": ""})
    clinic.earlier_injection(patient, "2024-02", note="Letter of the other clinic")
    clinic.milder(patient)
    clinic.known(patient)
    seen = clinic.report(patient, tear="partial", tear_grade="2", tear_size_mm=4)
    who = {"reason": "Read again", "by": clinic.radiologist, "now": clinic.now}
    right = {"tear": "none", "conclusion": "No tear"}
    made.report = correct_report(seen.row.pk, changes=right, **who).row.pk
    withdraw_report(clinic.report(patient, modality="mri").row.pk, **who)
    _book(made, "booked", patient, SOON, "09:20", note="Comes with her daughter")
    _book(made, "beside", clinic.patient("Birchall"), SOON, "09:20", kind="physiotherapy")
    correct_patient(made.patient("missed"), changes={"given_name": "Robyn"}, by=clinic.reception, now=clinic.now)
    for name, of in (("class", "Reed"), ("classmate", "Sedge")):
        _book(made, name, clinic.patient(of), SOON, "14:00", kind="exercise-class", note="With crutches")
    patient = clinic.fit_patient("Cole")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-12-01")
    _book(made, "review", patient, SOON, "10:20")
    patient = made.too_soon = clinic.fit_patient("Frost")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-20")
    _book(made, "override", patient, SOON, "11:20", override_reason="She cannot sit at all any more.")
    patient = clinic.fit_patient("Keel")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-12-01")
    _book(made, "asked", patient, SOON, "12:20")
    ask = DecisionRequest(outcome="ask", reason="Since when do you take them?", ask_again=("blood_thinner",))
    decide(made.number("asked"), ask, by=clinic.radiologist, now=clinic.now)
    patient = clinic.patient("Dale")
    clinic.pathway(patient)
    clinic.report(patient)
    _book(made, "answers", patient, LATER, "09:20")
    _book(made, "cancelled", clinic.fit_patient("Gale"), LATER, "10:20")
    cancel(made.number("cancelled"), reason="On holiday", by=clinic.reception, now=clinic.now)
    in_series = booked_in_series(clinic, clinic.patient("Sorrel"), ("2026-03-17", "2026-03-24")).visits
    made.visits["series"], made.visits["series-later"] = in_series
    _book(made, "displaced", clinic.fit_patient("Hurst", written_language="de"), "2026-03-12", "09:20")
    _book(made, "unmailed", clinic.fit_patient("Jarvis", email=""), LATER, "11:20")
    wet = {"starts_at": local("2026-05-05", "12:00"), "ends_at": local("2026-05-05", "13:00"), "reason": "A wet floor"}
    close_at_short_notice({**wet, "room_id": clinic.gym.pk}, by=clinic.reception, now=clinic.now)
    closed = {"starts_at": local("2026-03-12", "00:00"), "ends_at": local("2026-03-13", "00:00"), "reason": "Repairs"}
    save_closure(None, closed, confirm=True, by=clinic.manager, now=clinic.now)


def _waiting(made: Filled) -> None:
    """Somebody who waits for a Tuesday, and somebody who is offered a time of a Monday."""
    clinic, what = made.house.clinic, Wish(kind="injection", site="hamstring-origin", side="left")
    by: dict[str, Any] = {"by": clinic.reception, "now": NOW}
    patients = [clinic.fit_patient(name) for name in ("Wade", "Yule")]
    first, second = (
        put_on(
            NewWish(patient_id=one.pk, what=what, weekdays=frozenset({1 - number}), reach="mail", note="Any time"), **by
        )
        for number, one in enumerate(patients)
    )
    made.wish = first.pk
    start = ChosenTime(local("2026-03-09", "14:00"), clinic.practitioner.pk, clinic.room.pk)
    made.offer = offer_link.token_of(make_offer(second.pk, start, **by).pk)


def _records(made: Filled) -> None:
    """Red flags, one called about and one not; a planned activity; somebody of whom nothing is known."""
    clinic = made.house.clinic
    made.unknown = clinic.patient("Ingram", email="", phone="")
    _book(made, "died", clinic.fit_patient("Lowe"), LATER, "12:20")
    # late enough to be taken back by everybody all the time
    clinic.death(made.visits["died"].patient, now=NOW + timedelta(hours=1))
    for name in ("Irwin", "Keane"):
        clinic.answer(clinic.patient(name), {"fever": "yes"})
    first, made.call = Call.objects.order_by("pk")[:2]
    record_attempt(made.call.pk, result="voicemail", note="Please phone us", by=clinic.reception, now=clinic.now)
    close_call(
        first.pk,
        reached="patient",
        spoke_to="the patient",
        said="A cold, gone by now",
        by=clinic.radiologist,
        now=clinic.now,
    )
    plan_activity(made.patient("booked"), kind="sport", start=local("2026-03-20"), by=clinic.reception, now=clinic.now)
    made.injection = Injection.objects.filter(patient=made.patient("booked")).values_list("pk", flat=True)[0]
    made.failed = Message.objects.get(appointment=made.visits["booked"], kind="confirmed")
    made.failed.status, made.failed.phone_task = Message.State.FAILED, True
    made.failed.reason = "The mail server says that there is no such mailbox."
    made.failed.channel = "email"
    made.failed.save(update_fields=["status", "phone_task", "reason", "channel"])
    _book(
        made,
        "posted",
        clinic.fit_patient("Postle", preferred_contact="letter", address="1 Elm Road\nLeeds"),
        LATER,
        "14:00",
    )
    for _ in range(attempts.ENOUGH):
        attempts.record_attempt(made.failed.pk, how="no-answer", by=clinic.reception, now=clinic.now)
    clinic.webhook()
    clinic.stands_out()
    unusual.close(clinic.stands_out().pk, word="Phoned everybody", by=clinic.manager, now=clinic.now)
    imports(clinic)
    made.phone_task = Message.objects.filter(phone_task=True).first()
    made.merged = registered_twice(clinic, "Twice").merged_from.get().pk
    made.duplicate = PossibleDuplicate.objects.get().pk
