"""What waits for a radiologist and what for answers, and who is reading which case."""

from datetime import date, datetime, timedelta

import pytest

from injections.assessment.visits import Visit
from injections.models import Assessment, WaitingFor
from injections.review.queue import (
    ReadByColleague,
    answers_overdue_from,
    open_for_review,
    pending,
    readers,
    review_queue,
    waiting_for_answers,
)
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.errors import Forbidden, Missing
from scheduling.models import Appointment
from scheduling.states import Status
from tests.clinic import NOW, Clinic, local

RED_FLAG = {"rule": "systemic-red-flag", "severity": "critical"}


def visit(pk: int, start: datetime, waits_for: str, *findings: dict[str, str]) -> Visit:
    """A pending visit; nothing of it is stored."""
    appointment = Appointment(pk=pk, status=Status.PENDING, start_at=start)
    return Visit(appointment, Assessment(waiting_for=waits_for, findings=list(findings)))


def of(found: list[Visit]) -> list[int]:
    return [one.appointment.pk for one in found]


# -- Lists that wait --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (local("2026-03-02", "09:00"), date(2026, 3, 5)),
        (local("2026-03-04", "09:00"), date(2026, 3, 9)),
        (local("2026-03-06", "23:59"), date(2026, 3, 11)),
        (local("2026-03-07", "09:00"), date(2026, 3, 11)),
        (local("2026-04-01", "09:00"), date(2026, 4, 8)),
        (datetime.fromisoformat("2026-06-30T22:59+00:00"), date(2026, 7, 3)),
        (datetime.fromisoformat("2026-06-30T23:00+00:00"), date(2026, 7, 6)),
    ],
)
def test_answers_are_overdue_three_working_days_before_the_visit(now: datetime, until: date) -> None:
    """Neither weekends nor Easter count; in summer the clinic's day begins at 23:00 UTC."""
    assert answers_overdue_from(now) == until


def test_what_waits_for_answers_joins_the_queue_when_its_day_is_near() -> None:
    """Red flags lead, then the soonest. Today is Monday the 2nd: Thursday is near, Friday is not yet."""
    waiting = [
        visit(1, local("2026-03-20"), WaitingFor.REVIEW),
        visit(2, local("2026-03-06", "00:00"), WaitingFor.ANSWERS),
        visit(3, local("2026-03-05", "23:30"), WaitingFor.ANSWERS),
        visit(4, local("2026-03-25"), WaitingFor.REVIEW, RED_FLAG),
        visit(6, local("2026-03-19"), WaitingFor.REVIEW, RED_FLAG | {"severity": "warning"}),
        visit(5, local("2026-03-19"), WaitingFor.NOBODY, {"rule": "pregnancy", "severity": "critical"}),
    ]
    assert of(review_queue(now=NOW, waiting=waiting)) == [4, 3, 5, 6, 1]
    assert of(waiting_for_answers(now=NOW, waiting=waiting)) == [2, 3]
    assert review_queue(now=NOW, waiting=[]) == waiting_for_answers(now=NOW, waiting=[]) == []


def test_what_waits_is_still_to_come_and_not_decided_yet(clinic: Clinic) -> None:
    """The soonest first; what is booked, or has begun, waits for nobody."""
    for_answers, for_review = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    clinic.answer(for_answers, {"cancer_history": "not-sure"})
    clinic.answer(for_review, {"immunosuppressed": "yes"})
    late = clinic.book(for_answers, local("2026-03-20")).appointment
    soon = clinic.book(for_review, local("2026-03-10")).appointment
    booked = clinic.book(clinic.fit_patient("Dunn"), local("2026-03-12")).appointment
    assert late is not None
    assert soon is not None
    assert booked is not None
    assert of(pending(now=NOW)) == [soon.pk, late.pk]
    assert of(review_queue(now=NOW)) == [soon.pk]
    assert of(waiting_for_answers(now=NOW)) == [late.pk]
    assert of(pending(now=soon.start_at - timedelta(seconds=1))) == [soon.pk, late.pk]
    assert of(pending(now=soon.start_at)) == [late.pk]
    assert of(review_queue(now=late.start_at - timedelta(days=1))) == [late.pk]


# -- Who is reading ---------------------------------------------------------------------------------------


def test_a_case_is_being_read_for_a_quarter_of_an_hour_after_it_was_opened(clinic: Clinic) -> None:
    """By whoever opened it last, of their own will if a colleague had it (NEE20); what else was done is no reading."""
    case, other = (
        clinic.book(clinic.fit_patient(name), local(day)).appointment
        for name, day in (("Birch", "2026-03-10"), ("Cole", "2026-03-11"))
    )
    assert case is not None
    assert other is not None
    minute, me = timedelta(minutes=1), clinic.radiologist.user_id
    assert open_for_review(case.pk, by=clinic.second_radiologist, now=NOW) == case
    open_for_review(other.pk, by=clinic.second_radiologist, now=NOW)
    with pytest.raises(ReadByColleague, match="radiologist2 opened this case"):
        open_for_review(case.pk, by=clinic.radiologist, now=NOW + minute)
    open_for_review(case.pk, take_over=True, by=clinic.radiologist, now=NOW + minute)
    subject = f"appointment:{case.pk}"
    record("appointment-decided", by=clinic.manager, now=NOW + minute, patients=[case.patient_id], subject=subject)

    def reader(now: datetime, besides: int | None = None) -> str:
        found = Visit(case)
        readers([found], besides=besides, now=now)
        return found.reader

    assert reader(NOW - minute) == ""
    assert reader(NOW, me) == "radiologist2"
    assert reader(NOW + minute, me) == "", "it was taken over"
    assert reader(NOW + minute) == reader(NOW + minute, clinic.second_radiologist.user_id) == "radiologist"
    assert reader(NOW + 15 * minute) == "radiologist"
    assert reader(NOW + 16 * minute) == ""


def test_only_a_radiologist_opens_a_case_for_review(clinic: Clinic) -> None:
    """The audit trail says who, and about which patient."""
    case = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert case is not None
    for nobody in (clinic.reception, clinic.manager):
        with pytest.raises(Forbidden):
            open_for_review(case.pk, by=nobody, now=NOW)
    with pytest.raises(Missing):
        open_for_review(0, by=clinic.radiologist, now=NOW)
    assert not Entry.objects.filter(verb="review-opened").exists()
    open_for_review(case.pk, by=clinic.radiologist, now=NOW)
    entry = Entry.objects.get(verb="review-opened")
    assert (entry.user_id, entry.at, entry.patient_ids) == (clinic.radiologist.user_id, NOW, [case.patient_id])
    assert entry.subject == f"appointment:{case.pk}"
