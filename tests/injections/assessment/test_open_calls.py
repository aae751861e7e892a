"""The call list: which facts put a patient on it again, and what waits until somebody has phoned about them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from injections.assessment.open_calls import open_call, open_calls, open_calls_about
from injections.merging.merge import merge_patients
from injections.models import Call
from injections.patient.activities import plan_activity
from injections.review.decide import CallOpen, DecisionRequest, decide
from injections.worklists.close_call import close_call
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import START, give

SOONER, LATER = timedelta(days=1), timedelta(days=2)


def phone(clinic: Clinic) -> None:
    """A radiologist phones about the one call that is open."""
    call = Call.objects.get(closed_at=None)
    close_call(call.pk, reached="patient", spoke_to="Robin", said="Looked at", by=clinic.radiologist, now=clinic.now)


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


def test_of_calls_as_urgent_who_waits_longest_is_phoned_first(clinic: Clinic) -> None:
    """Not those who were phoned; what stands on a merged record is about the one that is kept."""
    kept, twin, other = (clinic.patient(name) for name in ("Kept", "Twin", "Other"))
    for patient, hours in ((other, 2), (twin, 1), (kept, 3)):
        open_call(patient, why=Call.Why.UNDECIDED, say="Phone", now=clinic.now + timedelta(hours=hours))
    open_call(kept, why=Call.Why.NOT_BETTER, say="Ask", now=clinic.now)
    close_call(
        Call.objects.get(say="Ask").pk,
        reached="patient",
        spoke_to="Robin",
        said="Fine",
        by=clinic.reception,
        now=clinic.now,
    )
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    assert [call.patient for call in open_calls()] == [twin, other, kept]
    assert [call.patient for call in open_calls_about(kept.pk)] == [twin, kept]


def test_facts_that_were_phoned_about_open_no_second_call(clinic: Clinic) -> None:
    """Recorded and phoned about in the same minute; what is judged again later is what the call was about."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    phone(clinic)
    visit = clinic.book(patient, local("2026-03-10"), override_reason="He says it is a cold").appointment
    assert visit is not None
    for day in ("2026-03-11", "2026-03-12"):
        clinic.now += SOONER
        planned = plan_activity(patient.pk, kind="sport", start=local(day), by=clinic.reception, now=clinic.now)
        assert [one.verdict for one in planned.reassessed] == ["blocked"]
    assert visit.assessments.count() == 3
    assert open_rules() == []


def test_a_second_red_flag_opens_a_call_of_its_own_while_the_first_stands(clinic: Clinic) -> None:
    """Each says what to do; staff get one mail for one answer, and nothing for an answer without news."""
    patient = clinic.patient()
    clinic.answer(patient)
    assert not Message.objects.filter(kind="staff-call").exists()
    for answers in ({"fever": "yes"}, {"fever": "yes"}, {"fever": "yes", "saddle_or_bladder": "yes"}):
        clinic.now += SOONER
        clinic.answer(patient, answers)
    saddle, fever = open_calls()
    assert (fever.rule, saddle.rule) == ("systemic-red-flag", "saddle-or-bladder")
    assert (fever.patient, fever.why, fever.appointment) == (patient, "red-flag", None)
    assert fever.say.startswith("Do not book. A clinician phones today")
    assert saddle.say.startswith("A&E now")
    mails = Message.objects.filter(kind="staff-call").order_by("pk")
    assert [mail.occasion for mail in mails] == [
        f"{patient.pk}/{call.opened_at.isoformat()}" for call in (fever, saddle)
    ]


def test_the_call_about_a_booked_visit_names_it(clinic: Clinic) -> None:
    """Whoever phones sees which visit it is about; a second answer of that day opens no other."""
    patient = clinic.fit_patient()
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    for _ in range(2):
        clinic.answer(patient, {"fever": "yes"})
    [call] = open_calls()
    assert (call.rule, call.patient, call.appointment) == ("systemic-red-flag", patient, visit)


@pytest.mark.parametrize("outcome", ["delay", "decline"])
def test_a_delay_that_still_waits_is_told_by_phone_once_a_red_flag_is_open(clinic: Clinic, outcome: str) -> None:
    """No mail says it to somebody whom a clinician is still to speak to."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    Message.objects.filter(appointment=visit).update(status="sent")
    until = date(2026, 6, 1) if outcome == "delay" else None
    told = DecisionRequest(outcome=outcome, reason="Later", delay_until=until)
    decide(visit.pk, told, by=clinic.radiologist, now=clinic.now)
    [mail] = Message.objects.filter(appointment=visit, status="queued")
    clinic.answer(patient, {"fever": "yes"})
    mail.refresh_from_db()
    assert (mail.status, mail.phone_task) == ("skipped", True)


@pytest.mark.parametrize(
    ("why", "is_held", "is_told"),
    [
        (Call.Why.WARNING_SIGN, True, True),
        (Call.Why.COMPLICATION, True, True),
        (Call.Why.NOT_BETTER, True, False),
        (Call.Why.UNDECIDED, False, False),
    ],
)
def test_a_call_about_the_injection_holds_next_steps_back(
    clinic: Clinic, why: Call.Why, is_held: bool, is_told: bool
) -> None:
    """A warning sign and a complication are told to staff at once. Asked for twice, it is one call."""
    patient = clinic.fit_patient()
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    give(visit, clinic)
    steps = Message.objects.filter(subject=f"patient:{patient.pk}", kind="rest-over")
    assert [step.status for step in steps] == ["queued"]
    for _ in range(2):
        open_call(patient, why=why, say="Phone", appointment=visit, now=START + SOONER)
    [call] = open_calls()
    assert (call.patient, call.appointment, call.why, call.say) == (patient, visit, why, "Phone")
    assert steps.filter(status="queued").exists() is not is_held
    assert Message.objects.filter(kind="staff-call").exists() is is_told
