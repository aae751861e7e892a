"""Whoever came without an appointment: here now, and entered afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from injections.booking.book import BookingOutcome
from injections.models import Assessment, Call
from injections.procedure.record import record_procedure
from injections.review.decide import DecisionRequest, decide
from injections.review.queue import pending_rows, review_queue
from injections.visit.walk_in import enter_late, starts_now, walk_in
from injections.worklists.lapse import lapse_undecided
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid, Refusal
from scheduling.diary.places import Clash
from scheduling.models import Appointment, AppointmentChange, Message
from tests.api_world import World, pointers
from tests.clinic import NOW, Clinic, local
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import LEFT_HAMSTRING, Browser

pytestmark = pytest.mark.django_db
AT = local("2026-03-03", "10:03")
"""A Tuesday morning, in the middle of a session."""
CLOSES = local("2026-03-03", "18:00")


def here(clinic: Clinic, name: str = "Birch", **values: Any) -> BookingOutcome:
    return walk_in(clinic.ask(clinic.fit_patient(name), AT, **values), by=clinic.reception, now=AT)


def needs_review(clinic: Clinic) -> Appointment:
    """Somebody here whose last injection was three and a half months ago."""
    patient = clinic.fit_patient("Cole")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    visit = walk_in(clinic.ask(patient, AT), by=clinic.reception, now=AT).appointment
    assert visit is not None
    return visit


@pytest.mark.parametrize(("now", "start"), [("10:00", "10:00"), ("10:04", "10:00"), ("10:05", "10:05")])
def test_it_starts_at_the_present_time_down_to_the_grid(now: str, start: str) -> None:
    assert starts_now(local("2026-03-03", now) + timedelta(seconds=59)) == local("2026-03-03", start)


def test_who_is_here_is_booked_at_the_present_time_and_has_arrived_and_is_sent_nothing(clinic: Clinic) -> None:
    visit = here(clinic).appointment
    assert visit is not None
    assert (visit.status, visit.start_at) == ("arrived", local("2026-03-03", "10:00"))
    assert [one.verb for one in AppointmentChange.objects.order_by("pk")] == ["walk-in", "arrive"]
    assert Assessment.objects.get(appointment=visit.pk).verdict == "clear"
    assert not Message.objects.filter(appointment=visit.pk).exists()
    assert Entry.objects.filter(verb="appointment-walked-in", subject=f"appointment:{visit.pk}").count() == 1


def test_a_time_that_is_taken_is_refused_by_name_and_nothing_is_left(clinic: Clinic) -> None:
    assert clinic.book(clinic.fit_patient("First"), local("2026-03-03", "10:20")).appointment
    with pytest.raises(Clash, match="practitioner, room"):
        here(clinic)
    assert Appointment.objects.count() == 1


def test_outside_every_session_nobody_is_seen(clinic: Clinic) -> None:
    early = local("2026-03-03", "06:00")
    with pytest.raises(Invalid, match="no open session"):
        walk_in(clinic.ask(clinic.fit_patient(), early), by=clinic.reception, now=early)


def test_what_needs_review_waits_until_the_clinic_closes_not_only_to_its_start(clinic: Clinic) -> None:
    visit = needs_review(clinic)
    assert (visit.status, visit.decide_by) == ("pending", CLOSES)
    later = CLOSES - timedelta(seconds=1)
    assert lapse_undecided(now=later) == 0
    assert [one.appointment.pk for one in review_queue(now=later)] == [visit.pk]
    assert lapse_undecided(now=CLOSES) == 1
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert Call.objects.filter(why=Call.Why.UNDECIDED, appointment=visit.pk).count() == 1
    assert not pending_rows(now=CLOSES)


def test_control_a_booking_that_needs_review_lapses_at_its_start(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Cole")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    start = NOW + timedelta(hours=1)
    assert clinic.book(patient, start).appointment
    assert lapse_undecided(now=start - timedelta(seconds=1)) == 0
    assert lapse_undecided(now=start) == 1


def test_a_radiologist_decides_on_who_waits_here_and_nothing_is_sent(clinic: Clinic) -> None:
    visit = needs_review(clinic)
    ask = DecisionRequest(outcome="approve", reason="Seen and weighed")
    decide(visit.pk, ask, by=clinic.radiologist, now=AT + timedelta(hours=2))
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert not Message.objects.filter(appointment=visit.pk).exists()
    assert lapse_undecided(now=CLOSES) == 0


def test_after_closing_time_nobody_decides_any_more(clinic: Clinic) -> None:
    visit = needs_review(clinic)
    ask = DecisionRequest(outcome="approve", reason="Seen and weighed")
    with pytest.raises(Exception, match="The time of this appointment has passed"):
        decide(visit.pk, ask, by=clinic.radiologist, now=CLOSES)


def test_what_is_blocked_is_refused_with_its_verdict_and_with_a_reason_waits(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Frost")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-20")
    outcome = walk_in(clinic.ask(patient, AT), by=clinic.reception, now=AT)
    assert outcome.refused
    assert outcome.assessment is not None
    assert outcome.assessment.verdict == "blocked"
    asked = walk_in(clinic.ask(patient, AT, override_reason="She cannot sit"), by=clinic.reception, now=AT)
    assert asked.appointment is not None
    assert (asked.appointment.status, asked.appointment.decide_by) == ("pending", CLOSES)


# -- Entered late -----------------------------------------------------------------------------------------

YESTERDAY = local("2026-03-03", "10:00")
TODAY = local("2026-03-04", "09:00")


def late(clinic: Clinic, patient: Any = None, **values: Any) -> BookingOutcome:
    said = {"note": "The system was down"} | values
    asked = clinic.ask(patient or clinic.fit_patient(), said.pop("start", YESTERDAY), **said)
    return enter_late(asked, by=clinic.reception, now=TODAY)


def test_what_took_place_is_entered_with_who_when_and_why_and_nothing_is_sent(clinic: Clinic) -> None:
    visit = late(clinic).appointment
    assert visit is not None
    assert (visit.status, visit.start_at) == ("arrived", YESTERDAY)
    change, here_then = AppointmentChange.objects.order_by("pk")
    assert here_then.verb == "arrive"
    assert (change.verb, change.by_id, change.at) == ("enter-late", clinic.reception.user_id, TODAY)
    assert change.reason == "The system was down"
    assert Entry.objects.filter(verb="appointment-entered-late").count() == 1
    assert not Message.objects.exists()


def test_a_blocked_one_keeps_its_verdict_and_its_procedure_asks_why(clinic: Clinic) -> None:
    """It never lapses, and nobody has to decide on what is over."""
    patient = clinic.fit_patient("Frost")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-20")
    outcome = late(clinic, patient)
    assert outcome.appointment is not None
    assert outcome.assessment is not None
    assert (outcome.appointment.status, outcome.assessment.verdict) == ("arrived", "blocked")
    assert lapse_undecided(now=TODAY + timedelta(days=31)) == 0
    given = {"started_at": YESTERDAY, "ended_at": YESTERDAY + timedelta(minutes=20), "checked_at": YESTERDAY}
    done = replace(GIVEN, **given)  # type: ignore[arg-type]
    who = {"by": clinic.radiologist, "now": TODAY}
    with pytest.raises(Refusal):
        record_procedure(outcome.appointment.pk, done, **who)
    answered = replace(done, reason_code="emergency", reason="It was given before anybody looked")
    record_procedure(outcome.appointment.pk, answered, **who)
    assert Appointment.objects.get().status == "fulfilled"


@pytest.mark.parametrize(
    ("ago", "is_allowed"),
    [(timedelta(days=30), True), (timedelta(days=30, seconds=1), False)],
    ids=["thirty-days", "longer"],
)
def test_a_visit_is_entered_up_to_thirty_days_after_it_began(clinic: Clinic, ago: timedelta, is_allowed: bool) -> None:
    asked = clinic.ask(clinic.fit_patient(), YESTERDAY)
    who = {"by": clinic.reception, "now": YESTERDAY + ago}
    if is_allowed:
        assert enter_late(asked, **who).appointment
    else:
        with pytest.raises(Invalid, match="up to 30 days") as refused:
            enter_late(asked, **who)
        assert [error.pointer for error in refused.value.errors] == ["#/start"]


def test_programs_enter_a_visit_late_by_the_same_rule(world: World) -> None:
    """What is not over is refused, and nobody is told of it."""
    patient, other = world.clinic.fit_patient(), world.clinic.fit_patient("Other")
    world.at(TODAY)
    body = world.injection(patient, YESTERDAY, entered_late=True, note="The system was down")
    said = world.reception.post("/appointments/", body)
    assert said.status_code == 201, said.content
    assert (said.json()["status"], said.json()["note"]) == ("arrived", "The system was down")
    assert not Message.objects.exists()
    to_come = world.injection(other, local("2026-03-10"), entered_late=True)
    assert pointers(world.reception.post("/appointments/", to_come)) == {"#/start"}
    assert pointers(world.reception.post("/appointments/", body | {"entered_late": False})) == {"#/start"}


def test_it_counts_at_once_for_what_is_booked(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    coming = clinic.book(patient, local("2026-03-24")).appointment
    assert coming is not None
    assert coming.status == "booked"
    late(clinic, patient)
    coming.refresh_from_db()
    assert coming.status == "pending"


def test_its_procedure_is_recorded_and_aftercare_follows_as_always(clinic: Clinic) -> None:
    """Recorded within 24 hours of its end it has its aftercare, and what is still to come."""
    visit = late(clinic).appointment
    assert visit is not None
    given = {"started_at": YESTERDAY, "ended_at": YESTERDAY + timedelta(minutes=20), "checked_at": YESTERDAY}
    done = replace(GIVEN, **given)  # type: ignore[arg-type]
    record_procedure(visit.pk, done, by=clinic.radiologist, now=TODAY)
    visit.refresh_from_db()
    assert visit.status == "fulfilled"
    kinds = set(Message.objects.filter(status="queued").values_list("kind", flat=True))
    assert {"aftercare", "flare-check", "rest-over"} <= kinds
    assert not kinds & {"confirmed", "reminder-week", "reminder-2-days"}


@pytest.mark.parametrize("ends", [timedelta(minutes=29, seconds=59), timedelta(minutes=30)])
def test_it_has_to_be_over_exactly_now_is_over(clinic: Clinic, ends: timedelta) -> None:
    asked = clinic.ask(clinic.fit_patient(), YESTERDAY)
    who = {"by": clinic.reception, "now": YESTERDAY + ends}
    if ends < timedelta(minutes=30):
        with pytest.raises(Invalid, match="not over yet"):
            enter_late(asked, **who)
    else:
        assert enter_late(asked, **who).appointment


def test_a_time_that_was_taken_or_closed_cannot_have_been(clinic: Clinic) -> None:
    late(clinic, clinic.fit_patient("First"))
    with pytest.raises(Clash):
        late(clinic, clinic.fit_patient("Second"))
    with pytest.raises(Invalid, match="no open session"):
        late(clinic, clinic.fit_patient("Third"), start=local("2026-03-03", "06:00"))


# -- By the pages -----------------------------------------------------------------------------------------


def test_home_leads_to_who_is_here_and_on_to_arrived(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.at(AT)
    said = reception.get("home")
    assert "Walk-in: a patient is here now" in said
    assert "Enter a visit that has already taken place" in said
    assert "Who is here?" in reception.get("booking-start", how="here-now")
    said = reception.get("booking-what", patient.pk, **LEFT_HAMSTRING, how="here-now")
    assert "how=here-now" in reception.html
    reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, how="here-now", expect=302)
    said = reception.get("here-now", patient.pk, **LEFT_HAMSTRING)
    assert "at 10:00 today" in said
    assert "Book it now and mark as arrived" in said
    data = {"who": world.clinic.practitioner.pk}
    said = reception.post("here-now", patient.pk, data=data, query=LEFT_HAMSTRING)
    assert "Booked, and marked as arrived. Nothing is sent." in said
    assert "Came without an appointment" in said


def test_a_walk_in_for_review_says_until_when(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Cole")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, "2025-11-20")
    world.at(AT)
    assert "Here now: send it for review" in reception.get("here-now", patient.pk, **LEFT_HAMSTRING)
    data = {"who": world.clinic.practitioner.pk}
    said = reception.post("here-now", patient.pk, data=data, query=LEFT_HAMSTRING)
    assert "It waits for review by a radiologist until the clinic closes at 18:00." in said


def test_a_blocked_walk_in_is_refused_with_the_next_dates(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Frost")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, "2026-01-20")
    world.at(AT)
    data = {"who": world.clinic.practitioner.pk, "note": "Came by bus"}
    said = reception.post("here-now", patient.pk, data=data, query=LEFT_HAMSTRING, expect=200)
    assert "Ask a radiologist anyway" in said
    assert "Why a radiologist should look at it anyway (required)" in said
    assert "20 April 2026" in said
    assert "Came by bus" in reception.html
    assert not Appointment.objects.exists()


def test_a_taken_walk_in_is_told_other_times(world: World, reception: Browser) -> None:
    world.clinic.book(world.clinic.fit_patient("First"), local("2026-03-03", "10:20"))
    patient = world.clinic.fit_patient()
    world.at(AT)
    data = {"who": world.clinic.practitioner.pk}
    said = reception.post("here-now", patient.pk, data=data, query=LEFT_HAMSTRING, expect=422)
    assert "That time is already taken (practitioner, room)." in said
    assert "Tuesday 3 March 2026 at 11:00" in said
    assert "Choose" in reception.post("here-now", patient.pk, data={}, query=LEFT_HAMSTRING, expect=422)


def test_a_visit_is_entered_late_by_the_page_and_marked(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.at(TODAY)
    data = {"on": "3 3 2026", "at": "10:00", "who": world.clinic.practitioner.pk, "note": "The system was down"}
    said = reception.post("late-entry", patient.pk, data=data, query=LEFT_HAMSTRING)
    assert "Entered late. Nothing is sent about it." in said
    assert "Entered late, by" in said
    assert "The system was down" in said


def test_late_refusals_name_every_field_and_keep_what_was_typed(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.at(TODAY)
    said = reception.post("late-entry", patient.pk, data={}, query=LEFT_HAMSTRING, expect=422)
    assert said.count("Error:") >= 3
    data = {"on": "4 3 2026", "at": "08:45", "who": world.clinic.practitioner.pk, "note": "The system was down"}
    said = reception.post("late-entry", patient.pk, data=data, query=LEFT_HAMSTRING, expect=422)
    assert "It is not over yet. If the patient is here, book them as a walk-in." in said
    assert "The system was down" in reception.html


def test_a_late_blocked_one_says_that_its_procedure_answers_it(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Frost")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, "2026-01-20")
    world.at(TODAY)
    data = {"on": "3 3 2026", "at": "10:00", "who": world.clinic.practitioner.pk}
    said = reception.post("late-entry", patient.pk, data=data, query=LEFT_HAMSTRING)
    assert "The safety check would not have allowed it: give the reason when you record its procedure." in said
    assert Appointment.objects.get().status == "arrived"


@pytest.mark.parametrize("name", ["here-now", "late-entry"])
def test_without_what_it_is_it_leads_back_to_what(world: World, reception: Browser, name: str) -> None:
    patient = world.clinic.fit_patient()
    reception.get(name, patient.pk, expect=302)
    assert "how=" in reception.last.headers["Location"]
