"""SEC7: links and short addresses that expired, were forged, are another's, were replaced; and scanners that look at
everything.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from injections.visit.own_link import replace_link
from pht_clinic.web.models import GuessCount
from scheduling.models import Appointment, AppointmentChange, Message
from scheduling.patients import link, short_link
from tests.clinic import Clinic, local
from tests.conftest import ClockOffset
from tests.trials.staging import Answer, Web

START = local("2026-03-24", "09:20")
FORM = "application/x-www-form-urlencoded"
PAGES = (
    "",
    "open/",
    "close/",
    "confirm/",
    "change/",
    "another/",
    "cancel/",
    "questions/",
    "questions/done/",
    "recovery/",
    "recovery/done/",
    "appointment.ics",
)
BORN = "1 5 1980"
Webs = Callable[[str | None], Web]


class Visitor:
    """Somebody with a browser: keeps cookies, sends forms with their token."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, data: dict[str, str] | None = None) -> Answer:
        named = {"Content-Type": FORM, "Cookie": "; ".join(f"{name}={text}" for name, text in self.cookies.items())}
        body = urlencode({**(data or {}), "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}).encode()
        answer = self.web.send(method, path, body if method == "POST" else None, headers=named)
        for name, text in re.findall(r"(session|csrftoken)=([^;]+)", str(answer.headers.get("Set-Cookie", ""))):
            self.cookies[name] = text
        return answer

    def unlock(self, path: str, born_on: str = BORN) -> Answer:
        self.cookies["csrftoken"] = secrets.token_hex(16)
        return self.send("POST", f"{path}open/", {"born_on": born_on})


def booked(clinic: Clinic, family_name: str, after: timedelta = timedelta(0)) -> Appointment:
    appointment = clinic.book(clinic.fit_patient(family_name), START + after).appointment
    assert appointment is not None
    return appointment


def path_of(appointment: Appointment) -> str:
    return f"/p/{link.token_of(appointment.pk, appointment.link_version)}/"


def forged(appointment: Appointment, count: int) -> list[str]:
    """Guessed signatures, cut and swapped ones, other versions, other salts' and other appointments' signatures."""
    value, _, signature = link.token_of(appointment.pk, 1).partition(".")
    _, _, others = link.token_of(appointment.pk + 1, 1).partition(".")
    crafted = [
        f"{value}.{others}",
        f"{value}.{signature[:-1]}",
        f"{value}.{signature.swapcase()}",
        f"{value}.",
        f"{appointment.pk}-2.{signature}",
        f"{appointment.pk + 1}-1.{signature}",
        value,
        f"{value}.{signature}=",
    ]
    return crafted + [f"{value}.{secrets.token_urlsafe(32)}" for _ in range(count - len(crafted))]


def code_path(appointment: Appointment) -> str:
    return f"/k/{short_link.code_of(appointment.pk, appointment.link_version)}/"


def guesses(appointment: Appointment, count: int) -> list[str]:
    """Codes of this visit with another one's seal, with one that was cut, with another number, and with guesses."""
    code = short_link.code_of(appointment.pk, 1).replace("-", "")
    others = short_link.code_of(appointment.pk + 1, 1).replace("-", "")
    number, seal = code[:-7], code[-7:]
    crafted = [f"{number}{others[-7:]}", f"{number}{seal[:-1]}", f"{others[:-7]}{seal}", f"0{code}", seal, number]
    return crafted + [f"{number}{secrets.randbelow(10**7):07}" for _ in range(count - len(crafted))]


def led_on(web: Web, codes: list[str]) -> int:
    """How many of these, typed in as many places as there are tens of them, lead anywhere."""
    places = [f"127.0.{1 + at // 10 % 250}.1" for at in range(len(codes))]
    answers = [
        web.send("GET", f"/k/{code}/", come_from=place).status for code, place in zip(codes, places, strict=True)
    ]
    return sum(status not in (404, 429) for status in answers)


def accepted(web: Web, tokens: list[str]) -> int:
    """How many of these links lead anywhere but to the page that says they do not work."""
    return sum(web.send("GET", f"/p/{token}/").status != 404 for token in tokens)


def rows() -> list[list[dict[str, object]]]:
    models = (Appointment, AppointmentChange, Message, GuessCount)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_sec7_no_forged_link_is_accepted(webs: Webs, clinic: Clinic, is_full_trial: bool) -> None:
    appointment = booked(clinic, "Ashby")
    assert accepted(webs(None), forged(appointment, 10_000 if is_full_trial else 200)) == 0
    assert webs(None).send("GET", path_of(appointment)).status == 200


@pytest.mark.full_trial(one_in=2)
def test_sec7_control_without_the_signature_forged_links_open(webs: Webs, clinic: Clinic) -> None:
    assert accepted(webs("link-signature"), forged(booked(clinic, "Ashby"), 20)) > 0


def test_sec7_no_guess_at_a_short_address_leads_anywhere_or_keeps_anybody_out(
    webs: Webs, clinic: Clinic, is_full_trial: bool
) -> None:
    appointment = booked(clinic, "Ashby")
    assert led_on(webs(None), guesses(appointment, 10_000 if is_full_trial else 200)) == 0
    answer = webs(None).send("GET", code_path(appointment), come_from="127.1.0.1")
    assert (answer.status, answer.headers["Location"]) == (302, path_of(appointment))


@pytest.mark.full_trial(one_in=2)
def test_sec7_control_without_the_seal_guesses_are_led_on(webs: Webs, clinic: Clinic) -> None:
    assert led_on(webs("link-seal"), guesses(booked(clinic, "Ashby"), 20)) > 0


def test_sec7_another_ones_replaced_and_expired(webs: Webs, clinic: Clinic, clock_offset: ClockOffset) -> None:
    mine, other = booked(clinic, "Ashby"), booked(clinic, "Bellow", timedelta(hours=1))
    visitor = Visitor(webs(None))
    assert visitor.unlock(path_of(mine)).status == 302
    assert b"24 March" in visitor.send("GET", path_of(mine)).raw
    before = rows()
    assert b"24 March" not in visitor.send("GET", path_of(other)).raw
    for page in ("confirm/", "cancel/", "change/", "another/", "questions/", "recovery/"):
        assert visitor.send("POST", path_of(other) + page, {"revision": "1"}).status == 403
    assert rows() == before
    old, old_code = path_of(mine), code_path(mine)
    replace_link(mine.pk, reason="lost", by=clinic.reception, now=clinic.now)
    before = rows()
    for page in PAGES:
        assert visitor.send("GET", old + page).status in (405, 410)
    assert visitor.send("POST", f"{old}cancel/", {"revision": "1"}).status == 410
    assert visitor.send("GET", old_code).headers["Location"] == old
    code = code_path(other)
    assert b"24 March" not in visitor.send("GET", visitor.send("GET", code).headers["Location"]).raw
    mine.refresh_from_db()
    clock_offset.advance(timedelta(days=23 + 181).total_seconds())
    assert visitor.unlock(path_of(mine)).status == 410
    assert rows() == before


def test_sec7_the_date_of_birth_cannot_be_guessed(webs: Webs, clinic: Clinic) -> None:
    """Sixty visitors at the same moment, one of them right: five tries are looked at, whoever is first."""
    appointment = booked(clinic, "Ashby")
    web, path = webs(None), path_of(appointment)
    dates = [f"{day} {month} 1980" for month in (6, 7) for day in range(1, 31)]
    answers = web.all_at_once([lambda born=born: Visitor(web).unlock(path, born) for born in dates])  # type: ignore[misc]
    said = {answer.status for answer in answers}
    # a wrong one may find the door closed by the others before its own answer is written
    assert 429 in said, said
    assert said <= {422, 429}, said
    assert sum(answer.status == 422 for answer in answers) <= link.MOST_TRIES
    assert Visitor(web).unlock(path).status == 429


def test_sec7_scanners_change_nothing(webs: Webs, clinic: Clinic, is_full_trial: bool) -> None:
    appointment = booked(clinic, "Ashby")
    visitor = Visitor(webs(None))
    visitor.unlock(path_of(appointment))
    before = rows()
    for _ in range(100 if is_full_trial else 3):
        for page in PAGES:
            for method in ("GET", "HEAD"):
                assert visitor.send(method, path_of(appointment) + page).status in (200, 302, 405)
                assert webs(None).send(method, path_of(appointment) + page).status in (200, 405)
        for method in ("GET", "HEAD"):
            assert webs(None).send(method, code_path(appointment)).status == 302
    assert rows() == before
