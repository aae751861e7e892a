"""Every message says what the patient needs on top of what they were really told: nothing less and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from injections.booking.book import book
from injections.booking.cancel import cancel as cancel_visit
from injections.booking.move import MoveRequest
from injections.booking.move import move as move_visit
from injections.booking.undo import undo
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error
from pht_clinic import clock
from pht_clinic.people.actors import PATIENT
from scheduling.clinic.closures import save_closure
from scheduling.clinic.people_and_rooms import replace_feed, save_practitioner
from scheduling.messages import desk, plan
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.messages.told import NEVER_TOLD, NOTHING, Saying, Told, told_of, what_to_say
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local, open_clinic

VISIT = local("2026-03-24", "09:20")
MOVED_TO = local("2026-03-26", "11:00")
HOUR = timedelta(hours=1)
NIGHT = local("2026-03-02", "22:30")
HERE = {"start_at": "2026-03-24T09:20:00+00:00", "practitioner_id": 1, "practitioner": "Dr Hale"}
ELSEWHEN = {**HERE, "start_at": "2026-03-25T09:20:00+00:00"}
SOMEBODY_ELSE = {**HERE, "practitioner_id": 2, "practitioner": "Dr Li"}


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def booked(clinic: Clinic, start: datetime = VISIT, **values: Any) -> Appointment:
    visit = clinic.book(clinic.fit_patient(**values), start).appointment
    assert visit is not None
    return visit


def sent(visit: Appointment) -> list[str]:
    """Let everything that is due at the clinic's hour of planning go out; which kinds."""
    rows = Message.objects.filter(appointment=visit, status="queued", due_at__lte=F("planned_at")).order_by("pk")
    kinds = [row.kind for row in rows]
    rows.update(status="sent", sent_at=F("planned_at"))
    return kinds


def queued(visit: Appointment) -> list[str]:
    """The news that waits to be sent."""
    rows = Message.objects.filter(appointment=visit, status="queued").exclude(kind__in=plan.REMINDERS)
    return list(rows.order_by("pk").values_list("kind", flat=True))


def move(visit: Appointment, clinic: Clinic, start: datetime, *, now: datetime) -> None:
    move_visit(visit.pk, MoveRequest(start=start), by=clinic.reception, now=now)


def cancel(visit: Appointment, clinic: Clinic, *, now: datetime) -> None:
    cancel_visit(visit.pk, reason="asked for it", by=clinic.reception, now=now)


# -- the rule itself -------------------------------------------------------------------------------------------


def knows(kind: str, values: dict[str, object] = HERE) -> Told:
    return Told(kind, values, NOW, is_in_a_calendar=True)


@pytest.mark.parametrize(
    ("told", "news", "said"),
    [
        (NOTHING, "confirmed", "confirmed"),
        (NOTHING, "moved", "confirmed"),
        (NOTHING, "provisional", "provisional"),
        (NOTHING, "cancelled", ""),
        (knows("confirmed"), "confirmed", ""),
        (knows("confirmed"), "moved", ""),
        (knows("reminder-week"), "moved", ""),
        (knows("moved", ELSEWHEN), "confirmed", "moved"),
        (knows("confirmed", SOMEBODY_ELSE), "confirmed", "moved"),
        (knows("provisional", ELSEWHEN), "moved", "confirmed"),
        (knows("provisional"), "confirmed", "confirmed"),
        (knows("cancelled"), "confirmed", "confirmed"),
        (knows("cancelled"), "cancelled", ""),
        (knows("declined"), "cancelled", ""),
        (knows("provisional"), "provisional", ""),
        (knows("provisional", ELSEWHEN), "provisional", "provisional"),
        (knows("provisional"), "information-needed", "information-needed"),
        (knows("confirmed"), "provisional", "provisional"),
        (knows("confirmed"), "cancelled", "cancelled"),
        (knows("provisional"), "declined", "declined"),
        (knows("confirmed"), "missed", "missed"),
    ],
)
def test_what_is_said_on_top_of_what_they_know(told: Told, news: str, said: str) -> None:
    saying = what_to_say(news, told, HERE, by_patient=False, is_asked=False, is_owed=False)
    assert saying == Saying(said)


@pytest.mark.parametrize(("news", "is_owed"), [("declined", True), ("missed", False)])
def test_what_they_never_heard_of_and_must_know_a_person_says(news: str, is_owed: bool) -> None:
    saying = what_to_say(news, NOTHING, HERE, by_patient=False, is_asked=False, is_owed=is_owed)
    assert saying == Saying(news, NEVER_TOLD)


