"""What stands in the outbox after each thing that happens to an appointment, and what of it is then sent."""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from injections.booking.cancel import cancel as cancel_booking
from injections.booking.move import MoveRequest
from injections.booking.move import move as move_booking
from injections.booking.undo import undo
from injections.merging import merge
from injections.models import Call
from injections.patient.identity import correct_patient
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import no_show
from injections.worklists.close_call import close_call
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid, Missing
from pht_clinic.people.actors import PATIENT, SYSTEM
from scheduling.availability.bank_holidays import working_days_after
from scheduling.messages import desk, drafts, outbox, plan
from scheduling.messages.desk import NotQueued, NotRetriable, Unwritable
from scheduling.messages.sending import deliver
from scheduling.models import Appointment, Message
from scheduling.patients import link
from tests.clinic import NOW, Clinic, local, open_clinic
from tests.smtp import SmtpServer

VISIT = local("2026-03-24", "09:20")
HOUR = timedelta(hours=1)
State = Message.State


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def follow_up(clinic: Clinic, start: datetime = VISIT, **patient: Any) -> Appointment:
    """A visit without a check, booked by reception."""
    appointment = clinic.book(clinic.patient(**patient), start, kind="follow-up").appointment
    assert appointment is not None
    return appointment


def pending(clinic: Clinic) -> Appointment:
    """An injection in the review zone: a radiologist must look."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-12-10")
    appointment = clinic.book(patient, VISIT).appointment
    assert appointment is not None
    assert appointment.status == "pending"
    return appointment


def rows(appointment: Appointment, *statuses: str) -> list[Message]:
    found = Message.objects.filter(appointment=appointment).order_by("pk")
    return list(found.filter(status__in=statuses) if statuses else found)


def waiting(appointment: Appointment) -> list[str]:
    return [row.kind for row in rows(appointment, State.QUEUED)]


@pytest.mark.parametrize("kind", ["information-needed", "delayed", "declined"])
def test_news_of_a_decision_expires_when_the_visit_would_have_begun(kind: str) -> None:
    """The policy's own news, which it makes known when the apps are ready."""
    working_days = working_days_after(clock.local_date(NOW))
    news = plan.news(kind, start=VISIT, is_answer=False, now=NOW, zone=clock.zone(), working_days=working_days)
    assert (news.kind, news.expires_at) == (kind, VISIT)


def test_what_is_no_news_is_not_announced(clinic: Clinic) -> None:
    with pytest.raises(KeyError):
        outbox.announce(drafts.News("applauded"), appointment=follow_up(clinic), by=SYSTEM, now=clinic.now)


def told(appointment: Appointment, *kinds: str) -> None:
    """As if these had been sent, when they were planned."""
    waiting = Message.objects.filter(appointment=appointment, kind__in=kinds, status=State.QUEUED)
    waiting.update(status=State.SENT, sent_at=F("planned_at"))


def move(appointment: Appointment, clinic: Clinic, start: datetime, *, now: datetime = NOW + HOUR) -> None:
    move_booking(appointment.pk, MoveRequest(start=start), by=clinic.reception, now=now)


def cancel(appointment: Appointment, clinic: Clinic, **values: Any) -> None:
    cancel_booking(appointment.pk, **{"reason": "asked for it", "by": clinic.reception, "now": NOW + HOUR, **values})


def test_a_booked_visit_is_confirmed_at_once_and_reminded_of(clinic: Clinic) -> None:
    [confirmed, week, two_days] = rows(follow_up(clinic), State.QUEUED)
    assert (confirmed.kind, week.kind, two_days.kind) == ("confirmed", "reminder-week", "reminder-2-days")
    assert (confirmed.due_at, confirmed.expires_at) == (NOW, VISIT)
    assert (week.due_at, two_days.due_at) == (local("2026-03-17", "10:00"), VISIT - 48 * HOUR)
    assert {row.recipient for row in (confirmed, week, two_days)} == {"ashdown@mail.example"}
    assert confirmed.values["when"] == "Tuesday 24 March 2026 at 09:20"
    assert confirmed.values["calendar"] == "confirmed"


