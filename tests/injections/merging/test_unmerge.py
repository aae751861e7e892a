"""A merge is taken back: both records as they were, and what came between with the one it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from injections.assessment.open_calls import open_call
from injections.merging.between import name_of, rows_between
from injections.merging.merge import merge_patients
from injections.merging.unmerge import Undecided, undoing_of, unmerge_patients
from injections.models import Assessment, Call, Injection, MilderVerdict, Note, PlannedActivity
from injections.patient.activities import plan_activity
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection
from injections.patient.notes import add_note
from injections.review.decide import DecisionRequest, decide
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid
from scheduling.models import Appointment, Merge, Message, Patient
from scheduling.patients.identity_checks import NumberTaken
from scheduling.patients.joining import details, of_patients
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import START, give

NUMBER, OTHER_NUMBER = "9990000018", "9990000026"


def merged(clinic: Clinic, source: Patient, target: Patient, **keep: str) -> Merge:
    merge_patients(source.pk, into_id=target.pk, keep=keep, by=clinic.manager, now=clinic.now)
    return Merge.objects.get(source=source, undone_at=None)


def take_back(clinic: Clinic, source: Patient, **assign: Patient) -> None:
    chosen = {name.replace("_", ":"): whose.pk for name, whose in assign.items()}
    unmerge_patients(source.pk, assign=chosen, by=clinic.manager, now=clinic.now)


def fresh(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


def owners(*patients: Patient) -> dict[str, list[int]]:
    """The ids of every row that belongs to each of these patients, by table and patient."""
    return {
        f"{model._meta.db_table} of {patient.pk}": sorted(
            model._base_manager.filter(patient=patient).values_list("pk", flat=True)
        )
        for model in of_patients()
        if model is not Assessment  # every judgement writes one
        for patient in patients
    }


def test_both_are_as_they_were(clinic: Clinic) -> None:
    """Details, bookings, messages, clinical rows; the merge's own judgements aside."""
    source = clinic.fit_patient("Ashdown", nhs_number=NUMBER, phone="07700 900456", former_names=["Turner"])
    target = clinic.fit_patient("Ashdowne", email="", nhs_number=OTHER_NUMBER)
    clinic.book(source, local("2026-03-10"))
    clinic.book(target, local("2026-10-13"))
    clinic.earlier_injection(source, "2020-01")
    open_call(source, why=Call.Why.UNDECIDED, say="Phone", now=clinic.now)
    before, as_they_were = owners(source, target), [details(fresh(one)) for one in (source, target)]
    merged(clinic, source, target, nhs_number="this", phone="this", family_name="this")
    assert (fresh(target).email, fresh(target).nhs_number) == ("ashdown@mail.example", NUMBER)
    assert fresh(target).former_names == ["Turner"]
    take_back(clinic, source)
    assert {name: ids for name, ids in owners(source, target).items() if ids != before[name]} == {}
    assert [details(fresh(one)) for one in (source, target)] == as_they_were
    assert fresh(source).merged_into is None
    recipients = {one.patient_id: one.recipient for one in Message.objects.filter(status="queued")}
    assert recipients == {source.pk: "ashdown@mail.example", target.pk: ""}
    entry = Entry.objects.get(verb="merge-undone")
    assert entry.patient_ids == sorted((source.pk, target.pk))


def test_what_belongs_to_a_visit_goes_where_the_visit_goes(clinic: Clinic) -> None:
    """The injection given meanwhile at a visit that was handed over counts for the one who got it alone."""
    source, target = clinic.fit_patient("Ashdown"), clinic.fit_patient("Ashdowne")
    visit = clinic.book(source, START).appointment
    assert visit is not None
    merge = merged(clinic, source, target)
    visit.refresh_from_db()
    assert visit.patient_id == target.pk
    give(visit, clinic)
    assert not rows_between(merge).asked
    take_back(clinic, source)
    assert Appointment.objects.get().patient_id == source.pk
    assert Injection.objects.get().patient_id == source.pk
    assert set(Message.objects.values_list("patient", flat=True)) == {source.pk}
    assert set(visit.assessments.values_list("patient", flat=True)) == {source.pk}
    again = clinic.book(target, START + timedelta(days=7))
    assert again.assessment is not None
    assert again.assessment.verdict == "clear"


