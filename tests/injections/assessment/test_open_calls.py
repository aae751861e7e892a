"""The call list: which facts put a patient on it again, and what waits until somebody has phoned about them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from injections.models import Call
from injections.review.decide import CallOpen, DecisionRequest, decide
from injections.worklists.close_call import close_call
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local

SOONER, LATER = timedelta(days=1), timedelta(days=2)


def phone(clinic: Clinic) -> None:
    """A radiologist phones about the one call that is open."""
    call = Call.objects.get(closed_at=None)
    close_call(call.pk, spoke_to="Robin", said="Looked at", by=clinic.radiologist, now=clinic.now)


def open_rules() -> list[str]:
    return list(Call.objects.filter(closed_at=None).values_list("rule", flat=True))


FEVER = ("systemic-red-flag", lambda clinic, patient: clinic.answer(patient, {"fever": "yes"}))
AVULSION = ("suspected-avulsion", lambda clinic, patient: clinic.pathway(patient, suspected_avulsion="yes"))
SEEN = ("suspected-avulsion", lambda clinic, patient: clinic.report(patient, tear="avulsion"))
Tell = Callable[[Clinic, Patient], object]


@pytest.mark.parametrize(("rule", "tell"), [FEVER, AVULSION, SEEN], ids=["answers", "pathway", "report"])
def test_what_is_recorded_after_a_closed_call_opens_a_new_one(clinic: Clinic, rule: str, tell: Tell) -> None:
    """The same words at a later time are news: nobody has phoned about them. One call for each time is enough."""
    patient = clinic.fit_patient()
    for now in (clinic.now, clinic.now + SOONER, clinic.now + LATER):
        clinic.now = now
        tell(clinic, patient)
        tell(clinic, patient)
        assert open_rules() == [rule]
        phone(clinic)
    assert Call.objects.count() == 3


def test_a_closed_call_of_long_ago_frees_no_new_red_flag(clinic: Clinic) -> None:
    """Its override waits for the call that the new answers opened."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    phone(clinic)
    clinic.now += LATER
    clinic.answer(patient, {"fever": "yes"})
    visit = clinic.book(patient, local("2026-03-10"), override_reason="He says it is a cold").appointment
    assert visit is not None

    def override(visit: Appointment) -> None:
        told = DecisionRequest(outcome="override", reason="A cold", reason_code="other")
        decide(visit.pk, told, by=clinic.radiologist, now=clinic.now)

    with pytest.raises(CallOpen):
        override(visit)
    phone(clinic)
    override(visit)
    visit.refresh_from_db()
    assert visit.status == "booked"
