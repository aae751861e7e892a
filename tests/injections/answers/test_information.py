"""A radiologist's question reaches the patient, and the answer comes back to the radiologist."""

from datetime import date, timedelta

import pytest
from django.test import Client

from injections.answers.information import NothingAsked, answer_information, open_question
from injections.assessment.visits import with_assessments
from injections.models import InformationAnswer, Screening
from injections.review.decide import DecisionRequest, decide
from injections.review.queue import review_queue, waiting_for_answers
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid, Missing
from pht_clinic.people.actors import PATIENT
from scheduling.messages.render import letter
from scheduling.models import Appointment, Message
from scheduling.patients import link
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser, text_of

QUESTION = "Which tablets do you take for your blood?"
START = local("2026-03-10")


def pending(clinic: Clinic, name: str = "Cole", at: str = "10:00", day: str = "2026-03-10") -> Appointment:
    patient = clinic.fit_patient(name)
    clinic.earlier_injection(patient, "2025-12-01")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = clinic.book(patient, local(day, at)).appointment
    assert visit is not None
    assert visit.status == "pending"
    return visit


def asked(clinic: Clinic, *again: str, **values: str) -> Appointment:
    visit = pending(clinic, **values)
    ask = DecisionRequest(outcome="ask", reason=QUESTION, ask_again=again)
    decide(visit.pk, ask, by=clinic.radiologist, now=NOW)
    return visit


def queued(*visits: Appointment) -> tuple[list[int], list[int]]:
    """Whom the radiologists' queue and the list of those waiting for answers hold, in order."""
    names = [visit.pk for visit in visits]
    lists = review_queue(now=NOW), waiting_for_answers(now=NOW)
    first, second = ([names.index(one.appointment.pk) for one in listed] for listed in lists)
    return first, second


def test_the_case_waits_for_the_patient_and_comes_back_on_top(clinic: Clinic) -> None:
    """NEE2: with the answer it stands before what is sooner and waits longer."""
    later, sooner = asked(clinic, day="2026-03-20"), pending(clinic, "Dunn", "11:00")
    assert queued(later, sooner) == ([1], [0])
    answer_information(later.pk, text="Apixaban, twice a day", by=PATIENT, now=NOW)
    assert queued(later, sooner) == ([0, 1], [])
    assert Entry.objects.filter(verb="information-answered").count() == 1


def test_three_working_days_before_the_visit_an_open_question_is_the_radiologists_again(clinic: Clinic) -> None:
    near = asked(clinic, day="2026-03-05")
    assert queued(near) == ([0], [0])


def test_the_question_stands_in_the_mail_and_on_the_patients_page(world: World) -> None:
    """NEE2: word for word, before anything else; the answer is read on the visit, the queue and the decision page."""
    visit = asked(world.clinic, "blood_thinner")
    [mail] = Message.objects.filter(appointment=visit, kind="information-needed", status="queued")
    said = letter(mail, now=NOW).text
    assert QUESTION in " ".join(said.split())
    assert "/asked/" in said
    patient = Browser(Client())
    token = link.token_of(visit.pk, 1)
    patient.post("patient-open", token, data={"born_on": "1 5 1980", "to": "asked"})
    assert QUESTION in text_of(patient.last)
    assert "blood thinner" in text_of(patient.last).lower()
    page = patient.get("patient-link", token)
    assert page.index(QUESTION) < page.index("We are holding this time")
    assert "waiting for answers" in page
    assert "Enter your answer" in patient.post("patient-asked", token, data={"blood_thinner": "yes"}, expect=422)
    sent = {"text": "Apixaban", "blood_thinner": "yes", "blood_thinner_kind": "doac"}
    assert "Thank you" in patient.post("patient-asked", token, data=sent)
    [row] = InformationAnswer.objects.all()
    assert (row.text, row.answered_by, row.decision.reason) == ("Apixaban", "patient", QUESTION)
    newest = Screening.objects.order_by("-pk")[0]
    assert newest.content["answers"] == {"blood_thinner": "yes"}
    assert newest.content["blood_thinner_kind"] == "doac"
    assert QUESTION not in patient.get("patient-link", token)
    radiologist = browser(world.clinic.users["radiologist"])
    assert "The patient has answered" in radiologist.get("review-queue")
    for name in ("decision", "appointment"):
        said = radiologist.get(name, visit.pk)
        assert "Answered by the patient, Monday 2 March 2026" in said, name
        assert "Apixaban" in said, name


