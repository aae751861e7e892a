"""What every mail says and must not say. No database: rows are written as they would be stored."""

import email
import email.policy
import html
import itertools
import random
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from injections.booking.waiting_list import link as offer_link
from injections.booking.waiting_list.offer import message_of
from injections.messages.aftercare import safety_net
from injections.messages.aftercare_plan import Given, printed
from injections.models import WaitingOffer, WaitingWish
from injections.visit_kinds import INJECTING, KINDS
from pht_clinic import clock
from pht_clinic.people.actors import PATIENT, SYSTEM
from scheduling.messages import blocks, drafts, kinds, plan, render
from scheduling.messages.kinds import MessageKind
from scheduling.messages.sending import mailer
from scheduling.messages.told import NOTHING, Told
from scheduling.models import Appointment, Message, Patient, Practitioner
from scheduling.patients import link

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = datetime(2026, 3, 24, 9, 20, tzinfo=UTC)
EARLIER = datetime(2026, 3, 23, 14, tzinfo=UTC)
CLINICAL = re.compile(
    r"inject|steroid|cortison|hamstring|tend[oi]n|bursa|buttock|\bhip\b|sit.?bone|ischi|ultrasound|\bscan|\bpain|"
    r"\btear\b|physio|flare|needle|anaesthet|diabet|\bleg\b|\bjoint|diagnos|review|radiolog",
    re.I,
)
AFTER = ["aftercare", "flare-check", "day-4", "rest-over", "recovery", "recovery-3-months", "clinical-letter"]


def appointment(visit: str = "injection", **values: Any) -> Appointment:
    patient = Patient(pk=7, given_name="Ann", family_name="Lee", email="ann@mail.example", email_opt_in=True)
    made = Appointment(
        pk=12,
        kind=visit,
        start_at=START,
        end_at=START + KINDS[visit].duration,
        asked_at=NOW,
        revision=3,
        patient=patient,
        practitioner=Practitioner(pk=1, name="Dr Imogen Hale"),
    )
    for name, value in values.items():
        setattr(made.patient, name, value)
    return made


def row(kind: MessageKind, visit: Appointment | None = None, **values: Any) -> Message:
    """A row of this kind with the values that its use case gives it."""
    visit = visit or appointment()
    if kind.name in AFTER:
        given = Given(ended_at=START, recorded_at=START, **values)
        step = drafts.row_for(
            kind,
            plan.Planned(kind.name, START, START),
            drafts.About(patient=visit.patient, appointment=visit, subject="patient:7", occasion="2026-03-24"),
            values=printed(given, now=START, zone=clock.zone()),
            now=START,
        )
        return step
    if kind.name == "offer":
        return offer_of(visit)
    by = PATIENT if kind.by_patient else SYSTEM
    name = kind.name if kind.name in plan.NEWS else "confirmed"
    news = drafts.News(name, values={"delay_until": date(2026, 5, 4)})
    known = {"confirmed": NOTHING, "moved": told_of(EARLIER)}.get(name, told_of(visit.start_at))
    rows = drafts.draft(news, appointment=visit, told=known, by=by, now=NOW)
    if kind.name in plan.TOGETHER:
        return drafts.together(kind.name, [(visit, rows[0])], occasion="booked", by_patient=False, now=NOW)
    return next(row for row in rows if row.kind == kind.name)


def offer_of(visit: Appointment) -> Message:
    """A time that is offered in the place of one a week later."""
    later = appointment(visit.kind)
    later.status, later.start_at = "booked", START + timedelta(days=7)
    wish = WaitingWish(pk=3, patient=visit.patient, kind=visit.kind, notice_hours=24, reach="mail", replaces=later)
    ends = {"expires_at": NOW + timedelta(hours=4)}
    offer = WaitingOffer(pk=5, wish=wish, start_at=START, practitioner=visit.practitioner, **ends)
    return message_of(offer, now=NOW)


def page_of(message: Message) -> str:
    """The address that a message leads its patient to."""
    return link.address_of(message.appointment) if message.appointment else offer_link.address_of(message)


