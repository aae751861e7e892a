"""Consent: one text of the risks for mail, link and needle; which version was given when, and how, is recorded."""

from __future__ import annotations

import re

import pytest

from injections.messages.risks import RISKS_VERSION, risks
from injections.models import Injection, InjectionRequest
from injections.safety.visit import Wanted
from injections.templatetags.own_place_words import own_where
from pht_clinic import languages
from scheduling.messages import render
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.injections.procedure.test_pages import INJECTION, TODAY, arrived, walk
from tests.pages_world import PROCEDURE, Browser

RISK = "Rarely an allergy, or a tendon that becomes weaker or tears"
CANNOT = "It does not make the tendon stronger"


def confirmation(visit: Appointment) -> Message:
    return Message.objects.get(appointment=visit, kind="confirmed")


def sent(world: World, visit: Appointment, version: str = RISKS_VERSION) -> None:
    values = confirmation(visit).values | {"risks_version": version}
    Message.objects.filter(pk=confirmation(visit).pk).update(status="sent", sent_at=world.clinic.now, values=values)


def test_h10_mail_link_and_consent_say_the_same_risks(world: World, radiologist: Browser) -> None:
    visit = arrived(world, at="09:20")
    text = " ".join(render.letter(confirmation(visit), now=world.clinic.now).text.split())
    page = radiologist.get("procedure-step", visit.pk, "consent")
    for block in risks():
        for line in block.lines:
            assert line in text
            assert line in page
    assert RISK in page
    assert CANNOT in page
    assert confirmation(visit).values["risks_version"] == RISKS_VERSION


def test_h10_the_sheet_to_sign_has_the_same_risks_and_their_version(world: World, radiologist: Browser) -> None:
    """For whom no email reached: from the visit and from the consent step, until the injection."""
    visit = arrived(world, at="09:20")
    for page, more in (("appointment", ()), ("procedure-step", ("consent",))):
        radiologist.get(page, visit.pk, *more)
        assert f'href="/appointments/{visit.pk}/consent-sheet/"' in radiologist.html
    text = radiologist.get("consent-sheet", visit.pk)
    [article] = re.findall(r"<article.*?</article>", radiologist.html, re.S)
    for words in (*(line for block in risks() for line in block.lines), f"Version {RISKS_VERSION}", str(visit.patient)):
        assert words in text
        assert words in " ".join(article.split())
    assert "Left hamstring origin" in article
    assert "My questions were answered. I agree to the injection." in article
    walk(radiologist, visit)
    assert "consent-sheet" not in radiologist.get("appointment", visit.pk)
    radiologist.get("consent-sheet", visit.pk, expect=404)


@pytest.mark.parametrize(
    ("wanted", "language", "said"),
    [
        ((Wanted("hip-joint", "left"),), "en-gb", "Left hip joint"),
        ((Wanted("hip-joint", "left"),), "de", "Hüftgelenk (links)"),
        ((Wanted("hip-joint", "left"), Wanted("hip-joint", "right")), "de", "Hüftgelenk (links, rechts)"),
        (
            (Wanted("hamstring-origin", "left"), Wanted("trochanteric-bursa", "right")),
            "de",
            "Sehnenansatz am Sitzbein (links), Schleimbeutel an der Außenseite der Hüfte (rechts)",
        ),
    ],
    ids=["english", "german", "both sides", "two places"],
)
def test_the_sheet_names_the_place_in_the_patients_language(
    wanted: tuple[Wanted, ...], language: str, said: str
) -> None:
    with languages.speaking(language):
        assert own_where(InjectionRequest.of(wanted)) == said


def test_h10_where_nothing_was_given_the_risks_are_read_out(world: World, radiologist: Browser) -> None:
    said = radiologist.get("procedure-step", arrived(world, at="09:20").pk, "consent")
    assert "There is no record that the patient was given the risks: read them out now." in said
    assert 'value="read-out" id="id_how_3" checked>' in radiologist.html


def test_h10_a_consent_names_the_version_when_how_and_who_explained(world: World, radiologist: Browser) -> None:
    """As they were mailed; one press takes it."""
    visit = arrived(world, at="09:20")
    sent(world, visit)
    said = radiologist.get("procedure-step", visit.pk, "consent")
    assert f"The risks were emailed on 2 March 2026 (version {RISKS_VERSION})." in said
    walk(radiologist, visit)
    press = {"all_confirmed": "yes", "how": "mail", "given_on": TODAY, "explained_by": "Dr Hale"}
    row = Injection.objects.get()
    assert row.consent["how"] == "read-out"
    other = arrived(world, "Cole", "10:00")
    for step in ("identity", "checks"):
        radiologist.post("procedure-step", other.pk, step, data=PROCEDURE[step])
    radiologist.post("procedure-step", other.pk, "consent", data=press)
    radiologist.post("procedure-step", other.pk, "injection", data=INJECTION)
    radiologist.post("procedure-step", other.pk, "aftercare", data={})
    assert Injection.objects.get(appointment=other).consent == {
        "explained": True,
        "questions_answered": True,
        "alternatives": True,
        "capacity": True,
        "how": "mail",
        "given_on": TODAY,
        "explained_by": "Dr Hale",
        "risks_version": RISKS_VERSION,
    }


def test_an_older_text_of_the_risks_is_read_out_anew(world: World, radiologist: Browser) -> None:
    visit = arrived(world, at="09:20")
    sent(world, visit, "0")
    said = radiologist.get("procedure-step", visit.pk, "consent")
    assert f"(version 0; the current one is {RISKS_VERSION}: read it out)." in said


def test_who_cannot_decide_for_themselves_has_not_consented(world: World, radiologist: Browser) -> None:
    visit = arrived(world, at="09:20")
    answers = PROCEDURE["consent"] | {"capacity": "no"}
    said = radiologist.post("procedure-step", visit.pk, "consent", data=answers, expect=422)
    assert "“No” to “The patient understands, weighs up and decides for themselves”." in said


def test_a_refusal_ends_as_not_given_with_that_reason(world: World, radiologist: Browser) -> None:
    visit = arrived(world, at="09:20")
    radiologist.get("procedure-step", visit.pk, "consent")
    assert "?why=no-consent" in radiologist.html
    radiologist.get("procedure-cannot", visit.pk, why="no-consent")
    assert radiologist.html.count(" checked") == 1
    said = radiologist.post("procedure-cannot", visit.pk, data={"reason_code": "no-consent"})
    assert "Recorded as not given" in said


def test_a_program_says_the_same_of_a_consent(world: World) -> None:
    visit = world.clinic.book(world.clinic.fit_patient(), local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:25"))
    said = {"risks_version": "1", "given_on": "2026-02-20", "how": "paper", "explained_by": "Dr Hale"}
    body = {
        "result": "given",
        "started_at": local(TODAY, "09:05").isoformat(),
        "ended_at": local(TODAY, "09:15").isoformat(),
        "drug": "methylprednisolone",
        "steroid": True,
        "dose_mg": 40,
        "checked_today": dict.fromkeys(PROCEDURE["checks"], True),
        "consent": {"explained": True, "questions_answered": True, **said},
    }
    answer = world.radiologist.post(f"/appointments/{visit.pk}/procedure/", body)
    assert answer.status_code == 200, answer.content
    assert said.items() <= answer.json()["injection"]["consent"].items()
    assert answer.json()["incident"] is None
