"""Reception reports one person in two records with one click; a manager decides."""

from __future__ import annotations

from datetime import date

from pht_clinic.audit.models import Entry
from scheduling.models import PossibleDuplicate
from scheduling.patients.duplicate_search import search_at_night
from scheduling.patients.duplicates import report_duplicate
from tests.api_world import World
from tests.clinic import local, registered_twice
from tests.pages_world import Browser


def test_reception_reports_from_the_patients_page_with_one_click(
    world: World, reception: Browser, manager: Browser
) -> None:
    """Who looks alike is reported; both pages say by whom, and the manager's Home counts it."""
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    assert "Report as registered twice" in reception.get("patient", here.pk)
    said = reception.post("duplicate-registered-twice", here.pk)
    assert f"Reported together with record {other.pk}. A manager compares the records." in said
    assert f"May be the same person: Robin Ashdowne, record {other.pk}, born 1 May 1980, record {other.pk}." in said
    assert "Reported by reception on 2 March 2026; a manager decides." in said
    reception.post("duplicate-registered-twice", here.pk)
    assert PossibleDuplicate.objects.count() == 1
    assert "Reported by reception on 2 March 2026; a manager decides." in reception.get("patient", other.pk)
    assert Entry.objects.filter(verb="duplicate-reported").get().patient_ids == [here.pk, other.pk]
    assert "1 possible duplicate" in manager.get("home")
    said = manager.get("duplicate-list")
    assert "Robin Ashdown and Robin Ashdowne" in said
    assert f'href="/patients/{here.pk}/merge/?with={other.pk}"' in manager.html


def test_somebody_who_does_not_look_alike_is_found_and_reported(world: World, reception: Browser) -> None:
    here = world.clinic.patient("Ashdown")
    other = world.clinic.patient("Zimmer", given_name="Ada", date_of_birth=date(1950, 1, 1), phone="", email="")
    said = reception.post("duplicate-registered-twice", here.pk)
    assert "No other record looks like this one. Find the other record and report it." in said
    assert "Report a duplicate of Robin Ashdown" in said
    said = reception.post("duplicate-report", here.pk, data={"text": "zimmer"}, expect=200)
    assert "Report as the same person with Ada Zimmer" in said
    assert "Register a new patient" not in said
    reception.post("duplicate-report-other", here.pk, other.pk)
    assert PossibleDuplicate.objects.get().noted_by == world.clinic.users["reception"]


def test_who_looks_alike_is_offered_with_why(world: World, reception: Browser) -> None:
    """Each with its own button, until it is reported."""
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    said = reception.get("duplicate-report", here.pk)
    assert "The given name agrees, the family name is nearly the same. The date of birth is the same." in said
    assert f'action="/patients/{here.pk}/duplicate/{other.pk}/"' in reception.html
    said = reception.post("duplicate-report-other", here.pk, other.pk)
    assert "Reported. A manager compares the two records." in said
    assert "Similar records" not in reception.get("duplicate-report", here.pk)


def test_what_cannot_be_reported_is_said(world: World, reception: Browser) -> None:
    here = registered_twice(world.clinic, "Ashdown")
    merged = here.merged_from.get()
    assert "cannot be a duplicate of itself" in reception.post("duplicate-report-other", here.pk, here.pk)
    assert "There is no patient 987654321." in reception.post("duplicate-report-other", here.pk, 987654321)
    assert "have already been merged" in reception.post("duplicate-report-other", here.pk, merged.pk)
    reception.post("duplicate-report-other", 987654321, here.pk, expect=404)
    reception.get("duplicate-report", merged.pk, expect=302)
    reception.get("duplicate-list", expect=403)


def test_a_manager_says_that_they_are_two_people(world: World, manager: Browser, reception: Browser) -> None:
    """With a reason; the pair is asked about no more, by the page or the search, until somebody reports it again."""
    clinic = world.clinic
    here, other = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    row = report_duplicate(here.pk, other_id=other.pk, note="Same phone", by=clinic.reception, now=clinic.now)
    assert "Reported by reception: Same phone" in manager.get("duplicate-dismiss", row.pk)
    said = manager.post("duplicate-dismiss", row.pk, data={"reason": ""}, expect=422)
    assert "Answer “Why they are two people”." in said
    said = manager.post("duplicate-dismiss", row.pk, data={"reason": "Twins"})
    assert "Recorded: they are two people." in said
    assert "No records are waiting for a decision." in said
    assert "May be the same person" not in reception.get("patient", here.pk)
    world.at(local("2026-03-03", "02:00"))
    search_at_night(now=lambda: world.clinic.now)
    assert not PossibleDuplicate.objects.undecided().exists()
    manager.get("duplicate-dismiss", row.pk, expect=302)
    assert "Somebody has already said that these are two people." in manager.get("duplicate-list")
    report_duplicate(here.pk, other_id=other.pk, by=clinic.reception, now=clinic.now)
    assert "Robin Ashdown and Robin Ashdowne" in manager.get("duplicate-list")


def test_the_list_offers_merges_to_take_back(world: World, manager: Browser) -> None:
    first = registered_twice(world.clinic, "Ashdown")
    merged = first.merged_from.get()
    said = manager.get("duplicate-list")
    assert "It has not run yet." in said
    assert "It can be undone until 1 April 2026." in said
    assert f'href="/patients/{merged.pk}/unmerge/"' in manager.html
    world.at(local("2026-04-02"))
    assert "Merged in the last 30 days" not in manager.get("duplicate-list")
    manager.get("patient-unmerge", merged.pk, expect=302)
    assert "within 30 days, and this one is older" in manager.get("patient", first.pk)
