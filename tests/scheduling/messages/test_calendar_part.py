"""The calendar part, read back by a parser: it comes, moves and goes under one UID."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduling.messages.calendar_part import CalendarEntry, calendar_text

START = datetime(2026, 3, 30, 9, 20, tzinfo=ZoneInfo("Europe/London"))


def event(
    says: str, sequence: int, start: datetime = START, sender: str = "reception@clinic.example"
) -> tuple[str, Any]:
    entry = CalendarEntry(
        says=says,
        uid="appointment-12@clinic.example",
        sequence=sequence,
        start=start,
        end=start + timedelta(minutes=30),
        written_at=START,
        clinic="PHT Clinic",
        place="1 Example Street, London",
        organiser="reception@clinic.example",
        sender=sender,
        attendee="ann@mail.example",
    )
    calendar = Calendar.from_ical(calendar_text(entry))
    [found] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), found


@pytest.mark.parametrize(
    ("says", "method", "status"),
    [
        ("confirmed", "REQUEST", "CONFIRMED"),
        ("tentative", "REQUEST", "TENTATIVE"),
        ("cancelled", "CANCEL", "CANCELLED"),
    ],
)
def test_what_it_says_is_its_method_and_status(says: str, method: str, status: str) -> None:
    found, entry = event(says, 3)
    assert (found, str(entry["STATUS"]), entry["SEQUENCE"]) == (method, status, 3)


def test_times_are_utc() -> None:
    _, entry = event("confirmed", 1)
    assert b"DTSTART:20260330T082000Z" in entry.to_ical()
    assert entry["DTEND"].dt == datetime(2026, 3, 30, 8, 50, tzinfo=UTC)


def test_a_move_and_a_cancellation_speak_of_the_same_event() -> None:
    messages = [event("confirmed", 1), event("confirmed", 2, START + timedelta(days=1)), event("cancelled", 3)]
    assert {str(entry["UID"]) for _, entry in messages} == {"appointment-12@clinic.example"}
    assert [entry["SEQUENCE"] for _, entry in messages] == [1, 2, 3]


def test_it_tells_nothing_clinical_and_rings_no_alarm() -> None:
    _, entry = event("confirmed", 1)
    assert str(entry["SUMMARY"]) == "Appointment – PHT Clinic"
    assert "DESCRIPTION" not in entry
    assert not entry.walk("VALARM")


def test_lines_end_as_the_standard_wants() -> None:
    text = calendar_text(
        CalendarEntry(
            "confirmed",
            "u@x",
            1,
            START,
            START + timedelta(hours=1),
            START,
            "C",
            "P",
            "o@x.example",
            "o@x.example",
            "a@x.example",
        )
    )
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")


def test_whatever_the_clinic_is_called_is_read_back_whole_and_begins_no_line_of_its_own() -> None:
    """Signs that mean something in a calendar, letters of two and three octets, a line that somebody smuggled in."""
    clinic, place = ("Hip; knee, and – so \\ on ^n é" * 9, "1 Example Street,\r\nATTENDEE:mailto:x@y.example\r\nLondon")
    text = calendar_text(
        CalendarEntry(
            says="confirmed",
            uid="u@x",
            sequence=1,
            start=START,
            end=START + timedelta(hours=1),
            written_at=START,
            clinic=clinic,
            place=place,
            organiser="o@x.example",
            sender="o@x.example",
            attendee="a@x.example",
        )
    )
    [found] = Calendar.from_ical(text).walk("VEVENT")
    assert str(found["SUMMARY"]) == f"Appointment – {clinic}"
    assert found["ORGANIZER"].params["CN"] == clinic
    assert str(found["LOCATION"]) == "1 Example Street,  ATTENDEE:mailto:x@y.example  London"
    assert str(found["ATTENDEE"]) == "mailto:a@x.example"
    assert max(len(line.encode()) for line in text.split("\r\n")) == 75


def test_a_quotation_mark_in_the_clinics_name_is_one_that_every_calendar_knows() -> None:
    text = calendar_text(
        CalendarEntry(
            "confirmed",
            "u@x",
            1,
            START,
            START + timedelta(hours=1),
            START,
            'The "Hip"',
            "P",
            "o@x.example",
            "o@x.example",
            "",
        )
    )
    [found] = Calendar.from_ical(text).walk("VEVENT")
    assert found["ORGANIZER"].params["CN"] == "The 'Hip'"
    assert str(found["SUMMARY"]) == 'Appointment – The "Hip"'
    assert "ATTENDEE" not in found


@pytest.mark.parametrize("says", ["confirmed", "tentative", "cancelled", "published"])
def test_mes16_the_organiser_is_the_sender_or_names_it(says: str) -> None:
    """What a calendar answers goes to a mailbox that is read; of a mail from another address it knows by whom."""
    _, own = event(says, 1, sender="Reception@Clinic.example")
    assert str(own["ORGANIZER"]) == "mailto:reception@clinic.example"
    assert "SENT-BY" not in own["ORGANIZER"].params
    _, for_it = event(says, 1, sender="no-reply@post.example")
    assert str(for_it["ORGANIZER"]) == "mailto:reception@clinic.example"
    assert for_it["ORGANIZER"].params["SENT-BY"] == "mailto:no-reply@post.example"
    assert b'SENT-BY="mailto:no-reply@post.example"' in for_it.to_ical().replace(b"\r\n ", b"")
