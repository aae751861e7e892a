"""Every kind of message in German: all of it, and by the same rules as in English."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from icalendar import Calendar

from injections.messages.aftercare import safety_net
from injections.messages.risks import risks
from injections.safety.warning_signs import SIGNS
from pht_clinic import languages
from scheduling.messages import desk, render
from scheduling.messages.blocks import WIDTH
from scheduling.messages.kinds import MessageKind
from scheduling.messages.render import OWN_LINK, OWN_OPT_OUT, Letter
from scheduling.messages.sending import deliver
from scheduling.messages.wording.own_words import Words
from scheduling.models import Message, Patient
from scheduling.templatetags.clinic_words import as_blocks
from tests.clinic import Clinic, local, open_clinic
from tests.injections.messages import letters
from tests.injections.messages.german import CLINICAL, SAFETY_NET, english_in
from tests.injections.messages.test_sentences import flags_of
from tests.scheduling.messages.test_render import (
    AFTER,
    ALL,
    NAMES,
    NOW,
    appointment,
    html_words,
    page_of,
    row,
    words_of,
)
from tests.smtp import SmtpServer


def in_german(kind: MessageKind, visit: str = "injection", **flags: Any) -> Message:
    message = row(kind, appointment(visit, written_language="de"))
    message.values = {**message.values, **flags}
    return message


def written(kind: MessageKind, visit: str = "injection", **flags: Any) -> Letter:
    return render.letter(in_german(kind, visit, **flags), now=NOW)


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_nothing_stays_english(kind: MessageKind, visit: str) -> None:
    """With everything that may hold, with nothing of it, and with each alone and left out."""
    names = flags_of(kind.template)
    every = [dict.fromkeys(names, holds) for holds in (True, False)]
    for flags in [*every, *({**all_of, name: not all_of[name]} for all_of in every for name in names)]:
        letter = written(kind, visit, **flags)
        assert not english_in(f"{letter.subject}\n{letter.text}"), letter.text
        assert 'lang="de"' in letter.html
        assert html_words(letter.html) == words_of(letter.text)


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_no_english_message_is_touched(kind: MessageKind, visit: str) -> None:
    letter = render.letter(row(kind, appointment(visit)), now=NOW)
    assert english_in(letter.text)
    assert 'lang="en-GB"' in letter.html


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_priv4_subject_and_first_paragraph_name_nothing_clinical(kind: MessageKind, visit: str) -> None:
    letter = written(kind, visit)
    greeting, first, *_ = letter.text.split("\n\n")
    assert greeting == "Guten Tag, Ann Lee"
    for seen in (letter.subject, first):
        assert not CLINICAL.search(seen), seen
    assert len(letter.subject) <= 70


@pytest.mark.parametrize(("kind", "visit"), [one for one in ALL if one[0].name in AFTER])
def test_the_safety_net_stands_word_for_word(kind: MessageKind, visit: str) -> None:
    said = " ".join(html_words(written(kind, visit).html))
    assert " ".join(words_of(" ".join(SAFETY_NET))) in said


def said_in(language: str) -> list[str]:
    with languages.speaking(language):
        return [line for block in safety_net() for line in block.lines]


@pytest.mark.parametrize(("language", "expected"), [("en-gb", letters.SAFETY_NET), ("de", SAFETY_NET)])
def test_pages_and_sheets_take_it_from_the_same_text(language: str, expected: list[str]) -> None:
    assert said_in(language) == expected


def test_signs_are_ticked_in_the_words_of_the_safety_net() -> None:
    with languages.speaking("de"):
        assert {translation.gettext(sign.text) for sign in SIGNS.values()} < set(said_in("de"))


def test_h35_whom_to_call_is_the_clinics_own_in_german_too(settings: Any) -> None:
    settings.EMERGENCY_NUMBER, settings.OUT_OF_HOURS_NUMBER = "112", "116117"
    settings.EMERGENCY_DEPARTMENT = "Klinikum"
    said = "\n".join(said_in("de"))
    assert "112" in said
    assert "116117" in said
    assert "(Klinikum)" in said
    assert not re.search(r"999|111\b|A&E", said)


def test_the_risks_are_as_many_as_in_english() -> None:
    with languages.speaking("de"):
        german = risks()
    assert [(one.form, len(one.lines)) for one in german] == [(one.form, len(one.lines)) for one in risks()]


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_both_languages_have_the_same_shape(kind: MessageKind, visit: str) -> None:
    """As many headings, paragraphs, lists and entries: no advice is left out of one of them."""
    german, english = (
        re.findall(r"<(h2|p|ul|li|a)\b", render.letter(row(kind, made), now=NOW).html)
        for made in (appointment(visit, written_language="de"), appointment(visit))
    )
    assert german == english


def test_dates_stand_in_its_own_order() -> None:
    kind = next(kind for kind, visit in ALL if (kind.name, visit) == ("moved", "injection"))
    text = " ".join(written(kind).text.split())
    assert "Ihr Termin ist jetzt am Dienstag, 24. März 2026, um 09:20 Uhr." in text
    assert "Er war für Montag, 23. März 2026, um 14:00 Uhr geplant." in text
    assert "Wann: Dienstag, 24. März 2026, um 09:20 Uhr" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("confirmed", "Auf Wunsch ist eine weitere Person aus unserem Team dabei."),
        ("confirmed", "Was Ultraschall oder MRT zeigen, passt nicht immer zu den Schmerzen."),
        ("aftercare", "Schonen Sie sich bis Donnerstag, 26. März, 09:20 Uhr"),
    ],
)
def test_what_limped_reads_as_it_was_mended(name: str, said: str) -> None:
    """docs/safety/mails-read.md"""
    kind = next(kind for kind, _ in ALL if kind.name == name and kind.template.startswith("injections"))
    assert said in " ".join(written(kind).text.split())


@pytest.mark.parametrize("language", ["", "de"])
def test_a_heading_of_two_lines_is_one_heading_again(language: str, settings: Any) -> None:
    settings.EMERGENCY_DEPARTMENT = "the emergency department of the Royal Infirmary"
    kind = next(kind for kind, _ in ALL if kind.name == "aftercare")
    text = render.letter(row(kind, appointment(written_language=language)), now=NOW).text
    headings = [block.lines[0] for block in as_blocks(text) if block.form == "heading"]
    [about] = [one for one in headings if "Infirmary" in one]
    assert len(about) > WIDTH
    assert "---" not in about


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_a_text_message_is_german_and_fits(kind: MessageKind, visit: str) -> None:
    said = render.text_message(in_german(kind, visit), is_preview=True)
    assert said.language == "de"
    assert said.text.endswith(OWN_LINK)
    assert not english_in(said.text, OWN_LINK)
    assert not CLINICAL.search(said.text)
    assert len(said.text) > len(OWN_LINK), "no sentence fits"


def test_the_calendar_part_is_called_in_german_and_says_no_more() -> None:
    kind = next(kind for kind, visit in ALL if (kind.name, visit) == ("confirmed", "injection"))
    letter = written(kind)
    assert letter.calendar
    [event] = Calendar.from_ical(letter.calendar[0]).walk("VEVENT")
    assert event["summary"] == "Termin – PHT Clinic"
    assert not CLINICAL.search(str(event["summary"]))


def test_it_is_english_until_somebody_signed(settings: Any) -> None:
    settings.SIGNED_LANGUAGES = ""
    kind, visit = ALL[0]
    assert written(kind, visit).text == render.letter(row(kind, appointment(visit)), now=NOW).text


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_the_preview_is_what_leaves_but_for_the_link(kind: MessageKind, visit: str, db: None) -> None:
    message = in_german(kind, visit)
    sent, shown = render.letter(message, now=message.planned_at), desk.preview(message)
    address = page_of(message)
    assert shown.subject == sent.subject
    shown_text = shown.text.replace(OWN_LINK, address).replace(OWN_OPT_OUT, sent.opt_out or OWN_OPT_OUT)
    assert words_of(shown_text) == words_of(sent.text)


def test_a_clinics_own_words_are_english_and_stay_out(db: None) -> None:

    kind = next(kind for kind, visit in ALL if (kind.name, visit) == ("confirmed", "injection"))
    own = Words(closing="Park behind the house.")
    assert "Park behind" in render.letter(row(kind), now=NOW, words=own).text
    assert "Park behind" not in render.letter(in_german(kind), now=NOW, words=own).text


@pytest.mark.usefixtures("committed_db")
def test_a_worker_speaks_to_each_in_their_language_and_to_nobody_after(smtp_server: SmtpServer) -> None:
    """One after the other out of one process: German, English, German; what was said is noted, and stays so."""
    clinic = open_clinic()
    people = [
        clinic.fit_patient(name, written_language=code)
        for name, code in (("Adler", "de"), ("Birch", ""), ("Cohn", "de"))
    ]
    for number, patient in enumerate(people):
        clinic.book(patient, local("2026-03-24", "09:20") + timedelta(hours=number))
    assert deliver.drain(now=lambda: clinic.now, seconds=15) >= 3
    assert languages.is_english()
    subjects = {mail["To"]: mail["Subject"] for mail in smtp_server.messages}
    assert subjects["adler@mail.example"] == "Ihr Termin am Dienstag, 24. März"
    assert subjects["birch@mail.example"] == "Your appointment on Tuesday 24 March"
    assert subjects["cohn@mail.example"] == "Ihr Termin am Dienstag, 24. März"
    sent = Message.objects.select_related("patient", "appointment", "wording").get(
        patient=people[0], kind="confirmed", status="sent"
    )
    assert sent.language == "de"
    Patient.objects.filter(pk=people[0].pk).update(written_language="")
    sent.refresh_from_db()
    assert desk.preview(sent).subject == "Ihr Termin am Dienstag, 24. März"


def test_what_waits_follows_the_patients_wish(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.book(patient, local("2026-03-24", "09:20"))
    rows = Message.objects.select_related("patient", "appointment")
    waiting = rows.get(patient=patient, kind="reminder-week")
    assert desk.preview(waiting).subject == "Your appointment on Tuesday 24 March"
    Patient.objects.filter(pk=patient.pk).update(written_language="de")
    assert desk.preview(rows.get(pk=waiting.pk)).subject == "Ihr Termin am Dienstag, 24. März"
