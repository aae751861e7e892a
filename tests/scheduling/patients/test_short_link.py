"""The short address on paper: typed as people type, sealed, and guessed at in vain."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from injections.visit.own_link import replace_link
from pht_clinic.web import counting
from pht_clinic.web.models import GuessCount
from scheduling.models import Appointment
from scheduling.patients import link, short_link
from tests.clinic import Clinic, local

HOME, AWAY = "203.0.113.0/24", "198.51.100.0/24"
GUESSES = 2_500


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    booked = clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40")).appointment
    assert booked is not None
    return booked


def code_of(visit: Appointment) -> str:
    return short_link.code_of(visit.pk, visit.link_version)


def token_of(visit: Appointment) -> str:
    return link.token_of(visit.pk, visit.link_version)


def guess(number: int) -> str:
    """A code of a visit with this number, whose seal is a guess."""
    return f"{short_link._letters(number, 3)}{secrets.randbelow(10**7):07}"


def wrong(count: int, block: str, number: int = 1) -> list[str | None]:
    return [short_link.follow(guess(number), block=block) for _ in range(count)]


def test_it_is_short_and_has_no_letter_that_reads_as_another(visit: Appointment, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://clinic.example"
    [code] = re.findall(r"^https://clinic\.example/k/(.+)$", short_link.address_of(visit))
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2,3}", code), code
    assert code == code_of(visit)


@pytest.mark.parametrize("number", [1, 31, 32, 32_767, 32_768, 10**6, 10**9, 2**40 - 1])
@pytest.mark.django_db
def test_a_number_of_every_size_has_one(number: int) -> None:
    code = short_link.code_of(number, 1)
    assert 10 <= len(code.replace("-", "")) <= 15
    assert code != short_link.code_of(number, 2)
    assert short_link.follow(code, block=HOME) == ""  # there is no such visit


def test_it_is_read_as_people_type_it(visit: Appointment) -> None:
    code = code_of(visit)
    plain = code.replace("-", "")
    typed = [code, plain, code.lower(), f" {code} ", code.replace("-", " "), code.replace("-", "‑")]
    typed += [plain.replace("0", "O"), plain.replace("0", "o"), plain.replace("1", "I"), plain.replace("1", "l")]
    assert {short_link.follow(one, block=HOME) for one in typed} == {token_of(visit)}


@pytest.mark.parametrize(
    ("typed", "read"), [("o", "0"), ("O", "0"), ("i", "1"), ("I", "1"), ("l", "1"), ("L", "1"), ("b", "B"), ("-", "")]
)
def test_each_letter_that_is_none_of_the_alphabet_is_read_as_one(typed: str, read: str) -> None:
    sealed = short_link.code_of(1, 1).replace("-", "")
    assert short_link.read(f"{typed}{sealed}") == f"{read}{sealed}"


def test_what_is_no_code_leads_nowhere(visit: Appointment) -> None:
    code = code_of(visit).replace("-", "")
    nonsense = ["", "-", code[:-1], f"{code}0", f"0{code}", code[::-1], f"U{code[1:]}", "é" * 10, "9" * 5000, "٣" * 10]
    for one in nonsense:
        assert short_link.follow(one, block=f"a block of its own for {one[:20]}") == "", one


def test_with_another_letter_it_leads_nowhere(visit: Appointment) -> None:
    code = code_of(visit).replace("-", "")
    for at in range(len(code)):
        other = "Z" if code[at] != "Z" else "Y"
        assert short_link.follow(code[:at] + other + code[at + 1 :], block=f"block {at}") == "", at


def test_after_a_new_link_it_leads_to_the_one_that_was_replaced(clinic: Clinic, visit: Appointment) -> None:
    old = code_of(visit)
    replace_link(visit.pk, reason="lost", by=clinic.reception, now=clinic.now)
    visit.refresh_from_db()
    found = short_link.follow(old, block=HOME)
    assert found
    followed = link.follow(found)
    assert followed is not None
    assert followed.state is link.State.REPLACED
    assert short_link.follow(code_of(visit), block=HOME) == token_of(visit)


def test_paper_of_before_the_key_was_changed_holds_while_the_old_key_does(visit: Appointment, settings: Any) -> None:
    old, key = code_of(visit), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key that signs", [key]
    assert code_of(visit) != old
    assert short_link.follow(old, block=HOME) == token_of(visit) == short_link.follow(code_of(visit), block=HOME)
    settings.SECRET_KEY_FALLBACKS = []
    assert short_link.follow(old, block=HOME) == ""


@pytest.mark.parametrize(("before", "is_looked_at"), [(20, False), (19, True)])
def test_the_21st_wrong_one_of_a_block_is_not_looked_at(visit: Appointment, before: int, is_looked_at: bool) -> None:
    assert wrong(before, HOME) == [""] * before
    assert short_link.follow(code_of(visit), block=HOME) == (token_of(visit) if is_looked_at else None)
    assert short_link.follow(code_of(visit), block=AWAY) == token_of(visit)


def test_right_ones_are_not_counted(visit: Appointment) -> None:
    for _ in range(25):
        assert short_link.follow(code_of(visit), block=HOME) == token_of(visit)
    assert not GuessCount.objects.exists()


def test_after_an_hour_they_are_looked_at_again_and_old_counts_are_gone(visit: Appointment) -> None:
    wrong(21, HOME)
    assert short_link.follow(code_of(visit), block=HOME) is None
    GuessCount.objects.update(ends_at=F("ends_at") - timedelta(hours=1))
    assert short_link.follow(code_of(visit), block=HOME) == token_of(visit)
    wrong(1, AWAY)
    assert counting.purge() == 1
    assert GuessCount.objects.count() == 2  # that block's and the sum: the other one is gone


def test_guesses_from_everywhere_find_nothing_and_lock_nobody_out(visit: Appointment) -> None:
    """From 100 places at the very visit; then each place has three wrong ones, and whoever types rightly is led on."""
    said = [short_link.follow(guess(visit.pk), block=f"block {number % 100}") for number in range(GUESSES)]
    assert not any(said)
    assert said.count("") <= short_link.MANY_IN_ALL + 100 * short_link.MOST_GUESSES_THEN
    assert said.count(None) > GUESSES // 3
    for number in range(50):
        assert short_link.follow(code_of(visit), block=f"somebody {number}") == token_of(visit)
    assert wrong(4, HOME) == ["", "", "", None]


def test_where_it_was_typed_is_not_kept(visit: Appointment) -> None:
    wrong(1, HOME)
    kept = str(list(GuessCount.objects.values()))
    assert "203.0.113" not in kept
    assert code_of(visit) not in kept
