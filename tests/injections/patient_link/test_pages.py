"""What patients see and do behind their link, in every state of their appointment."""

import re
from datetime import date, datetime, timedelta

import pytest
from icalendar import Calendar

from injections.booking.book import NotClear
from injections.booking.cancel import cancel
from injections.booking.may import TooLate
from injections.booking.move import MoveRequest, move
from injections.merging import merge
from injections.messages import news
from injections.models import Assessment, Call, Screening
from injections.patient_link import own_times, own_visit
from injections.review.decide import DecisionRequest, decide
from injections.safety.policy import DEFAULT
from injections.safety.questions import QUESTIONS
from injections.safety.visit import Wanted
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error, fulfil
from pht_clinic.people.actors import PATIENT
from scheduling.messages import render
from scheduling.models import Appointment, AppointmentChange, Message
from tests.clinic import NOW, local
from tests.filled_form import fields_of
from tests.injections.patient_link.conftest import VISIT, Linked, Pages, fit_answers
from tests.pages_world import browser

HOUR = timedelta(hours=1)


def waiting(appointment: Appointment) -> list[str]:
    rows = Message.objects.filter(appointment=appointment, status="queued")
    return list(rows.order_by("pk").values_list("kind", flat=True))


def test_a_booked_visit_shows_when_where_and_what_to_do(linked: Linked) -> None:
    pages = linked.opened(linked.booked())
    text = pages.get()
    for words in ("Tuesday 24 March 2026 at 09:20", "Dr Imogen Hale", "about 30 minutes", "Do not plan to drive"):
        assert words.lower() in text.lower()
    for action in ("I am coming", "Change the time", "Cancel the appointment", "Add it to my calendar"):
        assert action in text


