"""PRIV4 in German: every mail to a patient who reads it, for many made-up patients; as `test_priv04_words` in English.

Which words may stand there is what the catalogue says and what a row prints: a sentence from nowhere is seen. Subjects
and first paragraphs are held against words written for this, not taken from the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random
from typing import Final

import pytest
from babel.messages.pofile import read_po

from scheduling.messages import render
from scheduling.messages.kinds import MessageKind
from scheduling.messages.render import Letter
from scheduling.messages.wording.said import said
from scheduling.models import Message
from tests.injections.messages.german import CATALOGUE, CLINICAL
from tests.scheduling.messages.test_render import AFTER, ALL, NOW, START, row
from tests.trials.test_priv04_words import DOCTORS, SEED, Person, every_kind, person, personal, visit_of

DAY: Final = r"(Mon|Diens|Mitt|Donners|Frei|Sams|Sonn)(tag|woch)"
MONTH: Final = r"(Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)"
DAY_AND_MONTH: Final = rf"{DAY}, \d{{1,2}}\. {MONTH}"
SUBJECTS: Final[dict[str, str]] = {
    "confirmed": rf"Ihr Termin am {DAY_AND_MONTH}",
    "provisional": "Wir prüfen Ihren Termin",
    "information-needed": "Wir brauchen noch Angaben von Ihnen",
    "delayed": "Wir müssen Ihren Termin ändern",
    "declined": "Zu Ihrem Termin",
    "moved": "Ihr Termin hat sich geändert",
    "cancelled": "Ihr Termin ist abgesagt|Wir haben Ihren Termin abgesagt",
    "reminder-week": rf"Ihr Termin am {DAY_AND_MONTH}",
    "reminder-2-days": rf"Ihr Termin am {DAY} um \d\d:\d\d Uhr",
    "aftercare": "Hinweise für die Zeit nach Ihrem Besuch",
    "flare-check": r"Wie geht es Ihnen heute\?",
    "day-4": r"Wie geht es Ihnen heute\?",
    "rest-over": "Ihre nächsten Schritte",
    "recovery": "Eine kurze Frage zu Ihrer Genesung",
    "recovery-3-months": "Eine kurze Frage zu Ihrer Genesung",
    "clinical-letter": "Ein Brief zu Ihrem Besuch",
    "missed": "Schade, dass wir Sie nicht gesehen haben",
    "offer": "Ein früherer Termin für Sie",
    "series": "Ihre Termine",
    "series-changed": "Ihre Termine haben sich geändert",
}
CLINIC: Final = "PHT Clinic 1 Example Street, London 020 7946 0100 Montag bis Freitag, 8 bis 18 Uhr 14 999 111 A&E"


def words_of(text: str) -> set[str]:
    return {word for word in re.split(r"[^\w']+", re.sub(r"https?://\S+", " ", text)) if word}


@cache
def vocabulary() -> frozenset[str]:
    with CATALOGUE.open("rb") as source:
        said_in_it = " ".join(str(message.string) for message in read_po(source) if message.id)
    return frozenset(words_of(re.sub(r"%\(\w+\)s|\{\w+\}", " ", said_in_it) + f" {CLINIC}"))


def faults(kind: MessageKind, message: Message, letter: Letter, who: Person) -> Iterator[str]:
    """What a mail says and should not."""
    if not re.fullmatch(SUBJECTS.get(kind.name, ""), letter.subject):
        yield f"subject: {letter.subject}"
    greeting, first, *_ = letter.text.split("\n\n")
    if " ".join(greeting.split()) != " ".join(who.greeting.split()):
        yield f"greeting: {greeting}"
    yield from (f"in sight: {found[0]}" for seen in (letter.subject, first) for found in CLINICAL.finditer(seen))
    printed = " ".join(str(said(value)) for value in message.values.values() if isinstance(value, str | int))
    with_dates = " ".join(re.findall(r"\d+", printed))
    yield from (f"word: {one}" for one in words_of(letter.text) - vocabulary() - words_of(f"{printed} {with_dates}"))
    yield from personal(letter, who)


def test_priv4_every_german_mail_says_only_what_it_may(is_full_trial: bool) -> None:
    draw = Random(SEED)
    count, mails, names = 1_000 if is_full_trial else 20, 0, set()
    for number in range(count):
        who = replace(person(draw, number), hello="Guten Tag, ")
        start = START + timedelta(days=draw.randrange(300), minutes=5 * draw.randrange(96))
        doctor = draw.choice(DOCTORS)
        for kind, visit in every_kind(number):
            flags = {name: draw.random() < 0.5 for name in ("steroid", "anaesthetic", "diabetes", "ischial", "tear")}
            values = {**flags, "rest_hours": draw.choice([48, 60, 72])} if kind.name in AFTER else {}
            message = row(kind, visit_of(who, visit, start, doctor, reads="de"), **values)
            found = list(faults(kind, message, render.letter(message, now=NOW), who))
            assert not found, (kind.template, visit, found)
            names.add(kind.name)
            mails += 1
    print(f"PRIV4: {mails} German mails to {count} patients, 0 words too many")
    assert names == set(SUBJECTS)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"subject": "Ihre Spritze am Dienstag, 24. März"},
        {"text": "Guten Tag, Ann Lee\n\nIhr Termin für die Hüfte steht.\n\nBis dann."},
        {"text": "Guten Tag, Ann Lee\n\nEr steht.\n\nWir spritzen Ihre Oberschenkelsehne."},
        {"text": "Guten Tag, Ann Lee\n\nYour appointment is booked."},
        {"html": "<p>Guten Tag, Ann Lee</p><img src='https://clinic.example/seen.gif'>"},
    ],
)
def test_priv4_control_a_german_mail_that_says_too_much_is_seen(spoilt: dict[str, str]) -> None:
    draw = Random(SEED)
    who = replace(person(draw, 1), given_name="Ann", family_name="Lee", hello="Guten Tag, ")
    kind, visit = next((kind, visit) for kind, visit in ALL if (kind.name, visit) == ("confirmed", "injection"))
    message = row(kind, visit_of(who, visit, START, DOCTORS[0], reads="de"))
    letter = render.letter(message, now=NOW)
    assert not list(faults(kind, message, letter, who))
    assert list(faults(kind, message, replace(letter, **spoilt), who))
