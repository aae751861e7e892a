"""A patient without email, from the booking to the question after two weeks: on paper and phone, by the pages."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from pypdf import PdfReader

from injections.messages.aftercare import safety_net
from injections.models import Call
from injections.worklists.silence import call_the_silent
from pht_clinic import clock
from scheduling.messages.sending import deliver
from scheduling.messages.told import told_of
from scheduling.models import Appointment, Message, Patient
from scheduling.patients import short_link
from tests.api_world import World
from tests.clinic import NOW, local
from tests.injections.procedure.test_pages import INJECTION
from tests.pages_world import PROCEDURE, Browser, browser, when
from tests.smtp import SmtpServer

DAY = "2026-03-24"
VISIT = local(DAY, "09:20")
ADDRESS = "1 Elm Road\nLeeds\nLS1 1AA"
PERSON = {
    "given_name": "Robin",
    "family_name": "Birch",
    "date_of_birth": "1 5 1980",
    "phone": "07700 900321",
    "address": ADDRESS,
    "preferred_contact": "letter",
}


class Story:
    """One patient's way, and who works at the desk at each moment of it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def at(self, instant: datetime) -> Browser:
        """Go on to this moment, let what is due become what it is, and sign in at the desk."""
        self.world.at(instant)
        deliver.drain(now=clock.now, seconds=20)
        return browser(self.world.clinic.users["reception"])

    @property
    def visit(self) -> Appointment:
        return Appointment.objects.get()

    def message(self, kind: str) -> Message:
        return Message.objects.get(kind=kind)

    def prints_and_posts(self, desk: Browser, kind: str) -> str:
        """The letter of this kind goes out with those of the day; what stands on it."""
        row = self.message(kind)
        assert (row.channel, row.is_open_task) == ("letter", True), kind
        assert "Robin Birch" in desk.get("message-letters")
        ticked = {"letter": [row.pk]}
        file = desk.client.post("/messages/letters/file/", ticked)
        words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages)
        assert "1 letter is marked as posted." in desk.post("message-letters", data=ticked)
        row.refresh_from_db()
        assert (row.told_at is not None, row.closed_by_id) == (True, self.world.clinic.reception.user_id)
        assert short_link.address_of(self.visit) in "".join(words.split())
        return " ".join(words.split())

    def phones(self, desk: Browser, kind: str, says: str) -> None:
        """The task says the number and the words; the patient is told."""
        row = self.message(kind)
        assert (row.channel, row.is_open_task) == ("phone", True), kind
        assert row.reason == "A letter would come too late."
        assert "Robin Birch" in desk.get("message-list", status="phone")
        said = desk.get("message", row.pk)
        assert says in said
        assert 'href="tel:+447700900321"' in desk.html
        desk.post("message-close", row.pk, data={"told": "yes", "reason": "Told them"})
        row.refresh_from_db()
        assert (row.is_open_task, row.told_at is not None) == (False, True)

    def is_treated(self) -> None:
        who = browser(self.world.clinic.users["radiologist"])
        for step in ("identity", "checks", "consent"):
            sent: dict[str, Any] = PROCEDURE[step]
            who.post("procedure-step", self.visit.pk, step, data=sent)
        given = INJECTION | {"on": DAY, "started": "09:25", "ended": "09:40"}
        who.post("procedure-step", self.visit.pk, "injection", data=given)
        assert "The injection is recorded" in who.post("procedure-step", self.visit.pk, "aftercare", data={})


def test_h33_without_email_the_whole_story_goes_on_paper_and_phone(world: World, smtp_server: SmtpServer) -> None:
    story = Story(world)
    desk = story.at(NOW)
    desk.post("patient-register", data=PERSON)
    patient = Patient.objects.get()
    assert "Letter, which reception posts" in desk.get("patient", patient.pk)
    world.clinic._put_in_order(patient)

    chosen = when(patient, world.clinic, VISIT)
    said = desk.get("booking-check", patient.pk, **chosen)
    assert "It becomes a letter for reception to post." in said
    assert "To the postal address, as a letter" in said
    said = desk.post("booking-check", patient.pk, data={"intent": "book"}, query=chosen)
    assert "Booked. It becomes a letter for reception to post." in said
    assert told_of(story.visit).says is None
    assert "Your appointment is booked for Tuesday 24 March 2026 at 09:20." in story.prints_and_posts(desk, "confirmed")
    assert told_of(story.visit).kind == "confirmed"

    desk = story.at(local("2026-03-17", "10:05"))
    assert "Your appointment is on Tuesday 24 March" in story.prints_and_posts(desk, "reminder-week")
    desk = story.at(local("2026-03-22", "09:30"))
    row = story.message("reminder-2-days")
    said = desk.post("message-attempt", row.pk, data={"how": "no-answer", "on": "", "at": ""})
    assert "The phone task stays open." in said
    story.phones(desk, "reminder-2-days", "Your appointment is on Tuesday 24 March 2026 at 09:20.")

    desk = story.at(local(DAY, "09:15"))
    assert "Risks" in desk.get("consent-sheet", story.visit.pk) or "risk" in desk.html
    desk.post("appointment-arrive", story.visit.pk, data={"revision": story.visit.revision})
    story.at(local(DAY, "09:45"))
    story.is_treated()
    desk = story.at(local(DAY, "10:00"))
    sheet = desk.get("aftercare-sheet", story.visit.pk)
    assert short_link.address_of(story.visit) in sheet
    assert '<figure class="only-print qr">' in desk.html
    for block in safety_net():
        assert block.lines[0] in sheet
    paper = story.prints_and_posts(desk, "aftercare")
    for block in safety_net():
        assert " ".join(block.lines[0].split()) in paper

    desk = story.at(local("2026-03-25", "10:00"))
    story.phones(desk, "flare-check", "Your visit to us was on Tuesday 24 March.")
    desk = story.at(local("2026-03-27", "09:50"))
    call_the_silent(now=clock.now())
    call = Call.objects.get()
    assert "no email" in desk.get("call", call.pk)
    desk.post("call", call.pk, data={"reached": "patient", "spoke_to": "", "said": "No fever, less pain"})
    call.refresh_from_db()
    assert call.closed_at is not None
    desk = story.at(local("2026-03-29", "10:30"))
    story.phones(desk, "day-4", "It is a few days since your visit")

    desk = story.at(local("2026-04-07", "09:30"))
    recovery = Message.objects.get(kind="recovery", channel="letter", phone_task=True)
    assert "It is a few weeks since your visit" in story_letter(desk, recovery)
    recovery.refresh_from_db()
    assert not recovery.is_open_task

    assert not Message.objects.filter(patient=patient, channel__in=("email", "sms")).exists()
    assert all("Birch" not in str(mail) for mail in smtp_server.messages)


def story_letter(desk: Browser, row: Message) -> str:
    """The same of one by its own page: printed alone, and marked as posted there."""
    words = desk.get("message-letter", row.pk)
    assert "It is marked as posted." in desk.post("message-posted", row.pk)
    return words
