"""Refusals carry a code for programs and a sentence for people."""

from pht_clinic.errors import Busy, Conflict, FieldError, Invalid, Missing


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
