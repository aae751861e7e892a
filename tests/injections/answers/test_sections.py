"""The questions section by section, as they are asked on the phone: saved as one goes, never a no that nobody said."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.urls import reverse

from injections.answers.alarms import always_call, asked_now, calls_from
from injections.answers.screening import answers_of
from injections.answers.sections import BY_NAME, PAIN, SECTIONS
from injections.models import Screening
from injections.safety import facts as safety
from injections.safety.assess import assess
from injections.safety.policy import DEFAULT
from injections.safety.questions import ALWAYS_ASKED, QUESTIONS
from injections.safety.rules import RULES
from scheduling.models import Patient
from tests.api_world import IT, World
from tests.clinic import NOW, local
from tests.filled_form import fields_of
from tests.pages_world import LEFT_HAMSTRING, Browser, browser

CALL_RULES = {rule.id for rule in RULES if rule.call}
HERE = {"area": IT, "side": "left"}
SAID = {**HERE, "answered_on": "2 3 2026", "answered_by": "patient"}


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def known(patient: Patient) -> dict[str, Any]:
    counts = answers_of(patient.pk, area=IT, side="left")
    return {question: one.value for question, one in counts.by_question.items()}


def sent(pages: Browser, patient: Patient, *, expect: int = 302, query: dict[str, Any] = HERE, **said: str) -> str:
    return pages.post("screening", patient.pk, data={**SAID, **said}, query=query, expect=expect)


def found(screening: dict[str, Any]) -> set[str]:
    """The rules that these answers fire, at any severity, anywhere."""
    patient = safety.PatientFacts(date_of_birth=local("1980-05-01").date(), open_warning_sign=False)
    said = safety.ScreeningFacts(**screening)
    each = [safety.Facts(request=one, patient=patient, screening=said) for one in asked_now("", "", now=NOW)]
    return {finding.rule for facts in each for finding in assess(facts, policy=DEFAULT).findings}


def test_every_question_is_in_one_section() -> None:
    asked = [name for section in SECTIONS for name in section.asks]
    assert sorted(asked) == sorted([*QUESTIONS, *ALWAYS_ASKED, "injury_on"])


def test_whatever_a_red_flag_rule_asks_for_is_never_answered_by_no_to_all() -> None:
    """By the rules themselves: a yes that fires one of them, however mildly, is a question of its own."""
    flags = {
        question
        for question, onset in product(QUESTIONS, (None, "gradual", "sudden"))
        if found({"answers": {question: "yes"}, "onset": onset}) & CALL_RULES
    }
    at_once = {name for section in SECTIONS if section.takes_no_to_all for name in section.asks}
    assert flags == set(BY_NAME["flags"].asks)
    assert not flags & at_once


@pytest.mark.django_db
def test_what_is_always_a_red_flag_is_known_without_the_rest() -> None:
    assert dict(always_call()) == {
        "fever": {"systemic-red-flag"},
        "unexplained_weight_loss": {"systemic-red-flag"},
        "saddle_or_bladder": {"saddle-or-bladder"},
        "progressive_weakness": {"progressive-weakness"},
        "infection_at_site": {"local-infection"},
    }


@pytest.mark.django_db
def test_a_sign_is_a_red_flag_by_how_the_pain_began() -> None:
    for onset, expected in (("sudden", {"acute-trauma"}), (None, {"acute-trauma"}), ("gradual", set())):
        said = {"answers": {"bruising": "yes"}, "onset": onset}
        calls = calls_from(said, asked_now(IT, "left", now=NOW), born_on=local("1980-05-01").date())
        assert {one.rule for one in calls} == expected


def test_each_section_is_saved_by_itself_and_found_again(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = sent(reception, patient, go_on=PAIN, onset="gradual", main_pain_site="sit-bone", pain_side="left")
    assert "Saved: 0 of 35 questions are answered." in said
    assert reception.last.request["QUERY_STRING"].endswith("on=2026-03-02&by=patient")
    flags = dict.fromkeys(BY_NAME["flags"].asks, "no")
    said = sent(reception, patient, go_on="flags", onset="gradual", **flags)
    assert "Saved: 12 of 35 questions are answered." in said
    assert "12 of 35 answered" in reception.get("screening", patient.pk)
    assert known(patient) == {"onset": "gradual", "main_pain_site": "sit-bone", "pain_side": "left"} | flags


def test_it_goes_on_with_the_next_section_that_is_open(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    address = reverse("screening", args=[patient.pk])
    answer = reception.client.post(address, {**SAID, "go_on": "nerves", "numbness": "no"})
    assert answer.headers["Location"].endswith("#section-allergies")
    every = dict.fromkeys(QUESTIONS, "no") | {"main_pain_site": "sit-bone", "pain_side": "left"}
    answer = reception.client.post(address, {**SAID, **every, "go_on": "earlier"})
    assert answer.headers["Location"].endswith(f"#section-{PAIN}")
    answer = reception.client.post(address, {**SAID, **every, "onset": "gradual", "go_on": PAIN})
    assert answer.headers["Location"] == reverse("patient", args=[patient.pk])


def test_the_day_and_the_giver_go_on_with_the_sections(world: World, reception: Browser) -> None:
    """A paper form of last week that is typed section by section is of last week to its end."""
    patient = world.clinic.patient()
    sent(reception, patient, go_on="nerves", numbness="no", answered_on="23 2 2026", answered_by="carer")
    form = fields_of(reception.html, "fever")
    assert (form["answered_on"], form["answered_by"]) == (["23 02 2026"], ["carer"])
    reception.get("screening", patient.pk, on="nonsense", by="nobody")
    form = fields_of(reception.html, "fever")
    assert (form["answered_on"], form["answered_by"]) == (["02 03 2026"], ["patient"])


def test_no_to_all_needs_the_section_read_out(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = sent(reception, patient, no_to="medicines", expect=422)
    assert "Tick that you read this section out" in said
    assert not Screening.objects.exists()
    sent(reception, patient, no_to="medicines", read_medicines="on", blood_thinner="not-sure")
    expected = dict.fromkeys(BY_NAME["medicines"].asks, "no") | {"blood_thinner": "not-sure"}
    assert known(patient) == expected


@pytest.mark.parametrize("section", [PAIN, "flags", "earlier", "nonsense"])
def test_nobody_says_no_to_all_of_the_red_flags(world: World, reception: Browser, section: str) -> None:
    """Whatever is sent: there is no such button, and none is made up."""
    patient = world.clinic.patient()
    reception.get("screening", patient.pk)
    assert f'name="no_to" value="{section}"' not in reception.html
    sent(reception, patient, no_to=section, diabetes="no", **{f"read_{section}": "on"})
    assert known(patient) == {"diabetes": "no"}


def test_no_to_all_is_not_said_over_what_was_filled_in(world: World, reception: Browser) -> None:
    """Somebody who ticked a blood thinner and no yes did not mean no."""
    patient = world.clinic.patient()
    said = sent(reception, patient, no_to="medicines", read_medicines="on", blood_thinner_kind="warfarin", expect=422)
    assert "Answer this question on its own" in said
    assert not Screening.objects.exists()


def test_a_yes_that_was_known_stays_a_yes(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    world.clinic.answer(patient, {"diabetes": "yes"})
    reception.get("screening", patient.pk, **HERE)
    form = fields_of(reception.html, "fever")
    sent(reception, patient, **{**form, "no_to": "health", "read_health": "on"})  # type: ignore[arg-type]  # lists
    assert known(patient)["diabetes"] == "yes"
    assert known(patient)["pregnant"] == "no"


def test_what_was_read_out_is_of_today_and_nothing_else(world: World, reception: Browser) -> None:
    """Answers that read as before are asked anew where they were read out; those of other sections keep their day."""
    patient = world.clinic.fit_patient()
    world.at(world.clinic.now + timedelta(days=3))
    reception.get("screening", patient.pk, **LEFT_HAMSTRING)
    form = {**fields_of(reception.html, "fever"), "go_on": "nerves", "read_nerves": "on", "asked_again": "on"}
    reception.post("screening", patient.pk, data=form, query=LEFT_HAMSTRING)
    counts = answers_of(patient.pk, area=IT, side="left").by_question
    assert {name for name, one in counts.items() if one.given_at > NOW} == set(BY_NAME["nerves"].asks)


def test_only_what_is_open_is_asked(world: World, reception: Browser) -> None:
    """The way from a finding: two of 35, and what is known is neither shown nor touched."""
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"numbness": "not-sure", "diabetes": "not-sure"})
    query = {**HERE, "only": "open"}
    said = reception.get("screening", patient.pk, **query)
    assert "Only questions that are unanswered or “not sure” are shown here." in said
    form = fields_of(reception.html, "numbness")
    assert {"fever", "pregnant", "pain_side"}.isdisjoint(form)
    assert "diabetes_poorly_controlled" in reception.html
    assert "33 of 35" not in said
    count = Screening.objects.count()
    reception.post("screening", patient.pk, data={**form, "numbness": "no", "diabetes": "no"}, query=query)
    assert Screening.objects.count() == count + 1
    assert Screening.objects.latest("pk").content["answers"] == {"numbness": "no", "diabetes": "no"}


def test_a_red_flag_is_said_while_it_is_ticked_and_nothing_is_recorded(world: World, reception: Browser) -> None:
    """What to do now stands at the question; the answer to a part of the page stores nothing and phones nobody."""
    patient = world.clinic.patient()
    before = list(Screening.objects.values())
    answer = reception.client.post(
        reverse("screening", args=[patient.pk]), {**SAID, "fever": "yes"}, headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "A clinician phones today about the fever or weight loss" in html
    assert html.count('role="alert"') == 1
    assert "1 of 35 answered" in html
    assert list(Screening.objects.values()) == before
    assert not patient.calls.exists()  # type: ignore[attr-defined]  # the reverse of a foreign key
    unsaid = reception.client.post(
        reverse("screening", args=[patient.pk]), {**SAID, "fever": "no", "inr": "x"}, headers={"HX-Request": "true"}
    )
    assert 'role="alert"' not in unsaid.content.decode()


def test_without_scripts_a_red_flag_is_said_as_its_section_is_saved(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    address = reverse("screening", args=[patient.pk])
    answer = reception.client.post(address, {**SAID, "saddle_or_bladder": "yes", "go_on": "flags"})
    page, anchor = answer.headers["Location"].split("#")
    assert anchor == "said-saddle_or_bladder"
    said = reception.client.get(page).content.decode()
    assert "A&amp;E now: tell the patient to go to A&amp;E or phone 999 at once" in said
    assert f'id="{anchor}"' in said


def test_saved_in_one_go_a_red_flag_is_said_first(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = sent(reception, patient, fever="yes")
    assert "Red flag: fever. Do not book. A clinician phones today" in said