def test_reception_types_what_was_said_on_the_phone(world: World, reception: Browser) -> None:
    visit = asked(world.clinic)
    assert QUESTION in reception.get("waiting")
    assert "Record the answer" in reception.get("appointment", visit.pk)
    refused = reception.post("appointment-answer", visit.pk, expect=422)
    assert "There is a problem" in refused
    sent = {"text": "None at all", "answered_by": "carer"}
    assert "None at all" in reception.post("appointment-answer", visit.pk, data=sent)
    row = InformationAnswer.objects.get()
    assert (row.answered_by, row.recorded_by_id) == ("carer", world.clinic.reception.user_id)
    said = reception.post("appointment-answer", visit.pk, data=sent, expect=422)
    assert "There is no open question to the patient" in said
    assert "None at all" in said, "what was typed too late is not lost"
    assert InformationAnswer.objects.count() == 1


def test_an_open_question_keeps_answers_from_booking_the_visit_by_themselves(clinic: Clinic) -> None:
    """Reception's and the patient's findings were all that stood; a radiologist asked all the same."""
    patient = clinic.fit_patient("Eade")
    clinic.answer(patient, {"diabetes": "not-sure"})
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    assert with_assessments([visit])[0].waiting_for == "answers"
    decide(visit.pk, DecisionRequest(outcome="ask", reason=QUESTION), by=clinic.radiologist, now=NOW)
    clinic.answer(patient)
    visit.refresh_from_db()
    assert visit.status == "pending"
    answer_information(visit.pk, text="None", by=PATIENT, now=NOW)
    assert [one.appointment.pk for one in review_queue(now=NOW)] == [visit.pk]


def test_only_an_open_question_is_answered_and_only_by_who_may(clinic: Clinic) -> None:
    visit = asked(clinic)
    with pytest.raises(Invalid) as refused:
        answer_information(visit.pk, text=" ", answered_by="nobody", by=PATIENT, now=NOW)
    assert [error.pointer for error in refused.value.errors] == ["#/text", "#/answered_by"]
    with pytest.raises(Forbidden):
        answer_information(visit.pk, text="Yes", by=clinic.manager, now=NOW)
    with pytest.raises(Missing):
        answer_information(10**9, text="Yes", by=PATIENT, now=NOW)
    answer_information(visit.pk, text="Yes", by=PATIENT, now=NOW)
    assert open_question(visit) is None
    with pytest.raises(NothingAsked):
        answer_information(visit.pk, text="Yes", by=PATIENT, now=NOW)
    visit.refresh_from_db()
    again = DecisionRequest(outcome="ask", reason="And since when?")
    decide(visit.pk, again, by=clinic.radiologist, now=NOW + timedelta(hours=1))
    found = open_question(visit)
    assert found is not None
    assert found.reason == "And since when?"


def test_questions_are_asked_again_with_a_question_alone(clinic: Clinic) -> None:
    visit = pending(clinic)
    for ask in (
        DecisionRequest(outcome="ask", reason="?", ask_again=("shoe-size",)),
        DecisionRequest(outcome="decline", reason="No", ask_again=("fever",)),
        DecisionRequest(outcome="delay", reason="Later", delay_until=date(2026, 5, 1), ask_again=("fever",)),
    ):
        with pytest.raises(Invalid) as refused:
            decide(visit.pk, ask, by=clinic.radiologist, now=NOW)
        assert [error.pointer for error in refused.value.errors] == ["#/ask_again"]
