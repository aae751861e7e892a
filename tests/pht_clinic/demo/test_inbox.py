"""The demo's mailbox shows mails and runs nothing that stands in them."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from pht_clinic.demo import inbox

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    message = EmailMessage()
    message["From"] = "clinic@clinic.example"
    message["To"] = "a@patient.example"
    message["Subject"] = f"Hello {HOSTILE}"
    message.set_content(f'{HOSTILE} see http://localhost:8000/link/abc/ or http://x.example/"onclick="y\n')
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename=f"{HOSTILE}.ics")
    file = tmp_path / "20260101T000000000000.eml"
    file.write_bytes(message.as_bytes())
    return file


def test_what_stands_in_a_mail_is_shown_and_never_run(mail: Path) -> None:
    for page in (inbox.page_of(mail), inbox.listing(mail.parent)):
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_links_in_a_mail_can_be_followed_and_hold_nothing_else(mail: Path) -> None:
    page = inbox.page_of(mail)
    assert '<a href="http://localhost:8000/link/abc/" rel="noreferrer">' in page
    assert '"onclick=' not in page


def test_the_list_shows_the_newest_first(mail: Path) -> None:
    newer = mail.with_name("20260102T000000000000.eml")
    newer.write_bytes(mail.read_bytes().replace(b"Hello", b"Later"))
    page = inbox.listing(mail.parent)
    assert page.index("Later") < page.index("Hello")
    assert "Mails kept: 2." in page
