"""How pages say dates, codes and what people type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import pytest
from django import forms

from injections import words
from injections.booking.wish import Wish
from injections.patient.injection_forms import PartialDateField
from injections.templatetags.injection_words import in_words
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.moment import NoSuchTime, local_moment
from scheduling.messages.kinds import NAMES, registered
from scheduling.models import Message
from scheduling.states import Status
from scheduling.templatetags import clinic_words
from tests.pages_world import raw_codes

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-05-04", "today"),
        ("2026-05-05", "tomorrow"),
        ("2026-05-03", "yesterday"),
        ("2026-05-17", "in 13 days"),
        ("2026-05-18", "in 2 weeks"),
        ("2026-05-19", "in 15 days"),
        ("2026-07-03", "in 60 days"),
        ("2026-07-04", "in 2 months"),
        ("2026-07-31", "in 88 days"),
        ("2026-08-04", "in 3 months"),
        ("2026-08-12", "in almost 4 months"),
        ("2028-05-04", "in 2 years"),
        ("2028-05-05", "in almost 3 years"),
        ("2026-02-04", "3 months ago"),
        ("2026-02-05", "2 months ago"),
        ("2024-05-04", "2 years ago"),
        ("2024-05-05", "23 months ago"),
        ("1980-05-01", "46 years ago"),
    ],
)
def test_nee19_how_far_a_day_lies_from_today_is_never_less_than_it_is_ahead(day: str, said: str) -> None:
    assert clinic_words.from_today(date.fromisoformat(day), today=TODAY) == said


def test_moments_are_said_on_the_clinics_clock() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert clinic_words.moment(late) == "Wednesday 1 July 2026 at 00:30"
    assert clinic_words.iso_day(late) == "2026-07-01"


def test_a_wall_time_becomes_the_instant_it_means() -> None:
    assert local_moment(date(2026, 3, 28), time(1, 30)) == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    assert local_moment(date(2026, 3, 29), time(2, 0)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    with pytest.raises(NoSuchTime):
        local_moment(date(2026, 3, 29), time(1, 0))
    # of an hour that comes twice the first
    assert local_moment(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_raw_codes_are_found_and_words_of_english_are_not() -> None:
    """The control of what is asked of every page: codes alone or in a sentence, not in an address or an email."""
    said = "Answer not-satisfactory, site hamstring-origin; sudden_pop. A red-flag answer, a follow-up."
    assert raw_codes(said) == {"not-satisfactory", "hamstring-origin", "sudden_pop"}
    assert not raw_codes("See /sites/hamstring-origin/ or not-satisfactory@mail.example, well-known")


def test_every_code_state_and_message_has_words() -> None:
    assert words.unnamed() == []
    assert all(clinic_words.status_words(status) and clinic_words.status_kind(status) for status in Status)
    assert all(clinic_words.message_words(state) for state in Message.State.values)
    nameless = {kind.name for kind in registered()} - set(NAMES)
    assert not {name for name in nameless if not name.startswith("staff")}


@pytest.mark.parametrize("typed", ["2026-13", "31/2/2025", "soon", "20261", "1/2", "14 8"])
def test_a_partial_date_that_is_none(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        PartialDateField(required=False).clean(typed)


def test_evidence_is_said_as_a_reader_would() -> None:
    assert in_words({"counted_on": "2025-12-31", "steroid": True}) == "counts as: 31 December 2025, steroid: Yes"
    assert in_words(["hamstring-origin", None]) == "Hamstring origin; Not known"
    assert in_words("2025-08") == "August 2025"
    said = in_words({"counted_on": "2025-12-31", "given": "2025", "steroid": True})
    assert said == "date: some time in 2025, counted as 31 December, steroid: Yes"
    assert in_words({"counted_on": "2025-08-14", "given": "2025-08-14"}) == "date: 14 August 2025"
    assert in_words(["race", "earlier-injection"]) == "A race or competition; An earlier injection"


def test_a_refusal_shows_at_the_field_it_is_about() -> None:
    class Form(ClinicForm):
        pointer_fields = {"start": "at"}
        at = forms.CharField(label="Time", required=False)
        fever = forms.CharField(label="Fever", required=False)

    form = Form({})
    assert form.is_valid()
    form.add_refusal(
        Invalid([FieldError("#/start", "Late."), FieldError("#/answers/fever", "Hot."), FieldError("#/x", "Odd.")])
    )
    assert form.errors == {"at": ["Late."], "fever": ["Hot."], "__all__": ["Odd."]}


def test_a_wish_survives_its_address() -> None:
    start = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
    wish = Wish(kind="injection", site="hip-joint", side="left").at(start, 3, 4)
    again = Wish.of(dict(pair.split("=") for pair in wish.query.replace("%3A", ":").replace("%2B", "+").split("&")))
    assert again == wish
    assert again.start_at == start
    assert not Wish.of({"kind": "follow-up", "site": "hip-joint"}).site


def test_blocks_of_a_letter_lose_the_line_breaks_of_its_text() -> None:
    text = "Dear Nora\n\nOne line\nand its end.\n\n- first\n  goes on\n- second\n\nHeading\n-------\n"
    found = [(block.form, block.lines) for block in clinic_words.as_blocks(text)]
    assert found == [
        ("paragraph", ("Dear Nora",)),
        ("paragraph", ("One line and its end.",)),
        ("list", ("first goes on", "second")),
        ("heading", ("Heading",)),
    ]


ROOT = Path(__file__).resolve().parents[2]
RULES_PAGE = ROOT / "injections/templates/injections/assessment/rules.html"
SAID_SAFE = re.compile(r"\bsafe(?:ly)? to inject|\b(?:injection|injecting) is safe\b", re.IGNORECASE)


def test_h28_nothing_says_that_it_is_safe_to_inject() -> None:
    """ "Clear" lets reception book; on the day a radiologist scans, asks and decides. The rules' own page says so."""
    texts = {
        path: path.read_text(encoding="utf-8")
        for package in ("injections", "scheduling", "pht_clinic")
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".html", ".txt", ".py") and "migrations" not in path.parts
    }
    assert len(texts) > 300
    said = {path.name for path, text in texts.items() if SAID_SAFE.search(text)}
    assert said == {"rules.html", "document.py"}, "the two that say what clear does not mean"
    assert (
        "Clear never means safe to inject: the radiologist scans, explains and decides on the day." in texts[RULES_PAGE]
    )


