"""PRIV4: every mail to a patient, for many made-up patients: only allowed words, nothing of the person but the name.

What is allowed stands here, written from what patients are to be told and not from the templates. LEXICON is every
clinical word worth looking for; before the injection a mail may use some of them, after it some others; a subject and a
first paragraph none at all. 20 patients in `make test`, 1,000 in `make trials`, each with every kind of mail.
"""

from __future__ import annotations

import email
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.header import decode_header, make_header
from random import Random
from typing import Final

import pytest
from django.conf import settings

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.review.decide import DecisionRequest, decide
from scheduling.messages import render
from scheduling.messages.kinds import MessageKind
from scheduling.messages.render import Letter
from scheduling.messages.sending import mailer
from scheduling.models import Appointment, Message, Practitioner
from tests.clinic import Clinic, local
from tests.scheduling.messages.test_render import AFTER, ALL, NOW, START, appointment, row

SEED: Final = 20261120
DAY: Final = r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
DAY_AND_MONTH: Final = rf"{DAY} \d{{1,2}} [A-Z][a-z]+"
SUBJECTS: Final[dict[str, str]] = {
    "confirmed": rf"Your appointment on {DAY_AND_MONTH}",
    "provisional": "We are checking your appointment",
    "information-needed": "We need some information from you",
    "delayed": "We need to change your appointment",
    "declined": "About your appointment",
    "moved": "Your appointment has changed",
    "cancelled": "Your appointment is cancelled|We have cancelled your appointment",
    "reminder-week": rf"Your appointment on {DAY_AND_MONTH}",
    "reminder-2-days": rf"Your appointment on {DAY} at \d\d:\d\d",
    "aftercare": "Your aftercare information",
    "flare-check": "How are you today\\?",
    "day-4": "How are you today\\?",
    "rest-over": "Your next steps",
    "recovery": "A short question about your recovery",
    "recovery-3-months": "A short question about your recovery",
    "clinical-letter": "A letter about your visit",
    "series": "Your appointments",
    "series-changed": "Your appointments have changed",
    "missed": "Sorry we missed you",
    "offer": "An earlier appointment for you",
}
LEXICON: Final[dict[str, str]] = {
    "place": r"hips?|groin\w*|buttock\w*|thighs?|hamstrings?|knees?|legs?|cal(f|ves)|foot|feet|sit.?bones?|bones?"
    r"|tendons?|bursas?|bursae|muscles?|joints?|nerves?|spine|pelvi\w*|ischi\w*|trochant\w*|glute\w*|sacro\w*|skin",
    "procedure": r"inject\w*|jabs?|needles?|steroids?|cortis\w*|cortico\w*|triamcin\w*|methylpred\w*|kenalog|lidoca\w*"
    r"|bupivac\w*|anaesthe\w*|numbing|ultrasound|scan(s|ned|ning)?|x.?rays?|mri|guided|surg\w*|dose|doses|mg|ml|batch",
    "finding": r"diagnos\w*|tend[io]n\w*path\w*|pht|bursit\w*|tears?|torn|inflam\w*|oedema|arthr\w*|osteo\w*|cancer"
    r"|fractur\w*|sciati\w*|flares?|red flags?|verdict|overrid\w*|contraindic\w*|risk\w*|review\w*|assess\w*",
    "complaint": r"pain\w*|ache|aching|sore|soreness|numb|numbness|weak|fever\w*|temperature|infect\w*|swell\w*"
    r"|bruis\w*|bleed\w*|allerg\w*|pregnan\w*|breastfeed\w*|diabet\w*|sugar|injur\w*|fall|unwell",
    "medicine": r"medicines?|blood thinners?|warfarin|inr|antibiotic\w*|vaccin\w*|insulin|paracetamol|ibuprofen"
    r"|anti-inflammator\w*|tablets?|doac|antiplatelet\w*|immun\w*",
    "people": r"radiolog\w*|physio\w*|surgeons?|specialists?|consultants?|orthop\w*|clinicians?",
}
"""Clinical words by kind, whole words in any letters."""
CLINICAL: Final = re.compile(rf"\b({'|'.join(LEXICON.values())})\b", re.IGNORECASE)

