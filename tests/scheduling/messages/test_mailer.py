"""Mails as the bytes that travel, read back by the standard library's parser. No database."""

import email
import email.policy
import itertools
import re
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from scheduling.messages.kinds import Enclosure
from scheduling.messages.render import Letter
from scheduling.messages.sending.mailer import Mail, compose

EVENT = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nX-WR-CALNAME:Zoë – 2\r\nEND:VCALENDAR\r\n"
PRINTED = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
TEXT = st.text(PRINTED | st.sampled_from("\n.=- é\u2013\U0001f600")).map("Dear {}".format)
LONGEST_LINE = 998
"""Octets of a line, without its end (RFC 5322, 2.1.1)."""


def composed(**values: Any) -> Mail:
    usual: dict[str, Any] = {
        "recipient": "ann@mail.example",
        "subject": "Your appointment",
        "text": "Dear Ann",
        "html": "<p>Dear Ann</p>",
        "message_id": "<1@clinic.example>",
        "calendars": (),
    }
    return compose(Letter(**usual | values))


def read(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(mail.content, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def parts_of(mail: Mail) -> list[tuple[str, str]]:
    """Each part's media type and what it says; its lines end as they were sent."""
    return [(part.get_content_type(), part.get_payload(decode=True).decode()) for part in read(mail).iter_parts()]


@given(text=TEXT, html=TEXT)
def test_every_part_says_what_it_was_given(text: str, html: str) -> None:
    mail = composed(text=text, html=html, calendars=((EVENT, "REQUEST"),))
    [plain, marked, event] = parts_of(mail)
    assert (plain[0], plain[1].replace("\r\n", "\n")) == ("text/plain", text)
    assert (marked[0], marked[1].replace("\r\n", "\n")) == ("text/html", html)
    assert event == ("text/calendar", EVENT)
    assert Calendar.from_ical(event[1])["X-WR-CALNAME"] == "Zoë – 2"


def test_an_enclosure_travels_whole_beside_text_and_html() -> None:
    file = Enclosure("letter.pdf", "application/pdf", bytes(range(256)) * 40)
    mail = composed(enclosure=file)
    [attached] = read(mail).iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("letter.pdf", "application/pdf")
    assert attached.get_content() == file.content
    assert [read(mail).get_body((kind,)) is not None for kind in ("plain", "html")] == [True, True]
    assert mail.content.isascii()
    assert max(map(len, mail.content.split(b"\r\n"))) <= LONGEST_LINE


@given(text=TEXT | st.sampled_from(["x" * 1000, "é" * 500, "\U0001f600" * 300]))
def test_what_travels_can_be_taken_by_any_server(text: str) -> None:
    """Seven bits, short lines that end in CRLF: no server needs to know 8BITMIME (RFC 5321, 2.3.8 and 2.4)."""
    content = composed(text=text, html=text, subject="Zoë – 2", calendars=((EVENT, "REQUEST"),)).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_the_calendar_part_names_its_method_and_its_charset_once(method: str) -> None:
    content = composed(calendars=((EVENT, method),)).content
    [said] = re.findall(rb"\r\nContent-Type: (text/calendar[^\r]*)\r\n", content)
    assert said.decode() == f'text/calendar; method="{method}"; charset="utf-8"'


BREAKS = ["a\r\nBcc: b@mail.example", "a\nb", "a\rb"]
CONTROLS = ["a\x00b", "a\x0bb", "a\x0cb", "a\x7fb"]


@pytest.mark.parametrize(
    ("name", "evil"),
    [
        *itertools.product(("subject", "recipient", "message_id"), BREAKS),
        *itertools.product(("subject", "recipient"), CONTROLS),
    ],
)
def test_a_value_that_would_begin_another_header_is_refused(name: str, evil: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)address|header|line break"):
        composed(**{name: evil})


@given(st.text(PRINTED, min_size=1, max_size=300))
def test_any_other_subject_is_one_header_of_ascii(subject: str) -> None:
    mail = composed(subject=subject)
    assert mail.content.isascii()
    names = ["Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID"]
    assert list(read(mail)) == [*names, "Auto-Submitted"]
    assert len(re.findall(rb"(?m)^Subject:", mail.content)) == 1


def test_an_address_of_another_alphabet_is_written_as_servers_know_it() -> None:
    mail = composed(recipient="ann@bücher.example")
    assert mail.recipient == "ann@xn--bcher-kva.example"
    assert read(mail)["To"] == "ann@xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["Zoë's clinic, London", "PHT Clinic"])
def test_the_clinics_name_stands_beside_its_address_and_not_on_the_envelope(settings: Any, name: str) -> None:
    settings.DEFAULT_FROM_EMAIL = f'"{name}" <desk@clinic.example>'
    mail = composed()
    assert mail.sender == "desk@clinic.example"
    [sender] = read(mail)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "desk@clinic.example")


@pytest.mark.parametrize("setting", ["DEFAULT_FROM_EMAIL", "DEFAULT_REPLY_TO"])
def test_an_address_of_the_clinic_that_is_not_one_is_never_written_from(settings: Any, setting: str) -> None:
    setattr(settings, setting, "Clinic, London <desk@clinic.example>")
    with pytest.raises(ValueError, match="address"):
        composed()
