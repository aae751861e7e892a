"""The arithmetic of what is drawn up, from whatever stands in the fields so far."""

from decimal import Decimal

import pytest

from injections.procedure.steps.drawn_up import drawn_up


@pytest.mark.parametrize(
    ("volume", "strength", "dose", "mg", "agrees"),
    [
        ("1", "40", "40", 40, True),
        ("0.5", "40", "20", 20, True),
        ("2", "40", "40", 80, False),
        ("2", "40", "", 80, None),
        ("2", "", "40", None, None),
        ("", "40", "40", None, None),
        ("", "", "40", None, None),
        ("", "", "", None, None),
    ],
)
def test_volume_times_strength_makes_the_dose(
    volume: str, strength: str, dose: str, mg: int | None, agrees: bool | None
) -> None:
    """Said once both are known, and compared once there is a dose."""
    found = drawn_up({"volume_ml": volume, "strength_mg_ml": strength, "dose_mg": dose})
    assert (found.mg, found.agrees) == (mg, agrees)


def test_a_dose_agrees_up_to_the_clinics_tolerance() -> None:
    """0.5 mg to either side is still the same dose."""
    typed = {"volume_ml": "1", "strength_mg_ml": "40"}
    doses = ("39.49", "39.5", "40.5", "40.51")
    assert [drawn_up(typed | {"dose_mg": dose}).agrees for dose in doses] == [False, True, True, False]


@pytest.mark.parametrize("field", ["volume_ml", "strength_mg_ml", "dose_mg"])
def test_what_is_no_amount_counts_as_not_there(field: str) -> None:
    """Words, nothing, less than nothing, and more than anybody draws up."""
    for text in (None, "", "a lot", "NaN", "Infinity", "-Infinity", "0", "-0.5", "-1", "100000.5", "100001"):
        assert getattr(drawn_up({field: text}), field) is None, text
    for text in ("0.01", "1", "100000"):
        assert getattr(drawn_up({field: text}), field) == Decimal(text), text
    assert getattr(drawn_up({}), field) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"steroid": "yes", "dose_mg": "120"}, ["120 mg of steroid is above"]),
        ({"steroid": "no", "dose_mg": "120"}, []),
        ({"dose_mg": "120"}, []),
        ({"steroid": "yes", "dose_mg": "40", "volume_ml": "2", "strength_mg_ml": "40"}, ["2 ml at 40 mg/ml is 80 mg"]),
        ({"steroid": "yes", "dose_mg": "40", "volume_ml": "1", "strength_mg_ml": "40"}, []),
        ({"anaesthetic": "lidocaine", "anaesthetic_mg": "200"}, []),
        ({"anaesthetic": "lidocaine", "anaesthetic_mg": "201"}, ["201 mg of lidocaine"]),
        ({"anaesthetic": "", "anaesthetic_mg": "201"}, ["201 mg of lidocaine"]),
        ({"anaesthetic_mg": "201"}, ["201 mg of lidocaine"]),
        ({"anaesthetic": "bupivacaine", "anaesthetic_mg": "201"}, []),
        ({"anaesthetic": "lidocaine", "anaesthetic_mg": "a lot"}, []),
    ],
)
def test_what_is_odd_is_said_while_it_is_typed(typed: dict[str, str], said: list[str]) -> None:
    """The same as is said when it is recorded; an anaesthetic without a name is taken for lidocaine."""
    warnings = drawn_up(typed).warnings
    assert len(warnings) == len(said)
    assert all(warning.startswith(words) for warning, words in zip(warnings, said, strict=True)), warnings
