"""Which languages patients read: off until somebody signed, whole in the catalogue, and a wrong setting stops."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings as present
from django.core.checks import run_checks
from django.test import override_settings
from django.utils import translation

from pht_clinic import languages
from pht_clinic.demo.settings import INVENTED
from pht_clinic.languages import ENGLISH, NoSignature, Signature, read_signatures
from pht_clinic.start import SETTINGS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def catalogue() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS))
    try:
        import catalogue

        yield catalogue
    finally:
        sys.path.remove(str(DOCS))


def test_every_sentence_for_patients_is_translated_and_the_catalogue_is_compiled(catalogue: ModuleType) -> None:
    sentences = catalogue.found()
    assert len(sentences) > 400
    [file] = catalogue.files()
    read = catalogue.read(file)
    assert not list(catalogue.problems(read, sentences))
    assert file.with_suffix(".mo").read_bytes() == catalogue.compiled(read)


def test_what_is_wrong_with_a_catalogue_is_named(catalogue: ModuleType) -> None:
    """Control of the test above: a missing, an empty, a doubtful, a spoilt and a superfluous sentence are seen."""

    spoilt = Catalog(locale="de")
    spoilt.add("Empty", "")
    spoilt.add("Doubtful", "Zweifelhaft", flags=["fuzzy"])
    spoilt.add("On %(day)s, {name}", "Am %(tag)s, {name}")
    spoilt.add("<strong>Loud</strong>", "Laut")
    spoilt.add("Gone", "Weg")
    found = list(
        catalogue.problems(spoilt, ["Empty", "Doubtful", "On %(day)s, {name}", "<strong>Loud</strong>", "New"])
    )
    assert found == [
        "is missing: 'New'",
        "is said nowhere any more: 'Gone'",
        "has no translation: 'Empty'",
        "is marked as doubtful: 'Doubtful'",
        "has other placeholders in its translation: 'On %(day)s, {name}'",
        "has other placeholders in its translation: '<strong>Loud</strong>'",
    ]


def test_sentences_are_found_in_code_templates_and_tables(catalogue: ModuleType) -> None:
    sentences = catalogue.found()
    for said, where in (
        ("Your appointment on {day}", "injections/messages/kinds.py"),
        ("Please do not come at that time.", "scheduling/templates/scheduling/mail/cancelled.txt"),
        ("Do you have diabetes?", "injections/safety/questions.py"),
        ("Your date of birth", "injections/patient_link/forms.py"),
    ):
        assert said in sentences, (said, where)


def test_a_language_is_off_until_it_is_signed(settings: Any) -> None:
    settings.SIGNED_LANGUAGES = ""
    assert languages.used_for("de") == ENGLISH
    assert languages.why_english("de") == "English is sent: nobody has signed the wording in German yet."
    settings.SIGNED_LANGUAGES = "de=Dr A. Weber, 2026-11-20"
    assert languages.used_for("de") == "de"
    assert languages.signature_of("de") == Signature("Dr A. Weber", date(2026, 11, 20))
    assert not languages.why_english("de")
    assert languages.used_for("") == languages.used_for("pl") == ENGLISH


def test_outside_the_demo_none_is_signed() -> None:
    source = (DOCS.parent / "pht_clinic" / "settings.py").read_text(encoding="utf-8")
    assert 'env.str("SIGNED_LANGUAGES", default="")' in source
    assert "awaiting a translator" in INVENTED["SIGNED_LANGUAGES"]
    assert present.LANGUAGE_CODE == ENGLISH


def test_what_is_spoken_ends_with_the_block() -> None:
    assert languages.is_english()
    with languages.speaking("de"):
        assert languages.spoken() == "de"
        assert translation.gettext("Your appointment") == "Ihr Termin"
    assert languages.is_english()


def test_several_signatures_are_read() -> None:
    assert read_signatures("") == {}
    assert read_signatures(" de = Weber, Anna , 2026-11-20 ; ") == {"de": Signature("Weber, Anna", date(2026, 11, 20))}


WRONG = (
    "de",
    "de=",
    "de=Weber",
    "de=, 2026-11-20",
    "de=Weber, 20 November",
    "de=Weber, 2026-13-01",
    "xx=Weber, 2026-11-20",
    "de=We\nber, 2026-11-20",
    "yes",
)


@pytest.mark.parametrize("text", WRONG)
def test_a_signature_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(NoSignature):
        read_signatures(text)
    with override_settings(SIGNED_LANGUAGES=text):
        assert [found.id for found in run_checks(tags=[SETTINGS])] == ["clinic.E015"]


def test_a_signed_language_says_for_itself_what_no_catalogue_knows() -> None:
    signed = {"SIGNED_LANGUAGES": "de=Weber, 2026-11-20", "CLINIC_HOURS_IN": {"de": "Montags, 8 bis 18 Uhr"}}
    with override_settings(**signed):
        assert not run_checks(tags=[SETTINGS])
    with override_settings(**signed | {"CLINIC_HOURS_IN": {"de": ""}}):
        [found] = run_checks(tags=[SETTINGS])
        assert found.msg == "CLINIC_HOURS_DE is not set, and German is signed."
    with override_settings(**signed, BLOOD_THINNER_SENTENCE="Stop nothing.", BLOOD_THINNER_SENTENCE_IN={"de": ""}):
        [found] = run_checks(tags=[SETTINGS])
        assert found.msg == "BLOOD_THINNER_SENTENCE_DE is not set, and German is signed."