BEFORE_ANY: Final[frozenset[str]] = frozenset({"medicines"})
"""Before any visit: the list of medicines to have at hand for the questions."""
BEFORE_INJECTION: Final = BEFORE_ANY | frozenset(
    {
        "leg",
        "numb",
        "weak",
        "medicines",
        "medicine",
        "blood thinners",
        "warfarin",
        "inr",
        "diabetes",
        "sugar",
        "unwell",
        "temperature",
        "infection",
        "antibiotics",
        "sore",
        "skin",
        "pregnant",
        "vaccination",
        "fall",
        "injury",
    }
)
SAID_BEFORE: Final = (
    "another steroid injection",
    "it can calm pain and inflammation for weeks to months",
    "it does not make the tendon stronger",
    "what a scan shows does not always match the pain",
    "the risks",
    "get an infection where they were treated; it stays sore for longer",
    "a bruise, paler skin or a dimple there",
    "raised blood sugar for some days if you have diabetes",
    "rarely an allergy, or a tendon that becomes weaker or tears",
)
"""Sentences before the injection that hold words which stand nowhere else."""
AFTER_INJECTION: Final = frozenset(
    {
        "leg",
        "legs",
        "foot",
        "calf",
        "buttock",
        "thigh",
        "skin",
        "pain",
        "painkillers",
        "ache",
        "sore",
        "soreness",
        "numb",
        "numbness",
        "numbing",
        "weak",
        "unwell",
        "temperature",
        "swelling",
        "bruise",
        "sugar",
        "diabetes",
        "medicine",
        "blood thinners",
        "paracetamol",
        "tablets",
        "anti-inflammatory",
        "immunity",
        "dose",
        "physiotherapist",
        "clinician",
        "hip",
        "tendon",
        "tendons",
    }
)
SAID_AFTER: Final = (
    "the steroid usually starts to work",
    "the injection gives you time",
    "number of injections as low as possible",
)
LINK: Final = re.compile(r"https?://[^/?#@]+/p/(\d+-\d+\.[\w-]{43}/(questions/|recovery/)?|o/\d+\.[\w-]{43}/)")
STOPS: Final = re.compile(r"https?://[^/?#@]+/mails-off/\d+\.[\w-]{43}/")
"""What ends these mails; in none about a booked visit."""
MAY_STOP: Final = frozenset({"missed", "recovery", "recovery-3-months"})
GIVEN: Final = ("Ann", "Bartholomew", "Çelik", "O'Shea", "Nguyễn", "Zoë", "Jean-Luc", "Mary Ann", "Øyvind", "李")
FAMILY: Final = ("Quist", "Adeyemi", "Vanterpool", "Szczepański", "de la Cruz", "Ó Briain", "Thistlewood", "Okonjo")
DOCTORS: Final = ("Dr Imogen Hale", "Dr A. Quayle", "Tom Reed", "Priya Natarajan")


@dataclass(frozen=True)
class Person:
    """Somebody made up: everything that may never stand in a mail but the name in its greeting."""

    given_name: str
    family_name: str
    email: str
    phone: str
    nhs_number: str
    date_of_birth: date
    hello: str = "Dear "

    @property
    def greeting(self) -> str:
        return f"{self.hello}{self.given_name} {self.family_name}"

    def secrets(self) -> tuple[str, ...]:
        born = self.date_of_birth
        return (
            self.email.partition("@")[0],
            self.phone,
            self.phone.replace(" ", ""),
            self.nhs_number,
            born.isoformat(),
            f"{born:%d/%m/%Y}",
            f"{born.day} {born:%B} {born.year}",
        )


def person(draw: Random, number: int) -> Person:
    return Person(
        draw.choice(GIVEN),
        f"{draw.choice(FAMILY)} {chr(65 + number % 26)}{'abcdefghij'[number // 26 % 10]}qx",
        f"canary-{number}-{draw.randrange(10**6)}@mail.example",
        f"07700 900{draw.randrange(1000):03}",
        f"999{draw.randrange(10**7):07}",
        date(1930, 1, 1) + timedelta(days=draw.randrange(29_000)),
    )


def visit_of(who: Person, kind: str, start: datetime, practitioner: str, *, reads: str = "") -> Appointment:
    made = appointment(
        kind,
        written_language=reads,
        given_name=who.given_name,
        family_name=who.family_name,
        email=who.email,
        phone=who.phone,
        nhs_number=who.nhs_number,
        date_of_birth=who.date_of_birth,
    )
    made.start_at, made.end_at = start, start + timedelta(minutes=30)
    made.note = "canary-note: left hamstring, 40 mg"
    made.practitioner = Practitioner(pk=1, name=practitioner)
    return made