def test_what_they_did_themselves_is_answered_and_what_is_asked_for_is_said_again() -> None:
    by_them = what_to_say("cancelled", NOTHING, HERE, by_patient=True, is_asked=False, is_owed=False)
    assert by_them == Saying("cancelled")
    for kind in ("confirmed", "provisional"):
        again = what_to_say(kind, knows(kind), HERE, by_patient=False, is_asked=True, is_owed=False)
        assert again == Saying(kind)


# -- the cases -------------------------------------------------------------------------------------------------


def test_mes2_booked_and_moved_there_and_back_in_quiet_hours_leaves_nothing_to_say(clinic: Clinic) -> None:
    clinic.now = NIGHT
    visit = booked(clinic)
    assert sent(visit) == ["confirmed"]
    move(visit, clinic, MOVED_TO, now=NIGHT + HOUR / 2)
    assert queued(visit) == ["moved"]
    move(visit, clinic, VISIT, now=NIGHT + HOUR)
    assert queued(visit) == []
    assert Message.objects.filter(appointment=visit, status="queued").count() == 2, "the reminders stand"


def test_mes3_what_is_said_first_takes_the_place_of_nothing(clinic: Clinic) -> None:
    """Booked clear, and a fact changes before the confirmation has left."""
    visit = booked(clinic)
    clinic.earlier_injection(visit.patient, "2025-12-10")
    [first] = Message.objects.filter(appointment=visit, status="queued")
    letter = desk.preview(first)
    assert (first.kind, letter.calendar) == ("provisional", None)
    assert "replaces" not in letter.text


def test_a_visit_moved_before_anything_left_is_confirmed_and_not_changed(clinic: Clinic) -> None:
    visit = booked(clinic)
    move(visit, clinic, MOVED_TO, now=NOW + HOUR)
    [first] = [row for row in Message.objects.filter(appointment=visit, status="queued") if row.kind in plan.NEWS]
    letter = desk.preview(first)
    assert letter.subject == "Your appointment on Thursday 26 March"
    assert "24 March" not in letter.text


def test_a_move_says_from_when_to_when_by_what_was_told(clinic: Clinic) -> None:
    """Of the place between, of which no word ever left, it says nothing."""
    visit = booked(clinic)
    sent(visit)
    move(visit, clinic, local("2026-03-25", "10:00"), now=NIGHT)
    move(visit, clinic, MOVED_TO, now=NIGHT + HOUR)
    [moved] = Message.objects.filter(appointment=visit, kind="moved", status="queued")
    text = " ".join(desk.preview(moved).text.split())
    assert "now on Thursday 26 March 2026 at 11:00. It was to be on Tuesday 24 March 2026 at 09:20." in text
    assert "25 March" not in text


def test_a_cancellation_names_the_time_that_was_told(clinic: Clinic) -> None:
    visit = booked(clinic)
    sent(visit)
    move(visit, clinic, MOVED_TO, now=NIGHT)
    cancel(visit, clinic, now=NIGHT + HOUR)
    [cancelled] = Message.objects.filter(appointment=visit, kind="cancelled", status="queued")
    letter = desk.preview(cancelled)
    assert "cancelled your appointment on Tuesday 24 March 2026 at 09:20" in letter.text
    assert letter.calendar is not None
    assert "DTSTART:20260324T092000Z" in letter.calendar[0]


def test_a_cancellation_names_every_time_that_they_may_have_heard_of(clinic: Clinic) -> None:
    """Of two messages in a row nobody knows whether they arrived; the one before them certainly did."""
    visit = booked(clinic)
    starts = [VISIT, VISIT + timedelta(days=1), VISIT + timedelta(days=2), VISIT]
    for number, start in enumerate(starts):
        if number:
            move(visit, clinic, start, now=NOW + timedelta(hours=number))
        rows = Message.objects.filter(appointment=visit, kind__in=("confirmed", "moved"), status="queued")
        at = NOW + timedelta(hours=number)
        if number in (0, 1):
            rows.update(status="sent", sent_at=at, handovers=1, handed_over_at=at)
        else:
            rows.update(status="unknown", handovers=2, handed_over_at=at)
    cancel(visit, clinic, now=NOW + timedelta(hours=5))
    [row] = Message.objects.filter(appointment=visit, kind="cancelled")
    said = " ".join(desk.preview(row).text.split())
    assert "We have cancelled your appointment on Tuesday 24 March 2026 at 09:20." in said
    assert "Nor on Thursday 26 March 2026 at 09:20, nor on Wednesday 25 March 2026 at 09:20. Please do not come" in said


