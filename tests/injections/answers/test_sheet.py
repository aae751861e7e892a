"""The questionnaire opens with what is known; what is changed in it is stored, and nothing else is touched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.answers.screening import answers_of
from injections.models import Screening
from scheduling.models import Appointment, Patient
from tests.api_world import IT, World
from tests.clinic import FIT, local
from tests.filled_form import fields_of
from tests.pages_world import LEFT_HAMSTRING, Browser, browser

DAY = timedelta(days=1)


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def opened(pages: Browser, patient: Patient, **query: str) -> dict[str, Any]:
    """The questionnaire as it opens, as a browser would send it back."""
    pages.get("screening", patient.pk, **(query or LEFT_HAMSTRING))
    return fields_of(pages.html, "fever")


def saved(pages: Browser, patient: Patient, form: dict[str, Any], *, expect: int = 302, **changes: str) -> str:
    return pages.post("screening", patient.pk, data={**form, **changes}, expect=expect)


def known(patient: Patient, question: str, *, side: str = "left") -> Any:
    return answers_of(patient.pk, area=IT, side=side).value(question)


def on_paper(pages: Browser, patient: Patient, day: str, *, expect: int = 302, **changes: str) -> str:
    return saved(pages, patient, opened(pages, patient), answered_on=day, expect=expect, **changes)


def test_rec12_one_answer_is_corrected_and_nothing_else_changes(world: World, reception: Browser) -> None:
    """A patient with 35 answers and a booking: one is changed by two clicks, the booking stands."""
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    form = opened(reception, patient)
    assert {name: form[name] for name in FIT} == {name: ["no"] for name in FIT}
    assert "The answers are recorded." in saved(reception, patient, form, breastfeeding="yes")
    row = Screening.objects.latest("pk")
    assert (row.content["answers"], row.area, row.side) == ({"breastfeeding": "yes"}, IT, "left")
    counts = answers_of(patient.pk, area=IT, side="left").content()
    assert counts["answers"] == FIT | {"breastfeeding": "yes"}
    assert Appointment.objects.get(pk=booked["id"]).status == "booked"


def test_what_is_saved_as_it_was_is_not_stored_again(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    count = Screening.objects.count()
    assert "Nothing was changed" in saved(reception, patient, opened(reception, patient))
    assert Screening.objects.count() == count


def test_answers_that_were_asked_again_are_as_old_as_that(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.at(world.clinic.now + 3 * DAY)
    form = opened(reception, patient)
    saved(reception, patient, form, asked_again="on", answered_by="carer", answered_on="4 3 2026")
    counts = answers_of(patient.pk, area=IT, side="left")
    assert {(one.given_at, one.by) for one in counts.by_question.values()} == {(local("2026-03-04", "00:00"), "carer")}


def test_h3_an_older_paper_form_is_shown_as_outranked_before_it_is_saved(world: World, reception: Browser) -> None:
    """It is stored once that is known, and what was said later goes on counting."""
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"fever": "yes"})
    said = on_paper(reception, patient, "27 2 2026", fever="no", expect=422)
    assert "Some of these answers are older than what is known, and would not count." in said
    assert "Fever: yes, 2 March 2026, the patient; recorded by reception" in said
    assert known(patient, "fever") == "yes"
    form = fields_of(reception.html, "fever")
    assert "The answers are recorded." in saved(reception, patient, form, keep_newer="on")
    newest = Screening.objects.latest("pk")
    assert (newest.content["answers"], known(patient, "fever")) == ({"fever": "no"}, "yes")


def test_h3_a_paper_form_of_before_says_what_nobody_was_asked_since(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    world.reception.put(f"/patients/{patient.pk}/screening/", {"answers": {"fever": "no"}})
    on_paper(reception, patient, "27 2 2026", pregnant="yes")
    counts = answers_of(patient.pk, area=IT, side="left").by_question
    assert (counts["pregnant"].value, counts["pregnant"].given_at) == ("yes", local("2026-02-27", "00:00"))
    assert counts["fever"].value == "no"


def test_the_day_of_the_answers_is_asked_and_cannot_be_to_come(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    assert "The date of the answers is in the future." in on_paper(
        reception, patient, "3 3 2026", fever="no", expect=422
    )
    assert "Enter the date of the answers." in on_paper(reception, patient, "", fever="no", expect=422)
    assert not Screening.objects.exists()


def test_rec23_an_inr_is_never_of_tomorrow(world: World, reception: Browser) -> None:
    """By page and API, at its field; one of today is taken."""
    patient = world.clinic.patient()
    said = {"blood_thinner": "yes", "blood_thinner_kind": "warfarin", "inr": "2.4"}
    text = on_paper(reception, patient, "2 3 2026", **said, inr_on="3 3 2026", expect=422)
    assert "The day of the INR is in the future." in text
    assert 'href="#id_inr_on"' in reception.html
    refused = world.reception.put(f"/patients/{patient.pk}/screening/", {"inr": 2.4, "inr_on": "2026-03-03"})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["#/inr_on"]
    assert not Screening.objects.exists()
    on_paper(reception, patient, "2 3 2026", **said, inr_on="2 3 2026")
    assert known(patient, "inr_on") == "2026-03-02"


def test_what_a_colleague_recorded_meanwhile_stays_as_they_left_it(world: World, reception: Browser) -> None:
    """The page was open before the fever was known, and says "no" to it; it is saved for another answer."""
    patient = world.clinic.fit_patient()
    form = opened(reception, patient)
    world.radiologist.patch(f"/patients/{patient.pk}/screening/", {"answers": {"fever": "yes"}})
    saved(reception, patient, form, breastfeeding="yes")
    assert (known(patient, "fever"), known(patient, "breastfeeding")) == ("yes", "yes")


def test_the_same_answer_changed_meanwhile_is_named_before_it_is_replaced(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    form = opened(reception, patient)
    world.radiologist.patch(f"/patients/{patient.pk}/screening/", {"answers": {"fever": "yes"}})
    said = saved(reception, patient, form, fever="not-sure", expect=422)
    assert "Somebody else has recorded other answers since this page was opened." in said
    assert "Fever: yes, 2 March 2026, the patient; recorded by radiologist" in said
    assert known(patient, "fever") == "yes"
    saved(reception, patient, fields_of(reception.html, "fever"), replace_newer="on")
    assert known(patient, "fever") == "not-sure"


def test_what_the_page_never_showed_is_not_missed_in_it(world: World, reception: Browser) -> None:
    """The INR came while the page was open: its empty field takes nothing back."""
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"blood_thinner": "yes"}, blood_thinner_kind="warfarin")
    form = opened(reception, patient)
    world.radiologist.patch(f"/patients/{patient.pk}/screening/", {"inr": 2.4, "inr_on": "2026-03-02"})
    assert "The answers are recorded." in saved(reception, patient, form, breastfeeding="yes")
    assert (known(patient, "breastfeeding"), known(patient, "inr")) == ("yes", 2.4)


def test_answers_of_one_side_are_not_saved_for_the_other(world: World, reception: Browser) -> None:
    """Opened for the right: what is known of the person, and nothing of the left buttock."""
    patient = world.clinic.fit_patient()
    form = opened(reception, patient, area=IT, side="right")
    assert (form["fever"], form.get("bruising"), form.get("pain_side")) == (["no"], None, None)
    saved(reception, patient, form, bruising="yes")
    assert (known(patient, "bruising"), known(patient, "bruising", side="right")) == ("no", "yes")


def test_an_answer_is_changed_but_not_taken_back(world: World, reception: Browser) -> None:
    """An emptied day would read as if it were gone; "Not known" is no answer to a question that was answered."""
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"surgery_planned": "yes"}, surgery_on="2026-05-01")
    form = opened(reception, patient)
    assert form["surgery_on"] == ["01 05 2026"]
    assert 'name="onset" value="unknown"' not in reception.html
    assert "An answer cannot be removed" in saved(reception, patient, form, surgery_on="", expect=422)
    saved(reception, patient, form, surgery_planned="no", surgery_on="")
    assert (known(patient, "surgery_planned"), known(patient, "surgery_on")) == ("no", None)


@pytest.mark.parametrize("shown", ["x", "-1", "9" * 40, "1.5"])
def test_a_form_that_was_tampered_with_is_refused_in_words(world: World, reception: Browser, shown: str) -> None:
    patient = world.clinic.fit_patient()
    saved(reception, patient, opened(reception, patient), shown=shown, breastfeeding="yes", expect=422)
    assert "There is a problem" in reception.html
