"""The list of settings is whole, says what settings.py says, and shows nothing secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from pht_clinic.start import listed
from pht_clinic.start.listed import ANY_OF, KINDS, NOT_SET, SET

ROOT: Final = Path(__file__).parents[3]
SOURCE: Final = (ROOT / "pht_clinic" / "settings.py").read_text(encoding="utf-8")
KIND_OF: Final = {"str": "text", "int": "number", "bool": "yes or no", "list": "list"}
SOUNDS_SECRET: Final = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|DATABASE_\w*URL|REDIS_URL|EMAIL_URL|GATEWAY_URL")


def test_it_names_every_variable_that_is_read_and_no_other() -> None:
    read = set(re.findall(r'(?:env\.\w+|_required|_networks)\(\s*"([A-Z_]+)"', SOURCE))
    names = [name for one in listed.listed() for name in one.names]
    assert sorted(names) == sorted({*read, ANY_OF})


def test_each_is_of_the_kind_that_it_is_read_as() -> None:
    read = {name: KIND_OF[cast] for cast, name in re.findall(r'env\.(\w+)\(\s*"([A-Z_]+)"', SOURCE)}
    read |= dict.fromkeys(re.findall(r'_networks\("([A-Z_]+)"', SOURCE), "list")
    said = {name: one.kind for one in listed.listed() for name in one.names if name in read}
    assert said == read
    assert {one.kind for one in listed.listed()} <= set(KINDS)


def test_whatever_sounds_secret_is() -> None:
    names = {name: one.secret for one in listed.listed() for name in one.names}
    sounds = {name for name in names if SOUNDS_SECRET.search(name)}
    assert len(sounds) > 10
    assert {name for name in sounds if not names[name]} == set()


def test_nothing_secret_of_this_process_is_shown() -> None:
    """Control: the same look finds a setting that is shown."""
    shown = {one.name: one.value for one in listed.in_force()}
    assert shown["CLINIC_NAME"] == settings.CLINIC_NAME
    assert shown["SECRET_KEY"] == shown["DATABASE_URL"] == shown["SECOND_FACTOR_KEYS"] == SET
    said = " ".join(shown.values())
    assert settings.CLINIC_NAME in said
    for secret in (settings.SECRET_KEY, *settings.SECOND_FACTOR_KEYS, settings.CELERY_BROKER_URL):
        assert secret not in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (["a", "b"], "a, b"),
        ("", NOT_SET),
        (None, NOT_SET),
        ([], NOT_SET),
        ("https://name:word@host.example/", SET),
        ("https://host.example/", "https://host.example/"),
    ],
    ids=str,
)
def test_a_value_is_said_as_people_say_it_and_a_password_in_an_address_never(value: object, said: str) -> None:
    assert listed._shown(value, is_secret=False) == said


def test_its_meaning_is_read_without_markdown() -> None:
    said = " ".join(one.plain_meaning for one in listed.listed())
    assert "`" not in said
    assert "](" not in said
