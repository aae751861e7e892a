"""Several blood thinners can be ticked, the type of diabetes is asked; the rules judge what they did before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from injections.answers.screening import answers_of
from injections.facts.history import history_about
from injections.messages.news import said_before
from injections.models import Screening
from injections.procedure.record import record_procedure
from injections.safety.batch import BadLine, answer_to
from injections.safety.beside import DIABETES_TYPES, THINNERS, kind_of
from injections.safety.policy import DEFAULT
from scheduling.messages import render
from scheduling.models import Message, Patient
from tests.api_world import World, pointers
from tests.clinic import Clinic, local
from tests.injections.answers.test_sheet import opened, saved
from tests.injections.patient_link.conftest import Linked, fit_answers, linked
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import Browser, browser

__all__ = ["linked"]
SENTENCE = "Do not take your blood thinner in the 2 hours before."
BODY = {"area": "ischial-tuberosity", "side": "left", "answers": {"blood_thinner": "yes", "diabetes": "yes"}}


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def kind_judged(patient: Patient, clinic: Clinic) -> Any:
    screening = history_about(patient, now=clinic.now).answers("ischial-tuberosity", "left").content()
    return screening.get("blood_thinner_kind")


def test_h41_each_of_several_is_ticked_shown_and_judged_as_the_strictest(world: World, reception: Browser) -> None:
    """Warfarin with a good INR alone is info; with another one beside it a radiologist has to look."""
    patient = world.clinic.fit_patient()
    visit = world.book(patient, local("2026-03-10"))
    form = opened(reception, patient)
    warfarin = {"blood_thinner": "yes", "blood_thinner_kind": ["warfarin"], "inr": "2.4", "inr_on": "8 3 2026"}
    world.at(local("2026-03-08"))
    saved(reception, patient, {**form, **warfarin}, answered_on="8 3 2026")
    assert finding(world, visit["id"]) == "info"
    form = opened(reception, patient)
    assert form["blood_thinner_kind"] == ["warfarin"]
    both = {**form, "blood_thinner_kind": ["warfarin", "antiplatelet"]}
    saved(reception, patient, both, answered_on="8 3 2026")
    assert finding(world, visit["id"]) == "warning"
    assert kind_judged(patient, world.clinic) == "several"
    assert Screening.objects.latest("pk").content["blood_thinners"] == ["antiplatelet", "warfarin"]
    said = reception.get("patient", patient.pk)
    assert "More than one: Aspirin or clopidogrel; Warfarin" in said
    assert opened(reception, patient)["blood_thinner_kind"] == ["antiplatelet", "warfarin"]
    count = Screening.objects.count()
    saved(reception, patient, opened(reception, patient), answered_on="8 3 2026")
    assert Screening.objects.count() == count, "nothing was changed"


def finding(world: World, visit: str) -> str:
    answer = world.radiologist.get(f"/appointments/{visit}/").json()
    found = {one["rule"]: one["severity"] for one in answer["assessment"]["findings"]}
    return str(found.get("anticoagulant"))


def test_h41_what_was_ticked_is_not_taken_back_and_goes_with_its_yes(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    both = {"blood_thinner": "yes", "blood_thinner_kind": ["doac", "antiplatelet"]}
    saved(reception, patient, {**opened(reception, patient), **both})
    none = {name: value for name, value in opened(reception, patient).items() if name != "blood_thinner_kind"}
    said = reception.post("screening", patient.pk, data=none, expect=422)
    assert "An answer cannot be removed: give the correct one instead." in said
    saved(reception, patient, {**opened(reception, patient), "blood_thinner_kind": ["doac"]})
    known = answers_of(patient.pk, area="ischial-tuberosity", side="left")
    assert (known.value("blood_thinner_kind"), known.value("blood_thinners")) == ("doac", None)
    saved(reception, patient, {**opened(reception, patient), "blood_thinner": "no"})
    known = answers_of(patient.pk, area="ischial-tuberosity", side="left")
    assert (known.value("blood_thinner"), known.value("blood_thinner_kind")) == ("no", None)


@pytest.mark.parametrize(
    ("ticked", "kind", "which"),
    [
        ((), None, None),
        (("doac",), "doac", None),
        (("several",), "several", None),
        (("warfarin", "several"), "several", ["warfarin"]),
        (("warfarin", "doac"), "several", ["doac", "warfarin"]),
    ],
)
def test_h41_what_is_ticked_becomes_one_kind(
    ticked: tuple[str, ...], kind: str | None, which: list[str] | None
) -> None:
    assert kind_of(ticked) == (kind, which)


def test_h41_a_program_says_it_too_and_the_batch_knows_nothing_of_it(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/screening/"
    wrong = BODY | {"blood_thinners": ["heparin"], "diabetes_type": "type-3"}
    assert pointers(world.reception.put(address, wrong)) == {"#/blood_thinners", "#/diabetes_type"}
    assert pointers(world.reception.put(address, BODY | {"blood_thinners": ["doac"]})) == {"#/blood_thinners"}
    told = {"blood_thinner_kind": "several", "blood_thinners": ["doac", "antiplatelet"], "diabetes_type": "type-1"}
    answer = world.reception.put(address, BODY | told)
    assert answer.status_code == 200, answer.content
    assert told.items() <= answer.json().items()
    assert told.items() <= world.reception.get(address, area="ischial-tuberosity", side="left").json().items()
    for name, value in (("blood_thinners", ["doac"]), ("diabetes_type", "type-1")):
        line = json.dumps({"id": "a", "screening": {name: value}}).encode()
        with pytest.raises(BadLine, match=f"{name}: is not a known key"):
            answer_to(line, policy=DEFAULT)


def test_h41_the_type_of_diabetes_is_asked_of_the_patient_and_shown(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.opened(visit)
    text = pages.get("questions/")
    assert "If yes: Which type of diabetes do you have?" in text
    assert all(name in text for name in DIABETES_TYPES.values())
    assert len(THINNERS) == 3
    pages.post("questions/", **fit_answers(diabetes="yes", diabetes_type="type-1", diabetes_poorly_controlled="no"))
    said = browser(linked.clinic.users["radiologist"]).get("patient", visit.patient_id)
    assert "Type 1, well controlled" in said
    assert "Type of diabetes Type 1" in said


def test_h41_type_1_reads_about_ketones_and_no_other_type_does(linked: Linked) -> None:
    for name, of_type, is_said in (("Birch", "type-1", True), ("Cole", "type-2", False), ("Dale", None, False)):
        visit = treated_with(linked, name, of_type)
        [mail] = Message.objects.filter(subject=f"patient:{visit.patient_id}", kind="aftercare")
        assert mail.values["type_1"] is is_said
        assert ("test for ketones" in linked.opened(visit).get()) is is_said


def treated_with(linked: Linked, name: str, of_type: str | None) -> Any:
    linked.at(local("2026-03-02", "09:00"))
    patient = linked.clinic.fit_patient(name)
    beside = {"diabetes_type": of_type} if of_type else {}
    linked.clinic.answer(patient, {"diabetes": "yes"}, diabetes_poorly_controlled="no", **beside)
    hour = {"Birch": "09:00", "Cole": "10:00", "Dale": "11:00"}[name]
    visit = linked.clinic.book(patient, local("2026-03-24", hour)).appointment
    assert visit is not None
    give_at(linked, visit)
    return visit


def give_at(linked: Linked, visit: Any) -> None:
    linked.at(visit.start_at + timedelta(minutes=30))
    given = replace(GIVEN, started_at=visit.start_at, ended_at=visit.start_at + timedelta(minutes=20))
    record_procedure(visit.pk, given, by=linked.clinic.radiologist, now=linked.clinic.now)
    visit.refresh_from_db()


@pytest.mark.parametrize("sentence", [SENTENCE, ""])
def test_h41_the_clinics_sentence_stands_for_those_on_thinners_and_nowhere_else(
    linked: Linked, settings: Any, sentence: str
) -> None:
    """In the confirmation, both reminders and on the patient's page; in no mail about a move, and not after a "no"."""
    settings.BLOOD_THINNER_SENTENCE = sentence
    taking, other = linked.booked(), linked.booked(start=local("2026-03-24", "11:00"), family_name="Cole")
    linked.clinic.answer(taking.patient, {"blood_thinner": "yes"}, blood_thinner_kind="doac")
    for visit, is_said in ((taking, bool(sentence)), (other, False)):
        assert (SENTENCE in linked.opened(visit).get()) is is_said
        seen = {row.kind: SENTENCE in text_of_mail(row) for row in Message.objects.filter(appointment=visit)}
        assert seen["reminder-week"] is is_said
        assert seen["reminder-2-days"] is is_said
    assert said_before(answers_of(other.patient_id, area=None, side=None))["thinner"] is False
    after = linked.clinic.patient("Elm")
    linked.clinic.pathway(after)
    linked.clinic.report(after)
    linked.clinic.answer(after, {"blood_thinner": "yes"}, blood_thinner_kind="doac")
    visit = linked.clinic.book(after, local("2026-03-25", "09:20")).appointment
    assert visit is not None
    rows = {row.kind: row for row in Message.objects.filter(appointment=visit)}
    assert (SENTENCE in text_of_mail(rows["confirmed"])) is bool(sentence)
    rows["confirmed"].template = "injections/mail/moved"
    rows["confirmed"].values |= {"old_when": "x"}
    assert SENTENCE not in text_of_mail(rows["confirmed"])


def text_of_mail(row: Message) -> str:
    return " ".join(render.letter(row, now=row.planned_at, is_preview=True).text.split())


def test_h41_a_page_is_no_sentence(settings: Any) -> None:
    settings.BLOOD_THINNER_SENTENCE = "x" * 301
    with pytest.raises(SystemCheckError, match=r"clinic\.E009"):
        call_command("check")
