"""Refusals carry a code for programs and a sentence for people."""

import pytest

from pht_clinic.errors import Busy, Conflict, FieldError, Invalid, Missing, field_words, naming


def test_a_refusal_without_words_has_those_of_its_class() -> None:
    assert (Missing().code, Missing().sentence) == ("not-found", "There is nothing at this address.")


def test_one_wrong_field_is_the_sentence() -> None:
    refusal = Invalid.field("answers/fever", "Must be yes, no or not known.")
    assert refusal.errors == [FieldError("#/answers/fever", "Must be yes, no or not known.")]
    assert refusal.sentence == "Must be yes, no or not known."


def test_several_wrong_fields_keep_the_general_sentence() -> None:
    refusal = Invalid([FieldError("#/start", "Missing."), FieldError("#/site", "Missing.")])
    assert refusal.sentence == Invalid.sentence


def test_what_programs_get_more_travels_with_the_refusal() -> None:
    refusal = Conflict("Taken.", code="clash", extra={"clashes": []})
    assert (refusal.code, refusal.extra, str(refusal)) == ("clash", {"clashes": []}, "Taken.")


def test_busy_says_when_to_come_back() -> None:
    assert Busy().retry_after_seconds == 3


@pytest.mark.parametrize(
    ("name", "detail", "sentence"),
    [
        ("Tear", "is required", "Tear is required."),
        ("Site", "This field is required.", "Site is required."),
        ("Dose in mg", "Enter a number.", "Dose in mg: enter a number."),
        ("Date of birth", "The date of birth is in the future.", "The date of birth is in the future."),
        ("Side", "Choose one of left, right.", "Side: choose one of left, right."),
        ("Number", "NHS is short.", "Number: NHS is short."),
        ("“When was it”", "Answer “When was it”.", "Answer “When was it”."),
    ],
)
def test_a_sentence_about_a_field_names_it_once(name: str, detail: str, sentence: str) -> None:
    assert naming(name, detail) == sentence


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("#/site", "Site"),
        ("#/strength_mg_ml", "Strength in mg/ml"),
        ("#/local_anaesthetic/dose_mg", "Dose in mg"),
        ("#/injections/0/side", "Side"),
        ("#/tear_size_mm", "Tear size in mm"),
    ],
)
def test_a_pointer_leads_to_a_field_in_words(pointer: str, words: str) -> None:
    assert field_words(pointer) == words
