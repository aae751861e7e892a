"""The demo's mailbox shows mails as their readers get them, and runs nothing that stands in them."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from pht_clinic.demo import inbox
from pht_clinic.demo.kept_mail import KeptMail, name_for

HOSTILE = "<script>alert(1)</script>"
HTML = (
    "<!DOCTYPE html>\n<html lang='de'><head><style>p { margin: 0; }</style></head>"
    "<body><p><a href='http://localhost:8000/p/1-1.abc/'>Ihre Seite</a></p></body></html>"
)
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Termin\r\n"
    "DTSTART:20260623T082000Z\r\nDTEND:20260623T085000Z\r\nDTSTAMP:20260601T080000Z\r\nUID:1\r\nSEQUENCE:3\r\n"
    "STATUS:CONFIRMED\r\nLOCATION:1 Example Street\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_TIME_ZONE", "Europe/London")
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", "Clinic <clinic@clinic.example>")
    monkeypatch.delenv("CLOCK_OFFSET_FILE", raising=False)


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


def kept(folder: Path, name: str, to: str, subject: str = "Hallo", text: str = "Guten Tag") -> Path:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "clinic@clinic.example", to, subject
    message.set_content(text)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(EVENT.encode(), maintype="text", subtype="calendar", params={"method": "REQUEST"})
    file = folder / f"{name}.eml"
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


def test_a_calendar_part_that_cannot_be_read_says_so(mail: Path) -> None:
    assert "<dt>Calendar part</dt><dd>cannot be read</dd>" in inbox.page_of(mail)


def test_a_calendar_part_is_said_among_what_is_attached(tmp_path: Path) -> None:
    with_one = kept(tmp_path, "20260601T080000000000", "a@patient.example")
    without = with_one.with_name("20260602T080000000000.eml")
    without.write_bytes(with_one.read_bytes().replace(b"text/calendar", b"text/plain"))
    assert "<dt>Attached</dt><dd>its calendar part</dd>" in inbox.page_of(with_one)
    assert "<dt>Attached</dt><dd>nothing</dd>" in inbox.page_of(without)


def test_the_list_shows_the_newest_first(mail: Path) -> None:
    newer = mail.with_name("20260102T000000000000.eml")
    newer.write_bytes(mail.read_bytes().replace(b"Hello", b"Later"))
    page = inbox.listing(mail.parent)
    assert page.index("Later") < page.index("Hello")
    assert "Emails kept: 2." in page


def test_every_page_leads_back_to_the_demos(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_BASE_URL", "http://localhost:8000/")
    for page in (inbox.page_of(mail), inbox.listing(mail.parent)):
        assert '<a href="http://localhost:8000/demo/">The demo’s page</a>' in page


def test_a_mail_stands_in_the_frame_of_a_phone_with_a_policy_of_its_own(tmp_path: Path) -> None:
    file = kept(tmp_path, "20260601T080000000000", "a@patient.example")
    page, found = inbox.page_of(file), KeptMail(file)
    assert f'<iframe class="phone" src="/{file.stem}.html"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert '<base target="_blank">' in found.framed  # the clinic's pages stand in no frame
    assert "default-src 'none'; style-src 'sha256-" in found.policy
    assert "unsafe" not in found.policy
    assert "script" not in found.policy
    assert "frame-ancestors 'self'" in found.policy


def test_a_mail_of_crlf_lines_keeps_its_styles(tmp_path: Path) -> None:
    """A browser reads every line end as one character, and holds the styles that it reads against the policy."""
    file = kept(tmp_path, "20260601T080000000000", "a@patient.example")
    styles = "<style>\np { margin: 0; }\n</style>"
    plain, crlf = (
        file.read_bytes().replace(b"<style>p { margin: 0; }</style>", text.encode())
        for text in (styles, styles.replace("\n", "\r\n"))
    )
    file.write_bytes(plain)
    policy = KeptMail(file).policy
    file.write_bytes(crlf)
    assert KeptMail(file).policy == policy
    assert "\r" not in KeptMail(file).framed


def test_the_calendar_part_is_read_out_in_utc_and_in_the_clinics_time(tmp_path: Path) -> None:
    page = inbox.page_of(kept(tmp_path, "20260601T080000000000", "a@patient.example"))
    for words in (
        "<dt>Summary</dt><dd>Termin</dd>",
        "REQUEST, CONFIRMED",
        "Tuesday 23 June 2026 at 09:20 BST, in the clinic; 2026-06-23 08:20 UTC",
        "2026-06-23 08:50 UTC",
        "number 3",
    ):
        assert words in page


def test_it_was_received_on_the_clinics_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = tmp_path / "clock-offset"
    ahead.write_text(str(9 * 3600))
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(ahead))
    name = name_for(datetime(2026, 6, 1, 8, 0, tzinfo=UTC))
    page = inbox.page_of(kept(tmp_path, name, "a@patient.example"))
    assert "Monday 1 June 2026 at 18:00, on the clinic’s clock" in page
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(tmp_path / "none"))
    assert name_for(datetime(2026, 6, 1, 8, 0, tzinfo=UTC)) == "20260601T080000000000_20260601T080000000000"


def subjects(page: str) -> list[str]:
    return re.findall(r'<tr><td><a href="/\w+">(.*?)</a>', page)


def test_mails_are_found_by_whose_they_are_and_by_words(tmp_path: Path) -> None:
    kept(tmp_path, "20260601T080000000001", "a@patient.example", "For A", "your page")
    kept(tmp_path, "20260601T080000000002", "b+b@patient.example", "For B", "Ihre Seite")
    kept(tmp_path, "20260601T080000000003", "duty@clinic.example", "Alarm", "sign in")
    assert subjects(inbox.listing(tmp_path)) == ["Alarm", "For B", "For A"]
    assert subjects(inbox.listing(tmp_path, to=inbox.PATIENTS)) == ["For B", "For A"]
    assert subjects(inbox.listing(tmp_path, to=inbox.STAFF)) == ["Alarm"]
    assert subjects(inbox.listing(tmp_path, to="b+b@patient.example")) == ["For B"]
    assert subjects(inbox.listing(tmp_path, text="SEITE ihre")) == ["For B"]
    page = inbox.listing(tmp_path, text='"><script>')
    assert "No email matches." in page
    assert "Emails kept: 0 of 3." in page
    assert "<script" not in page
    assert "No emails yet" in inbox.listing(tmp_path / "nowhere")
    chosen = inbox.listing(tmp_path, to="b+b@patient.example")
    assert '<option value="b+b@patient.example" selected>' in chosen
    assert 'href="/?to=b%2Bb%40patient.example"' in inbox.page_of(tmp_path / "20260601T080000000002.eml")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[HTTPConnection]:
    kept(tmp_path, "20260601T080000000001", "a@patient.example")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (inbox.Pages,), {"folder": tmp_path}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8001", 200),
        ("127.0.0.1:8001", 200),
        ("elsewhere.example:8001", 421),
        ("localhost.example:8001", 421),
    ],
)
def test_only_this_machine_is_answered_whatever_a_name_leads_to(served: HTTPConnection, host: str, status: int) -> None:
    served.request("GET", "/", headers={"Host": host})
    answer = served.getresponse()
    assert (answer.status, b"a@patient.example" in answer.read()) == (status, status == 200)


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/", 200, "frame-src 'self'"),
        ("/?to=patients&text=guten", 200, "form-action 'self'"),
        ("/inbox.css", 200, "default-src 'none'"),
        ("/20260601T080000000001", 200, "frame-ancestors 'none'"),
        ("/20260601T080000000001.html", 200, "sandbox allow-popups allow-popups-to-escape-sandbox"),
        ("/20260601T080000000001.eml", 404, ""),
        ("/../secret", 404, ""),
        ("/nothing.html", 404, ""),
        ("/inbox", 404, ""),
    ],
)
def test_every_page_has_its_policy_and_nothing_else_is_served(
    served: HTTPConnection, path: str, status: int, policy: str
) -> None:
    served.request("GET", path)
    answer = served.getresponse()
    answer.read()
    assert answer.status == status
    assert policy in (answer.headers["Content-Security-Policy"] or "")
