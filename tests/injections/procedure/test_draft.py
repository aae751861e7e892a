"""A procedure that is begun: what is kept of it, for whom, and for how long."""

from datetime import datetime, timedelta

import pytest

from injections.models import ProcedureDraft
from injections.procedure import draft
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from pht_clinic.errors import Forbidden
from scheduling.models import Appointment
from scheduling.states import WrongState
from tests.clinic import Clinic, local

DAY = "2026-03-10"
AT = local(DAY, "10:10")
DONE = {"identity", "checks", "injection"}


def booked(clinic: Clinic, day: str = DAY, name: str = "Birch") -> Appointment:
    appointment = clinic.book(clinic.fit_patient(name), local(day)).appointment
    assert appointment is not None
    return appointment


def keep(visit: Appointment, clinic: Clinic, *steps: str, now: datetime = AT) -> None:
    """These steps are finished; each sent its own name."""
    for step in steps:
        draft.keep_step(visit.pk, step, {"said": [step]}, is_finished=True, by=clinic.radiologist, now=now)


def test_a_draft_says_what_was_sent_what_is_finished_and_since_when(clinic: Clinic) -> None:
    """Of this visit: another's is another draft. A step that is sent again is kept as it was sent last."""
    visit, other = booked(clinic), booked(clinic, "2026-03-11", "Cole")
    keep(visit, clinic, "identity", "injection")
    half = {"drug": ["triam"], "targets": ["bursa", "peritendinous"]}
    later = AT + timedelta(minutes=3)
    draft.keep_step(visit.pk, "injection", half, is_finished=False, by=clinic.radiologist, now=later)
    found = draft.draft_of(visit.pk, by=clinic.radiologist, now=later)
    assert found.steps == {"identity": {"said": ["identity"]}, "injection": half}
    assert found.finished == {"identity"}
    assert (found.changed_at, found.kept_until) == (later, later + timedelta(days=3))
    assert (found.changed_by, found.is_own) == ("radiologist", True)
    nothing = draft.draft_of(other.pk, by=clinic.radiologist, now=later)
    assert (nothing.steps, nothing.finished, nothing.changed_at, nothing.kept_until) == ({}, set(), None, None)
    assert (nothing.changed_by, nothing.is_own) == ("", True)


def test_a_colleague_finds_all_but_the_identity_and_takes_the_draft_over(clinic: Clinic) -> None:
    """Whoever had it finds it gone over to the colleague, and asks who the patient is once more."""
    visit = booked(clinic)
    keep(visit, clinic, *DONE)
    found = draft.draft_of(visit.pk, by=clinic.second_radiologist, now=AT)
    assert found.finished == {"checks", "injection"}
    assert (found.changed_by, found.is_own) == ("radiologist", False)
    draft.keep_step(visit.pk, "aftercare", {}, is_finished=True, by=clinic.second_radiologist, now=AT)
    mine = draft.draft_of(visit.pk, by=clinic.second_radiologist, now=AT)
    assert (mine.finished, mine.is_own) == ({"checks", "injection", "aftercare"}, True)
    first = draft.draft_of(visit.pk, by=clinic.radiologist, now=AT)
    assert (first.finished, first.is_own) == ({"checks", "injection", "aftercare"}, False)


def test_a_draft_is_kept_for_three_days_after_it_was_touched(clinic: Clinic) -> None:
    """To the second; then it is as if nothing had been kept, and it is thrown away."""
    visit, other = booked(clinic), booked(clinic, "2026-03-11", "Cole")
    keep(visit, clinic, "identity", "injection")
    end = AT + timedelta(days=3)
    assert draft.draft_of(visit.pk, by=clinic.radiologist, now=end - timedelta(seconds=1)).finished
    assert draft.draft_of(visit.pk, by=clinic.radiologist, now=end).finished == set()
    keep(visit, clinic, "checks", now=end)
    assert draft.draft_of(visit.pk, by=clinic.radiologist, now=end).finished == {"checks"}
    keep(other, clinic, "checks", now=end + timedelta(seconds=1))
    assert draft.drop_old(now=end + timedelta(days=3)) == 1
    assert ProcedureDraft.objects.get().appointment == other


@pytest.mark.parametrize(
    ("visit_on", "asked_at", "now", "counts"),
    [
        (DAY, local("2026-03-09", "23:59"), local(DAY, "00:01"), {"injection"}),
        (DAY, local(DAY, "00:00"), local(DAY, "10:00"), DONE),
        (DAY, local(DAY, "23:50"), local("2026-03-11", "00:10"), DONE),
        (DAY, local("2026-03-09", "09:00"), local("2026-03-09", "09:10"), DONE),
        (DAY, local("2026-03-08", "09:00"), local("2026-03-09", "09:10"), {"injection"}),
        ("2026-07-01", local("2026-06-30", "23:59"), local("2026-07-01", "00:01"), {"injection"}),
        ("2026-07-01", local("2026-07-01", "00:00"), local("2026-07-01", "00:01"), DONE),
    ],
)
def test_identity_and_checks_count_from_the_day_of_the_visit_on(
    clinic: Clinic, visit_on: str, asked_at: datetime, now: datetime, counts: set[str]
) -> None:
    """By the clinic's date. Of who comes before their day, on the day on which they were asked."""
    visit = booked(clinic, visit_on)
    keep(visit, clinic, *DONE, now=asked_at)
    assert draft.draft_of(visit.pk, by=clinic.radiologist, now=now).finished == counts


def test_only_a_radiologist_begins_and_only_what_is_still_to_come(clinic: Clinic) -> None:
    """What is recorded has no draft any more; another visit keeps its own."""
    visit, other = booked(clinic), booked(clinic, "2026-03-11", "Cole")
    with pytest.raises(Forbidden):
        draft.keep_step(visit.pk, "identity", {}, is_finished=True, by=clinic.reception, now=AT)
    assert not ProcedureDraft.objects.exists()
    keep(visit, clinic, "identity")
    keep(other, clinic, "identity")
    not_given = Procedure(result="not-given", reason="Feels unwell")
    record_procedure(visit.pk, not_given, by=clinic.radiologist, now=AT)
    assert ProcedureDraft.objects.get().appointment == other
    with pytest.raises(WrongState, match="Nothing was saved: the appointment is"):
        keep(visit, clinic, "identity")
    with pytest.raises(Forbidden):
        draft.keep_step(visit.pk, "identity", {}, is_finished=True, by=clinic.manager, now=AT)
    assert ProcedureDraft.objects.get().appointment == other
