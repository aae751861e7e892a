"""Every finding leads to the page that clears it, or it is said why there is none."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from injections.answers.forms import ScreeningForm
from injections.answers.pathway_forms import PathwayForm
from injections.answers.screening import answers_to_go_through
from injections.assessment import ways
from injections.safety.registry import CHECK_FAILED
from injections.safety.rules import RULES
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import LEFT_HAMSTRING, Browser, browser, when

DAY = timedelta(days=1)
RULE_IDS = {rule.id for rule in RULES}


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


@pytest.fixture
def radiologist(world: World) -> Browser:
    return browser(world.clinic.users["radiologist"])


def test_every_rule_has_a_way_or_a_reason_why_none() -> None:
    assert ways.WAYS.keys() | ways.NO_WAY.keys() == RULE_IDS | {CHECK_FAILED}
    assert not ways.WAYS.keys() & ways.NO_WAY.keys()
    assert all(ways.WAYS.values())
    assert all(reason.endswith(".") for reason in ways.NO_WAY.values())


@pytest.mark.django_db
def test_every_field_on_which_a_way_opens_is_on_that_form(world: World) -> None:
    patient = world.clinic.patient()
    opened = answers_to_go_through(patient.pk, None)
    fields = {
        ways.QUESTIONS: ScreeningForm(initial=ScreeningForm.initial_of(opened)).fields,
        ways.PATHWAY: PathwayForm().fields,
    }
    asked = [way for each in ways.WAYS.values() for way in each if way.at]
    assert asked
    assert [way for way in asked if way.at not in fields[way.to]] == []


def links(pages: Browser, rule: str) -> list[tuple[str, str]]:
    """The words and addresses of the ways that a page shows for a rule, as it is called on pages."""
    found = re.findall(
        rf'<a [^>]*href="([^"]*)">([^<]*)<span class="visually-hidden">: {rule}[^<]*</span></a>', pages.html
    )
    return [(words, address.replace("&amp;", "&")) for address, words in found]


def test_the_check_of_a_booking_leads_to_the_questions_and_back(world: World, reception: Browser) -> None:
    """What is not answered opens the questions, and saving them leads back to the check of that very time."""
    patient = world.clinic.patient()
    query = when(patient, world.clinic, local("2026-03-10"))
    reception.get("booking-check", patient.pk, **query)
    [(words, address)] = links(reception, "screening incomplete")
    assert words == "Ask these questions"
    page, anchor = address.split("#")
    assert page.startswith(reverse("screening", args=[patient.pk]))
    assert f'id="{anchor}"' in reception.client.get(page).content.decode()
    sent = {"area": "ischial-tuberosity", "side": "left", "fever": "no", "answered_on": "2 3 2026"}
    answer = reception.client.post(page, sent | {"answered_by": "patient"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("booking-check", args=[patient.pk]))
    assert "start=2026-03-10" in answer.headers["Location"]


def test_without_a_report_it_is_booked_as_scan_and_injection(world: World, reception: Browser) -> None:
    """One click, at the time that was looked at; a radiologist can add the report as well, reception cannot."""
    unseen = world.clinic.patient()
    query = when(unseen, world.clinic, local("2026-03-10"))
    reception.get("booking-check", unseen.pk, **query)
    [(words, address)] = links(reception, "ultrasound")
    assert words == "Book as scan and injection"
    assert address.startswith(reverse("booking-check", args=[unseen.pk]))
    said = reception.client.get(address).content.decode()
    assert "Scan and injection" in said
    assert "Book as scan and injection" not in said
    by_radiologist = browser(world.clinic.users["radiologist"])
    by_radiologist.get("booking-check", unseen.pk, **query)
    assert [words for words, _ in links(by_radiologist, "ultrasound")] == [
        "Book as scan and injection",
        "Add the report",
    ]


def test_the_queue_leads_to_the_pages_that_clear_what_stands_there(world: World) -> None:
    """Each of two visits to its own, by the same rule."""
    visits = []
    for name, at in (("Cole", "10:00"), ("Dale", "11:00")):
        patient = world.clinic.fit_patient(name)
        world.clinic.earlier_injection(patient, "2025-11-20")
        world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        visits.append(world.book(patient, local("2026-03-10", at)))
    radiologist = browser(world.clinic.users["radiologist"])
    radiologist.get("review-queue")
    found = links(radiologist, "repeat interval")
    assert [address for words, address in found if words == "Choose another time"] == [
        reverse("appointment-move", args=[visit["id"]]) for visit in visits
    ]


def test_a_visit_leads_to_its_questions_and_back_to_itself(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    world.clinic.answer(patient, {"back_pain": "not-sure", "numbness": "not-sure"})
    assert Appointment.objects.get(pk=booked["id"]).status == "pending"
    for name, args in (("appointment", [booked["id"]]), ("waiting", [])):
        reception.get(name, *args)
        [(_, address)] = links(reception, "screening incomplete")
        assert "visit=" in address
        assert address.endswith("#id_back_pain_0")
    sent = {"area": "ischial-tuberosity", "side": "left", "answered_on": "2 3 2026", "answered_by": "patient"}
    answer = reception.client.post(address.split("#")[0], sent | {"back_pain": "no", "numbness": "no"})
    assert answer.headers["Location"] == reverse("appointment", args=[booked["id"]])


@pytest.mark.parametrize("named", ["0", "x", "99999999999999999999", "-1"])
def test_another_visit_in_the_address_leads_nowhere_else(world: World, reception: Browser, named: str) -> None:
    patient = world.clinic.patient()
    sent = {"fever": "no", "answered_on": "2 3 2026", "answered_by": "patient"}
    answer = reception.client.post(f"{reverse('screening', args=[patient.pk])}?visit={named}", sent)
    assert answer.headers["Location"] == reverse("patient", args=[patient.pk])


def test_a_radiologist_is_led_to_the_decision_and_reception_is_not(
    world: World, reception: Browser, radiologist: Browser
) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    world.clinic.answer(patient, {"immunosuppressed": "yes"})
    for pages, there in ((reception, False), (radiologist, True)):
        pages.get("appointment", booked["id"])
        assert ("Decide on it" in [words for words, _ in links(pages, "immunosuppressed")]) is there
    radiologist.get("decision", booked["id"])
    assert [words for words, _ in links(radiologist, "immunosuppressed")] == ["Correct the answer"]


def test_whoever_may_do_nothing_about_it_sees_no_way(world: World) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    world.clinic.answer(patient, {"immunosuppressed": "yes"})
    manager = browser(world.clinic.users["manager"])
    manager.get("appointment", booked["id"])
    assert "immunosuppressed" in manager.html.lower()
    assert links(manager, "immunosuppressed") == []


def test_the_time_of_a_visit_is_changed_by_moving_it(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    world.clinic.earlier_injection(patient, "2025-11-20")
    reception.get("appointment", booked["id"])
    assert dict(links(reception, "repeat interval")) == {
        "Choose another time": reverse("appointment-move", args=[booked["id"]]),
        "Look at the record of injections": f"{reverse('patient', args=[patient.pk])}#injections-title",
    }


def test_the_page_of_other_times_does_not_lead_to_itself(world: World, reception: Browser) -> None:
    booked = world.in_review_zone()
    reception.get("appointment", booked["id"])
    assert "Choose another time" in dict(links(reception, "repeat interval"))
    time = f"{local('2026-03-05').isoformat()}/{world.clinic.practitioner.pk}/{world.clinic.room.pk}"
    reception.post("appointment-move", booked["id"], data={"time": time})
    assert [words for words, _ in links(reception, "repeat interval")] == ["Look at the record of injections"]


def test_a_way_of_a_time_on_its_way_keeps_the_place(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-12-20")
    reception.get("booking-check", patient.pk, **when(patient, world.clinic, local("2026-03-10")))
    address = dict(links(reception, "repeat interval"))["Choose another time"]
    assert address.startswith(reverse("booking-when", args=[patient.pk]))
    assert all(f"{name}={value}" in address for name, value in LEFT_HAMSTRING.items())
    assert "start=" not in address