def stopping(kind: MessageKind, letter: Letter) -> Iterator[str]:
    """A link that ends such mails where there must be none, or none where there must be one."""
    stops = {address for address in re.findall(r"https?://[^\s\"]+", letter.text) if STOPS.fullmatch(address)}
    if len(stops) != (kind.name in MAY_STOP):
        yield f"stops: {stops}"


def faults(kind: MessageKind, visit: str, letter: Letter, who: Person) -> Iterator[str]:
    """What a mail says and should not."""
    if not re.fullmatch(SUBJECTS.get(kind.name, ""), letter.subject):
        yield f"subject: {letter.subject}"
    greeting, first, *_ = letter.text.split("\n\n")
    if " ".join(greeting.split()) != " ".join(who.greeting.split()):
        yield f"greeting: {greeting}"
    for seen in (letter.subject, first):
        yield from (f"in sight: {word}" for word in clinical(seen, ()))
    is_after = kind.name in AFTER
    allowed = AFTER_INJECTION if is_after else BEFORE_INJECTION if visit in INJECTIONS else BEFORE_ANY
    for word in clinical(letter.text, SAID_AFTER if is_after else SAID_BEFORE):
        if word not in allowed:
            yield f"in the text: {word}"
    yield from personal(letter, who)
    yield from stopping(kind, letter)


INJECTIONS: Final = ("injection", "scan-and-injection")


def every_kind(number: int) -> list[tuple[MessageKind, str]]:
    """Every mail once, of another kind of visit from patient to patient."""
    visits: dict[MessageKind, list[str]] = defaultdict(list)
    for kind, visit in ALL:
        visits[kind].append(visit)
    return [(kind, found[number % len(found)]) for kind, found in visits.items()]


def clinical(text: str, said: tuple[str, ...]) -> set[str]:
    """The clinical words of a text but for those in these sentences, the clinic's own name and web addresses."""
    plain = " ".join(re.sub(r"https?://\S+", " ", text).split()).lower()
    for phrase in (*said, settings.CLINIC_NAME.lower(), settings.CLINIC_ADDRESS.lower()):
        plain = plain.replace(phrase, " ")
    return {found[0] for found in CLINICAL.finditer(plain)}


def personal(letter: Letter, who: Person) -> Iterator[str]:
    """The person in any other place than the greeting and the address on the envelope."""
    content = email.message_from_bytes(mailer.compose(letter).content.replace(b"\r\n", b"\n"))
    parts = parts_of(content)
    if content["To"] != who.email:
        yield f"recipient: {content['To']}"
    headers = " ".join(str(make_header(decode_header(text))) for name, text in content.items() if name != "To")
    calendar = parts.get("text/calendar", "").replace("\n ", "").replace(who.email, "")
    once = letter.text.replace(who.greeting, "", 1)
    secrets = "|".join(map(re.escape, (*who.secrets(), who.given_name, who.family_name, "canary-note")))
    said_of_them = re.compile(rf"(?<!\w)(?:{secrets})(?!\w)")
    for place, text in (("headers", headers), ("calendar", calendar), ("text", once)):
        yield from (f"{place}: {found}" for found in said_of_them.findall(text))
    for secret in who.secrets():
        if secret in parts["text/html"]:
            yield f"html: {secret}"
    yield from leading_out(parts["text/html"], f"{letter.text} {calendar}")
    if calendar and clinical(calendar, ()):
        yield f"calendar: {clinical(calendar, ())}"


def parts_of(content: email.message.Message) -> dict[str, str]:
    """The parts of a mail as text, by their type."""
    return {
        part.get_content_type(): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in content.walk()
        if not part.is_multipart()
    }


def leading_out(html: str, plain: str) -> Iterator[str]:
    """What a mail program would load, and addresses other than a patient's own links."""
    if re.search(r"<(img|script|link|iframe|object|form)\b|url\(|src=", html):
        yield "html: something to load"
    addresses = re.findall(r'(?:href="|=> |\s)(https?://[^"\s]+)', f"{html} {plain}")
    yield from (
        f"link: {address}" for address in addresses if not (LINK.fullmatch(address) or STOPS.fullmatch(address))
    )


