"""What becomes of a booking that is judged again: its state, its revision, whose turn it is, what is said of it."""

from datetime import timedelta
from typing import Any

import pytest

from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local

START = local("2026-03-10")
MINUTE = timedelta(minutes=1)
PREGNANT = {"pregnant": "yes"}


def booked(clinic: Clinic, start: Any = START, **ask: Any) -> Appointment:
    found = clinic.book(clinic.fit_patient(), start, **ask).appointment
    assert found is not None
    return found


def stand(visit: Appointment) -> tuple[str, int, int]:
    """State, revision, and how often it was assessed."""
    visit.refresh_from_db()
    return visit.status, visit.revision, visit.assessments.count()


def told(visit: Appointment) -> set[str]:
    rows = Message.objects.filter(appointment=visit, status="queued")
    return set(rows.values_list("kind", flat=True)) - {"reminder-week", "reminder-2-days"}


def test_a_booked_visit_goes_back_to_review_and_its_history_names_every_reason(clinic: Clinic) -> None:
    """What is only information is no reason; the patient hears that it is being checked."""
    visit = booked(clinic)
    assert (stand(visit), told(visit)) == (("booked", 1, 1), {"confirmed"})
    clinic.answer(visit.patient, PREGNANT | {"immunosuppressed": "yes", "breastfeeding": "yes"})
    assert (stand(visit), told(visit)) == (("pending", 2, 2), {"provisional"})
    change = visit.changes.latest("pk")
    assert (change.verb, change.reason) == ("question", "The facts changed: pregnancy, immunosuppressed.")
    assert visit.pending_since == clinic.now
    assert visit.assessments.latest("pk").waiting_for == "review"


def test_a_visit_that_waits_for_answers_is_booked_when_they_come_and_not_before(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.pathway(patient)
    clinic.report(patient)
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    assert (stand(visit), told(visit)) == (("pending", 1, 1), {"information-needed"})
    clinic.answer(patient, {"fever": "not-sure"})
    assert (stand(visit), told(visit)) == (("pending", 2, 2), {"information-needed"})
    clinic.answer(patient)
    assert (stand(visit), told(visit)) == (("booked", 3, 3), {"confirmed"})
    change = visit.changes.latest("pk")
    assert (change.verb, change.reason) == ("confirm", "The missing answers are there.")
    assert visit.assessments.latest("pk").waiting_for == ""


def test_readers_see_a_new_revision_whenever_the_findings_differ(clinic: Clinic) -> None:
    """Information too, though it changes no state and says nothing to the patient; the same answers change nothing."""
    visit = booked(clinic)
    for answers, revision in (({"breastfeeding": "yes"}, 2), ({"breastfeeding": "yes"}, 2), ({}, 3), ({}, 3)):
        [again] = clinic.answer(visit.patient, answers).reassessed
        assert (again.appointment_id, again.verdict, again.status) == (visit.pk, "clear", "booked")
        assert stand(visit) == ("booked", revision, revision)
    assert told(visit) == {"confirmed"}


def test_what_waits_for_a_radiologist_goes_on_waiting_for_one(clinic: Clinic) -> None:
    """Whatever comes up or goes away meanwhile, with the reason of whoever asked for it, until it is decided."""
    visit = booked(clinic)
    clinic.answer(visit.patient, PREGNANT)
    for answers in ({}, {"immunosuppressed": "yes"}):
        clinic.answer(visit.patient, answers)
        newest = visit.assessments.latest("pk")
        assert (stand(visit)[0], newest.waiting_for) == ("pending", "review")


def test_the_reason_for_an_override_stands_until_it_is_decided(clinic: Clinic) -> None:
    """After the decision a new verdict asks for none; one that is booked has no open request."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-01-10")
    visit = clinic.book(patient, START, override_reason="The surgeon asks").appointment
    assert visit is not None
    yes = {"steroid_injection_last_12_months": "yes"}
    clinic.answer(patient, yes)
    assert visit.assessments.latest("pk").override_reason == "The surgeon asks"
    seen = DecisionRequest(outcome="override", reason="Seen", reason_code="specialist-advice")
    decide(visit.pk, seen, by=clinic.radiologist, now=clinic.now)
    clinic.answer(patient, yes | {"breastfeeding": "yes"})
    newest = visit.assessments.latest("pk")
    assert (newest.override_reason, newest.waiting_for, stand(visit)[0]) == ("", "", "booked")
    clinic.answer(patient, yes | PREGNANT)
    newest = visit.assessments.latest("pk")
    assert (newest.override_reason, newest.waiting_for, stand(visit)[0]) == ("", "review", "pending")


@pytest.mark.parametrize(
    ("at", "status", "assessed"),
    [
        (-MINUTE, "pending", 2),
        (timedelta(0), "booked", 2),
        (29 * MINUTE, "booked", 2),
        (30 * MINUTE, "booked", 1),
        (31 * MINUTE, "booked", 1),
    ],
)
def test_a_visit_is_judged_until_its_end_and_held_back_until_its_start(
    clinic: Clinic, at: timedelta, status: str, assessed: int
) -> None:
    """From its start on the verdict shows itself at the visit, which nobody takes back; from its end on it is over."""
    visit = booked(clinic)
    clinic.now = START + at
    clinic.answer(visit.patient, PREGNANT)
    assert stand(visit)[::2] == (status, assessed)
    clinic.answer(visit.patient, PREGNANT)
    clinic.pathway(visit.patient)
    assert stand(visit)[::2] == (status, assessed), "nothing new has come up"


def test_a_patient_who_has_arrived_stays_so_and_their_verdict_is_kept(clinic: Clinic) -> None:
    visit = booked(clinic)
    arrive(visit.pk, by=clinic.reception, now=clinic.now)
    [again] = clinic.answer(visit.patient, PREGNANT).reassessed
    assert (again.verdict, again.status) == ("blocked", "arrived")
    assert stand(visit) == ("arrived", 3, 2)
    assert told(visit) == set()


def test_only_what_the_rules_have_a_say_in_is_judged_again(clinic: Clinic) -> None:
    """A talk is not; physiotherapy and the injections are, in the order in which they were asked for."""
    patient = clinic.fit_patient()
    place = {"practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk}
    asked = (
        (local("2026-07-14"), {}),
        (local("2026-03-09"), {"kind": "follow-up", **place}),
        (local("2026-03-20"), {"kind": "physiotherapy"}),
        (START, {"override_reason": "Sooner"}),
    )
    rows = []
    for start, ask in asked:
        clinic.now += MINUTE
        rows.append(clinic.book(patient, start, **ask).appointment)
    late, talk, physio, soon = rows
    assert talk is not None
    again = clinic.answer(patient, PREGNANT).reassessed
    assert [one.appointment_id for one in again] == [one.pk for one in (late, physio, soon) if one]
    assert [one.verdict for one in again] == ["blocked", "clear", "blocked"]
    assert stand(talk) == ("booked", 1, 0)