RETIRED: Final = re.findall(
    r"^\| ([^|]+) \| [^|]+ \|$",
    (ROOT / "docs/glossary.md").read_text().split("## Words no longer used")[1],
    re.MULTILINE,
)[1:]
"""What the glossary says that pages no longer say, without the head of its table."""


def said_in(path: Path) -> Iterator[str]:
    """What a template prints beside its tags; of a module the strings with a blank in them that document nothing."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        bare = re.sub(r"(?s)\{% comment.*?endcomment %\}|\{#.*?#\}", "", text)
        bare = re.sub(r"\{% (?:translate|include) (.*?)%\}", r"\1", bare)
        yield re.sub(r"\s+", " ", re.sub(r"\{%.*?%\}|</?\w[^>]*>", " ", bare))
        return
    tree = ast.parse(text)
    documenting = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node.value if " " in node.value else ""


def retired_in(said: str) -> set[str]:
    return {word for word in RETIRED if re.search(rf"(?i)(?<![\w/-]){re.escape(word)}(?![\w/-])", said)}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Register all the same", {"all the same"}),
        ("The visit was TAKEN BACK.", {"taken back"}),
        ("injections/mails/_before.txt, mails-off", set()),
        ("The last change is undone.", set()),
    ],
    ids=["a button", "whatever its letters", "no address", "the word in its place"],
)
def test_a_retired_word_is_found_where_somebody_reads_it(said: str, found: set[str]) -> None:
    """The control."""
    assert retired_in(said) == found
    assert len(RETIRED) > 20


def test_no_page_or_mail_uses_a_word_that_the_glossary_retired() -> None:
    """One word for one thing: docs/glossary.md says which, and which no longer."""
    found = {
        (word, str(path.relative_to(ROOT)))
        for package in ("injections", "scheduling", "pht_clinic")
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".html", ".txt", ".py") and "migrations" not in path.parts
        for said in said_in(path)
        for word in retired_in(said)
    }
    assert found == set()