def test_priv4_every_mail_says_only_what_it_may(is_full_trial: bool) -> None:
    draw = Random(SEED)
    count, mails = 1_000 if is_full_trial else 20, 0
    subjects: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for number in range(count):
        who = person(draw, number)
        start = START + timedelta(days=draw.randrange(300), minutes=5 * draw.randrange(96))
        doctor = draw.choice(DOCTORS)
        for kind, visit in every_kind(number):
            flags = {name: draw.random() < 0.5 for name in ("steroid", "anaesthetic", "diabetes", "ischial", "tear")}
            values = {**flags, "rest_hours": draw.choice([48, 60, 72])} if kind.name in AFTER else {}
            letter = render.letter(row(kind, visit_of(who, visit, start, doctor), **values), now=NOW)
            found = list(faults(kind, visit, letter, who))
            assert not found, (kind.template, visit, found)
            subjects[kind.name, kind.by_patient].add(re.sub(rf"{DAY_AND_MONTH}|{DAY} at [\d:]+", "…", letter.subject))
            mails += 1
    print(f"PRIV4: {mails} mails to {count} patients, 0 words too many")
    assert {name for name, _ in subjects} == set(SUBJECTS)
    assert {len(said) for said in subjects.values()} == {1}, "a subject varies with the procedure"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"subject": "Your injection on Tuesday 24 March"},
        {"subject": "Your appointment on Tuesday 24 March, Ann"},
        {"text": "Dear Ann Lee\n\nYour hip appointment is booked.\n\nSee you then."},
        {"text": "Dear Ann Lee\n\nIt is booked.\n\nWe will inject your left hamstring."},
        {"text": "Dear Ann Lee\n\nIt is booked.\n\nThe steroid usually starts to work in 1 day."},
        {"text": "Dear Ann Lee\n\nIt is booked.\n\nYou were born on 1 May 1980."},
        {"text": "Dear Ann Lee\n\nIt is booked.\n\n=> https://clinic.example/p/?patient=annlee@mail.example"},
        {"text": "Dear Ann Lee\n\nIt is booked, Ann.\n\nSee you then."},
        {"html": "<p>Dear Ann Lee</p><img src='https://clinic.example/seen.gif'>"},
        {"recipient": "somebody@mail.example"},
        {"calendars": (("BEGIN:VEVENT\r\nSUMMARY:Injection\r\nEND:VEVENT\r\n", "REQUEST"),)},
    ],
)
def test_priv4_control_a_mail_that_says_too_much_is_seen(spoilt: dict[str, str]) -> None:
    who = Person("Ann", "Lee", "annlee@mail.example", "07700 900123", "9990000018", date(1980, 5, 1))
    kind, visit = next((kind, visit) for kind, visit in ALL if (kind.name, visit) == ("confirmed", "injection"))
    letter = render.letter(row(kind, visit_of(who, visit, START, DOCTORS[0])), now=NOW)
    assert not list(faults(kind, visit, letter, who))
    assert list(faults(kind, visit, replace(letter, **spoilt), who))


def test_priv4_what_staff_type_of_a_visit_never_reaches_its_mails(clinic: Clinic) -> None:
    """Notes and reasons of the desk and of the radiologist, decisions of every kind, through the use cases. What a
    radiologist asks the patient is in the body of that one mail, out of sight in the inbox.
    """
    typed = "canary-typed: full tear, no injection"
    for number, outcome in enumerate(("ask", "delay", "decline", "approve")):
        patient = clinic.fit_patient(f"Typed{number}")
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        clinic.earlier_injection(patient, "2025-11-20", note=typed)
        start = local("2026-03-10", "10:00") + timedelta(hours=number)
        visit = clinic.book(patient, start, note=typed).appointment
        assert visit is not None
        assert visit.status == "pending"
        Message.objects.filter(appointment=visit, status="queued").update(status="sent", sent_at=clinic.now)
        until = date(2026, 5, 4) if outcome == "delay" else None
        ask = DecisionRequest(outcome=outcome, reason=typed, delay_until=until)
        decide(visit.pk, ask, by=clinic.radiologist, now=clinic.now)
        if outcome == "approve":
            move(visit.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=clinic.now)
            cancel(visit.pk, reason=typed, by=clinic.reception, now=clinic.now)
    rows = Message.objects.exclude(subject__startswith="staff:")
    assert {"provisional", "information-needed", "delayed", "declined", "confirmed", "cancelled"} <= set(
        rows.values_list("kind", flat=True)
    )
    for message in rows.select_related("appointment__patient"):
        assert message.appointment is not None
        letter = render.letter(message, now=clinic.now)
        opening = letter.text.split("\n\n")[1]
        hidden = f"{letter.subject} {opening} {letter.calendar}"
        if "question" not in message.values:
            hidden += f"{letter.text} {letter.html} {message.values}"
        assert "canary-typed" not in hidden
    [asked] = [row for row in rows if "question" in row.values]
    assert asked.kind == "information-needed"
    assert f"“{typed}”" in render.letter(asked, now=clinic.now).text
