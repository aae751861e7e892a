"""The letter of a message on paper: a letter, and nothing that only an email or a screen says (MES8)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from injections.messages.aftercare import safety_net
from injections.patient.death import ToldOfDeath, record_death
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden
from scheduling.messages import desk
from scheduling.messages.undelivered.paper import paper_of, qr_code
from scheduling.models import Message
from scheduling.patients import link, short_link
from tests.clinic import NOW, Clinic
from tests.injections.procedure.test_record import booked, give
from tests.pages_world import Browser
from tests.scheduling.messages.test_pages import confirmation, failed

ON_SCREEN_ALONE = re.compile(r'<(\w+)[^>]*class="[^"]*\bno-print\b[^"]*".*?</\1>', re.S)


def printed(html: str) -> str:
    """What of a page's article comes out of the printer, without its markup."""
    [article] = re.findall(r"<article.*?</article>", html, re.S)
    assert "no-print" not in article
    return " ".join(re.sub(r"<[^>]+>", " ", article).split())


def unreachable(clinic: Clinic, **patient: Any) -> Message:
    address = {"address": "1 Elm Road\nLeeds\nLS1 1AA", **patient}
    return confirmation(clinic, email="", **address)


def test_mes8_it_is_a_letter(clinic: Clinic, reception: Browser) -> None:
    message = unreachable(clinic)
    reception.get("message-letter", message.pk)
    text = printed(reception.html)
    for words in (
        "PHT Clinic 1 Example Street, London Phone 020 7946 0100",
        "Robin Birch 1 Elm Road Leeds LS1 1AA 2 March 2026 Your appointment on",
        "Dear Robin Birch Your appointment is booked for",
        "How to reach us Phone 020 7946 0100 (Monday to Friday, 8am to 6pm).",
    ):
        assert words in text, text
    for words in ("nobody", "[the patient", "email", "Attempts", "Not sent", "No email address", "queued"):
        assert words not in text, words


def test_mes8_the_patients_page_stands_on_paper_alone_as_text_and_code(clinic: Clinic, reception: Browser) -> None:
    """No screen of the staff shows the address: whoever follows it speaks for the patient."""
    message = unreachable(clinic)
    assert message.appointment is not None
    address, whole = short_link.address_of(message.appointment), link.address_of(message.appointment)
    reception.get("message-letter", message.pk)
    shown = re.sub(r'<(p|figure) class="only-print.*?</\1>', "", reception.html, flags=re.S)
    assert address in reception.html
    assert address not in shown
    assert whole not in reception.html  # nobody types it: the code alone holds it
    assert qr_code(whole).path not in shown
    assert f'd="{qr_code(whole).path}"' in reception.html
    assert "style=" not in reception.html
    assert address not in reception.get("message", message.pk)
    sheet = (Client().get("/static/clinic/clinic.css").getvalue() or b"").decode()
    assert ".only-print { display: none; }" in sheet


def test_the_code_says_the_address() -> None:
    """The squares of its picture are those that the library would print."""
    text = "https://booking.clinic.example/p/12-1.abcdefghijklmnopqrstuvwxyz_0123456789-ABCDEFG/"
    code = QRCode(border=0, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    found = qr_code(text)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", found.path)}
    assert found.size == len(code.get_matrix())
    assert dark == {(x, y) for y, row in enumerate(code.get_matrix()) for x, is_dark in enumerate(row) if is_dark}


def test_mes8_after_an_injection_it_carries_the_safety_net(clinic: Clinic, reception: Browser) -> None:
    visit = booked(clinic)
    give(visit, clinic)
    row = Message.objects.get(kind="aftercare")
    reception.get("message-letter", row.pk)
    text = printed(reception.html)
    assert all(line.replace("&", "&amp;") in text for block in safety_net() for line in block.lines)


def test_without_a_postal_address_the_screen_says_so(clinic: Clinic, reception: Browser) -> None:
    message = confirmation(clinic, email="")
    assert "No postal address is on record" in reception.get("message-letter", message.pk)
    assert "No postal address" not in printed(reception.html)
    assert paper_of(message, now=NOW).to == ("Robin Birch",)


def test_mes8_a_posted_letter_closes_the_task_with_who_and_when(clinic: Clinic, reception: Browser) -> None:
    message = unreachable(clinic)
    assert "Mark as posted" in reception.get("message", message.pk)
    said = reception.post("message-posted", message.pk)
    assert "It is marked as posted." in said
    assert "reception, Monday 2 March 2026 at 09:00: Posted as a letter." in said
    assert "Mark as posted" not in said
    message.refresh_from_db()
    assert (message.is_open_task, message.closed_by_id) == (False, clinic.reception.user_id)
    entry = Entry.objects.get(verb="message-posted")
    assert (entry.subject, entry.patient_ids) == (f"message:{message.pk}", [message.patient_id])
    assert "There is no open phone task for this message." in reception.post("message-posted", message.pk)
    with pytest.raises(Conflict):
        desk.mark_posted(message.pk, by=clinic.reception, now=NOW)
    with pytest.raises(Forbidden):
        desk.mark_posted(message.pk, by=clinic.radiologist, now=NOW)


def test_of_what_cannot_be_written_is_to_the_staff_or_to_somebody_who_has_died_there_is_none(
    clinic: Clinic, reception: Browser
) -> None:
    message = failed(confirmation(clinic))
    to_staff = Message.objects.create(
        kind="staff-call",
        template="injections/mail/staff_call",
        subject="staff:call",
        occasion="1",
        due_at=NOW,
        expires_at=NOW,
        planned_at=NOW,
    )
    reception.get("message-letter", to_staff.pk, expect=404)
    reception.get("message-letter", 10**9, expect=404)
    values = message.values
    Message.objects.filter(pk=message.pk).update(values={})
    assert "This message cannot be written." in reception.get("message-letter", message.pk, expect=409)
    Message.objects.filter(pk=message.pk).update(values=values)
    assert message.patient is not None
    told = ToldOfDeath(on="2026-03-01", source="GP")
    record_death(message.patient.pk, told, by=clinic.reception, now=clinic.now)
    reception.get("message-letter", message.pk, expect=409)
