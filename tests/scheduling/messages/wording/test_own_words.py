"""What a clinic's own words must keep, in tables: each row is refused, with a sentence that names the part."""

from __future__ import annotations

import pytest

from injections.messages.kinds import UNSPOKEN
from scheduling.messages import kinds
from scheduling.messages.wording import own_words
from scheduling.messages.wording.own_words import Words, problems, standard
from scheduling.messages.wording.rewording import worded_kinds

CONFIRMED = kinds.of_template("injections/mail/confirmed")
AFTERCARE = kinds.of_template("injections/mail/aftercare")


def refusal(part: str, text: str, kind: kinds.MessageKind = CONFIRMED) -> str:
    """What is said of this text in this part; "" where it is accepted. The other parts are the standard ones."""
    parts = {"subject_line": kind.subject_line, "opening": kind.opening, "closing": "", part: text}
    found = problems(Words(**parts), kind)
    assert all(error.pointer == f"#/{part}" for error in found)
    return found[0].detail if found else ""


@pytest.mark.parametrize("kind", worded_kinds(), ids=lambda kind: kind.code)
def test_the_standard_words_are_such_as_a_clinic_could_have_written(kind: kinds.MessageKind) -> None:
    assert problems(standard(kind), kind) == []
    assert standard(kind).filled(kind, {**kind.example, "phone": "020 7946 0100"}).opening
    assert own_words.kept_in(kind, "opening"), "the first paragraph says when"


NEUTRAL = [
    ("subject_line", "We expect you on {day}"),
    ("subject_line", "Your visit, {day} at {time}"),
    ("opening", "We look forward to seeing you on {when}. Please come 10 minutes early."),
    ("opening", "We look forward\r\nto seeing you on {when}."),
    ("closing", "You find us behind the library.\n\n- The car park is free\n- The lift is on the left"),
    ("closing", "Phone {phone} if you cannot find us. Your leg may be numb: bring somebody who drives."),
    ("closing", "Zażółć gęślą jaźń, naïve café, 你好"),
]


@pytest.mark.parametrize(("part", "text"), NEUTRAL)
def test_plain_words_are_accepted(part: str, text: str) -> None:
    assert refusal(part, text) == ""


NAMED = [
    "your injection",
    "RE-INJECTION",
    "steroids",
    "Cortisone",
    "your hamstring",
    "tendinopathy",
    "Tendon clinic",
    "bursitis",
    "your hip",
    "HIPS",
    "your leg",
    "sit bone",
    "sit-bone",
    "ultrasound",
    "ultra-sound",
    "scan",
    "pain",
    "painful",
    "physiotherapy",
    "the needle",
    "anaesthetic",
    "diabetes",
    "diagnosis",
    "radiology",
    "a flare",
    "PHT",
    "ｉｎｊｅｃｔｉｏｎ",
    "ste\u0301roid",
]


@pytest.mark.parametrize("word", NAMED)
@pytest.mark.parametrize("part", ["subject_line", "opening"])
def test_what_the_inbox_shows_names_nothing_clinical(part: str, word: str) -> None:
    said = refusal(part, f"{getattr(standard(CONFIRMED), part)} About {word}")
    assert own_words.NAMES[part] in said
    assert "Leave “" in said


@pytest.mark.parametrize(
    "word", ["shipping", "painting", "legible", "elegant", "scandal", "objection", "relegate", "chips"]
)
def test_words_that_only_look_like_it_are_accepted(word: str) -> None:
    assert refusal("opening", f"{CONFIRMED.opening} {word}") == ""


def test_the_words_that_are_kept_out_are_those_of_the_policy() -> None:
    assert len(UNSPOKEN) == len(set(UNSPOKEN)) > 30


