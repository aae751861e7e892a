"""Visits of a series are moved and cancelled together or not at all, and told in one message."""

from __future__ import annotations

import pytest
from icalendar import Calendar

from injections.booking.cancel import Why
from injections.booking.series.book import BookedSeries, SomeLost
from injections.booking.series.change import ChangePlaces, SeriesMove, cancel_series, move_series
from injections.booking.series.standing import VisitTime
from injections.booking.undo import undo
from pht_clinic.errors import Forbidden, Invalid, Missing
from scheduling.diary.locks import StaleRevision
from scheduling.messages import render
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.clinic import Clinic, local
from tests.injections.booking.series.world import TUESDAYS, booked

pytestmark = pytest.mark.django_db
WEDNESDAYS = ("2026-03-04", "2026-03-11", "2026-03-18", "2026-03-25", "2026-04-01", "2026-04-08")
NO_TIME = Why("No time", "patient", "cannot-come")


def told(came: BookedSeries, clinic: Clinic) -> None:
    """The patient has read of the series."""
    Message.objects.filter(kind="series").update(status="sent", sent_at=clinic.now, handovers=1)


def revisions(came: BookedSeries, *, since: int = 0) -> dict[int, int]:
    return {visit.pk: visit.revision for visit in came.visits[since:]}


def moves(
    clinic: Clinic, came: BookedSeries, days: tuple[str, ...], at: str = "10:00", *, since: int = 0
) -> SeriesMove:
    """Each visit to one of these days, in order."""
    who, where = clinic.physiotherapist.pk, clinic.gym.pk
    pairs = zip(came.visits[since:], days[since:], strict=False)
    to = {visit.pk: VisitTime(local(day, at), who, where) for visit, day in pairs}
    return SeriesMove(to, revisions(came, since=since))


