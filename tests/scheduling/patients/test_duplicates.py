"""What waits on the list of possible duplicates, and what the nightly search puts there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from injections.merging.merge import merge_patients
from injections.merging.unmerge import unmerge_patients
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid, Missing
from pht_clinic.people.actors import PATIENT
from scheduling import tasks
from scheduling.models import DuplicateSearch, Patient, PossibleDuplicate
from scheduling.patients import duplicate_search
from scheduling.patients.duplicate_search import search_at_night, search_on
from scheduling.patients.duplicates import dismiss_duplicate, pairs_of, report_duplicate, waiting_duplicates
from scheduling.patients.other_records import alike_to_report
from tests.clinic import Clinic, local

NIGHT = local("2026-03-03", "02:00")
STRANGER: dict[str, Any] = {"given_name": "Ada", "date_of_birth": date(1950, 1, 30), "phone": "", "email": ""}


def report(clinic: Clinic, one: Patient, other: Patient) -> PossibleDuplicate:
    return report_duplicate(one.pk, other_id=other.pk, by=clinic.reception, now=clinic.now)


def waiting() -> list[tuple[str, str]]:
    return [(pair.one.family_name, pair.other.family_name) for pair in pairs_of(waiting_duplicates())]


def search(at: Any = NIGHT) -> None:
    search_at_night(now=lambda: at)


def test_the_search_finds_at_night_who_looks_alike_and_nobody_twice(clinic: Clinic) -> None:
    """A pair is one row, whichever record was compared first; strangers are not on the list."""
    clinic.patient("Ashdown")
    clinic.patient("Ashdowne")
    clinic.patient("Zimmer", **STRANGER)
    search()
    assert waiting() == [("Ashdown", "Ashdowne")]
    search(NIGHT + timedelta(days=1))
    assert PossibleDuplicate.objects.count() == 1
    assert Entry.objects.filter(verb="duplicate-found").count() == 1
    assert [one.compared for one in DuplicateSearch.objects.all()] == [3, 3]


def test_parent_and_child_on_one_phone_and_email_are_listed(clinic: Clinic) -> None:
    """They are registered without a word, and a manager looks at them once."""
    clinic.patient("Chen", given_name="Wei", date_of_birth=date(1951, 4, 3))
    clinic.patient("Chen", given_name="Mei", date_of_birth=date(1983, 11, 27))
    search()
    assert waiting() == [("Chen", "Chen")]


@pytest.mark.parametrize(("at", "runs"), [("00:59", 0), ("01:00", 1), ("04:59", 1), ("05:00", 0), ("14:00", 0)])
def test_it_searches_at_night_only(clinic: Clinic, at: str, runs: int) -> None:
    clinic.patient("Ashdown")
    search(local("2026-03-03", at))
    assert DuplicateSearch.objects.count() == runs


def test_once_a_night_and_on_from_where_it_stopped(clinic: Clinic) -> None:
    for letter in "abc":
        clinic.patient(f"Ashdown{letter}")
    found = DuplicateSearch.objects.create(started_at=NIGHT)
    for compared in (1, 2, 3):
        search_on(found, now=lambda: NIGHT, at_most=timedelta(0))
        assert found.compared == compared
        assert found.ended_at is None
    search(NIGHT + timedelta(minutes=1))
    found.refresh_from_db()
    assert (found.compared, found.found, found.ended_at) == (3, 3, NIGHT + timedelta(minutes=1))
    search(NIGHT + timedelta(minutes=2))
    assert DuplicateSearch.objects.count() == 1
    search(NIGHT + timedelta(days=1))
    assert DuplicateSearch.objects.count() == 2


def test_many_records_are_read_in_parts(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_search, "AT_ONCE", 2)
    for letter in "abcde":
        clinic.patient(f"Ashdown{letter}")
    search()
    assert DuplicateSearch.objects.get().compared == 5
    assert len(waiting()) == 10


def test_a_record_that_cannot_be_compared_keeps_no_other(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is named in the log by its number alone."""
    broken, *_ = (clinic.patient(f"Ashdown{letter}") for letter in "abc")
    compare = duplicate_search.family_or_look_alikes

    def failing(patient: Patient) -> Any:
        if patient == broken:
            raise ValueError("It cannot be compared.")
        return compare(patient)

    monkeypatch.setattr(duplicate_search, "family_or_look_alikes", failing)
    search()
    assert len(waiting()) == 3
    assert [one.message for one in caplog.records] == [f"searching for duplicates: record {broken.pk} failed"]