NO_PLACEHOLDER = (
    "A { or } in the first paragraph belongs to no placeholder. You can use {when}, {day}, {weekday}, {time}."
)
SAID_ONCE = "what to do in an emergency is said in one block, the same everywhere."
REFUSED = [
    ("subject_line", " ", "Enter the subject."),
    ("subject_line", "On {day}\r\nBcc: other@mail.example", "The subject must be one line."),
    ("subject_line", "On {day}\nSubject: changed", "The subject must be one line."),
    ("subject_line", "On {day}\u2028Bcc: x", "The subject must be one line."),
    ("subject_line", "On {day}\x0bBcc: x", "The subject must be one line."),
    ("subject_line", "On {day}\x00", "The subject holds an invisible character (U+0000). Type it again without it."),
    (
        "subject_line",
        "On {day}\u202egnp.exe",
        "The subject holds an invisible character (U+202E). Type it again without it.",
    ),
    (
        "opening",
        "On {when}\u200b.",
        "The first paragraph holds an invisible character (U+200B). Type it again without it.",
    ),
    ("closing", "a\x1b[31mb", "The closing holds an invisible character (U+001B). Type it again without it."),
    (
        "opening",
        "On {when}.\n\nSecond paragraph.",
        "The first paragraph must be one paragraph. What follows belongs to the closing.",
    ),
    ("closing", "<b>Bold</b>", "Leave < and > out of the closing: it is plain words, and the HTML is made from them."),
    (
        "opening",
        "On {when} <script>alert(1)</script>",
        "Leave < and > out of the first paragraph: it is plain words, and the HTML is made from them.",
    ),
    ("subject_line", "We expect you", "Keep {day} in the subject: it is printed from the record."),
    ("opening", "See you soon.", "Keep {when} in the first paragraph: it is printed from the record."),
    (
        "opening",
        "On {when}, {dear}.",
        "There is no {dear} in this message. You can use {when}, {day}, {weekday}, {time}.",
    ),
    (
        "closing",
        "With {practitioner}.",
        "There is no {practitioner} in this message. You can use {when}, {day}, {weekday}, {time}, {phone}.",
    ),
    *(
        ("opening", f"On {{when}} {odd}", NO_PLACEHOLDER)
        for odd in (
            "{",
            "}",
            "{}",
            "{0}",
            "{when.__class__}",
            "{when[0]}",
            "{when!r}",
            "{when:99}",
            "{{when}}",
            "{{ clinic.name }}",
        )
    ),
    ("subject_line", f"On {{day}} {'x' * 53}", "The subject may have 70 characters; this one has 73."),
    ("opening", f"On {{when}} {'x' * 300}", "The first paragraph may have 300 characters; this one has 310."),
    ("closing", "x" * 1501, "The closing may have 1,500 characters; this one has 1,501."),
    (
        "closing",
        "See https://maps.mail.example/us",
        "Leave web addresses out of the closing: the one page to follow is the patient's own.",
    ),
    (
        "closing",
        "See www.maps.invalid",
        "Leave web addresses out of the closing: the one page to follow is the patient's own.",
    ),
    (
        "closing",
        "See clinic-maps.co.uk",
        "Leave web addresses out of the closing: the one page to follow is the patient's own.",
    ),
    *(
        ("closing", f"In an emergency {what}.", f"Leave “{what}” out of the closing: {SAID_ONCE}")
        for what in ("999", "111", "A&E", "A and E", "ambulance")
    ),
    ("closing", "This may be a flare.", "Leave “flare” out of the closing: an email cannot tell what it is."),
    (
        "closing",
        "## Call us",
        "No line of the closing may begin with ## or =>. A line that begins with “- ” is an entry of a list.",
    ),
    (
        "closing",
        "Hello\n  => elsewhere",
        "No line of the closing may begin with ## or =>. A line that begins with “- ” is an entry of a list.",
    ),
]


@pytest.mark.parametrize(("part", "text", "said"), REFUSED)
def test_what_is_refused_says_which_part_and_why(part: str, text: str, said: str) -> None:
    assert refusal(part, text) == said


def test_the_subject_is_as_long_as_its_reader_gets_it() -> None:
    filled = len("On Tuesday 24 March ")
    assert refusal("subject_line", f"On {{day}} {'x' * (70 - filled)}") == ""
    assert "71" in refusal("subject_line", f"On {{day}} {'x' * (71 - filled)}")


def test_every_part_that_is_wrong_is_named_at_once() -> None:
    found = problems(Words("Pain", "{", "<i>"), CONFIRMED)
    assert [error.pointer for error in found] == ["#/subject_line", "#/opening", "#/closing"]


def test_after_the_visit_other_values_are_printed() -> None:
    said = refusal("opening", "On {when}.", AFTERCARE)
    assert said == "There is no {when} in this message. You can use {visit_day}, {visit_on}."


def test_a_part_that_is_the_standard_one_is_not_stored() -> None:
    words = Words(CONFIRMED.subject_line, "See you on {when}.", "").apart_from(standard(CONFIRMED))
    assert words == Words("", "See you on {when}.", "")
    assert words.over(standard(CONFIRMED)).subject_line == CONFIRMED.subject_line


def test_white_space_that_nobody_sees_goes() -> None:
    tidied = Words(" On {day} ", "See  you\r\non {when}. ", "\n\na  \r\n\r\n\r\n\r\nb\n").tidy()
    assert tidied == Words("On {day}", "See you on {when}.", "a\n\nb")