def told_of(start: datetime, *, is_in_a_calendar: bool = True) -> Told:
    """What somebody knows to whom the visit was confirmed for this time."""
    visit = appointment()
    visit.start_at, visit.end_at = start, start + visit.kind_of_visit.duration
    [confirmed, *_] = drafts.draft(drafts.News("confirmed"), appointment=visit, by=SYSTEM, now=NOW)
    return Told("confirmed", confirmed.values, NOW, is_in_a_calendar)


def cases() -> list[tuple[MessageKind, str]]:
    """Every kind that is for patients, with every visit that has these words."""
    return [
        (kind, visit)
        for kind in kinds.registered()
        if kind.opening
        for visit in KINDS
        if (visit in kind.visits if kind.visits else kind.name not in AFTER or visit in INJECTING)
    ]


def written(kind: MessageKind, visit: str = "injection", **values: Any) -> render.Letter:
    return render.letter(row(kind, appointment(visit), **values), now=NOW)


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\s-]+", text)


def html_words(source: str) -> list[str]:
    body = re.sub(r"(?s)^.*<body>|</body>.*$", "", source)
    body = re.sub(r'<a href="tel:[^"]*">([^<]*)</a>', r"\1", body)  # in the middle of a sentence
    return words_of(html.unescape(re.sub(r"<[^>]*>", " ", body)))


ALL = cases()
NAMES = [f"{kind.template.rpartition('/')[2]}-{visit}" for kind, visit in ALL]


def test_every_kind_of_the_table_has_words() -> None:
    names = {kind.name for kind in kinds.registered()}
    assert names >= {"reminder-week", "reminder-2-days", *plan.NEWS, *AFTER}


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_subject_and_first_line_name_nothing_clinical(kind: MessageKind, visit: str) -> None:
    letter = written(kind, visit)
    first_lines = letter.text.split("\n\n")[:2]
    assert first_lines[0] == "Dear Ann Lee"
    for seen in (letter.subject, *first_lines):
        assert not CLINICAL.search(seen.replace("PHT Clinic", "")), seen
    assert "Ann" not in letter.subject
    assert "Lee" not in letter.subject


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_text_and_html_say_the_same(kind: MessageKind, visit: str) -> None:
    letter = written(kind, visit)
    assert html_words(letter.html) == words_of(letter.text)


@pytest.mark.parametrize(("kind", "visit"), ALL, ids=NAMES)
def test_every_mail_gives_the_phone_number_and_one_page_to_follow_and_nothing_to_load(
    kind: MessageKind, visit: str
) -> None:
    letter = written(kind, visit)
    assert "020 7946 0100" in letter.text
    assert not re.search(r"<(img|script|link|iframe|object)\b|url\(", letter.html)
    own_page, stops = page_of(row(kind, appointment(visit))), letter.opt_out
    followed = re.findall(r'<a href="(?!tel:)([^"]+)">', letter.html)
    assert [address for address in followed if address == stops] == [stops] * bool(stops)
    pages = [address for address in followed if address != stops]
    assert pages
    assert all(address.startswith(own_page) for address in pages), pages
    assert len(re.findall(r"https?://", letter.text)) == len(followed)
    assert "{" not in letter.text
    lines = [line for line in letter.text.splitlines() if not line.startswith(own_page) and line != stops]
    assert max(map(len, lines)) <= blocks.WIDTH


def test_the_link_is_the_same_in_every_mail_and_names_nobody() -> None:
    pages = {link.address_of(appointment(visit)) for _, visit in ALL}
    assert len(pages) == 1
    assert re.fullmatch(r"https?://[^/]+/p/12-1\.[\w-]{43}/", pages.pop())


@pytest.mark.parametrize("name", AFTER)
def test_the_safety_net_is_identical_everywhere_after_the_injection(name: str) -> None:
    block = blocks.as_text(safety_net())
    assert "Call 999 or go to A&E now" in block
    assert block.strip() in written(kinds.kind_of(name)).text
    assert "A&amp;E" in written(kinds.kind_of(name)).html


