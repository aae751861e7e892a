"""One sentence and the link, in one message of the GSM's own alphabet, and nothing clinical."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.checks import run_checks

from injections.messages.kinds import UNSPOKEN
from pht_clinic.start import SETTINGS
from scheduling.messages import kinds
from scheduling.messages.channels import sms
from scheduling.messages.wording.own_words import STANDARD
from scheduling.patients import link
from scheduling.patients.phones import may_be_mobile

LINK = "https://booking.clinic.example/p/12-1.abcdefghijklmnopqrstuvwxyz_0123456789-ABCDEFG/"


def test_it_is_the_first_sentence_that_fits_and_the_link() -> None:
    said = ["Your appointment is booked for today. Please come early.", "Your appointment"]
    assert sms.text_of(said, LINK, longest_link=90) == f"Your appointment is booked for today. {LINK}"
    assert sms.text_of(["a" * 100, "Short."], LINK, longest_link=90) == f"Short. {LINK}"


@pytest.mark.parametrize(("count", "fits"), [(69, True), (70, False)])
def test_160_with_the_link_fit_and_161_do_not(count: int, fits: bool) -> None:
    text = sms.text_of(["a" * count], LINK, longest_link=90)
    assert text == (f"{'a' * count} {LINK}" if fits else LINK)


@pytest.mark.parametrize(("count", "fits"), [(34, True), (35, False)])
def test_letters_of_the_extension_take_two_places(count: int, fits: bool) -> None:
    assert sms.text_of(["€" * count], LINK, longest_link=90).startswith("€") is fits


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("We’re ready – come in…", "We're ready - come in..."),
        ("Żółty dzień", "Zolty dzien"),
        ("Größe à Ø ñ", "Größe à Ø ñ"),
        ("Иванова", ""),
        ("It \N{GRINNING FACE} is", "It  is"),
    ],
)
def test_what_the_alphabet_does_not_have_becomes_the_nearest_letter(typed: str, sent: str) -> None:
    assert sms.text_of([typed], LINK, longest_link=90) == f"{sent} {LINK}".strip()


def test_a_text_of_every_kind_to_patients_fits_into_one_message_and_names_nothing_clinical() -> None:
    for kind in [one for one in kinds.registered() if one.opening]:
        shown = STANDARD.filled(kind, {**kind.example, "phone": "1"})
        text = sms.text_of((shown.opening, shown.subject_line), LINK, longest_link=link.longest())
        assert sms.length(text) <= sms.ONE_MESSAGE, text
        assert text.endswith(LINK)
        assert len(text) > len(LINK) + 10, kind
        for stem in UNSPOKEN:
            assert not re.search(stem, text.removesuffix(LINK), re.IGNORECASE), text


@pytest.mark.parametrize(
    ("number", "may_be"),
    [
        ("+447911123456", True),
        ("+447700900123", True),  # kept free for invented people, and in no list
        ("+442079460958", False),
        ("+447911123456;ext=12", False),
        ("+447000123456", False),
        ("+4915112345678", True),
        ("+12025550123", True),  # where nobody can tell
        ("", False),
        ("07700 as it was kept before", False),
    ],
)
def test_a_text_message_goes_to_what_may_be_a_mobile(number: str, may_be: bool) -> None:
    assert may_be_mobile(number) is may_be


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMS_GATEWAY_URL", "http://sms.example/send", "SMS_GATEWAY_URL must start with https://"),
        ("SMS_GATEWAY_URL", "https://", "SMS_GATEWAY_URL names no host"),
        ("SMS_GATEWAY_URL", "https://a:b@sms.example/", "SMS_GATEWAY_URL must name a host and a path alone"),
        ("SMS_GATEWAY_URL", "https://sms.example:x/", "SMS_GATEWAY_URL is no address"),
        ("SMS_GATEWAY_KEY", "", "SMS_GATEWAY_KEY is not set"),
        ("SMS_GATEWAY_KEY", "one two", "SMS_GATEWAY_KEY is not set, or not one word"),
        ("SMS_SENDER", "", "SMS_SENDER is neither"),
        ("SMS_SENDER", "A clinic of length", "SMS_SENDER is neither"),
        ("PUBLIC_BASE_URL", f"https://{'a' * 60}.example", "PUBLIC_BASE_URL is too long for text messages"),
    ],
)
def test_what_could_send_no_text_message_stops_the_start(settings: Any, name: str, value: str, said: str) -> None:
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY = "https://sms.example/v2", "key"
    settings.SMS_SENDER, settings.PUBLIC_BASE_URL = "PHT Clinic", "https://booking.clinic.example"
    assert [one.msg for one in run_checks(tags=[SETTINGS])] == []
    setattr(settings, name, value)
    [problem] = [one.msg for one in run_checks(tags=[SETTINGS])]
    assert problem.startswith(said)
    assert "one two" not in problem
    settings.SMS_GATEWAY_URL = ""
    assert [one.msg for one in run_checks(tags=[SETTINGS])] == []
