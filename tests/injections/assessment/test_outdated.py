"""Verdicts that have fallen behind: which bookings the new rules reach, and which visits are counted as given."""

from datetime import timedelta
from typing import Any

import pytest

from injections.assessment import outdated, reassess, verdict
from injections.booking.cancel import cancel
from injections.merging.merge import merge_patients
from injections.models import FailedTry
from injections.safety.policy import DEFAULT
from injections.visit.arrival import arrive
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local
from tests.injections.worklists.test_lapse import IN_6_WEEKS, SOON, booked_around

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
COUNTED = "counted-as-given"


@pytest.fixture
def new_rules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Called, it puts stricter rules in force."""

    def put_in_force() -> None:
        stricter = DEFAULT.tightened({"repeat_review_months": 5})
        monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
        monkeypatch.setattr(outdated, "effective_policy", lambda: stricter)

    return put_in_force


def booked(clinic: Clinic, patient: Patient, day: str, at: str = "10:00", **ask: Any) -> Appointment:
    found = clinic.book(patient, local(day, at), override_reason="Asked for", **ask).appointment
    assert found is not None
    return found


def test_new_rules_reach_what_is_coming_and_has_a_verdict(clinic: Clinic, new_rules: Any) -> None:
    """Not what is over or cancelled, not a talk, and nobody without a booking of that kind."""
    nobody, patient = clinic.fit_patient("Ash"), clinic.fit_patient("Birch")
    place = {"practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk}
    over, off = booked(clinic, patient, "2026-03-03"), booked(clinic, patient, "2026-03-04")
    cancel(off.pk, reason="Is ill", by=clinic.reception, now=clinic.now)
    booked(clinic, nobody, "2026-03-12", kind="follow-up", **place)
    coming, physio = booked(clinic, patient, "2026-03-10"), booked(clinic, patient, "2026-03-20", kind="physiotherapy")
    now = local("2026-03-05")
    assert (outdated.progress(now=now), list(outdated.outdated_bookings(now=now))) == (outdated.Progress(2, 2), [])
    new_rules()
    assert set(outdated.outdated_bookings(now=over.end_at - HOUR)) == {over, coming, physio}
    assert set(outdated.outdated_bookings(now=now)) == {coming, physio}
    progress = outdated.progress(now=now)
    assert (progress.judged, progress.bookings, progress.waiting) == (0, 2, 2)
    assert outdated.reassess_outdated(now=now, at_most=1) == 1
    assert outdated.progress(now=now) == outdated.Progress(2, 2)
    [entry] = Entry.objects.filter(verb="rules-applied")
    assert (entry.actor_kind, entry.subject, entry.patient_ids) == ("system", f"patient:{patient.pk}", [patient.pk])
    assert {one.assessments.latest("pk").occasion for one in (coming, physio)} == {"rules-applied"}
    assert {one.assessments.latest("pk").occasion for one in (over, off)} == {"booking"}
    assert outdated.reassess_outdated(now=now) == 0


def test_of_one_patient_all_bookings_are_judged_at_one_time(clinic: Clinic, new_rules: Any) -> None:
    """Some patients at each call, not some bookings."""
    for name, hour in (("Birch", "10:00"), ("Cole", "11:00")):
        patient = clinic.fit_patient(name)
        for day in ("2026-03-10", "2026-09-15"):
            booked(clinic, patient, day, hour)
    new_rules()
    seen = []
    while outdated.reassess_outdated(now=clinic.now, at_most=1):
        seen.append(outdated.progress(now=clinic.now).judged)
    assert seen == [2, 4]


def test_a_patient_who_cannot_be_judged_lets_the_others_be_judged(
    clinic: Clinic, new_rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (clinic.fit_patient(name) for name in ("Birch", "Cole"))
    for patient, hour in ((bad, "10:00"), (good, "11:00")):
        booked(clinic, patient, "2026-03-10", hour)
    new_rules()
    judge = reassess.patients
    with monkeypatch.context() as broken:
        broken.setattr(
            reassess, "patients", lambda changed, **values: 1 / 0 if changed[0] == bad else judge(changed, **values)
        )
        assert [outdated.reassess_outdated(now=clinic.now, at_most=1) for _ in range(3)] == [0, 1, 0]
    row = FailedTry.objects.get()
    assert (row.task, row.row_id) == ("reassess-outdated", bad.pk)
    assert outdated.reassess_outdated(now=row.next_try_at) == 1


def counted() -> list[tuple[str, list[int]]]:
    rows = Entry.objects.filter(verb=COUNTED).order_by("pk")
    return [(row.subject, row.patient_ids) for row in rows]


def test_each_visit_without_an_outcome_is_counted_at_its_own_time(clinic: Clinic) -> None:
    """The one before it, counted an hour earlier, says nothing of it; nor does an arrival noted after its end."""
    clinic.fit_patient("Ash")
    patient = clinic.fit_patient("Birch")
    first, second = (booked(clinic, patient, "2026-03-10", at) for at in ("09:00", "10:00"))
    coming = booked(clinic, patient, "2026-09-15")
    arrive(first.pk, by=clinic.reception, now=first.end_at + HOUR)
    Appointment.objects.filter(pk=second.pk).update(status="booked", pending_since=None)
    assert outdated.count_as_given(now=first.end_at + 2 * HOUR, at_most=1) == 1
    assert counted() == [(f"appointment:{first.pk}", [patient.pk])]
    assert outdated.count_as_given(now=second.end_at + 2 * HOUR, at_most=1) == 1
    assert counted()[1:] == [(f"appointment:{second.pk}", [patient.pk])]
    assert outdated.count_as_given(now=second.end_at + 3 * HOUR) == 0
    given = coming.assessments.latest("pk").facts["injections"]
    assert [one["given"] for one in given] == ["2026-03-10", "2026-03-10"]


def test_two_visits_that_are_over_are_told_of_once_each(clinic: Clinic) -> None:
    """Of whom they are, and of nobody else who has one."""
    for number, name in enumerate(("Birch", "Cole")):
        booked_around(clinic, name, number)
    patient = clinic.fit_patient("Dean")
    visits = [booked(clinic, patient, "2026-03-10", at) for at in ("11:00", "12:00", "13:00")]
    Appointment.objects.filter(pk__in=[one.pk for one in visits]).update(status="booked", pending_since=None)
    booked(clinic, patient, "2026-09-15")
    now = SOON + 12 * HOUR
    assert [outdated.count_as_given(now=now, at_most=1) for _ in range(4)] == [1, 1, 3, 0]
    of_dean = [subject for subject, patients in counted() if patients == [patient.pk]]
    assert sorted(of_dean) == sorted(f"appointment:{one.pk}" for one in visits)
    assert len(counted()) == 5


def test_a_visit_of_a_merged_record_is_counted_for_the_one_that_is_kept(clinic: Clinic) -> None:
    """Counted before, it is told of once more: from now on the visit is theirs."""
    soon, after = booked_around(clinic, "Birch")
    kept, twin = clinic.patient("Kept"), soon.patient
    now = soon.end_at + 2 * HOUR
    assert outdated.count_as_given(now=now) == 1
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=now)
    assert [outdated.count_as_given(now=now + HOUR) for _ in range(2)] == [1, 0]
    assert counted() == [(f"appointment:{soon.pk}", [one.pk]) for one in (twin, kept)]
    after.refresh_from_db()
    assert (after.start_at, after.patient, after.status) == (IN_6_WEEKS, kept, "pending")