def test_the_rest_is_cancelled_in_one_message_with_a_calendar_part_for_each(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    told(came, clinic)
    cancel_series(came.series.pk, revisions(came, since=3), NO_TIME, by=clinic.reception, now=clinic.now)
    assert [one.status for one in Appointment.objects.order_by("start_at")] == ["booked"] * 3 + ["cancelled"] * 3
    [message] = Message.objects.filter(kind="series-changed")
    assert not Message.objects.filter(kind="cancelled").exists()
    letter = render.letter(message, now=clinic.now)
    assert letter.subject == "Your appointments have changed"
    assert "They are cancelled, as you asked. Please do not come at these times." in letter.text.replace("\n", " ")
    assert "- Tuesday 24 March 2026 at 10:00" in letter.text
    assert "3 March" not in letter.text
    events = [Calendar.from_ical(text).walk("VEVENT")[0] for text, _ in letter.calendars]
    assert [(str(one["UID"]), str(one["STATUS"])) for one in events] == [
        (visit.calendar_uid, "CANCELLED") for visit in came.visits[3:]
    ]
    assert [int(one["SEQUENCE"]) for one in events] == [2, 2, 2]
    left = Message.objects.filter(kind__startswith="reminder", status="queued")
    assert {row.appointment_id for row in left} <= {visit.pk for visit in came.visits[:3]}


def test_one_cancelled_with_others_can_be_taken_back_by_itself(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    told(came, clinic)
    cancel_series(came.series.pk, revisions(came), NO_TIME, by=clinic.reception, now=clinic.now)
    Message.objects.filter(kind="series-changed").update(status="sent", sent_at=clinic.now, handovers=1)
    undo(came.visits[2].pk, by=clinic.reception, now=clinic.now)
    [again] = Message.objects.filter(appointment=came.visits[2], kind="confirmed")
    assert again.status == "queued", "they were told that it is off"


def test_what_was_never_told_is_cancelled_without_a_word(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    why = Why("Away", "clinic", "clinic")
    cancel_series(came.series.pk, revisions(came), why, by=clinic.reception, now=clinic.now)
    assert not Message.objects.filter(status="queued").exists()


def test_what_is_left_of_a_series_that_was_not_told_yet_is_told_without_them(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    why = Why("Away", "clinic", "clinic")
    cancel_series(came.series.pk, revisions(came, since=4), why, by=clinic.reception, now=clinic.now)
    [message] = Message.objects.filter(status="queued", kind="series")
    assert [one["appointment"] for one in message.values["visits"]] == [visit.pk for visit in came.visits[:4]]
    assert not Message.objects.filter(kind="series-changed", status="queued").exists()


def test_all_move_to_another_weekday_and_are_told_from_when(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    told(came, clinic)
    move_series(came.series.pk, moves(clinic, came, WEDNESDAYS), by=clinic.reception, now=clinic.now)
    assert [one.start_at for one in Appointment.objects.order_by("start_at")] == [local(day) for day in WEDNESDAYS]
    [message] = Message.objects.filter(kind="series-changed")
    text = render.letter(message, now=clinic.now).text.replace("\n  ", " ")
    assert "Wednesday 4 March 2026 at 10:00, with Tom Reed. It was to be on Tuesday 3 March 2026 at 10:00." in text
    assert len(render.letter(message, now=clinic.now).calendars) == 6
    reminders = Message.objects.filter(kind="reminder-2-days", status="queued").order_by("due_at")
    assert all("Wednesday" in row.values["when"] for row in reminders)


def test_they_move_by_a_week_onto_each_others_places(clinic: Clinic) -> None:
    """The last first, later, the first first, earlier: no constraint is in the way."""
    came = booked(clinic, clinic.patient())
    later = (*TUESDAYS[1:], "2026-04-14")
    visits = move_series(came.series.pk, moves(clinic, came, later), by=clinic.reception, now=clinic.now)
    assert [visit.start_at for visit in visits] == [local(day) for day in later]
    again = SeriesMove(moves(clinic, came, TUESDAYS).to, {visit.pk: visit.revision for visit in visits})
    visits = move_series(came.series.pk, again, by=clinic.reception, now=clinic.now)
    assert [visit.start_at for visit in visits] == [local(day) for day in TUESDAYS]


def test_two_that_would_change_places_are_refused(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient(), TUESDAYS[:2])
    with pytest.raises(ChangePlaces):
        move_series(
            came.series.pk, moves(clinic, came, (TUESDAYS[1], TUESDAYS[0])), by=clinic.reception, now=clinic.now
        )


def test_one_that_is_taken_keeps_all_others_where_they_are(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    clinic.book(clinic.patient("Birch"), local(WEDNESDAYS[2]), kind="physiotherapy")
    with pytest.raises(SomeLost) as refusal:
        move_series(came.series.pk, moves(clinic, came, WEDNESDAYS), by=clinic.reception, now=clinic.now)
    assert refusal.value.sentence == "One time can no longer be booked. Nothing was moved."
    stand = Appointment.objects.filter(series=came.series).order_by("start_at")
    assert [one.start_at for one in stand] == [local(day) for day in TUESDAYS]


def test_one_that_somebody_changed_since_is_stale(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient())
    seen = revisions(came)
    Appointment.objects.filter(pk=came.visits[1].pk).update(revision=2)
    with pytest.raises(StaleRevision):
        cancel_series(came.series.pk, seen, NO_TIME, by=clinic.reception, now=clinic.now)
    with pytest.raises(StaleRevision):
        move_series(came.series.pk, moves(clinic, came, WEDNESDAYS), by=clinic.reception, now=clinic.now)
    assert not Appointment.objects.exclude(status="booked").exists()


def test_who_may_not_what_is_over_and_what_is_of_another_series(clinic: Clinic) -> None:
    came, other = booked(clinic, clinic.patient()), booked(clinic, clinic.patient("Birch"), at="11:00")
    with pytest.raises(Forbidden):
        cancel_series(came.series.pk, revisions(came), NO_TIME, by=clinic.manager, now=clinic.now)
    with pytest.raises(Invalid):
        cancel_series(came.series.pk, revisions(other), NO_TIME, by=clinic.reception, now=clinic.now)
    with pytest.raises(Invalid):
        cancel_series(came.series.pk, {}, NO_TIME, by=clinic.reception, now=clinic.now)
    with pytest.raises(Invalid):
        cancel_series(came.series.pk, revisions(came), Why(""), by=clinic.reception, now=clinic.now)
    with pytest.raises(Missing):
        cancel_series(999_999, revisions(came), NO_TIME, by=clinic.reception, now=clinic.now)
    cancel_series(came.series.pk, revisions(came, since=5), NO_TIME, by=clinic.reception, now=clinic.now)
    with pytest.raises(WrongState):
        cancel_series(came.series.pk, {came.visits[5].pk: 2}, NO_TIME, by=clinic.reception, now=clinic.now)
