"""The letters of the day: one file for the printer, an address for the window, posted together with who and when."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from injections.booking.cancel import cancel
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.clinic.closures import save_closure
from scheduling.messages import desk
from scheduling.messages.told import told_of
from scheduling.messages.undelivered import posting
from scheduling.messages.undelivered.letters_pdf import WINDOW
from scheduling.models import Message, Patient
from scheduling.patients import short_link
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser

VISIT = local("2026-03-24", "09:20")
ADDRESS = "1 Elm Road\nLeeds\nLS1 1AA"
MM = 72 / 25.4
A4_HEIGHT = 297 * MM


def letter(clinic: Clinic, family_name: str = "Birch", hours: int = 0, **values: Any) -> Message:
    """The confirmation of a visit, to somebody who prefers letters."""
    patient = clinic.patient(family_name, **{"preferred_contact": "letter", "address": ADDRESS} | values)
    visit = clinic.book(patient, VISIT + timedelta(hours=hours), kind="follow-up").appointment
    return Message.objects.get(appointment=visit, kind="confirmed")


def texts_at(page: Any) -> list[tuple[float, float, str]]:
    """What stands on a page: mm from the left, mm from the top, the words."""
    found: list[tuple[float, float, str]] = []

    def note(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            found.append(((tm[4] * cm[0] + cm[4]) / MM, (A4_HEIGHT - (tm[5] * cm[3] + cm[5])) / MM, text.strip()))

    page.extract_text(visitor_text=note)
    return found


def printed(reception: Browser, *rows: Message) -> PdfReader:
    response = reception.client.post("/messages/letters/file/", {"letter": [row.pk for row in rows]})
    assert response["Content-Type"] == "application/pdf", response.content
    assert re.fullmatch(r'attachment; filename="letters-[0-9-]+\.pdf"', response["Content-Disposition"])
    return PdfReader(io.BytesIO(response.content))


def test_the_letters_are_one_file_each_on_a_page_of_its_own(clinic: Clinic, reception: Browser) -> None:
    first, second = letter(clinic), letter(clinic, "Cole", 1, address="2 Oak Road\nYork")
    said = reception.get("message-letters")
    assert "Robin Birch" in said
    assert "Robin Cole" in said
    pages = [page.extract_text() for page in printed(reception, first, second).pages]
    assert len(pages) == 2
    for text, name in zip(pages, ("Robin Birch", "Robin Cole"), strict=True):
        assert f"Dear {name}" in text
        assert "Your appointment is booked for" in " ".join(text.split())
        assert "PHT Clinic" in text
        assert "email" not in text


def test_the_address_stands_where_the_window_is_and_nothing_else_does(clinic: Clinic, reception: Browser) -> None:
    [page] = printed(reception, letter(clinic)).pages
    left, top, width, height = (one / MM for one in WINDOW)
    inside = [text for x, y, text in texts_at(page) if top - 8 <= y <= top + height + 8]
    assert inside == ["Robin Birch", "1 Elm Road", "Leeds", "LS1 1AA"]
    for x, y, text in texts_at(page):
        if text in inside:
            assert left - 0.5 <= x <= left + width
            assert top <= y <= top + height, (y, text)


def test_an_address_of_many_or_long_lines_stays_inside_the_window(clinic: Clinic, reception: Browser) -> None:
    lines = [f"{'Long house name ' * 6}{number}" for number in range(4)] + ["Leeds", "LS1 1AA"]
    [page] = printed(reception, letter(clinic, address="\n".join(lines))).pages
    _, top, _, height = (one / MM for one in WINDOW)
    last = next(y for _, y, text in texts_at(page) if "LS1 1AA" in text)
    assert top < last <= top + height


def test_it_carries_the_patients_page_as_text_and_code(clinic: Clinic, reception: Browser) -> None:
    row = letter(clinic)
    assert row.appointment is not None
    address = short_link.address_of(row.appointment)
    [page] = printed(reception, row).pages
    assert address in "".join(page.extract_text().split())
    assert page.get_contents().get_data().count(b" re") > 400  # type: ignore[union-attr]  # the squares of the code
    assert address not in reception.get("message-letters")


def test_what_somebody_typed_is_text_and_never_markup(clinic: Clinic, reception: Browser) -> None:
    [page] = printed(reception, letter(clinic, address="<b>1 Elm</b> & Co\nLeeds")).pages
    assert "<b>1 Elm</b> & Co" in page.extract_text()


def test_those_that_were_ticked_are_posted_with_who_and_when(clinic: Clinic, reception: Browser) -> None:
    first, second = letter(clinic), letter(clinic, "Cole", 1)
    said = reception.post("message-letters", data={"letter": [first.pk]})
    assert "1 letter is marked as posted." in said
    first.refresh_from_db()
    assert (first.is_open_task, first.closed_by_id, first.closed_reason) == (
        False,
        clinic.reception.user_id,
        desk.POSTED,
    )
    assert first.told_at is not None
    assert first.appointment is not None
    assert told_of(first.appointment).kind == "confirmed"
    assert [entry.subject for entry in Entry.objects.filter(verb="message-posted")] == [f"message:{first.pk}"]
    assert list(posting.letters_to_post()) == [second]
    assert "Told by letter" in reception.get("message", first.pk)
    assert "posted" in reception.get("message", first.pk)


def test_what_was_taken_back_since_it_was_printed_comes_out_of_the_pile(clinic: Clinic, reception: Browser) -> None:
    first, second = letter(clinic), letter(clinic, "Cole", 1)
    printed(reception, first, second)
    assert second.appointment_id is not None
    cancel(second.appointment_id, reason="asked for", by=clinic.reception, now=NOW)
    said = reception.post("message-letters", data={"letter": [first.pk, second.pk]})
    assert "1 letter is marked as posted." in said
    assert (
        "Take these out of the pile, they have been withdrawn or dealt with since they were printed: Robin Cole."
        in said
    )
    second.refresh_from_db()
    assert second.told_at is None


def test_nothing_ticked_or_nothing_there_is_refused_in_words(clinic: Clinic, reception: Browser) -> None:
    for name in ("message-letters-file", "message-letters"):
        assert "Choose at least one letter." in reception.post(name)
        assert "Choose at least one letter." in reception.post(name, data={"letter": ["x", "²", "9" * 30]})
    assert "None of these letters still needs posting" in reception.post(
        "message-letters-file", data={"letter": [10**9]}
    )
    assert "There are no letters to post." in reception.get("message-letters")


def test_one_that_cannot_be_written_is_named_and_the_others_wait(clinic: Clinic, reception: Browser) -> None:
    first, second = letter(clinic), letter(clinic, "Cole", 1)
    Message.objects.filter(pk=second.pk).update(values={})
    said = reception.post("message-letters-file", data={"letter": [first.pk, second.pk]})
    assert "Robin Cole: This message cannot be written." in said
    assert len(printed(reception, first).pages) == 1


def test_what_is_no_longer_true_is_not_ticked_and_not_printed(clinic: Clinic, reception: Browser) -> None:
    row = letter(clinic)
    Message.objects.filter(pk=row.pk).update(values={**row.values, "start_at": "2026-03-23T09:20:00+00:00"})
    said = reception.get("message-letters")
    assert "Not sent: the appointment was moved after this was planned. Do not post it." in said
    assert f'value="{row.pk}"' not in reception.html
    assert "Robin Birch: Not sent: the appointment was moved" in reception.post(
        "message-letters-file", data={"letter": [row.pk]}
    )


def test_a_letter_of_a_day_that_is_closed_by_then_waits(clinic: Clinic, reception: Browser) -> None:
    row = letter(clinic)
    values = {"starts_at": local("2026-03-24", "00:00"), "ends_at": local("2026-03-24", "23:00"), "reason": "Water"}
    save_closure(None, values, confirm=True, by=clinic.manager, now=NOW)
    assert "this visit has to be moved first. Do not post it." in reception.get("message-letters")
    assert "this visit has to be moved" in reception.post("message-letters-file", data={"letter": [row.pk]})


def test_the_list_of_messages_and_home_lead_to_them(clinic: Clinic, reception: Browser) -> None:
    letter(clinic)
    said = reception.client.get("/messages/?status=post").content.decode()
    assert "Print and post them together" in said
    assert "1 Elm Road" in said
    assert "to post" in said
    assert "Robin Birch" not in reception.client.get("/messages/?status=phone").content.decode()
    assert '<span class="count number">1</span> letter to post' in reception.client.get("/").content.decode()


def test_only_reception_and_managers_post(clinic: Clinic) -> None:
    row = letter(clinic)
    with pytest.raises(Forbidden):
        posting.mark_all_posted([row.pk], by=clinic.radiologist, now=NOW)
    with pytest.raises(Forbidden):
        posting.send_by_letter(row.pk, by=clinic.radiologist, now=NOW)
    with pytest.raises(Invalid):
        posting.mark_all_posted([], by=clinic.reception, now=NOW)


@pytest.mark.parametrize("count", [1, 4])
def test_a_file_of_more_letters_takes_no_more_queries(
    clinic: Clinic, reception: Browser, count: int, django_assert_max_num_queries: Any
) -> None:
    rows = [letter(clinic, f"Name{'abcdef'[number]}", number) for number in range(count)]
    assert Patient.objects.count() >= count
    with django_assert_max_num_queries(12):
        printed(reception, *rows)
    with django_assert_max_num_queries(12):
        reception.get("message-letters")