def test_a_booking_late_at_night_is_confirmed_at_once_and_a_late_decision_in_the_morning(clinic: Clinic) -> None:
    clinic.now = local("2026-03-02", "22:30")
    [confirmed, *_] = rows(follow_up(clinic, VISIT + HOUR))
    assert (confirmed.due_at, confirmed.keeps_quiet_hours) == (clinic.now, False)
    appointment = pending(clinic)
    decide(
        appointment.pk,
        DecisionRequest(outcome="approve", reason="Settled well"),
        by=clinic.radiologist,
        now=clinic.now + HOUR,
    )
    [confirmed, *_] = rows(appointment, State.QUEUED)
    assert (confirmed.due_at, confirmed.keeps_quiet_hours) == (local("2026-03-03", "08:00"), True)


def test_a_decision_takes_the_place_of_what_was_said_before(clinic: Clinic) -> None:
    appointment = pending(clinic)
    assert waiting(appointment) == ["provisional"]
    decide(
        appointment.pk, DecisionRequest(outcome="approve", reason="Settled well"), by=clinic.radiologist, now=NOW + HOUR
    )
    assert waiting(appointment) == ["confirmed", "reminder-week", "reminder-2-days"]
    [provisional] = rows(appointment, State.CANCELLED)
    assert (provisional.kind, provisional.reason) == ("provisional", "Replaced by later news.")


def test_a_delay_names_the_date_to_come_back_on(clinic: Clinic) -> None:
    appointment = pending(clinic)
    told(appointment, "provisional")
    decide(
        appointment.pk,
        DecisionRequest(outcome="delay", reason="Too soon", delay_until=local("2026-05-04").date()),
        by=clinic.radiologist,
        now=NOW + HOUR,
    )
    [delayed] = rows(appointment, State.QUEUED)
    assert (delayed.kind, delayed.values["delay_until"]) == ("delayed", "4 May 2026")
    assert "4 May 2026" in desk.preview(delayed).text
    assert delayed.values["calendar"] == ""


def test_questions_can_be_asked_twice(clinic: Clinic) -> None:
    appointment = pending(clinic)
    for hour in (1, 2):
        decide(
            appointment.pk,
            DecisionRequest(outcome="ask", reason="Which tablets?"),
            by=clinic.radiologist,
            now=NOW + hour * HOUR,
        )
        assert waiting(appointment) == ["information-needed"]
        told(appointment, "information-needed")
    assert len(rows(appointment, State.SENT)) == 2


