"""A patient who reads German: every page behind their link, every form, every refusal; nothing of it in English."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.letters.write import write_letter
from injections.patient_link.own_words import as_read
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive, no_show
from injections.visit.own_link import replace_link
from pht_clinic import languages
from pht_clinic.errors import Conflict, Invalid
from scheduling.models import Appointment, Patient
from tests.clinic import NOW
from tests.injections.messages.german import SAFETY_NET, english_in
from tests.injections.patient_link.conftest import VISIT, Linked, Pages, fit_answers
from tests.injections.patient_link.test_pages import several
from tests.pages_world import browser, text_of

DAY = timedelta(days=1)
CARER = {"carer_name": "Ruth Ashdown", "carer_relation": "Daughter", "carer_may_speak": True}


def reads_german(appointment: Appointment, **values: Any) -> Appointment:
    Patient.objects.filter(pk=appointment.patient_id).update(written_language="de", **values)
    appointment.refresh_from_db()
    return appointment


def is_german(text: str, *typed: str) -> str:
    assert not english_in(text, "Robin Birch", "Robin", *typed), text
    return text


def everything(pages: Pages) -> str:
    """All that a browser gets of the newest page: what it says, its title, labels for screen readers."""
    html = pages.last.content.decode()
    assert '<html lang="de">' in html
    labels = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html))
    return f"{text_of(pages.last)} {labels} {' '.join(re.findall('<title>(.*?)</title>', html, re.S))}"


@pytest.fixture
def german(linked: Linked) -> Appointment:
    return reads_german(linked.booked())


def test_the_door_and_its_refusals(linked: Linked, german: Appointment) -> None:
    pages = linked.pages(german)
    pages.get()
    is_german(everything(pages))
    for wrong in ("", "gestern", "2 5 1980"):
        pages.unlock(wrong, status=422)
        is_german(everything(pages))
    assert "Das ist nicht das Geburtsdatum" in everything(pages)
    for _ in range(4):
        pages.last = pages.client.post(f"{pages.path}open/", {"born_on": "2 5 1980"})
    is_german(everything(pages))
    assert pages.last.status_code == 422 or "Wir können Ihre Seite jetzt nicht öffnen" in everything(pages)


def test_a_german_date_of_birth_opens_the_door(linked: Linked, german: Appointment) -> None:
    pages = linked.pages(german)
    assert "Ihr Termin" in pages.unlock("1.5.1980")


def test_a_booked_visit(linked: Linked, german: Appointment) -> None:
    pages = linked.opened(german)
    pages.get()
    said = is_german(everything(pages))
    assert "Dienstag, 24. März 2026, um 09:20 Uhr" in said
    pages.post("confirm/")
    assert "Sie haben uns gesagt, dass Sie kommen" in is_german(everything(pages))
    linked.at(VISIT - timedelta(hours=2))
    pages = linked.opened(german)
    pages.get()
    assert "nur noch am Telefon" in is_german(everything(pages))
    for page in ("change/", "cancel/"):
        pages.get(page)
        is_german(everything(pages))


def test_changing_the_time_and_cancelling(linked: Linked, german: Appointment) -> None:
    pages = linked.opened(german)
    pages.get("change/")
    is_german(everything(pages))
    pages.post("change/", 422, revision=german.revision)
    assert "Wählen Sie eine Uhrzeit." in is_german(everything(pages))
    pages.get("cancel/")
    is_german(everything(pages))
    move(german.pk, MoveRequest(start=VISIT + DAY), by=linked.clinic.reception, now=NOW)
    pages.post("cancel/", 422, revision=german.revision, reason="x" * 501)
    assert "500" in is_german(everything(pages))
    pages.post("cancel/", 422, revision=german.revision, reason="Reise")
    assert "Ihr Termin hat sich geändert" in is_german(everything(pages))
    german.refresh_from_db()
    pages.post("cancel/", revision=german.revision, reason="Reise")
    assert "Dieser Termin ist abgesagt" in is_german(everything(pages))


def test_the_questions_and_what_is_wrong_with_answers(linked: Linked) -> None:
    visit = reads_german(linked.without_answers(), **CARER)
    pages = linked.opened(visit)
    pages.get()
    is_german(everything(pages))
    pages.get("questions/")
    is_german(everything(pages), "Ruth Ashdown", "daughter")
    pages.post("questions/", 422, answered_by="", inr="viel", injury_on="neulich", stage_pain="3", goal="a\u200bb")
    said = is_german(everything(pages), "Ruth Ashdown", "daughter")
    assert "Wählen Sie eine Antwort: Fieber." in said
    assert "Geben Sie ein Datum ein" in said
    assert "Zeichen, die man nicht sehen kann" in said
    answers = {**fit_answers(fever="yes"), "answered_by": "patient"}
    pages.post("questions/", **answers)
    assert "Rufen Sie uns noch heute an" in is_german(everything(pages))


def test_an_emergency_among_the_answers(linked: Linked) -> None:
    visit = reads_german(linked.without_answers())
    pages = linked.opened(visit)
    pages.post("questions/", 422, saddle_or_bladder="yes")
    assert "Rufen Sie sofort 999 an oder gehen Sie sofort in die Notaufnahme (A&E)" in is_german(everything(pages))


def test_answers_that_are_known_are_read_again(linked: Linked, german: Appointment) -> None:
    pages = linked.opened(german)
    pages.get("questions/")
    said = is_german(everything(pages))
    assert "zuletzt vom 2. März 2026" in said
    pages.post("questions/", 422, **{**fit_answers(), "confirmed": "", "injury_on": ""})
    assert "Kreuzen Sie an, dass Sie Ihre Antworten noch einmal gelesen haben." in is_german(everything(pages))


def test_several_areas_are_asked_about_one_by_one(linked: Linked) -> None:
    visit = several(linked, ("hamstring-origin", "left"), ("hip-joint", "right"))
    pages = linked.opened(reads_german(visit))
    pages.get("questions/")
    assert re.search(
        "Teil 1 von 2: Hier geht es um (das Sitzbein, links|das Hüftgelenk, rechts)", is_german(everything(pages))
    )


def test_what_a_radiologist_asks_stands_as_it_was_asked(linked: Linked) -> None:
    visit = reads_german(linked.in_review())
    pages = linked.opened(visit)
    pages.get()
    assert "Ihr Termin wird noch geprüft" in is_german(everything(pages))
    asked = "Since when do you take them?"
    ask = DecisionRequest(outcome="ask", reason=asked, ask_again=("blood_thinner",))
    decide(visit.pk, ask, by=linked.clinic.radiologist, now=NOW)
    for page in ("", "asked/"):
        pages.get(page)
        is_german(everything(pages), asked)
    pages.post("asked/", 422, text="", blood_thinner="")
    is_german(everything(pages), asked)
    pages.post("asked/", text="Seit Mai", blood_thinner="no")
    is_german(everything(pages))
    pages.post("asked/", 409, text="Noch etwas")
    is_german(everything(pages), "Noch etwas")


def test_after_the_visit(linked: Linked) -> None:
    visit = reads_german(linked.treated())
    pages = linked.opened(visit)
    pages.get()
    said = is_german(everything(pages))
    assert " ".join(SAFETY_NET) in " ".join(said.split())
    pages.get("recovery/")
    assert "Haut, die rot, heiß oder geschwollen ist" in is_german(everything(pages))
    pages.post("recovery/", 422, pain="")
    is_german(everything(pages))
    pages.post("recovery/", signs="none", pain="3", change="better")
    is_german(everything(pages))
    pages.post("recovery/", signs="skin")
    assert "Bitte handeln Sie jetzt" in is_german(everything(pages))


def test_the_questions_of_the_weeks_after(linked: Linked) -> None:
    visit = reads_german(linked.treated())
    for days, change in ((15, "same"), (43, "worse"), (93, "better")):
        linked.at(VISIT + days * DAY)
        pages = linked.opened(visit)
        pages.get("recovery/")
        is_german(everything(pages))
        pages.post("recovery/", 422, stage_pain="4")
        is_german(everything(pages))
        pages.post("recovery/", signs="none", pain="5", change=change, sitting="same", moving="better")
        is_german(everything(pages))


def test_a_visit_that_is_over_missed_or_going_on(linked: Linked) -> None:
    here, missed, over = (linked.booked(VISIT + number * DAY, name) for number, name in enumerate("ABC"))
    linked.at(VISIT)
    arrive(here.pk, by=linked.clinic.reception, now=VISIT)
    pages = linked.opened(reads_german(here))
    pages.get()
    assert "Ihr Termin ist um 09:20 Uhr" in is_german(everything(pages))
    linked.at(VISIT + DAY + timedelta(hours=1))
    no_show(missed.pk, by=linked.clinic.reception, now=linked.clinic.now)
    pages = linked.opened(reads_german(missed))
    pages.get()
    assert "Sie hatten am Mittwoch, 25. März 2026" in is_german(everything(pages))
    linked.at(VISIT + 2 * DAY + timedelta(hours=1))
    pages = linked.opened(reads_german(over))
    pages.get()
    assert "Dieser Termin ist vorbei" in is_german(everything(pages))


def test_links_that_have_ended(linked: Linked, german: Appointment) -> None:
    pages = linked.pages(german)
    replace_link(german.pk, reason="lost", by=linked.clinic.reception, now=NOW)
    pages.get(status=410)
    is_german(everything(pages))
    late = linked.pages(german)
    linked.at(VISIT + 200 * DAY)
    late.get(status=410)
    is_german(everything(late))


def test_a_letter_is_offered_in_german_and_stands_as_it_was_written(linked: Linked) -> None:
    visit = reads_german(linked.treated())
    copy = {"kind": "patient-copy", "paragraph": "All went well."}
    write_letter(visit.pk, **copy, by=linked.clinic.radiologist, now=linked.clinic.now)
    pages = linked.opened(visit)
    pages.get("letter/")
    html = pages.last.content.decode()
    assert "Ein Brief zu Ihrem Besuch am Dienstag, 24. März 2026" in html
    [letter] = re.findall(r'<article class="panel stack letter" lang="en-GB".*?</article>', html, re.S)
    assert "<p>24 March 2026</p>" in letter
    own = re.sub(r"<article.*?</article>", "", html, flags=re.S)
    assert not english_in(" ".join(re.sub(r"<[^>]+>", " ", own).split())), own


def test_nobodys_link_is_answered_as_the_browser_asks(linked: Linked) -> None:
    for asks, says in (("de-DE,de;q=0.9", "Dieser Link funktioniert nicht"), ("fr", "This link does not work")):
        answer = Client(headers={"accept-language": asks}).get("/p/1-1.nothing/")
        assert answer.status_code == 404
        assert says in text_of(answer)
    missing = Client(headers={"accept-language": "de"}).get("/p/1-1.nothing/nowhere/")
    assert "Seite nicht gefunden" in text_of(missing)


def test_a_form_from_elsewhere_is_refused_in_german(linked: Linked, german: Appointment) -> None:
    pages = linked.pages(german)
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "de"})
    answer = strict.post(f"{pages.path}open/", {"born_on": "1 5 1980"})
    assert answer.status_code == 403
    assert "Diese Seite war zu lange offen" in text_of(answer)


def test_the_next_answer_of_the_process_is_english_again(linked: Linked, german: Appointment) -> None:
    linked.opened(german).get()
    assert languages.is_english()
    reception = browser(linked.clinic.users["reception"])
    reception.get("home")
    assert 'lang="en-GB"' in reception.html


def test_it_is_english_until_somebody_signed(linked: Linked, german: Appointment, settings: Any) -> None:
    settings.SIGNED_LANGUAGES = ""
    assert "Your appointment" in linked.opened(german).get()


def test_staff_see_what_is_read_and_why_english_is_sent(linked: Linked, german: Appointment, settings: Any) -> None:
    reception = browser(linked.clinic.users["reception"])
    text = reception.get("patient", german.patient_id)
    assert "Messages in German. Wording signed by" in text
    settings.SIGNED_LANGUAGES = ""
    text = reception.get("patient", german.patient_id)
    assert "German. English is sent: nobody has signed the wording in German yet." in text
    text = reception.get("patient-correct", german.patient_id)
    assert "Not in use yet: German." in text


def test_a_message_is_shown_to_staff_as_it_leaves(linked: Linked, german: Appointment) -> None:
    reception = browser(linked.clinic.users["reception"])
    text = reception.get("message", german.messages.get(kind="confirmed").pk)
    assert "Confirmation: Robin Birch" in text
    assert "Guten Tag, Robin Birch" in text
    assert '<strong lang="de">Ihr Termin am Dienstag, 24. März</strong>' in reception.html
    assert "Language German" in text


def test_sheets_on_paper_are_in_german_and_nothing_else(linked: Linked) -> None:
    visit = reads_german(linked.booked(VISIT + DAY))
    radiologist = browser(linked.clinic.users["radiologist"])
    for name in ("consent-sheet", "aftercare-sheet"):
        if name == "aftercare-sheet":
            visit = reads_german(linked.treated())
        radiologist.get(name, visit.pk)
        assert '<html lang="en-GB">' in radiologist.html
        [sheet] = re.findall(r'<article[^>]*lang="de".*?</article>', radiologist.html, re.S)
        own = re.sub(r'<p class="no-print".*?</p>', "", sheet, flags=re.S)
        said = " ".join(re.sub(r"<[^>]+>", " ", own).split())
        assert not english_in(said, "Robin Birch", "Robin Elder"), said
        assert name == "aftercare-sheet" or "Sehnenansatz am Sitzbein (links)" in said, said
        assert "Guten Tag" in said or "Ich stimme der Spritze zu." in said


def test_refusals_name_nothing_of_the_record_in_another_language() -> None:
    refusal = Conflict("This visit was changed by Robin.", code="stale-revision")
    assert as_read(refusal).sentence == refusal.sentence
    with languages.speaking("de"):
        assert as_read(refusal).sentence.startswith("Ihr Termin hat sich geändert")
        assert as_read(Conflict("Odd.")).sentence == "Das geht hier nicht. Bitte rufen Sie uns an."
        [said] = as_read(Invalid.field("pain", "Choose a number from 0 to 10.")).errors  # type: ignore[attr-defined]
        assert said.detail == "Bitte prüfen Sie diese Antwort."


def test_a_visit_that_we_cancelled(linked: Linked, german: Appointment) -> None:
    cancel(german.pk, reason="Closed", by=linked.clinic.reception, now=NOW)
    pages = linked.opened(german)
    pages.get()
    assert "Dieser Termin ist abgesagt" in is_german(everything(pages))
