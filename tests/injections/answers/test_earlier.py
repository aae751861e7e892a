"""A yes to a steroid injection in the last 12 months asks at once where and when, and what is told is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from injections.answers.earlier import PLACES
from injections.models import Injection, Screening
from injections.safety.sites import HISTORY_SITES, area_of
from scheduling.models import Patient
from tests.api_world import IT, World
from tests.clinic import local
from tests.pages_world import Browser, browser, when

STEROID = "steroid_injection_last_12_months"
SAID = {"area": IT, "side": "left", "answered_on": "2 3 2026", "answered_by": "patient", STEROID: "yes"}
AT_THE_HIP = {"earlier_1_site": "trochanteric-bursa", "earlier_1_side": "left"}


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def sent(pages: Browser, patient: Patient, *, expect: int = 302, **said: str) -> str:
    return pages.post("screening", patient.pk, data={**SAID, **said}, expect=expect)


def told() -> list[tuple[Any, ...]]:
    rows = Injection.objects.current().order_by("pk")
    return list(rows.values_list("site", "side", "given", "steroid", "origin"))


def test_every_area_can_be_named_in_a_patients_words() -> None:
    assert {area_of(site) for site in PLACES} == {area_of(site) for site in HISTORY_SITES}


def test_where_and_when_are_recorded_with_the_yes(world: World, reception: Browser) -> None:
    """As it was said: the patient says so, a month is a month, and their words stand beside it."""
    patient = world.clinic.patient()
    assert "The answers are recorded." in sent(reception, patient, **AT_THE_HIP, earlier_1_given="August 2025")
    assert told() == [("trochanteric-bursa", "left", "2025-08", True, "patient-reported")]
    assert Injection.objects.get().note == "As the patient said it: at the side of the hip."
    assert Screening.objects.get().content["answers"] == {STEROID: "yes"}


def test_a_yes_alone_stands_and_records_no_injection(world: World, reception: Browser) -> None:
    sent(reception, world.clinic.patient())
    assert (told(), Screening.objects.count()) == ([], 1)


def test_up_to_three_are_told_at_once(world: World, reception: Browser) -> None:
    further = {"earlier_2_site": "other-site", "earlier_2_side": "right", "earlier_2_given": "2025"}
    third = {"earlier_3_site": "hip-region-unspecified", "earlier_3_side": "unknown"}
    sent(reception, world.clinic.patient(), **AT_THE_HIP, earlier_1_given="14 8 2025", **further, **third)
    assert told() == [
        ("trochanteric-bursa", "left", "2025-08-14", True, "patient-reported"),
        ("other-site", "right", "2025", True, "patient-reported"),
        ("hip-region-unspecified", "unknown", "", True, "patient-reported"),
    ]


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ({"earlier_1_given": "2025"}, ["Say where the injection was.", "Say on which side the injection was."]),
        ({**AT_THE_HIP, "earlier_1_given": "last summer"}, ["a day, a month or a year: 14 8 2026"]),
        ({**AT_THE_HIP, "earlier_1_given": "3 3 2026"}, ["in the future"]),
        ({**AT_THE_HIP, "earlier_1_given": "1970"}, ["before"]),
        ({**AT_THE_HIP, STEROID: "no"}, ["An injection is named below: answer yes, or leave that empty."]),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_stored(
    world: World, reception: Browser, said: dict[str, str], sentences: list[str]
) -> None:
    text = sent(reception, world.clinic.patient(), expect=422, **said)
    for sentence in sentences:
        assert sentence in text
    assert 'class="error-summary"' in reception.html
    assert (told(), Screening.objects.count()) == ([], 0)


def test_one_that_is_recorded_already_is_asked_about_once(world: World, reception: Browser) -> None:
    """Sent again it is the same one; ticked it is another."""
    patient = world.clinic.patient()
    world.clinic.earlier_injection(patient, "2025-08-14")
    said = {"earlier_1_site": "hamstring-origin", "earlier_1_side": "left", "earlier_1_given": "2025-08"}
    text = sent(reception, patient, expect=422, **said)
    assert "We know of an injection there at about that time." in text
    assert "Recorded already: 14 August 2025, left" in text
    assert Screening.objects.count() == 0
    assert 'name="earlier_seen" value="on"' in reception.html
    sent(reception, patient, **said, earlier_seen="on")
    assert (len(told()), Screening.objects.count()) == (1, 1)
    sent(reception, patient, **said, earlier_seen="on", earlier_another="on")
    assert len(told()) == 2


def test_the_history_is_known_by_one_answer(world: World, reception: Browser) -> None:
    """Nobody has to find the other form: what the rule asks for is there."""
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {STEROID: "not-sure"})
    sent(reception, patient, **AT_THE_HIP, earlier_1_given="2025-08")
    text = reception.get("booking-check", patient.pk, **when(patient, world.clinic, local("2026-03-10")))
    assert "none is recorded" not in text
    assert "Not known whether there was any steroid injection" not in text