def test_i_am_coming_is_told_once_and_seen_by_reception(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    for _ in range(2):
        assert "you have told us that you are coming" in pages.post("confirm/")
    appointment.refresh_from_db()
    assert appointment.coming_confirmed_at is not None
    assert appointment.revision == 1
    [change] = AppointmentChange.objects.filter(appointment=appointment, verb="confirm-coming")
    assert (change.by_id, change.by_name) == (None, "patient")


def test_another_time_must_be_confirmed_anew(linked: Linked) -> None:
    appointment = linked.booked()
    linked.opened(appointment).post("confirm/")
    move(appointment.pk, MoveRequest(start=VISIT + 24 * HOUR), by=linked.clinic.reception, now=NOW)
    appointment.refresh_from_db()
    assert appointment.coming_confirmed_at is None
    assert "I am coming" in linked.opened(appointment).get()


def test_what_has_begun_cannot_be_confirmed(linked: Linked) -> None:
    appointment = linked.booked()
    linked.at(VISIT)
    pages = linked.opened(appointment)
    assert "can no longer be confirmed" in pages.post("confirm/")
    assert "has passed" in pages.get()


# -- change ------------------------------------------------------------------------------------------------


def times_of(pages: Pages) -> list[str]:
    pages.get("change/")
    return re.findall(r'name="time" value="([^"]+)"', pages.last.content.decode())


def test_only_clear_times_with_notice_are_offered(linked: Linked) -> None:
    """The last injection was on 10 December: nothing is clear before 10 April, and the visit itself judges nothing."""
    appointment = linked.in_review()
    decide(
        appointment.pk, DecisionRequest(outcome="approve", reason="Settled well"), by=linked.clinic.radiologist, now=NOW
    )
    offered = times_of(linked.opened(appointment))
    assert offered
    assert min(offered) >= "2026-04-10"
    assert len({one[:10] for one in offered}) <= own_times.DAYS_SHOWN


def test_a_change_moves_the_visit_through_the_gate(linked: Linked) -> None:
    appointment = linked.booked()
    Message.objects.filter(appointment=appointment, kind="confirmed").update(status="sent")
    pages = linked.opened(appointment)
    chosen = times_of(pages)[5]
    text = pages.post("change/", revision="1", time=chosen)
    assert "Your appointment has been changed" in text
    appointment.refresh_from_db()
    assert (appointment.start_at.isoformat(), appointment.status) == (chosen.partition("/")[0], "booked")
    assert appointment.revision == 2
    assert waiting(appointment)[0] == "moved"
    moved = Message.objects.get(appointment=appointment, kind="moved")
    assert not moved.keeps_quiet_hours
    assert Assessment.objects.filter(appointment=appointment).latest("pk").verdict == "clear"
    change = AppointmentChange.objects.filter(appointment=appointment).latest("pk")
    assert (change.verb, change.by_name) == ("move", "patient")


@pytest.mark.parametrize("time", ["", "2026-03-25T03:00:00+00:00/1/1", "nonsense", "2026-03-02T10:00:00+00:00/1/1"])
def test_no_other_time_is_taken(linked: Linked, time: str) -> None:
    appointment = linked.booked()
    text = linked.opened(appointment).post("change/", 422, revision="1", time=time)
    assert "There is a problem" in text
    appointment.refresh_from_db()
    assert appointment.start_at == VISIT


def test_a_time_that_is_clear_no_more_is_refused_at_the_gate(linked: Linked) -> None:
    """Between the page and the button something came up: the gate judges under the locks and moves nothing."""
    appointment = linked.booked()
    linked.clinic.earlier_injection(appointment.patient, "2025-12-10")
    later = MoveRequest(start=VISIT + 24 * HOUR, only_clear=True)
    with pytest.raises(NotClear):
        move(appointment.pk, later, by=linked.clinic.reception, now=NOW)
    # it waits for a radiologist by now, and so its patient phones
    with pytest.raises(TooLate):
        move(appointment.pk, later, by=PATIENT, now=NOW)
    appointment.refresh_from_db()
    assert appointment.start_at == VISIT


def test_a_time_somebody_else_took_is_said_and_others_are_offered(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    chosen = times_of(pages)[5]
    linked.clinic.book(linked.clinic.fit_patient("Fast"), local(chosen[:10], "08:00"))
    start = chosen.partition("/")[0]
    other = linked.clinic.fit_patient("Faster")
    linked.clinic.book(other, datetime.fromisoformat(start))
    text = pages.post("change/", 422, revision="1", time=chosen)
    assert "no longer free" in text
    assert times_of(pages)


def test_reception_changed_it_first(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    chosen = times_of(pages)[5]
    move(appointment.pk, MoveRequest(start=VISIT + 24 * HOUR), by=linked.clinic.reception, now=NOW)
    assert "was changed by reception" in pages.post("change/", 422, revision="1", time=chosen)
    appointment.refresh_from_db()
    assert appointment.start_at == VISIT + 24 * HOUR


def test_what_waits_is_changed_by_phone(linked: Linked) -> None:
    pages = linked.opened(linked.in_review())
    assert "Please phone us" in pages.get("change/")
    pages.post("change/", 409, revision="1", time="x")


# -- cancel ------------------------------------------------------------------------------------------------


def test_a_cancellation_frees_the_time_and_is_answered_at_once(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    assert "This appointment is cancelled" in pages.post("cancel/", revision="1", reason="Better now")
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    change = AppointmentChange.objects.filter(appointment=appointment).latest("pk")
    assert (change.by_name, change.reason) == ("patient", "By the patient: Better now")
    [row] = Message.objects.filter(appointment=appointment, status="queued")
    assert (row.template, row.keeps_quiet_hours) == ("scheduling/mail/cancelled_by_patient", False)


@pytest.mark.parametrize(("before", "possible"), [(24 * HOUR, True), (24 * HOUR - timedelta(seconds=30), False)])
def test_cancelling_and_changing_need_notice(linked: Linked, before: timedelta, possible: bool) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    linked.at(VISIT - before + timedelta(seconds=-5 if possible else 0))
    text = pages.get()
    assert ("Cancel the appointment" in text) is possible
    assert ("Change the time" in text) is possible
    assert ("only by phone" in text) is not possible
    pages.post("cancel/", 302 if possible else 409, revision="1")
    appointment.refresh_from_db()
    assert appointment.status == ("cancelled" if possible else "booked")


def test_a_waiting_visit_can_be_cancelled(linked: Linked) -> None:
    appointment = linked.in_review()
    assert "is cancelled" in linked.opened(appointment).post("cancel/", revision=str(appointment.revision))


# -- other states ------------------------------------------------------------------------------------------


def test_each_state_has_its_own_page(linked: Linked) -> None:
    clinic = linked.clinic
    assert "is waiting for review" in linked.opened(linked.in_review("Review")).get()
    missed = linked.booked(VISIT + HOUR, "Missed")
    arrived = linked.booked(VISIT + 2 * HOUR, "Arrived")
    past = linked.booked(VISIT + 3 * HOUR, "Past")
    wrong = linked.booked(VISIT + 4 * HOUR, "Wrong")
    follow_up = clinic.book(clinic.patient("Talk"), VISIT + 5 * HOUR, kind="follow-up").appointment
    assert follow_up is not None
    linked.at(VISIT + 8 * HOUR)
    no_show(missed.pk, by=clinic.reception, now=clinic.now)
    arrive(arrived.pk, by=clinic.reception, now=clinic.now)
    arrive(follow_up.pk, by=clinic.reception, now=clinic.now)
    fulfil(follow_up.pk, by=clinic.reception, now=clinic.now)
    enter_in_error(wrong.pk, reason="twice", by=clinic.manager, now=clinic.now)
    for appointment, words in (
        (missed, "Sorry we missed you"),
        (arrived, "We know that you are here"),
        (past, "This appointment has passed"),
        (follow_up, "This appointment has passed"),
        (wrong, "This appointment is cancelled"),
    ):
        text = linked.opened(appointment).get()
        assert words in text
        assert "020 7946 0100" in text


def test_a_visit_that_waits_for_answers_says_so_and_asks(linked: Linked) -> None:
    appointment = linked.without_answers()
    text = linked.opened(appointment).get()
    assert "is waiting for answers" in text
    assert "Answer the questions" in text
    assert waiting(appointment) == ["information-needed"]


def test_the_visit_for_the_own_calendar(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    pages.get("appointment.ics")
    assert pages.last.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(pages.last.content.decode())
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["DTSTART"].dt, event["SEQUENCE"]) == ("PUBLISH", VISIT, 1)
    assert str(event["UID"]) == appointment.calendar_uid
    assert "ATTENDEE" not in event
    cancel(appointment.pk, reason="x", by=linked.clinic.reception, now=NOW)
    pages.get("appointment.ics", status=409)


# -- the questions -----------------------------------------------------------------------------------------


def test_the_questions_are_all_asked_and_nothing_is_ticked(linked: Linked) -> None:
    pages = linked.opened(linked.without_answers())
    text = pages.get("questions/")
    html = pages.last.content.decode()
    for question in QUESTIONS.values():
        assert " ".join(question.asked(DEFAULT).split()) in text
        assert html.count(f'name="{question.code}"') == 4
    assert "checked" not in html
    for words in ("Yes", "No", "Not sure", "Does not apply"):
        assert words in text


def test_answer_again_shows_the_last_answers_and_asks_to_confirm_them(linked: Linked) -> None:
    """All of them are given again on that day; without the tick nothing is stored."""
    appointment = linked.booked()
    count = Screening.objects.count()
    linked.at(local("2026-03-12"))
    pages = linked.opened(appointment)
    assert "These are the answers we have, last given on 2 March 2026." in pages.get("questions/")
    form = fields_of(pages.last.content.decode(), "fever")
    assert {name: form[name] for name in QUESTIONS} == {name: ["no"] for name in QUESTIONS}
    assert "confirmed" not in form
    assert "Tick that you have read your answers again." in pages.post("questions/", 422, **form)
    assert Screening.objects.count() == count
    pages.post("questions/", **form, confirmed="on")
    row = Screening.objects.latest("pk")
    assert (row.content["answers"], row.answered_by) == (dict.fromkeys(QUESTIONS, "no"), "patient")


def test_answers_book_a_waiting_visit_by_themselves(linked: Linked) -> None:
    appointment = linked.without_answers()
    text = linked.opened(appointment).post("questions/", **fit_answers())
    assert "Your appointment is confirmed" in text
    appointment.refresh_from_db()
    assert appointment.status == "booked"
    assert waiting(appointment)[0] == "confirmed"
    row = Screening.objects.latest("pk")
    assert (row.answered_by, row.area, row.side, row.recorded_by) == ("patient", "ischial-tuberosity", "left", None)
    assert Message.objects.get(appointment=appointment, kind="confirmed").keeps_quiet_hours is False


def test_a_missing_answer_is_asked_for_and_nothing_typed_is_lost(linked: Linked) -> None:
    appointment = linked.without_answers()
    pages = linked.opened(appointment)
    answers = fit_answers(diabetes="yes", fever="")
    text = pages.post("questions/", 422, **answers)
    assert "Choose an answer: fever." in text
    html = pages.last.content.decode()
    assert re.search(r'name="diabetes" value="yes"[^>]*checked', html)
    assert not Screening.objects.exists()
    pages.post("questions/", **{**answers, "fever": "no"})
    assert Screening.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "headline"),
    [
        ({"fever": "yes"}, "Phone us today"),
        ({"saddle_or_bladder": "yes"}, "Call 999 or go to A&E now"),
        ({"sudden_pop": "yes", "onset": "sudden"}, "Phone us today"),
        ({"progressive_weakness": "yes"}, "Phone us today"),
    ],
)
@pytest.mark.parametrize("complete", [True, False])
def test_a_red_flag_is_answered_on_the_spot(
    linked: Linked, answer: dict[str, str], headline: str, complete: bool
) -> None:
    """Even when the rest is not answered: it is kept, somebody phones, and the page says whom to call."""
    appointment = linked.booked()
    answers = fit_answers(**answer) if complete else answer
    text = linked.opened(appointment).post("questions/", 302 if complete else 422, **answers)
    assert headline in text
    assert "999" in text
    assert "Do not wait for our call" in text
    assert Call.objects.filter(patient=appointment.patient, why="red-flag", closed_at=None).count() == 1
    assert Message.objects.filter(subject="staff:call", status="queued").count() == 1
    appointment.refresh_from_db()
    assert appointment.status == "pending"


def test_only_injections_to_come_have_questions(linked: Linked) -> None:
    clinic = linked.clinic
    follow_up = clinic.book(clinic.patient("Talk"), VISIT + 3 * HOUR, kind="follow-up").appointment
    assert follow_up is not None
    pages = linked.opened(follow_up)
    assert "questions" not in pages.get()
    pages.post("questions/", 409, **fit_answers())
    treated = linked.treated()
    linked.opened(treated).post("questions/", 409, **fit_answers())


def test_reminders_ask_again_when_the_answers_grow_stale(linked: Linked) -> None:
    """Answered on 2 March for 24 March; answered again on 12 March they are fresh enough."""
    appointment = linked.booked()
    reminders = Message.objects.filter(appointment=appointment, kind__startswith="reminder", status="queued")
    assert [row.values["ask_again"] for row in reminders] == [True, True]
    assert "once more" in linked.opened(appointment).get()
    linked.at(local("2026-03-12"))
    linked.opened(appointment).post("questions/", **fit_answers())
    assert [row.values["ask_again"] for row in reminders.all()] == [False, False]
    assert "once more" not in linked.opened(appointment).get()


def test_a_merged_record_keeps_its_link_and_asks_for_the_kept_date_of_birth(linked: Linked) -> None:
    appointment = linked.booked()
    kept = linked.clinic.patient("Birch", date_of_birth=date(1981, 5, 1))
    merge.merge_patients(appointment.patient_id, into_id=kept.pk, by=linked.clinic.manager, now=NOW)
    pages = linked.pages(appointment)
    pages.unlock(status=422)
    pages.unlock("1 5 1981")
    pages.post("questions/", **fit_answers())
    assert Screening.objects.latest("pk").patient_id == kept.pk


def test_reception_replaces_a_link_and_the_patient_gets_the_new_one(linked: Linked) -> None:
    appointment = linked.booked()
    old = linked.pages(appointment)
    for day in range(2, 7):
        old.unlock(f"{day} 5 1980", status=429 if day == 6 else 422)
    Message.objects.filter(appointment=appointment, kind="confirmed").update(status="sent")
    reception = browser(linked.clinic.users["reception"])
    reception.post("appointment-link", appointment.pk, data={"reason": ""}, expect=422)
    text = reception.post("appointment-link", appointment.pk, data={"reason": "Closed by typing errors"})
    assert "The old link no longer works" in text
    assert "Link replaced" in text
    old.get(status=410)
    [again] = Message.objects.filter(appointment=appointment, kind="confirmed", status="queued")
    fresh = linked.opened(appointment)
    assert fresh.path in render.letter(again, now=linked.clinic.now).text
    fresh.post("confirm/")
    assert "The patient is coming" in reception.get("appointment", appointment.pk)
    browser(linked.clinic.users["manager"]).get("appointment-link", appointment.pk, expect=403)


# -- a visit with several injections -----------------------------------------------------------------------


def several(linked: Linked, *places: tuple[str, str]) -> Appointment:
    """Held for the patient's own answers, and for what else is not known."""
    patient = linked.clinic.patient("Frame")
    wanted = tuple(Wanted(*place) for place in places)
    found = linked.clinic.book(patient, VISIT, site=None, side=None, injections=wanted, override_reason="Please look")
    assert found.appointment is not None
    return found.appointment


def test_one_link_asks_about_each_area_of_the_visit_in_turn(linked: Linked) -> None:
    """The second part opens with what is known of the person; an area and side is asked about once."""
    appointment = several(linked, ("hamstring-origin", "left"), ("hip-joint", "right"))
    pages = linked.opened(appointment)
    text = pages.get("questions/")
    assert "Part 1 of 2: these are about sit bone (ischial tuberosity), left." in text
    text = pages.post("questions/", **fit_answers())
    assert "Part 2 of 2: these are about hip joint, right." in text
    assert pages.get("questions/?about=7") == pages.get("questions/")
    text = pages.post("questions/?about=2", **fit_answers(main_pain_site="groin", pain_side="right"))
    assert "Thank you" in text
    assert [own_visit.open_questions(one.content()) for one in news.present_answers(appointment)] == [0, 0]
    rows = Screening.objects.order_by("pk").values_list("area", "side", "content__main_pain_site")
    assert list(rows) == [("ischial-tuberosity", "left", "sit-bone"), ("hip-joint", "right", "groin")]


def test_both_sides_of_one_area_are_asked_about_once(linked: Linked) -> None:
    appointment = several(linked, ("hamstring-origin", "left"), ("hamstring-origin", "right"))
    pages = linked.opened(appointment)
    assert "Part 1" not in pages.get("questions/")
    pages.post("questions/", **fit_answers(pain_side="both"))
    row = Screening.objects.get()
    assert (row.area, row.side) == ("ischial-tuberosity", "both")
    rules = [one["rule"] for one in appointment.assessments.latest("pk").findings]
    assert "screening-incomplete" not in rules
    assert "side-mismatch" not in rules


def test_a_visit_of_several_is_moved_by_its_link_as_one(linked: Linked) -> None:
    """Times are offered where all of it is clear; both sides on one day never are, so nothing is offered."""
    appointment = several(linked, ("hamstring-origin", "left"), ("hamstring-origin", "right"))
    assert own_times.times_to_choose(appointment, now=linked.clinic.now).days == []