def test_a_move_replaces_confirmation_and_reminders(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    later = local("2026-03-31", "11:00")
    move(appointment, clinic, later)
    [moved, week, two_days] = rows(appointment, State.QUEUED)
    assert (moved.kind, week.kind, two_days.kind) == ("moved", "reminder-week", "reminder-2-days")
    assert moved.values["calendar"] == "confirmed"
    assert two_days.due_at == later - 48 * HOUR
    assert {row.kind for row in rows(appointment, State.CANCELLED)} == {"reminder-week", "reminder-2-days"}


def test_a_move_within_72_hours_is_not_reminded_of(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    move(appointment, clinic, local("2026-03-25", "09:20"), now=local("2026-03-22", "10:00"))
    assert waiting(appointment) == ["moved"]


@pytest.mark.parametrize(
    ("who", "subject"),
    [({"by": PATIENT}, "Your appointment is cancelled"), ({}, "We have cancelled your appointment")],
    ids=["patient", "reception"],
)
def test_a_cancellation_says_who_cancelled_and_empties_the_calendar(
    clinic: Clinic, who: dict[str, Any], subject: str
) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    cancel(appointment, clinic, **who)
    [row] = rows(appointment, State.QUEUED)
    letter = desk.preview(row)
    assert (row.kind, letter.subject) == ("cancelled", subject)
    assert letter.calendar is not None
    assert letter.calendar[1] == "CANCEL"


def test_what_was_only_pending_is_in_no_calendar(clinic: Clinic) -> None:
    appointment = pending(clinic)
    told(appointment, "provisional")
    cancel(appointment, clinic)
    [row] = rows(appointment, State.QUEUED)
    assert desk.preview(row).calendar is None


def test_without_telling_the_patient_only_what_is_wrong_by_now_goes(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    cancel(appointment, clinic, tell_patient=False)
    assert waiting(appointment) == []


def test_what_goes_back_to_review_is_reminded_of_no_more_and_marked_in_the_calendar(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    appointment = clinic.book(patient, VISIT).appointment
    assert appointment is not None
    told(appointment, "confirmed")
    clinic.earlier_injection(patient, "2025-12-10")
    [row] = rows(appointment, State.QUEUED)
    assert (row.kind, row.values["calendar"]) == ("provisional", "tentative")
    assert "replaces" in desk.preview(row).text


def test_an_undone_cancellation_is_told_as_a_confirmation(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    cancel(appointment, clinic)
    undo(appointment.pk, by=clinic.reception, now=NOW + HOUR + timedelta(minutes=5))
    assert waiting(appointment) == ["confirmed", "reminder-week", "reminder-2-days"]


@pytest.mark.parametrize("tell", [True, False], ids=["mailed", "knows it"])
def test_a_cancellation_that_the_patient_knows_of_is_taken_back_in_words(clinic: Clinic, tell: bool) -> None:
    """Whoever was told on the phone that it is off does not come, unless they hear that it stands again."""
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    cancel(appointment, clinic, tell_patient=tell)
    told(appointment, "cancelled")
    undo(appointment.pk, by=clinic.reception, now=NOW + HOUR + timedelta(minutes=5))
    assert waiting(appointment) == ["confirmed", "reminder-week", "reminder-2-days"]


def test_a_cancellation_that_never_left_is_taken_back_without_a_word(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    cancel(appointment, clinic)
    undo(appointment.pk, by=clinic.reception, now=NOW + HOUR + timedelta(minutes=5))
    assert waiting(appointment) == ["reminder-week", "reminder-2-days"]


def test_who_never_got_the_confirmation_gets_it_after_an_untold_cancellation_was_taken_back(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    cancel(appointment, clinic, tell_patient=False)
    undo(appointment.pk, by=clinic.reception, now=NOW + HOUR + timedelta(minutes=5))
    assert waiting(appointment) == ["confirmed", "reminder-week", "reminder-2-days"]


def test_a_cancellation_of_what_waits_that_never_left_is_taken_back_without_a_word(clinic: Clinic) -> None:
    appointment = pending(clinic)
    told(appointment, "provisional")
    cancel(appointment, clinic)
    undo(appointment.pk, by=clinic.reception, now=NOW + HOUR + timedelta(minutes=5))
    assert waiting(appointment) == []


def decline(appointment: Appointment, clinic: Clinic) -> None:
    decide(appointment.pk, DecisionRequest(outcome="decline", reason="Not now"), by=clinic.radiologist, now=clinic.now)


def feverish(clinic: Clinic) -> Appointment:
    """An injection that waits, of a patient whom a radiologist must phone."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    appointment = clinic.book(patient, VISIT, override_reason="asked for it").appointment
    assert appointment is not None
    return appointment


@pytest.mark.parametrize("outcome", ["decline", "delay"])
def test_after_a_red_flag_the_patient_is_phoned_before_a_decision_is_mailed(clinic: Clinic, outcome: str) -> None:
    appointment = feverish(clinic)
    decide(
        appointment.pk,
        DecisionRequest(
            outcome=outcome, reason="Not now", delay_until=local("2026-05-04").date() if outcome == "delay" else None
        ),
        by=clinic.radiologist,
        now=clinic.now,
    )
    assert waiting(appointment) == []
    [row] = rows(appointment, State.SKIPPED)
    assert (row.kind, row.phone_task) == ("declined" if outcome == "decline" else "delayed", True)
    assert row.reason == "Phone first: a red flag is open."
    again = desk.retry(row.pk, by=clinic.reception, now=NOW + HOUR)
    assert (again.status, again.kind) == (State.QUEUED, row.kind)


def test_once_the_call_is_closed_a_decision_is_mailed(clinic: Clinic) -> None:
    appointment = feverish(clinic)
    for call in Call.objects.filter(closed_at=None):
        close_call(
            call.pk, reached="patient", spoke_to="the patient", said="Seen", by=clinic.radiologist, now=clinic.now
        )
    told(appointment, "provisional", "information-needed")
    decline(appointment, clinic)
    assert waiting(appointment) == ["declined"]


def test_a_decision_that_waits_for_the_morning_is_not_mailed_when_a_red_flag_comes_up(clinic: Clinic) -> None:
    appointment = pending(clinic)
    told(appointment, "provisional")
    clinic.now = local("2026-03-02", "22:30")
    decline(appointment, clinic)
    assert waiting(appointment) == ["declined"]
    clinic.answer(appointment.patient, {"fever": "yes"})
    assert waiting(appointment) == []
    [row] = rows(appointment, State.SKIPPED)
    assert (row.kind, row.phone_task) == ("declined", True)


def test_missing_answers_are_asked_for_also_while_a_radiologist_looks_at_something_else(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.pathway(patient)
    clinic.report(patient)
    clinic.earlier_injection(patient, "2025-12-10")
    appointment = clinic.book(patient, VISIT).appointment
    assert appointment is not None
    assert {finding["owner"] for finding in appointment.assessments.get().findings} >= {"patient", "radiologist"}
    assert waiting(appointment) == ["information-needed"]


@pytest.mark.parametrize("kind", ["confirmed", "cancelled"])
def test_a_preview_does_not_give_the_patients_link_away(clinic: Clinic, kind: str) -> None:
    appointment = follow_up(clinic)
    if kind == "cancelled":
        told(appointment, "confirmed")
        cancel(appointment, clinic)
    row = rows(appointment, State.QUEUED)[0]
    shown = desk.preview(row)
    for text in (shown.text, shown.html):
        assert link.token_of(appointment.pk, appointment.link_version) not in text
    assert "[the patient's link]" in shown.text
    assert "[the patient&#x27;s link]" in shown.html
    assert not re.search(r'<a (?!href="tel:)', shown.html)


def test_a_missed_visit_is_written_about_the_next_working_day_and_not_if_undone(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed", "reminder-week", "reminder-2-days")
    no_show(appointment.pk, by=clinic.reception, now=VISIT + HOUR)
    [missed] = rows(appointment, State.QUEUED)
    assert (missed.kind, missed.due_at) == ("missed", local("2026-03-25", "09:00"))
    undo(appointment.pk, by=clinic.reception, now=VISIT + HOUR + timedelta(minutes=9))
    assert waiting(appointment) == []


def test_the_same_news_at_the_same_revision_is_told_once(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    told(appointment, "confirmed")
    outbox.announce(drafts.News("confirmed"), appointment=appointment, by=SYSTEM, now=NOW + HOUR)
    assert len([row for row in rows(appointment) if row.kind == "confirmed"]) == 1


@pytest.mark.parametrize(
    ("patient", "reason"),
    [
        ({"email": ""}, "The patient has no email address."),
        ({"email_opt_in": False}, "The patient has asked not to get emails."),
    ],
)
def test_without_an_address_news_is_a_phone_task_at_once(clinic: Clinic, patient: dict[str, Any], reason: str) -> None:
    [confirmed, *reminders] = rows(follow_up(clinic, **patient))
    assert (confirmed.status, confirmed.phone_task, confirmed.reason) == (State.SKIPPED, True, reason)
    assert {(row.status, row.recipient, row.phone_task) for row in reminders} == {(State.QUEUED, "", False)}


def test_later_news_closes_the_phone_task_about_the_old(clinic: Clinic) -> None:
    appointment = follow_up(clinic, email="")
    move(appointment, clinic, VISIT + HOUR)
    [confirmed, _, _, again, *_] = rows(appointment)
    assert (confirmed.phone_task, confirmed.closed_reason) == (True, "Replaced by later news.")
    assert (again.kind, again.phone_task, again.closed_at) == ("confirmed", True, None)


def test_nobody_phones_about_a_cancellation_of_what_nobody_was_told(clinic: Clinic) -> None:
    appointment = follow_up(clinic, email="")
    cancel(appointment, clinic)
    assert [row.kind for row in rows(appointment)] == ["confirmed", "reminder-week", "reminder-2-days"]
    assert not [row for row in rows(appointment) if row.is_open_task]


def test_a_corrected_address_and_name_reach_what_is_queued(clinic: Clinic) -> None:
    appointment = follow_up(clinic, email="")
    correct_patient(
        appointment.patient_id,
        changes={"email": "new@mail.example", "given_name": "Robyn"},
        by=clinic.reception,
        now=NOW + HOUR,
    )
    queued = rows(appointment, State.QUEUED)
    assert [row.kind for row in queued] == ["reminder-week", "reminder-2-days"]
    for row in queued:
        assert (row.recipient, row.reason, row.values["dear"]) == ("new@mail.example", "", "Robyn Ashdown")
        assert row.values["when"] == "Tuesday 24 March 2026 at 09:20"


def test_a_person_hurries_withholds_and_retries(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    [confirmed, week, two_days] = rows(appointment)
    hurried = desk.send_now(week.pk, by=clinic.reception, now=NOW + HOUR)
    assert (hurried.due_at, hurried.keeps_quiet_hours) == (NOW + HOUR, False)
    assert desk.withhold(two_days.pk, by=clinic.reception, now=NOW).reason == "Withdrawn by reception."
    with pytest.raises(NotQueued):
        desk.withhold(two_days.pk, by=clinic.reception, now=NOW)
    with pytest.raises(NotRetriable):
        desk.retry(confirmed.pk, by=clinic.reception, now=NOW)
    Message.objects.filter(pk=confirmed.pk).update(status=State.FAILED, phone_task=True)
    again = desk.retry(confirmed.pk, by=clinic.reception, now=NOW + HOUR)
    assert (again.retry_of_id, again.status, again.due_at) == (confirmed.pk, State.QUEUED, NOW + HOUR)
    assert again.uid != confirmed.uid
    confirmed.refresh_from_db()
    assert (confirmed.closed_at, confirmed.closed_reason) == (NOW + HOUR, "Tried again.")
    with pytest.raises(NotRetriable):
        desk.retry(confirmed.pk, by=clinic.reception, now=NOW + HOUR)


def test_a_retry_after_a_merge_goes_to_the_record_that_is_kept(clinic: Clinic) -> None:
    appointment = follow_up(clinic)
    Message.objects.filter(appointment=appointment, kind="confirmed").update(status=State.FAILED, phone_task=True)
    kept = clinic.patient("Cole")
    merge.merge_patients(appointment.patient_id, into_id=kept.pk, by=clinic.manager, now=NOW)
    [failed] = rows(appointment, State.FAILED)
    again = desk.retry(failed.pk, by=clinic.reception, now=NOW)
    assert (again.recipient, again.patient_id, again.values["dear"]) == ("cole@mail.example", kept.pk, "Robin Cole")


def test_a_phone_task_is_closed_once_with_a_reason(clinic: Clinic) -> None:
    [confirmed, week, _] = rows(follow_up(clinic, email=""))
    with pytest.raises(Invalid):
        desk.close_task(confirmed.pk, reason=" ", by=clinic.reception, now=NOW)
    closed = desk.close_task(confirmed.pk, reason="Spoke to her", by=clinic.reception, now=NOW)
    assert (closed.closed_by_id, closed.closed_reason) == (clinic.reception.user_id, "Spoke to her")
    for message_id in (confirmed.pk, week.pk):
        with pytest.raises(Conflict):
            desk.close_task(message_id, reason="Again", by=clinic.reception, now=NOW)
    with pytest.raises(Missing):
        desk.close_task(10**9, reason="Who", by=clinic.reception, now=NOW)


def test_a_message_that_cannot_be_written_says_so_in_its_preview(clinic: Clinic) -> None:
    [confirmed, *_] = rows(follow_up(clinic))
    for broken in ({"values": {}}, {"template": "nowhere"}):
        for name, value in broken.items():
            setattr(confirmed, name, value)
        with pytest.raises(Unwritable):
            desk.preview(confirmed)


@pytest.mark.parametrize(("placed_at", "most"), [(NOW + HOUR, 3), (NOW, 5)], ids=["just placed", "stands there"])
def test_an_announcement_makes_at_most_so_many_statements(clinic: Clinic, placed_at: datetime, most: int) -> None:
    """Two more for whether it has to be moved, where its place was not looked at just now."""
    appointment = follow_up(clinic)
    appointment.asked_at = placed_at
    for kind in ("confirmed", "moved", "provisional", "cancelled", "delayed"):
        appointment.revision += 1
        with CaptureQueriesContext(connection) as captured:
            news = drafts.News(kind, values={"delay_until": VISIT.date()})
            outbox.announce(news, appointment=appointment, by=SYSTEM, now=NOW + HOUR)
        assert len(captured) <= most, captured.captured_queries


# -- what is then sent ------------------------------------------------------------------------------------


@pytest.fixture
def sending(committed_db: None, smtp_server: SmtpServer) -> tuple[Clinic, SmtpServer]:
    return open_clinic(), smtp_server


def drain(now: datetime) -> None:
    deliver.drain(now=lambda: now, seconds=10)


def event_of(mail: EmailMessage) -> tuple[str, int, str, datetime]:
    """Method, sequence, UID and start of the calendar part."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    [event] = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), event["SEQUENCE"], str(event["UID"]), event["DTSTART"].dt


def test_confirmation_move_and_cancellation_arrive_as_one_event(sending: tuple[Clinic, SmtpServer]) -> None:
    clinic, server = sending
    appointment = follow_up(clinic)
    drain(NOW)
    move(appointment, clinic, local("2026-03-31", "11:00"))
    drain(NOW + HOUR)
    cancel(appointment, clinic, now=NOW + 2 * HOUR)
    drain(NOW + 2 * HOUR)
    later = local("2026-03-31", "11:00")
    uid = appointment.calendar_uid
    assert [event_of(mail) for mail in server.messages] == [
        ("REQUEST", 1, uid, VISIT),
        ("REQUEST", 2, uid, later),
        ("CANCEL", 3, uid, later),
    ]


def test_mes11_a_sender_of_another_domain_still_speaks_of_the_same_event(
    sending: tuple[Clinic, SmtpServer], settings: Any
) -> None:
    clinic, server = sending
    appointment, other = follow_up(clinic), follow_up(clinic, local("2026-03-31", "14:00"))
    drain(NOW)
    settings.DEFAULT_FROM_EMAIL = "Clinic <post@another.example>"
    cancel(appointment, clinic, now=NOW + HOUR)
    drain(NOW + HOUR)
    told = [(method, uid) for method, _, uid, _ in map(event_of, server.messages)]
    first, second = appointment.calendar_uid, other.calendar_uid
    assert sorted(told[:2]) == sorted([("REQUEST", first), ("REQUEST", second)])
    assert told[2:] == [("CANCEL", first)]
    assert first != second
    assert "@" not in first


def test_mes11_visits_of_before_keep_what_was_sent_with_them(clinic: Clinic, settings: Any) -> None:
    """Their events stand in calendars under the name that was made of the row and the sender's domain."""
    appointment, other = follow_up(clinic), follow_up(clinic, local("2026-03-31", "14:00"))
    settings.DEFAULT_FROM_EMAIL = '"Hip, Knee" <post@old.example>'
    renewed = import_module("scheduling.migrations.0008_calendar_uid").keep_what_was_sent
    with connection.schema_editor() as editor:
        renewed(apps, editor)
    stored = set(Appointment.objects.values_list("calendar_uid", flat=True))
    assert stored == {f"appointment-{row.pk}@old.example" for row in (appointment, other)}


def test_mes16_a_calendar_knows_by_whom_the_mail_was_sent(sending: tuple[Clinic, SmtpServer]) -> None:
    clinic, server = sending
    follow_up(clinic)
    drain(NOW)
    [mail] = server.messages
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [event] = Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert event["ORGANIZER"].params["SENT-BY"] == f"mailto:{mail['From'].addresses[0].addr_spec}"
    assert event["ORGANIZER"] == f"mailto:{mail['Reply-To'].addresses[0].addr_spec}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "cancelled"}, "Not sent: the appointment was cancelled."),
        ({"status": "pending", "pending_since": NOW}, "Not sent: the appointment is waiting for review."),
        ({"status": "noshow"}, "Not sent: the patient did not come."),
    ],
)
def test_what_is_not_true_any_more_is_not_sent(
    sending: tuple[Clinic, SmtpServer], change: dict[str, Any], reason: str
) -> None:
    clinic, server = sending
    appointment = follow_up(clinic)
    Appointment.objects.filter(pk=appointment.pk).update(**change)
    drain(NOW)
    [confirmed] = rows(appointment, State.SKIPPED)
    assert (confirmed.reason, confirmed.phone_task) == (reason, False)
    assert not server.messages


def test_what_was_moved_without_a_word_is_not_sent(sending: tuple[Clinic, SmtpServer]) -> None:
    clinic, server = sending
    appointment = follow_up(clinic)
    Message.objects.filter(appointment=appointment).update(values={"start_at": (VISIT - HOUR).isoformat()})
    drain(NOW)
    assert [row.reason for row in rows(appointment, State.SKIPPED)] == [
        "Not sent: the appointment was moved after this was planned."
    ]
    assert not server.messages


def test_a_mail_that_waited_through_a_new_assessment_carries_the_present_revision(
    sending: tuple[Clinic, SmtpServer],
) -> None:
    clinic, server = sending
    appointment = follow_up(clinic)
    Appointment.objects.filter(pk=appointment.pk).update(revision=5)
    drain(NOW)
    [confirmed] = rows(appointment, State.SENT)
    assert confirmed.revision == 5
    assert event_of(server.messages[0])[1] == 5


def test_the_reminder_is_kept_for_the_day(sending: tuple[Clinic, SmtpServer]) -> None:
    clinic, server = sending
    appointment = follow_up(clinic)
    drain(NOW)
    drain(local("2026-03-22", "09:19"))
    assert rows(appointment, State.QUEUED)[-1].kind == "reminder-2-days"
    drain(local("2026-03-22", "21:00"))
    assert len(server.messages) == 1
    drain(local("2026-03-23", "08:00"))
    assert [mail["Subject"] for mail in server.messages] == [
        "Your appointment on Tuesday 24 March",
        "Your appointment on Tuesday at 09:20",
    ]
    [week] = rows(appointment, State.SKIPPED)
    assert week.reason == "Expired: it was too late to send it."
