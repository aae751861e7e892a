"""What is typed from paper leads to the same door as the link, and tells whoever guesses nothing."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client

from injections.patient.death import ToldOfDeath, record_death
from injections.visit.own_link import replace_link
from pht_clinic.web.logs import LineFormatter
from pht_clinic.web.models import GuessCount
from scheduling.models import Appointment
from scheduling.patients import short_link
from tests.injections.patient_link.conftest import VISIT, Linked, Pages
from tests.pages_world import text_of


def path_of(visit: Appointment) -> str:
    return f"/k/{short_link.code_of(visit.pk, visit.link_version)}/"


@pytest.mark.parametrize("typed", [str, str.lower, lambda path: path.replace("-", ""), lambda path: f"/K{path[2:]}"])
def test_it_leads_to_the_door_of_the_link(linked: Linked, typed: object) -> None:
    visit = linked.booked()
    assert callable(typed)
    answer = Client().get(typed(path_of(visit)))
    assert (answer.status_code, answer.headers["Location"]) == (302, linked.pages(visit).path)
    pages = Pages(answer.headers["Location"])
    assert "Enter your date of birth" in pages.get()
    pages.unlock()
    assert "24 March" in pages.get()


def test_as_it_is_printed_it_has_no_last_slash(linked: Linked) -> None:
    visit = linked.booked()
    answer = Client().get(path_of(visit).removesuffix("/"), follow=True)
    assert answer.redirect_chain[-1] == (linked.pages(visit).path, 302)


def test_it_ends_with_its_link(linked: Linked) -> None:
    """Replaced, expired, after a death: what the link says, by the same pages."""
    visit = linked.booked()
    other, died = (linked.booked(VISIT + timedelta(hours=at), name) for at, name in ((1, "Cole"), (2, "Dale")))
    old = path_of(other)
    replace_link(other.pk, reason="lost", by=linked.clinic.reception, now=linked.clinic.now)
    told = ToldOfDeath(on="2026-03-01", source="GP")
    record_death(died.patient_id, told, by=linked.clinic.reception, now=linked.clinic.now)
    assert "This link was replaced" in text_of(Client().get(old, follow=True))
    assert "no longer in use" in text_of(Client().get(path_of(died), follow=True))
    linked.at(visit.end_at + timedelta(days=180))
    assert "has ended" in text_of(Client().get(path_of(visit), follow=True))


def test_a_mistyped_one_reads_like_every_link_that_does_not_work(linked: Linked) -> None:
    visit = linked.booked()
    wrong = [f"/k/{one}/" for one in ("1", "0" * 10, "x" * 500, path_of(visit)[3:-2], "é", "a b")]
    answers = [Client().get(path) for path in (*wrong, "/p/nonsense/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({text_of(answer) for answer in answers}) == 1


def test_after_too_many_wrong_ones_they_wait_and_others_do_not(linked: Linked) -> None:
    visit = linked.booked()
    for number in range(short_link.MOST_GUESSES):
        assert Client(REMOTE_ADDR=f"203.0.113.{number}").get("/k/0000000000/").status_code == 404
    waiting = Client(REMOTE_ADDR="203.0.113.200").get(path_of(visit))
    assert waiting.status_code == 429
    assert "Try again in an hour" in text_of(waiting)
    assert Client(REMOTE_ADDR="203.0.114.1").get(path_of(visit)).status_code == 302
    assert linked.pages(visit).get()  # the link itself, as the code on the letter holds it


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_changes_nothing(linked: Linked, method: str) -> None:
    visit = linked.booked()
    before = list(Appointment.objects.values())
    assert Client().generic(method, path_of(visit)).status_code == 302
    assert list(Appointment.objects.values()) == before
    assert not GuessCount.objects.exists()
    assert Client().post(path_of(visit)).status_code == 405


def test_it_is_kept_by_nobody_found_by_nobody_and_in_no_log(linked: Linked) -> None:
    visit = linked.booked()
    for path in (path_of(visit), "/k/nonsense/"):
        answer = Client().get(path)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        for written in (path, f"/K{path[2:]}"):
            line = LineFormatter().format(logging.makeLogRecord({"msg": "Not Found: %s", "args": (written,)}))
            assert line.endswith(f"{written[:3]}…/")