@pytest.mark.parametrize("is_told", [True, False])
def test_entered_in_error_takes_back_what_was_told(clinic: Clinic, is_told: bool) -> None:
    visit = booked(clinic)
    if is_told:
        sent(visit)
    enter_in_error(visit.pk, reason="Wrong patient", by=clinic.manager, now=NOW + HOUR)
    assert queued(visit) == (["cancelled"] if is_told else [])
    if is_told:
        [row] = Message.objects.filter(appointment=visit, kind="cancelled")
        assert desk.preview(row).calendar is not None


def test_what_was_spoken_was_told(clinic: Clinic) -> None:
    """Whoever closes a phone task says whether the patient knows; who need not be told does not."""
    for is_told, news in ((True, ["moved"]), (False, ["confirmed"])):
        visit = booked(clinic, email="", family_name=f"Cole{is_told}")
        [task] = Message.objects.filter(appointment=visit, phone_task=True)
        desk.close_task(task.pk, reason="Phoned", is_told=is_told, by=clinic.reception, now=NOW + HOUR)
        assert (told_of(visit).kind == "confirmed") is is_told
        move(visit, clinic, MOVED_TO + HOUR * is_told, now=NOW + 2 * HOUR)
        [again] = Message.objects.filter(appointment=visit, phone_task=True, closed_at=None)
        assert [again.kind] == news


def test_who_knows_the_time_from_the_desk_is_not_phoned(clinic: Clinic) -> None:
    patient = clinic.fit_patient(email="")
    ask = clinic.ask(patient, VISIT, tell_patient=False)
    visit = book(ask, by=clinic.reception, now=NOW).appointment
    assert visit is not None
    [told] = Message.objects.filter(appointment=visit).exclude(kind__in=plan.REMINDERS)
    assert (told.kind, told.status, told.phone_task) == ("confirmed", "told", False)
    assert (told.told_at, told.closed_by_id) == (NOW, clinic.reception.user_id)


def test_a_decline_of_which_nobody_had_heard_is_told_by_a_person(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, VISIT).appointment
    assert visit is not None
    decide(visit.pk, DecisionRequest(outcome="decline", reason="Not now"), by=clinic.radiologist, now=NOW)
    [row] = Message.objects.filter(appointment=visit, kind="declined")
    assert (row.phone_task, row.reason) == (True, NEVER_TOLD)