def test_the_safety_net_stands_in_no_mail_before() -> None:
    for kind, visit in ALL:
        if kind.name not in AFTER:
            assert "999" not in written(kind, visit).text.replace("07700 900999", ""), kind


@pytest.mark.parametrize("name", AFTER)
def test_no_mail_says_what_it_is_or_when_it_is_over(name: str) -> None:
    text = written(kinds.kind_of(name)).text.lower()
    assert "flare" not in text
    assert "book" not in text


def test_subjects_are_those_of_the_table() -> None:
    expected = {
        "confirmed": "Your appointment on Tuesday 24 March",
        "reminder-2-days": "Your appointment on Tuesday at 09:20",
        "provisional": "We are checking your appointment",
        "moved": "Your appointment has changed",
        "aftercare": "Your aftercare information",
        "flare-check": "How are you today?",
        "cancelled": "We have cancelled your appointment",
        "delayed": "We need to change your appointment",
    }
    assert {name: written(kinds.kind_of(name)).subject for name in expected} == expected
    assert written(kinds.kind_of("cancelled", by_patient=True)).subject == "Your appointment is cancelled"


@pytest.mark.parametrize("name", ["confirmed", "moved", "reminder-week", "reminder-2-days"])
def test_only_injection_visits_are_prepared_for(name: str) -> None:
    injection = written(kinds.kind_of(name, visit="injection"))
    other = written(kinds.kind_of(name, visit="physiotherapy"), "physiotherapy")
    prepared = " ".join(injection.text.split())
    assert "drive or cycle yourself home" in prepared
    assert "blood thinners" in prepared
    assert "have your testing kit ready" in prepared
    assert "drive" not in other.text
    assert injection.subject == other.subject


AFTERCARE = [
    ("steroid", "The steroid usually starts to work"),
    ("anaesthetic", "The numbing wears off"),
    ("diabetes", "Test as often as your diabetes team"),
]


@pytest.mark.parametrize(("flag", "sentence"), AFTERCARE)
@pytest.mark.parametrize("applies", [True, False])
def test_a_sentence_stands_only_where_it_applies(flag: str, sentence: str, applies: bool) -> None:
    text = " ".join(written(kinds.kind_of("aftercare"), **{flag: applies}).text.split())
    assert (sentence in text) is applies


def test_exercises_of_the_hamstring_are_for_the_sit_bone_only() -> None:
    kind = kinds.kind_of("rest-over")
    assert "Stage 2" in written(kind, ischial=True).text
    assert "Stage 2" not in written(kind, ischial=False).text
    assert "cushion" not in written(kind, ischial=False).text


def test_aftercare_prints_the_rest_and_says_today_only_when_it_is_recorded_in_time() -> None:
    in_time = written(kinds.kind_of("aftercare")).text
    assert "Rest until Thursday 26 March at 09:20" in in_time
    assert "Today, Tuesday 24 March" in in_time
    late = row(kinds.kind_of("aftercare"))
    late.values |= {"same_day": False}
    assert "Today" not in render.letter(late, now=NOW).text


def test_a_longer_rest_is_not_prolonged_again() -> None:
    assert "one more day" not in written(kinds.kind_of("aftercare"), rest_hours=72).text
    assert "one more day" in written(kinds.kind_of("aftercare"), rest_hours=48).text


def test_a_missing_value_is_an_error_and_never_a_gap() -> None:
    for name in ("when", "minutes"):  # of the first paragraph, and of the template
        broken = row(kinds.kind_of("confirmed"))
        del broken.values[name]
        with pytest.raises(LookupError, match=name):
            render.letter(broken, now=NOW)


def composed(message: Message) -> email.message.EmailMessage:
    mail = mailer.compose(render.letter(message, now=NOW))
    parsed = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(parsed, email.message.EmailMessage)
    return parsed


