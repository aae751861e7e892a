"""Whoever is silent after an injection is phoned: those at risk at 72 hours, everybody when day 4 has lapsed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from injections.models import Call
from injections.patient_link.recovery import Answers, answer_recovery
from injections.worklists.close_call import close_call
from injections.worklists.silence import FIRST, SECOND, call_the_silent
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment, Patient
from tests.injections.patient_link.conftest import Linked
from tests.injections.patient_link.test_recovery import ENDED

HOUR = timedelta(hours=1)
SECONDS = timedelta(seconds=1)


def stages() -> list[str]:
    return list(Call.objects.filter(why="silence").order_by("pk").values_list("rule", flat=True))


def make_at_risk(linked: Linked, patient: Patient, why: str) -> None:
    if why == "no email":
        Patient.objects.filter(pk=patient.pk).update(email="")
    elif why == "75 or older":
        Patient.objects.filter(pk=patient.pk).update(date_of_birth=date(1951, 3, 24))
    else:
        linked.clinic.answer(patient, {why: "yes"}, answered_at=linked.clinic.now.isoformat())


@pytest.mark.parametrize("why", ["diabetes", "immunosuppressed", "75 or older", "no email"])
def test_h15_who_is_at_risk_and_silent_is_called_at_72_hours_and_again_when_day_4_has_lapsed(
    linked: Linked, why: str
) -> None:
    appointment = linked.treated()
    make_at_risk(linked, appointment.patient, why)
    for at, expected in ((72 * HOUR - SECONDS, []), (72 * HOUR, [FIRST]), (80 * HOUR, [FIRST])):
        call_the_silent(now=ENDED + at)
        assert stages() == expected, at
    call = Call.objects.get(why="silence")
    assert f"At risk: {why}." in call.say
    reached = {"reached": "patient", "spoke_to": "Robin", "said": "All is well"}
    close_call(call.pk, **reached, by=linked.clinic.reception, now=ENDED + 81 * HOUR)
    for at, expected in ((168 * HOUR - SECONDS, [FIRST]), (168 * HOUR, [FIRST, SECOND]), (200 * HOUR, [FIRST, SECOND])):
        call_the_silent(now=ENDED + at)
        assert stages() == expected, at


def test_h15_everybody_who_is_silent_is_called_when_day_4_has_lapsed(linked: Linked) -> None:
    """Case MES17."""
    linked.treated()
    for at, expected in ((72 * HOUR, []), (168 * HOUR - SECONDS, []), (168 * HOUR, [SECOND])):
        call_the_silent(now=ENDED + at)
        assert stages() == expected, at


def answered(appointment: Appointment, question: str, hours: int) -> None:
    said = Answers(question=question, pain=2, change="better")
    answer_recovery(appointment.pk, said, by=PATIENT, now=ENDED + hours * HOUR)


def test_an_answer_ends_the_silence_that_it_is_about(linked: Linked) -> None:
    """The answer of the day after is none to the questions of day 4."""
    appointment = linked.treated()
    make_at_risk(linked, appointment.patient, "diabetes")
    answered(appointment, "flare-check", 25)
    call_the_silent(now=ENDED + 80 * HOUR)
    assert stages() == []
    call_the_silent(now=ENDED + 170 * HOUR)
    assert stages() == [SECOND]


def test_who_answered_on_day_4_is_not_called(linked: Linked) -> None:
    answered(linked.treated(), "day-4", 98)
    call_the_silent(now=ENDED + 180 * HOUR)
    assert stages() == []


def test_who_is_to_be_phoned_anyway_is_not_called_and_nobody_about_long_ago(linked: Linked) -> None:
    signs = Answers(question="flare-check", signs=("calf",))
    answer_recovery(linked.treated().pk, signs, by=PATIENT, now=ENDED + 30 * HOUR)
    call_the_silent(now=ENDED + 180 * HOUR)
    assert stages() == []
    Call.objects.all().delete()
    call_the_silent(now=ENDED + timedelta(days=20))
    assert stages() == []


def test_a_first_call_that_is_still_open_or_was_made_late_is_enough(linked: Linked) -> None:
    appointment = linked.treated()
    make_at_risk(linked, appointment.patient, "diabetes")
    for hours in (72, 170):
        call_the_silent(now=ENDED + hours * HOUR)
        assert stages() == [FIRST]
    reached = {"reached": "patient", "spoke_to": "Robin", "said": "All is well"}
    close_call(Call.objects.get().pk, **reached, by=linked.clinic.reception, now=ENDED + 171 * HOUR)
    call_the_silent(now=ENDED + 172 * HOUR)
    assert stages() == [FIRST]
