"""Numbers that somebody dials are links that dial, and hours are said as people say them."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string

from injections.models import Call
from injections.templatetags.injection_words import as_said
from pht_clinic.clinic_words import dialled
from scheduling.messages import desk
from scheduling.models import Message
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.pages_world import Browser

HERS = '<a class="number nowrap" href="tel:+447700900123">07700 900123</a>'


def test_des17_a_patients_number_dials_on_the_call_list_their_page_and_the_calendar(
    world: World, reception: Browser
) -> None:
    patient = world.clinic.fit_patient("Ash")
    world.clinic.book(patient, local("2026-03-10", "08:40"))
    world.clinic.answer(patient, {"fever": "yes"})
    assert Call.objects.filter(closed_at=None).exists()
    for name, args, query in (
        ("call-list", [], {}),
        ("patient", [patient.pk], {}),
        ("calendar", [], {"day": "2026-03-10"}),
        ("calendar-day", [], {"day": "2026-03-10"}),
    ):
        reception.get(name, *args, **query)
        assert HERS in reception.html, name


def test_des17_the_clinics_number_dials_in_mails(clinic: Clinic) -> None:
    clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40"))
    mail = desk.preview(Message.objects.get(kind="confirmed"))
    assert re.search(r'<a href="tel:\d+">[^<]+</a>', mail.html)
    assert "tel:" not in mail.text


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("020 7946 0100", "02079460100"),
        ("+44 (0)20 7946-0100", "+4402079460100"),
        ("020 7946 0100 ext 5", "02079460100"),
        ("020 7946 0100, option 2", "02079460100"),
    ],
)
def test_what_a_link_dials_has_no_words(phone: str, number: str) -> None:
    assert dialled(phone) == number


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Physiotherapy 0 hours after the end of an injection.", "Physiotherapy right after the end of an injection."),
        ("Physiotherapy 1 hours after the end of an injection.", "Physiotherapy 1 hour after the end of an injection."),
        ("Physiotherapy 10 hours after; rest is 21 hours.", "Physiotherapy 10 hours after; rest is 21 hours."),
    ],
)
def test_des18_hours_are_said_as_people_say_them(message: str, said: str) -> None:
    assert as_said(message) == said
    finding = {"message": message, "severity": "warning", "rule": "rest-window", "evidence": {}}
    shown = render_to_string("injections/assessment/_finding.html", {"finding": finding})
    assert said in " ".join(shown.split())
