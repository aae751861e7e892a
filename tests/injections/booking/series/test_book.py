"""A series is booked as a whole or not at all, each visit through the one gate, and told once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from icalendar import Calendar

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.series.book import SomeLost, book_series
from injections.booking.series.standing import VisitTime
from injections.models import Assessment
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.messages import render, told
from scheduling.messages.sending import mailer, still_true
from scheduling.models import Appointment, Message, VisitSeries
from scheduling.patients.death import HasDied
from tests.clinic import Clinic, local
from tests.injections.booking.series.world import TUESDAYS, ask, booked, spots

pytestmark = pytest.mark.django_db


def test_six_visits_are_booked_checked_each_and_told_in_one_message(clinic: Clinic) -> None:
    """Each is a visit like any other, with reminders and an assessment of its own."""
    patient = clinic.patient()
    came = booked(clinic, patient, note="Bring shoes")
    assert [visit.start_at for visit in came.visits] == [local(day) for day in TUESDAYS]
    stored = list(Appointment.objects.filter(series=came.series))
    assert [(one.status, one.note) for one in stored] == [("booked", "Bring shoes")] * 6
    assert Assessment.objects.filter(appointment__in=stored, verdict="clear").count() == 6
    [message] = Message.objects.exclude(kind__startswith="reminder")
    assert (message.kind, message.subject, message.expires_at) == (
        "series",
        f"series:{came.series.pk}",
        local(TUESDAYS[0]),
    )
    assert Message.objects.filter(kind="reminder-2-days").count() == 5
    [entry] = Entry.objects.filter(verb="series-booked")
    assert entry.patient_ids == [patient.pk]
    assert Entry.objects.filter(verb="appointment-requested").count() == 6


def test_the_message_has_every_time_and_a_calendar_part_for_each(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    message = Message.objects.get(kind="series")
    letter = render.letter(message, now=clinic.now)
    assert letter.subject == "Your appointments"
    for when in ("Tuesday 3 March 2026 at 10:00", "Tuesday 10 March 2026 at 10:00", "Tuesday 17 March 2026 at 10:00"):
        assert f"- {when}, with Tom Reed." in letter.text
    events = [Calendar.from_ical(text).walk("VEVENT")[0] for text, _ in letter.calendars]
    assert [str(event["UID"]) for event in events] == [visit.calendar_uid for visit in came.visits]
    assert {method for _, method in letter.calendars} == {"REQUEST"}
    content = mailer.written(letter).message()
    files = [part.get_content_type() for part in content.walk() if part.get_filename()]
    assert files == ["text/calendar"] * 3


def test_one_that_is_taken_keeps_all_others_from_being_booked(clinic: Clinic) -> None:
    """All that are lost are named at once, with whom they are lost to."""
    other, patient = clinic.patient("Birch"), clinic.patient()
    for day in (TUESDAYS[1], TUESDAYS[4]):
        clinic.book(other, local(day), kind="physiotherapy")
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, patient)
    assert [one.spot.start for one in refusal.value.lost] == [local(TUESDAYS[1]), local(TUESDAYS[4])]
    assert all(one.taken[0].change.appointment.patient == other for one in refusal.value.lost if one.taken[0].change)
    assert refusal.value.sentence == "2 times can no longer be booked. Nothing was booked."
    named: Any = refusal.value.extra["lost"]
    assert [one["start"] for one in named] == [one.spot.start.isoformat() for one in refusal.value.lost]
    assert not Appointment.objects.filter(patient=patient).exists()
    assert not VisitSeries.objects.exists()
    assert not Message.objects.filter(patient=patient).exists()


def test_one_within_48_hours_of_an_injection_keeps_all_others_from_being_booked(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.book(patient, local("2026-03-16", "14:00"))
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, patient)
    [lost] = refusal.value.lost
    assert (lost.spot.start, lost.is_unwise) == (local("2026-03-17"), True)
    assert "48 hours" in lost.why


def test_a_closed_day_a_time_held_by_somebody_and_two_at_once_are_lost_too(clinic: Clinic) -> None:
    patient = clinic.patient()
    twice = (
        *spots(clinic, TUESDAYS[:2]),
        *spots(clinic, TUESDAYS[:1], "10:15"),
        *spots(clinic, TUESDAYS[2:3], "20:00"),
    )
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, patient, spots=twice)
    why = {one.spot.start: one.why for one in refusal.value.lost}
    assert why == {
        local(TUESDAYS[0], "10:15"): "Another visit of this series is at that time.",
        local(TUESDAYS[2], "20:00"): "Tom Reed has no open session for the whole visit at that time.",
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "injection"}, "Choose one of physiotherapy, exercise-class."),
        ({"kind": "none"}, "Choose one of physiotherapy, exercise-class."),
        ({"spots": ()}, "A series has 2 to 12 visits."),
        ({"patient_id": 999_999}, "There is no patient 999999."),
    ],
)
def test_nonsense_is_refused_before_any_row_is_looked_at(clinic: Clinic, values: dict[str, Any], said: str) -> None:
    patient = clinic.patient()
    with pytest.raises(Invalid) as refusal:
        booked(clinic, patient, **values)
    assert said in [error.detail for error in refusal.value.errors]


def test_more_than_a_year_is_refused(clinic: Clinic) -> None:
    far = spots(clinic, ("2026-03-03", "2027-03-09"))
    with pytest.raises(Invalid) as refusal:
        booked(clinic, clinic.patient(), spots=far)
    [error] = refusal.value.errors
    assert (error.pointer, error.detail) == ("#/count", "The last visit is more than a year after the first.")


def test_a_time_without_a_room_is_in_that_of_its_session_and_lost_where_there_is_none(clinic: Clinic) -> None:
    who = clinic.physiotherapist.pk
    day, night = VisitTime(local("2026-03-10"), who), VisitTime(local("2026-03-17", "03:00"), who)
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, clinic.patient(), spots=(day, night))
    assert [(one.spot, one.why) for one in refusal.value.lost] == [(night, "There is no open session at that time.")]
    came = booked(clinic, clinic.patient(), spots=(day, replace(night, start=local("2026-03-17"))))
    assert {visit.room_id for visit in came.visits} == {clinic.gym.pk}


def test_only_the_desk_books_and_nobody_for_the_dead_or_a_merged_record(clinic: Clinic) -> None:
    from tests.clinic import registered_twice

    patient = clinic.patient()
    with pytest.raises(Forbidden):
        book_series(ask(clinic, patient), by=clinic.manager, now=clinic.now)
    clinic.death(patient)
    with pytest.raises(HasDied):
        booked(clinic, patient)
    registered_twice(clinic, "Quince")
    merged = type(patient).objects.get(merged_into__isnull=False)
    with pytest.raises(Invalid):
        booked(clinic, merged)


def test_what_the_patient_knows_is_noted_and_nothing_is_sent(clinic: Clinic) -> None:
    booked(clinic, clinic.patient(), tell_patient=False)
    assert Message.objects.get(kind="series").status == "told"


def test_without_an_address_it_becomes_one_phone_task(clinic: Clinic) -> None:
    booked(clinic, clinic.patient(email=""))
    [task] = Message.objects.filter(phone_task=True)
    assert task.kind == "series"


def test_a_visit_told_with_its_series_is_moved_and_cancelled_like_any_other(clinic: Clinic) -> None:
    """Once the series was told, the patient is told that one moved, from when; not that it is booked."""
    came = booked(clinic, clinic.patient())
    Message.objects.filter(kind="series").update(status="sent", sent_at=clinic.now)
    first, second, *_ = came.visits
    assert told.told_of(first).kind == "confirmed"
    assert told.told_of(first).is_in_a_calendar
    move(first.pk, MoveRequest(start=local("2026-03-04")), by=clinic.reception, now=clinic.now)
    moved = Message.objects.get(appointment=first, kind="moved")
    assert (moved.values["was"], moved.status) == ("Tuesday 3 March 2026 at 10:00", "queued")
    cancel(second.pk, reason="No time", by=clinic.reception, now=clinic.now)
    assert Message.objects.get(appointment=second, kind="cancelled").values["calendar"] == "cancelled"
    assert Message.objects.filter(kind="series").count() == 1


def test_one_changed_before_it_was_told_is_left_out_and_the_others_are_told(clinic: Clinic) -> None:
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    first, second, third = came.visits
    cancel(first.pk, reason="No time", by=clinic.reception, now=clinic.now)
    rest = Message.objects.get(kind="series", status="queued")
    assert [one["appointment"] for one in rest.values["visits"]] == [second.pk, third.pk]
    assert (rest.appointment_id, rest.values["when"]) == (second.pk, "Tuesday 10 March 2026 at 10:00")
    assert Message.objects.filter(kind="series", status="cancelled").count() == 1
    assert not Message.objects.filter(kind="cancelled").exists()
    assert still_true.withheld(Message.objects.select_related("patient", "appointment").get(pk=rest.pk)) is None


def test_a_message_with_a_time_that_holds_no_more_does_not_leave_and_somebody_phones(clinic: Clinic) -> None:
    """Whoever changes a visit plans anew what is said of it; were one forgotten, nothing false would leave."""
    came = booked(clinic, clinic.patient(), TUESDAYS[:3])
    message = Message.objects.select_related("patient", "appointment").get(kind="series")
    message.values["visits"][1]["start_at"] = came.visits[2].start_at.isoformat()
    withheld = still_true.withheld(message)
    assert withheld is not None
    assert withheld == ("Not sent: one of its visits was changed after this was planned.", True)


def test_the_own_held_time_is_given_back_and_a_strangers_is_in_the_way(clinic: Clinic) -> None:
    from injections.booking.holds.hold import hold_to_book

    patient = clinic.patient()
    one = clinic.ask(patient, local(TUESDAYS[2]), kind="physiotherapy")
    hold_to_book(one, by=clinic.reception, now=clinic.now)
    booked(clinic, patient)
    assert not Appointment.holds.exists()
    hold_to_book(replace(one, start=local(TUESDAYS[2], "11:00")), by=clinic.radiologist, now=clinic.now)
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, clinic.patient("Birch"), spots=spots(clinic, TUESDAYS[:3], "11:00"))
    assert "being booked by radiologist" in refusal.value.lost[0].why
