"""What was issued comes back with the head that it had: the clinic has moved and calls itself otherwise since."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta

import pypdf

from pht_clinic.clinic_words import first_words
from scheduling.clinic.details.change import change_details
from scheduling.messages import desk
from scheduling.messages.wording import clinic_versions
from scheduling.models import Message
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.injections.letters.test_write import LATER, given, written
from tests.pages_world import Browser

HOUR = timedelta(hours=1)
MOVED = {"name": "Hill Clinic", "phone": "020 7946 0111", "address": "2 Hill Road, Leeds"}


def moves(clinic: Clinic, *, now: datetime) -> None:
    present = clinic_versions.words_of(clinic_versions.newest())
    change_details(replace(present, **MOVED), revision=present.version, by=clinic.manager, now=now)


def sheet(html: str) -> str:
    """What the article of a page says: what a printer puts on paper, without the page around it."""
    return " ".join(html.partition("<article")[2].partition("</article>")[0].split())


def pdf(response: object) -> str:
    content = response.content  # type: ignore[attr-defined]  # the test client's response
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())


def check_head(said: str) -> None:
    """The head of before stands there, whole, and nothing of the one of now."""
    before = first_words()
    assert [one for one in (before.name, before.phone, before.address) if one not in said] == []
    assert [one for one in MOVED.values() if one in said] == []


def test_a_filed_letter_keeps_its_head_on_its_page_and_as_a_file(world: World, reception: Browser) -> None:
    done = given(world.clinic)
    letter = written(done, world.clinic)
    world.at(LATER)
    moves(world.clinic, now=LATER)
    reception.get("filed-letter", letter.pk)
    check_head(sheet(reception.last.content.decode()))
    check_head(pdf(reception.client.get(f"/letters/{letter.pk}/letter.pdf")))


def test_a_report_has_the_head_of_when_it_was_recorded_and_the_next_one_that_of_now(
    world: World, reception: Browser
) -> None:
    visit = given(world.clinic).appointment
    world.at(LATER)
    moves(world.clinic, now=LATER)
    reception.get("procedure-report", visit.pk)
    head = reception.last.content.decode().partition('<p class="letterhead">')[2].partition("</p>")[0]
    check_head(head)
    check_head(pdf(world.reception.get(f"/appointments/{visit.pk}/procedure/report.pdf")))
    at = visit.injections.get().recorded_at
    assert clinic_versions.in_force_at(LATER).name == "Hill Clinic", "a version holds from its own instant on"
    assert clinic_versions.in_force_at(LATER - timedelta(microseconds=1)) == first_words()
    assert at < LATER


def test_a_posted_letter_comes_back_with_its_head_and_its_day_and_one_that_waits_does_not(
    clinic: Clinic, reception: Browser
) -> None:
    patient = clinic.patient("Birch", preferred_contact="letter", address="1 Elm Road\nLeeds")
    for day in ("2026-08-05", "2026-08-06"):
        assert clinic.book(patient, local(day, "09:20"), kind="follow-up").appointment is not None
    posted, waits = Message.objects.filter(kind="confirmed").order_by("pk")
    desk.mark_posted(posted.pk, by=clinic.reception, now=NOW)
    moves(clinic, now=NOW + HOUR)
    reception.get("message-letter", posted.pk)
    was = sheet(reception.last.content.decode())
    check_head(was)
    assert "2 March 2026" in was
    reception.get("message-letter", waits.pk)
    assert [one for one in MOVED.values() if one not in sheet(reception.last.content.decode())] == []