def test_the_mail_has_text_html_and_a_calendar_part_of_exactly_that_type() -> None:
    message = row(kinds.kind_of("confirmed", visit="injection"))
    mail = composed(message)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert parts[2]["Content-Type"] == 'text/calendar; method="REQUEST"; charset="utf-8"'
    [event] = Calendar.from_ical(parts[2].get_content()).walk("VEVENT")
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (3, START)
    assert mail["Message-ID"] == f"<{message.uid}@clinic.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "reception@clinic.example"
    assert mail["To"] == "ann@mail.example"


@pytest.mark.parametrize(
    ("name", "in_calendar", "method"),
    [
        ("confirmed", False, "REQUEST"),
        ("moved", True, "REQUEST"),
        ("provisional", False, None),
        ("provisional", True, "REQUEST"),
        ("cancelled", True, "CANCEL"),
        ("cancelled", False, None),
        ("delayed", True, "CANCEL"),
        ("information-needed", True, None),
    ],
)
def test_a_calendar_hears_of_an_end_only_when_it_knew_of_the_visit(
    name: str, in_calendar: bool, method: str | None
) -> None:
    news = drafts.News(name, values={"delay_until": date(2026, 5, 4)})
    start = EARLIER if name == "moved" else START
    told = NOTHING if name == "confirmed" else told_of(start, is_in_a_calendar=in_calendar)
    [message, *_] = drafts.draft(news, appointment=appointment(), told=told, by=SYSTEM, now=NOW)
    calendar = render.letter(message, now=NOW).calendar
    assert (calendar[1] if calendar else None) == method


HOSTILE = [
    "Ann\r\nBcc: other@mail.example",
    "Ann\nSubject: changed",
    "Ann\r\n\r\nbody",
    "=?utf-8?q?Ann=0ABcc:_x@y.example?=",
    "Ann\u2028Bcc: other@mail.example",
    "Ann\x0bTo: other@mail.example",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ clinic.phone }}{% include 'x' %}",
    "Ann\n## Heading\n- entry",
    "https://evil.example/",
]


@pytest.mark.parametrize(("given_name", "family_name"), list(itertools.product(HOSTILE, ["Lee", HOSTILE[0]])))
def test_what_people_type_adds_no_header_no_recipient_and_no_markup(given_name: str, family_name: str) -> None:
    message = row(kinds.kind_of("confirmed"), appointment(given_name=given_name, family_name=family_name))
    mail = composed(message)
    expected = composed(row(kinds.kind_of("confirmed")))
    assert sorted(mail.keys()) == sorted(expected.keys())
    assert mail["To"].addresses[0].addr_spec == "ann@mail.example"
    assert len(mail["To"].addresses) == 1
    assert mail["Subject"] == expected["Subject"]
    source = render.letter(message, now=NOW).html
    assert source.count("<") == render.letter(row(kinds.kind_of("confirmed")), now=NOW).html.count("<")


@pytest.mark.parametrize(
    "address",
    [
        "ann@mail.example\r\nBcc: x@y.example",
        "ann@mail.example, x@y.example",
        "Ann <ann@mail.example>",
        "ann",
        "a b@c.example",
    ],
)
def test_an_address_that_is_not_one_address_is_never_written_to(address: str) -> None:
    message = row(kinds.kind_of("confirmed"))
    message.recipient = address
    with pytest.raises(ValueError, match=r"(?i)address"):
        composed(message)


def test_the_subject_never_varies_with_the_procedure() -> None:
    draw = random.Random(20261120)
    for _ in range(20):
        flags = {name: draw.random() < 0.5 for name in ("steroid", "anaesthetic", "diabetes", "ischial", "tear")}
        for name in AFTER:
            kind = kinds.kind_of(name)
            assert written(kind, rest_hours=draw.choice([48, 60, 72]), **flags).subject == kind.subject_line


def test_each_row_has_an_id_of_its_own() -> None:
    assert row(kinds.kind_of("confirmed")).uid != row(kinds.kind_of("confirmed")).uid
    assert isinstance(row(kinds.kind_of("confirmed")).uid, uuid.UUID)
