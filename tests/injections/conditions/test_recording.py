"""Allergies, conditions and medicines by their use cases: recorded once, withdrawn with a reason, never changed."""

from __future__ import annotations

import pytest

from injections.conditions.recording import AlreadyRecorded, withdraw_allergy, withdraw_condition
from injections.merging.between import name_of
from injections.merging.merge import merge_patients
from injections.merging.unmerge import Undecided, unmerge_patients
from injections.models import AllergyIntolerance, Condition
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid, Missing
from tests.clinic import NOW, Clinic


def problems(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {one.pointer: one.detail for one in refused.value.errors}


def test_an_allergy_says_what_since_when_and_by_whom(clinic: Clinic) -> None:
    patient = clinic.patient()
    row = clinic.allergy(patient, "  Penicillin ", reaction="Rash", since="2019-05", said_by="The GP’s letter")
    assert (row.substance, row.reaction, row.since, row.said_by) == ("Penicillin", "Rash", "2019-05", "The GP’s letter")
    assert (row.recorded_at, row.recorded_by_id, row.stands) == (NOW, clinic.reception.user_id, True)
    entry = Entry.objects.latest("pk")
    assert (entry.verb, entry.subject, entry.patient_ids) == (
        "allergy-recorded",
        f"allergyintolerance:{row.pk}",
        [patient.pk],
    )


def test_what_is_not_known_stays_open(clinic: Clinic) -> None:
    row = clinic.allergy(clinic.patient(), reaction="", since=None)
    assert (row.reaction, row.since) == ("", "")


@pytest.mark.parametrize(
    ("values", "pointer", "said"),
    [
        ({"substance": " "}, "#/substance", "Name the substance."),
        ({"said_by": ""}, "#/said_by", "Say who said it."),
        ({"substance": "x" * 201}, "#/substance", "Use at most 200 characters."),
        ({"reaction": "a\u202eb"}, "#/reaction", "turns the direction of writing around"),
        ({"substance": "Latex\x00"}, "#/substance", "cannot be seen"),
        ({"since": "2026-04"}, "#/since", "The date is in the future."),
        ({"since": "2026-03-03"}, "#/since", "The date is in the future."),
        ({"since": "1979"}, "#/since", "The date is before the date of birth, 1 May 1980."),
        ({"since": "2019-13"}, "#/since", "The date "),
    ],
)
def test_what_makes_no_sense_is_refused(clinic: Clinic, values: dict[str, str], pointer: str, said: str) -> None:
    patient = clinic.patient()
    with pytest.raises(Invalid) as refused:
        clinic.allergy(patient, **values)
    assert said in problems(refused)[pointer]
    assert not AllergyIntolerance.objects.exists()


@pytest.mark.parametrize("since", ["2026", "2026-03", "2026-03-02", "1980", "1980-05-01"])
def test_what_has_begun_and_the_day_of_birth_are_accepted(clinic: Clinic, since: str) -> None:
    assert clinic.allergy(clinic.patient(), since=since).since == since


def test_every_problem_is_named_at_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    with pytest.raises(Invalid) as refused:
        clinic.condition(patient, "", kind="habit", code="x y", since="1900", said_by="")
    assert problems(refused).keys() == {"#/name", "#/kind", "#/code", "#/since", "#/said_by"}


def test_the_same_is_recorded_once_until_it_is_withdrawn(clinic: Clinic) -> None:
    """Capital letters make no difference; a condition and a medicine of one name are two things."""
    patient = clinic.patient()
    first = clinic.allergy(patient, "Latex")
    with pytest.raises(AlreadyRecorded) as refused:
        clinic.allergy(patient, "LATEX")
    assert refused.value.extra == {"recorded": [str(first.pk)]}
    withdraw_allergy(first.pk, reason="Patch test negative", by=clinic.radiologist, now=NOW)
    assert clinic.allergy(patient, "latex").stands
    clinic.condition(patient, "Iron", kind="medicine")
    clinic.condition(patient, "Iron", kind="condition")
    with pytest.raises(AlreadyRecorded):
        clinic.condition(patient, "iron", kind="condition")


def test_a_withdrawal_is_a_new_row_with_its_reason(clinic: Clinic) -> None:
    patient = clinic.patient()
    old = clinic.condition(patient, "Prednisolone", kind="medicine")
    row = withdraw_condition(old.pk, reason=" Stopped ", by=clinic.radiologist, now=NOW)
    assert (row.supersedes_id, row.is_withdrawn, row.reason, row.name) == (old.pk, True, "Stopped", "Prednisolone")
    assert not Condition.objects.current().exists()
    assert Condition.objects.get(pk=old.pk).reason == ""
    assert Entry.objects.latest("pk").verb == "condition-withdrawn"
    with pytest.raises(Conflict, match="already been corrected or withdrawn"):
        withdraw_condition(old.pk, reason="Again", by=clinic.radiologist, now=NOW)
    with pytest.raises(AppendOnlyError):
        old.save()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4001])
def test_nothing_is_withdrawn_without_a_reason(clinic: Clinic, reason: str) -> None:
    row = clinic.allergy(clinic.patient())
    with pytest.raises(Invalid):
        withdraw_allergy(row.pk, reason=reason, by=clinic.reception, now=NOW)


def test_a_manager_records_and_withdraws_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    row = clinic.allergy(patient)
    with pytest.raises(Forbidden):
        withdraw_allergy(row.pk, reason="No", by=clinic.manager, now=NOW)
    clinic.reception = clinic.manager
    with pytest.raises(Forbidden):
        clinic.allergy(patient, "Iodine")
    with pytest.raises(Forbidden):
        clinic.condition(patient)


def test_a_merged_record_takes_nothing_and_what_it_holds_counts_for_the_one_that_stands(clinic: Clinic) -> None:
    gone, kept = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    clinic.allergy(gone, "Latex")
    merge_patients(gone.pk, into_id=kept.pk, by=clinic.manager, now=NOW)
    with pytest.raises(Conflict):
        clinic.allergy(gone, "Iodine")
    with pytest.raises(AlreadyRecorded):
        clinic.allergy(kept, "Latex")


def test_what_does_not_exist_is_missing(clinic: Clinic) -> None:
    with pytest.raises(Missing, match="no such allergy"):
        withdraw_allergy(987_654_321, reason="Gone", by=clinic.reception, now=NOW)


def test_what_is_recorded_between_a_merge_and_its_undoing_goes_to_whom_somebody_says(clinic: Clinic) -> None:
    """Named in words; a withdrawal goes where goes what it withdraws."""
    source, target = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=NOW)
    allergy, medicine = clinic.allergy(target, "Latex"), clinic.condition(target, "Iron", kind="medicine")
    gone = withdraw_allergy(allergy.pk, reason="No", by=clinic.radiologist, now=NOW)
    with pytest.raises(Undecided) as refused:
        unmerge_patients(source.pk, by=clinic.manager, now=NOW)
    asked = {one["row"]: one["what"] for one in refused.value.extra["undecided"]}  # type: ignore[attr-defined]  # a list
    assert asked == {
        name_of(allergy): "Allergy recorded Monday 2 March 2026 at 09:00: Latex",
        name_of(medicine): "Medicine recorded Monday 2 March 2026 at 09:00: Iron",
    }
    assign = {name_of(allergy): source.pk, name_of(medicine): target.pk}
    unmerge_patients(source.pk, assign=assign, by=clinic.manager, now=NOW)
    assert set(AllergyIntolerance.objects.values_list("pk", "patient_id")) == {
        (allergy.pk, source.pk),
        (gone.pk, source.pk),
    }
    assert Condition.objects.get().patient_id == target.pk