def test_a_decision_made_between_stays_with_its_visit(clinic: Clinic) -> None:
    source, target = clinic.fit_patient("Ashdown"), clinic.fit_patient("Ashdowne")
    clinic.earlier_injection(source, "2026-01-20")
    visit = clinic.book(source, local("2026-03-10"), override_reason="Asked for").appointment
    assert visit is not None
    merged(clinic, source, target)
    told = DecisionRequest(outcome="override", reason="Weighed", reason_code="other")
    decide(visit.pk, told, by=clinic.radiologist, now=clinic.now)
    take_back(clinic, source)
    visit.refresh_from_db()
    assert (visit.patient_id, visit.status) == (source.pk, "booked")
    assert visit.decisions.get().assessment.patient_id == source.pk


def test_a_correction_goes_where_the_corrected_row_goes(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    ours = clinic.earlier_injection(source, "2020-01").row
    theirs = clinic.earlier_injection(target, "2021-01").row
    merged(clinic, source, target)
    for row, given in ((ours, "2019-06"), (theirs, "2018-06")):
        changes = {"given": given}
        correct_injection(row.pk, reason="A letter", changes=changes, by=clinic.reception, now=clinic.now)
    take_back(clinic, source)
    assert {one.supersedes_id: one.patient_id for one in Injection.objects.current()} == {
        ours.pk: source.pk,
        theirs.pk: target.pk,
    }


def test_what_names_its_row_goes_where_that_goes(clinic: Clinic) -> None:
    """A verdict that became milder by a correction, for the radiologist to see."""
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    ours = clinic.earlier_injection(source, "2020-01").row
    merged(clinic, source, target)
    noted = {"what": "An injection was corrected.", "findings": [], "at": clinic.now}
    of_ours = MilderVerdict.objects.create(patient=target, subject=f"injection:{ours.pk}", **noted)
    take_back(clinic, source)
    of_ours.refresh_from_db()
    assert of_ours.patient_id == source.pk


def test_what_says_nothing_is_asked_about_and_goes_where_it_is_said(clinic: Clinic) -> None:
    """A visit booked since, answers, a report, a note, a plan, an injection elsewhere; with what hangs on them."""
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merge = merged(clinic, source, target)
    clinic._put_in_order(target)
    visit = clinic.book(target, local("2026-03-10")).appointment
    assert visit is not None
    clinic.earlier_injection(target, "2020-01")
    add_note(target.pk, text="Allergic to latex", by=clinic.reception, now=clinic.now)
    start = local("2026-05-01")
    plan_activity(target.pk, kind="sport", start=start, agreed_to_move=False, by=clinic.reception, now=clinic.now)
    names = {name_of(row) for row in rows_between(merge).asked}
    kinds = {"appointment", "screening", "pathway", "imagingreport", "note", "plannedactivity", "injection"}
    assert {name.partition(":")[0] for name in names} == kinds
    with pytest.raises(Undecided) as refusal:
        take_back(clinic, source)
    undecided: Any = refusal.value.extra["undecided"]
    assert {one["row"] for one in undecided} == names
    assert any("Allergic to latex" in one["what"] for one in undecided)
    assert fresh(source).merged_into_id == target.pk
    whose = {name: target.pk if name.startswith("note") else source.pk for name in names}
    unmerge_patients(source.pk, assign=whose, by=clinic.manager, now=clinic.now)
    visit.refresh_from_db()
    assert visit.patient_id == source.pk
    assert set(visit.messages.values_list("patient", flat=True)) == {source.pk}
    assert Note.objects.get().patient_id == target.pk
    assert PlannedActivity.objects.get().patient_id == source.pk
    assert Injection.objects.get().patient_id == source.pk
    assert rows_of(target) == ["Note"]


def rows_of(patient: Patient) -> list[str]:
    """The kinds of rows that a patient has, but for verdicts."""
    found = [model.__name__ for model in of_patients() if model._base_manager.filter(patient=patient).exists()]
    return [name for name in found if name != "Assessment"]


def test_what_is_assigned_wrongly_is_refused_all_at_once(clinic: Clinic) -> None:
    source, target, third = (clinic.patient(f"Ashdown{letter}") for letter in "abc")
    merged(clinic, source, target)
    add_note(target.pk, text="Note", by=clinic.reception, now=clinic.now)
    assign = {f"note:{Note.objects.get().pk}": third.pk, "note:987": source.pk, "a/b": source.pk}
    with pytest.raises(Invalid) as refusal:
        unmerge_patients(source.pk, assign=assign, by=clinic.manager, now=clinic.now)
    assert len(refusal.value.errors) == 3
    assert {one.pointer for one in refusal.value.errors} >= {"#/assign/note:987", "#/assign/a~1b"}


def test_what_was_corrected_since_stays_corrected(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown", phone="07700 900456"), clinic.patient("Ashdowne", phone="")
    merged(clinic, source, target)
    changes = {"email": "new@mail.example"}
    correct_patient(target.pk, changes=changes, by=clinic.reception, now=clinic.now)
    take_back(clinic, source)
    assert (fresh(target).email, fresh(target).phone) == ("new@mail.example", "")
    assert (fresh(source).email, fresh(source).phone) == ("ashdown@mail.example", "+447700900456")


def test_records_that_came_along_go_back_along(clinic: Clinic) -> None:
    """A merged into B, B into C: the last is taken back first, and A counts for B again."""
    first, second, third = (clinic.patient(f"Ashdown{letter}") for letter in "abc")
    merged(clinic, first, second)
    merged(clinic, second, third)
    assert fresh(first).merged_into_id == third.pk
    with pytest.raises(Conflict, match="Undo that first"):
        take_back(clinic, first)
    take_back(clinic, second)
    assert (fresh(first).merged_into_id, fresh(second).merged_into_id) == (second.pk, None)
    take_back(clinic, first)
    assert fresh(first).merged_into is None


@pytest.mark.parametrize(("days", "is_possible"), [(30, True), (31, False)])
def test_it_is_possible_for_30_days(clinic: Clinic, days: int, is_possible: bool) -> None:
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merged(clinic, source, target)
    clinic.now += timedelta(days=days)
    if is_possible:
        take_back(clinic, source)
        return
    with pytest.raises(Conflict, match="within 30 days"):
        take_back(clinic, source)


def test_who_may_not_and_what_is_no_merge_is_refused(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    with pytest.raises(Conflict, match="has not been merged into another"):
        take_back(clinic, source)
    merged(clinic, source, target)
    with pytest.raises(Forbidden):
        unmerge_patients(source.pk, by=clinic.reception, now=clinic.now)
    Merge.objects.all().delete()
    with pytest.raises(Conflict, match="before merges could be undone"):
        take_back(clinic, source)


def test_a_number_given_to_somebody_else_meanwhile_is_said(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown", nhs_number=NUMBER), clinic.patient("Ashdowne")
    merged(clinic, source, target)
    correct_patient(target.pk, changes={"nhs_number": OTHER_NUMBER}, by=clinic.reception, now=clinic.now)
    clinic.patient("Zimmer", given_name="Ada", date_of_birth=date(1950, 1, 1), nhs_number=NUMBER)
    with pytest.raises(NumberTaken):
        take_back(clinic, source)
    assert fresh(source).merged_into_id == target.pk


def test_two_open_calls_for_one_reason_are_recorded_first(clinic: Clinic) -> None:
    """One record may have one alone: the refusal names the call to record."""
    source, target = clinic.fit_patient("Ashdown"), clinic.patient("Ashdowne")
    visit = clinic.book(source, local("2026-03-10")).appointment
    open_call(source, why=Call.Why.NOT_BETTER, say="Phone", now=clinic.now)
    merged(clinic, source, target)
    Call.objects.create(patient=target, appointment=visit, why="not-better", say="Phone", opened_at=clinic.now)
    with pytest.raises(Conflict, match="Record one of them first"):
        take_back(clinic, source)


def test_taken_back_and_merged_again(clinic: Clinic) -> None:
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merged(clinic, source, target)
    take_back(clinic, source)
    merge = merged(clinic, target, source)
    assert fresh(target).merged_into_id == source.pk
    assert replace(undoing_of(target.pk, now=clinic.now)).merge == merge
    assert Merge.objects.count() == 2


def test_the_database_gives_back_nothing_else(clinic: Clinic) -> None:
    """Not what was there before the merge, not by a merge that was taken back, not rows that are of no patient."""
    from django.db import DatabaseError, DataError, transaction

    from scheduling.models import Room
    from scheduling.patients.joining import give_back

    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    add_note(target.pk, text="Before", by=clinic.reception, now=clinic.now)
    merge = merged(clinic, source, target)
    give_back(merge, Note, [Note.objects.get().pk])
    assert Note.objects.get().patient_id == target.pk
    for model, held in ((Room, merge), (Note, Merge(pk=987654))):
        with pytest.raises((DataError, DatabaseError)), transaction.atomic():
            give_back(held, model, [1])