def test_beat_calls_for_a_step_every_minute(clinic: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["search-duplicates"]
    assert (entry["task"], entry["schedule"]) == (tasks.search_duplicates.name, 60.0)
    clinic.patient("Ashdown")
    monkeypatch.setattr(tasks.clock, "now", lambda: NIGHT)
    tasks.search_duplicates()
    assert DuplicateSearch.objects.get().compared == 1


def test_what_a_person_said_is_not_found_again(clinic: Clinic) -> None:
    """Nor shown on the page of either; who reports it again is heard."""
    one, other = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    dismiss_duplicate(report(clinic, one, other).pk, reason="Twins", by=clinic.manager, now=clinic.now)
    search()
    assert waiting() == []
    assert alike_to_report(one) == []
    report(clinic, other, one)
    assert waiting() == [("Ashdown", "Ashdowne")]
    assert [alike.found.patient for alike in alike_to_report(one)] == [other]


def test_a_pair_that_is_merged_waits_again_once_the_merge_is_taken_back(clinic: Clinic) -> None:
    one, other = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    row = report(clinic, one, other)
    merge_patients(one.pk, into_id=other.pk, by=clinic.manager, now=clinic.now)
    assert waiting() == []
    with pytest.raises(Conflict, match="already been merged"):
        dismiss_duplicate(row.pk, reason="Twins", by=clinic.manager, now=clinic.now)
    with pytest.raises(Conflict, match="already been merged"):
        report(clinic, one, other)
    unmerge_patients(one.pk, by=clinic.manager, now=clinic.now)
    assert waiting() == [("Ashdown", "Ashdowne")]


def test_records_merged_away_stand_for_the_one_that_stands(clinic: Clinic) -> None:
    """Two rows about what is one pair meanwhile are one on the list, and are closed together."""
    one, other, third = (clinic.patient(f"Ashdown{letter}") for letter in "abc")
    first, second = report(clinic, one, other), report(clinic, one, third)
    merge_patients(third.pk, into_id=other.pk, by=clinic.manager, now=clinic.now)
    assert waiting() == [("Ashdowna", "Ashdownb")]
    assert report(clinic, third, one) == first
    dismiss_duplicate(second.pk, reason="Twins", by=clinic.manager, now=clinic.now)
    assert waiting() == []
    assert {row.reason for row in PossibleDuplicate.objects.all()} == {"Twins"}
    search()
    assert waiting() == []


def test_who_may_not_and_what_is_no_pair_is_refused(clinic: Clinic) -> None:
    one, other = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    row = report(clinic, one, other)
    with pytest.raises(Forbidden):
        dismiss_duplicate(row.pk, reason="Twins", by=clinic.reception, now=clinic.now)
    with pytest.raises(Forbidden):
        report_duplicate(one.pk, other_id=other.pk, by=PATIENT, now=clinic.now)
    with pytest.raises(Missing):
        report_duplicate(987654, other_id=other.pk, by=clinic.reception, now=clinic.now)
    for other_id, note in ((one.pk, ""), (987654, ""), (other.pk, "x" * 2001)):
        with pytest.raises(Invalid):
            report_duplicate(one.pk, other_id=other_id, note=note, by=clinic.reception, now=clinic.now)
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(Invalid):
            dismiss_duplicate(row.pk, reason=reason, by=clinic.manager, now=clinic.now)


@pytest.mark.parametrize("count", [2, 6])
def test_the_list_takes_as_many_queries_for_many_as_for_few(
    clinic: Clinic, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        clinic.patient(f"Ashdown{'abcdef'[number]}")
    search()
    with django_assert_num_queries(2):
        assert len(pairs_of(waiting_duplicates())) == count * (count - 1) // 2
    first = Patient.objects.all()[0]
    with django_assert_num_queries(4):
        assert len(alike_to_report(first)) == count - 1
