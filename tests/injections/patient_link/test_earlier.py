"""On their own pages patients say at once where and when an injection was, and read at once what cannot wait."""

from __future__ import annotations

import re

import pytest

from injections.models import Call, Injection, Screening
from injections.review.decide import DecisionRequest, decide
from tests.injections.patient_link.conftest import Linked, fit_answers

YES = fit_answers(steroid_injection_last_12_months="yes")
THERE = {"earlier_1_site": "hamstring-origin", "earlier_1_side": "left", "earlier_1_given": "8 2025"}


def test_a_new_yes_needs_where_it_was_and_not_when(linked: Linked) -> None:
    pages = linked.opened(linked.without_answers())
    said = pages.post("questions/", 422, **YES)
    assert "Say where the injection was." in said
    assert "Say on which side the injection was." in said
    assert not Screening.objects.exists()
    pages.post("questions/", **YES, earlier_1_site="other-site", earlier_1_side="unknown")
    row = Injection.objects.get()
    assert (row.site, row.side, row.given, row.steroid) == ("other-site", "unknown", "", True)
    assert (row.origin, row.recorded_by) == ("patient-reported", None)


def test_what_is_told_is_recorded_and_judged(linked: Linked) -> None:
    """An injection 4 months ago in the same place: the visit is looked at first."""
    appointment = linked.without_answers()
    pages = linked.opened(appointment)
    pages.post("questions/", **{**YES, **THERE, "earlier_1_given": "12 12 2025"})
    assert Injection.objects.get().given == "2025-12-12"
    appointment.refresh_from_db()
    assert appointment.status == "pending"


def test_a_yes_that_was_known_asks_for_nothing_more(linked: Linked) -> None:
    appointment = linked.in_review()
    linked.opened(appointment).post("questions/", **YES)
    assert Injection.objects.count() == 1


def test_one_that_we_know_of_is_asked_about_once(linked: Linked) -> None:
    appointment = linked.without_answers()
    linked.clinic.earlier_injection(appointment.patient, "2025-08-14")
    pages = linked.opened(appointment)
    assert "We know of an injection there at about that time" in pages.post("questions/", 422, **YES, **THERE)
    pages.post("questions/", **YES, **THERE, earlier_seen="on")
    assert (Injection.objects.count(), Screening.objects.count()) == (1, 1)


def test_a_red_flag_is_kept_while_an_injection_is_asked_about(linked: Linked) -> None:
    appointment = linked.without_answers()
    linked.clinic.earlier_injection(appointment.patient, "2025-08-14")
    said = linked.opened(appointment).post("questions/", 422, **{**YES, **THERE, "fever": "yes"})
    assert "We have put you on our list of people to phone." in said
    assert Call.objects.filter(patient=appointment.patient, closed_at=None).count() == 1
    assert Injection.objects.count() == 1


@pytest.mark.parametrize(
    ("question", "words"), [("fever", "Phone us today"), ("saddle_or_bladder", "Call 999 or go to A&amp;E now")]
)
def test_what_cannot_wait_stands_at_its_question(linked: Linked, question: str, words: str) -> None:
    """Hidden until it is ticked; no script shows it, and until it is sent nobody is said to have been told."""
    pages = linked.opened(linked.without_answers())
    pages.get("questions/")
    html = pages.last.content.decode()
    [part] = re.findall(rf'id="alarm-title-{question}">(.*?)</div>', html, re.S)
    assert words in part
    assert "We have put you on our list" not in html
    assert "Please send us your answers as well" in part
    assert len(re.findall(r'class="said-when-yes"', html)) == 5


def test_a_yes_that_a_radiologist_asks_for_again_asks_where_too(linked: Linked) -> None:
    appointment = linked.in_review()
    question = DecisionRequest(
        outcome="ask", reason="Any other injection since?", ask_again=["steroid_injection_last_12_months", "fever"]
    )
    decide(appointment.pk, question, by=linked.clinic.radiologist, now=linked.clinic.now)
    pages = linked.opened(appointment)
    pages.get("asked/")
    html = pages.last.content.decode()
    assert 'id="alarm-title-fever"' in html
    said = {"text": "Yes, one.", "fever": "no", "steroid_injection_last_12_months": "yes"}
    assert "Say on which side" in pages.post("asked/", 422, **said, earlier_1_site="hip-joint")
    pages.post("asked/", **said, earlier_1_site="hip-joint", earlier_1_side="right", earlier_1_given="2 2026")
    row = Injection.objects.latest("pk")
    assert (row.site, row.side, row.given) == ("hip-joint", "right", "2026-02")
