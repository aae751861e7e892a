"""Beside the search stand the patients whom this very person opened last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.merging import merge
from injections.patient.keeping.erase import AskedToErase, erase
from injections.patient.recent import MOST, WITHIN, recently_opened
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import viewed
from scheduling.models import Patient
from scheduling.patients.duplicates import report_duplicate
from tests.api_world import World
from tests.clinic import NOW
from tests.pages_world import Browser

HEAD = "You opened last"


def names(world: World) -> list[str]:
    return [one.family_name for one in recently_opened(by=world.clinic.reception, now=NOW)]


def test_they_stand_below_the_search_the_last_one_first_and_nobody_sees_anothers(
    world: World, reception: Browser, radiologist: Browser
) -> None:
    one, other = world.clinic.patient("Ashdown"), world.clinic.patient("Birch", nhs_number="")
    report_duplicate(one.pk, other_id=other.pk, note="", by=world.clinic.reception, now=NOW)
    assert HEAD not in reception.get("patient-search")
    for patient in (other, one, other):
        reception.get("patient", patient.pk)  # whose page names the other one too
    said = reception.get("patient-search")
    assert said.index(HEAD) < said.index("Birch") < said.index("Ashdown")
    entry = Entry.objects.filter(verb="viewed", subject="patient-search").latest("pk")
    assert set(entry.patient_ids) == {one.pk, other.pk}
    assert HEAD not in radiologist.get("patient-search")
    assert HEAD not in reception.post("patient-search", data={"text": "nobody"}, expect=200)


@pytest.mark.django_db
def test_whoever_was_erased_is_left_out_and_a_merged_record_leads_to_the_one_that_stands(world: World) -> None:
    clinic = world.clinic
    gone, kept, merged = (clinic.patient(name) for name in ("Ashdown", "Birch", "Cedar"))
    for patient in (gone, kept, merged):
        viewed(by=clinic.reception, now=NOW, patients=[patient.pk], what="patient", opened=patient.pk)
    assert names(world) == ["Cedar", "Birch", "Ashdown"]
    merge.merge_patients(merged.pk, into_id=kept.pk, by=clinic.manager, now=NOW)
    asked = AskedToErase(number=str(gone.pk), reason_code="asked", reason="By letter")
    erase(gone.pk, asked, by=clinic.manager, now=NOW)
    assert names(world) == ["Birch"]


def test_eight_of_the_last_two_weeks_in_two_queries(world: World) -> None:
    clinic = world.clinic
    people = [clinic.patient(f"Ashdown{letter}") for letter in "abcdefghij"]
    for number, patient in enumerate(people):
        at = NOW - WITHIN + timedelta(seconds=number)
        viewed(by=clinic.reception, now=at, patients=[patient.pk], what="patient", opened=patient.pk)
    with CaptureQueriesContext(connection) as asked:
        found = names(world)
    assert found == [one.family_name for one in reversed(people)][:MOST]
    assert len(asked) == 2
    assert Patient.objects.count() == 10
    assert [one.family_name for one in recently_opened(by=clinic.reception, now=NOW + timedelta(seconds=8.5))] == [
        "Ashdownj"
    ]