def test_whoever_is_here_hears_of_another_visit_of_that_day_at_the_desk(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    first, second = (
        clinic.book(patient, local("2026-03-24", at), kind="follow-up").appointment for at in ("09:20", "15:00")
    )
    assert first is not None
    assert second is not None
    for visit in (first, second):
        sent(visit)
    arrive(first.pk, by=clinic.reception, now=VISIT)
    move(second, clinic, local("2026-03-24", "16:00"), now=VISIT)
    [row] = Message.objects.filter(appointment=second, kind="moved")
    assert (row.status, row.phone_task) == ("skipped", True)
    assert row.reason == "The patient is here for another visit: tell them at reception."


def test_a_visit_that_was_missed_by_somebody_who_was_never_told_is_not_written_about(clinic: Clinic) -> None:
    visit = booked(clinic)
    no_show(visit.pk, by=clinic.reception, now=VISIT)
    [row] = Message.objects.filter(appointment=visit, kind="missed")
    assert (row.phone_task, row.reason) == (True, NEVER_TOLD)


def test_an_undone_cancellation_of_the_patients_own_is_answered(clinic: Clinic) -> None:
    visit = booked(clinic)
    cancel_visit(visit.pk, reason="By link", by=PATIENT, now=NOW)
    assert queued(visit) == ["cancelled"]
    sent(visit)
    undo(visit.pk, by=clinic.reception, now=NOW + timedelta(minutes=5))
    assert queued(visit) == ["confirmed"]


# -- held back until moved ---------------------------------------------------------------------------------------


def close(clinic: Clinic, day: str, *, pk: int | None = None, now: datetime = NOW) -> int:
    values = {"starts_at": local(day, "00:00"), "ends_at": local(day, "23:00"), "reason": "Water damage"}
    row = save_closure(pk, values, confirm=True, by=clinic.manager, now=now).row
    assert row.pk is not None
    return int(row.pk)


def held(visit: Appointment) -> set[str]:
    rows = Message.objects.filter(appointment=visit, status="cancelled", reason=TO_BE_MOVED)
    return set(rows.values_list("kind", flat=True))


def test_mes1_reminders_of_a_closed_day_are_held_back_until_the_visit_is_moved(clinic: Clinic) -> None:
    visit = booked(clinic)
    sent(visit)
    close(clinic, "2026-03-24")
    assert held(visit) == {"reminder-week", "reminder-2-days"}
    move(visit, clinic, MOVED_TO, now=NOW + HOUR)
    assert held(visit) == set()
    waiting = Message.objects.filter(appointment=visit, status="queued")
    assert {row.kind for row in waiting} == {"moved", "reminder-week", "reminder-2-days"}
    assert {row.values["start_at"] for row in waiting} == {MOVED_TO.astimezone(UTC).isoformat()}


def test_what_was_held_back_is_let_go_when_the_day_opens_again(clinic: Clinic) -> None:
    visit = booked(clinic)
    closure = close(clinic, "2026-03-24")
    assert held(visit) == {"confirmed", "reminder-week", "reminder-2-days"}
    close(clinic, "2026-03-25", pk=closure, now=NOW + HOUR)
    assert held(visit) == set()
    assert Message.objects.filter(appointment=visit, status="queued").count() == 3


def test_a_decision_on_a_visit_that_has_to_be_moved_confirms_nothing(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, VISIT).appointment
    assert visit is not None
    close(clinic, "2026-03-24")
    decide(visit.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NOW + HOUR)
    assert held(visit) >= {"confirmed", "reminder-week", "reminder-2-days"}
    cancel(visit, clinic, now=NOW + 2 * HOUR)
    assert held(visit) == set()


# -- when ----------------------------------------------------------------------------------------------------------


def test_mes4_no_reminder_a_quarter_of_an_hour_after_the_confirmation(clinic: Clinic) -> None:
    clinic.now = local("2026-03-02", "09:45")
    visit = booked(clinic, local("2026-03-09", "12:00"))
    rows = Message.objects.filter(appointment=visit, status="queued")
    assert {row.kind for row in rows} == {"confirmed", "reminder-2-days"}


@pytest.mark.parametrize(("before", "is_planned"), [(48 * HOUR, True), (48 * HOUR - timedelta(seconds=1), False)])
def test_the_week_reminder_keeps_48_hours_from_what_was_said_last(before: timedelta, is_planned: bool) -> None:
    due_at = local("2026-03-17", "10:00")
    now = due_at - before
    planned = plan.reminders(start=VISIT, asked_at=NOW, now=now, zone=clock.zone(), last_at=now)
    assert ("reminder-week" in {one.kind for one in planned}) is is_planned


def test_a_reminder_comes_an_hour_after_what_was_said_last_or_later() -> None:
    """Decided 10 minutes before the reminder would have gone out."""
    now = VISIT - 48 * HOUR - timedelta(minutes=10)
    [reminder] = plan.reminders(start=VISIT, asked_at=NOW, now=now, zone=clock.zone(), last_at=now)
    assert (reminder.kind, reminder.due_at) == ("reminder-2-days", now + HOUR)


def test_mes12_what_leaves_later_bears_the_practitioners_new_name(clinic: Clinic) -> None:
    visit = booked(clinic)
    sent(visit)
    save_practitioner(clinic.practitioner.pk, {"name": "Dr Jo Marten"}, by=clinic.manager, now=NOW + HOUR)
    waiting = Message.objects.filter(appointment=visit, status="queued")
    assert {row.values["practitioner"] for row in waiting} == {"Dr Jo Marten"}
    assert Message.objects.get(appointment=visit, status="sent").values["practitioner"] != "Dr Jo Marten"
    move(visit, clinic, VISIT, now=NOW + 2 * HOUR)
    assert queued(visit) == [], "the same person by another name is no news"


def test_what_touches_no_place_looks_at_no_visit(clinic: Clinic, django_assert_max_num_queries: Any) -> None:
    """A new address of a calendar is no change of who works when."""
    booked(clinic)
    with django_assert_max_num_queries(9) as asked:
        replace_feed(clinic.practitioner.pk, by=clinic.manager, now=NOW + HOUR)
    assert not [one for one in asked.captured_queries if "scheduling_appointment" in one["sql"]]
