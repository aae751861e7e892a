"""The sign-in pages speak as the rest of the clinic does: in sentences, no title in capitals, no jargon."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from tests.clinic import Clinic
from tests.second_factor import given_in, set_up
from tests.signed_in import PASSWORD

PO: Final = Path(__file__).parents[4] / "pht_clinic/web/signing_in/locale/en_GB/LC_MESSAGES/django.po"
NAMES: Final = frozenset({"PHT", "Clinic", "QR", "API", "Home"})
OWN: Final = "/account/"
FACTOR: Final = "/account/second-factor/"
PAGES: Final = (
    f"{OWN}password/",
    f"{OWN}confirm/",
    FACTOR,
    f"{FACTOR}reauthenticate/",
    f"{FACTOR}totp/deactivate/",
    f"{FACTOR}recovery-codes/",
    f"{FACTOR}recovery-codes/generate/",
    f"{FACTOR}webauthn/",
    f"{FACTOR}webauthn/add/",
    f"{FACTOR}totp/activate/",
)


def written(text: str) -> list[str]:
    """What titles, headings, labels and buttons of a page say."""
    parts = re.findall(r"<(title|h1|h2|h3|label|button|legend)\b[^>]*>(.*?)</\1>", text, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", inner)).split()) for _, inner in parts]


def in_title_case(said: str) -> bool:
    """Whether a word after the first begins with a capital and is no name; a sentence begins anew after a stop."""
    return any(
        word[0].isupper() and word not in NAMES
        for part in re.split(r"[.:?!·–—|-] ", said)
        for word in re.findall(r"[A-Za-z]+", part)[1:]
    )


def test_title_case_is_seen() -> None:
    assert in_title_case("Change Password")
    assert not in_title_case("Change password – PHT Clinic")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_ones_own_account_speaks_in_title_case(clinic: Clinic, path: str) -> None:
    user = clinic.users["reception"]
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    if "totp/activate" not in path:
        set_up(user)
        given_in(client)
    answer = client.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.headers)
    text = answer.content.decode()
    said = written(text.partition("<main")[2]) + written(text)[:1]
    assert len(said) > 1
    assert [one for one in said if in_title_case(one)] == []
    assert "reauthenticate" not in re.sub(r"<[^>]+>", " ", text)


def test_what_stands_in_the_place_of_other_words_is_said_by_the_package() -> None:
    """A sentence that a new version words differently would show in its own words again."""
    import allauth

    sources = [*Path(allauth.__file__).parent.rglob("*.html"), *Path(allauth.__file__).parent.rglob("*.py")]
    whole = " ".join(" ".join(file.read_text(encoding="utf-8").split()) for file in sources)
    with PO.open("rb") as file:
        ours = [str(one.id) for one in read_po(file) if one.id]
    assert len(ours) > 20
    assert [said for said in ours if said not in whole] == []
