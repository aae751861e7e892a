"""A death and two records of one person: both say it, or neither."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.booking.book import check
from injections.merging.merge import merge_patients
from injections.merging.unmerge import unmerge_patients
from injections.patient.death import take_back_death
from pht_clinic.errors import Conflict
from scheduling.messages import drafts, plan
from scheduling.messages.kinds import kind_of
from scheduling.messages.recipients import DECEASED
from scheduling.models import Appointment, Death, Patient
from scheduling.patients.death import HasDied
from tests.clinic import Clinic, local
from tests.pages_world import browser

LATER = timedelta(minutes=5)


def pair(clinic: Clinic) -> tuple[Patient, Patient]:
    return clinic.patient("Deane"), clinic.fit_patient("Dean")


def merge(clinic: Clinic, twin: Patient, kept: Patient) -> None:
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)


@pytest.mark.parametrize("which", [0, 1])
def test_one_that_died_is_not_merged_with_one_that_lives(clinic: Clinic, which: int) -> None:
    """Else visits and messages of the other record would go on; the sentence says what to do first."""
    twin, kept = pair(clinic)
    dead, alive = (twin, kept) if which == 0 else (kept, twin)
    clinic.death(dead)
    with pytest.raises(Conflict, match=f"Record the death on record {alive.pk} too") as refused:
        merge(clinic, twin, kept)
    assert refused.value.extra == {"deceased": str(dead.pk)}
    assert not Patient.objects.exclude(merged_into=None).exists()


def test_the_page_that_compares_says_so_before_anybody_chooses(clinic: Clinic) -> None:
    """The same sentence in place of the form; once both say it, or neither, the form is there."""
    twin, kept = pair(clinic)
    clinic.death(twin)
    manager = browser(clinic.users["manager"])
    said = manager.get("patient-merge", twin.pk, **{"with": kept.pk})
    assert f"Not now: Record {twin.pk} says that the patient has died, record {kept.pk} does not." in said
    assert "Merge the records" not in said
    clinic.death(kept)
    assert "Merge the records" in manager.get("patient-merge", twin.pk, **{"with": kept.pk})


def test_both_dead_are_merged_and_the_death_counts_for_the_person(clinic: Clinic) -> None:
    twin, kept = pair(clinic)
    visit = clinic.book(kept, local("2026-03-24")).appointment
    assert visit is not None
    clinic.death(twin)
    clinic.death(kept)
    merge(clinic, twin, kept)
    with pytest.raises(HasDied):
        check(clinic.ask(twin, local("2026-03-25")), now=clinic.now)
    about = drafts.About(
        patient=Patient.objects.get(pk=twin.pk), appointment=None, subject="patient:1", occasion="test"
    )
    due = plan.Planned("aftercare", clinic.now, clinic.now + LATER)
    row = drafts.row_for(kind_of("aftercare"), due, about, values={}, now=clinic.now)
    assert (row.status, row.reason) == ("cancelled", DECEASED)
    done = take_back_death(kept.pk, by=clinic.manager, now=clinic.now + LATER)
    assert [one.pk for one in done.back] == [visit.pk]
    assert not Patient.objects.exclude(death=None).exists()
    assert Death.objects.exclude(takes_back=None).count() == 2


def test_a_visit_of_the_record_merged_away_is_listed_to_be_booked_again(clinic: Clinic) -> None:
    twin, kept = pair(clinic)
    visit = clinic.book(twin, local("2026-03-24"), kind="follow-up").appointment
    assert visit is not None
    clinic.death(twin)
    clinic.death(kept)
    merge(clinic, twin, kept)
    done = take_back_death(kept.pk, by=clinic.manager, now=clinic.now + LATER)
    assert [(one.visit.pk, one.why) for one in done.not_back] == [
        (visit.pk, "It is on a record that has since been merged. Book it again.")
    ]
    assert Appointment.objects.get(pk=visit.pk).status == "cancelled"


def test_a_merge_is_not_taken_back_over_a_death_that_was_recorded_since(clinic: Clinic) -> None:
    """One of two people lives, whose visits it ended: they come back with the death, and each goes its way."""
    twin, kept = pair(clinic)
    merge(clinic, twin, kept)
    clinic.death(kept)
    with pytest.raises(Conflict, match="A death has been recorded since"):
        unmerge_patients(twin.pk, by=clinic.manager, now=clinic.now + LATER)
    take_back_death(kept.pk, by=clinic.manager, now=clinic.now + LATER)
    unmerge_patients(twin.pk, by=clinic.manager, now=clinic.now + LATER)
    assert Patient.objects.get(pk=twin.pk).merged_into is None


def test_each_has_its_own_death_again_when_a_merge_of_two_dead_is_taken_back(clinic: Clinic) -> None:
    twin, kept = pair(clinic)
    clinic.death(twin, "2025")
    clinic.death(kept, "2026")
    merge(clinic, twin, kept)
    unmerge_patients(twin.pk, by=clinic.manager, now=clinic.now + LATER)
    assert {one.pk: one.death and one.death.on for one in Patient.objects.all()} == {twin.pk: "2025", kept.pk: "2026"}
