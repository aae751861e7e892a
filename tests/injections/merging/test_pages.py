"""One person kept twice: a manager finds the other record, compares the two and says which is kept."""

from __future__ import annotations

import pytest

from injections.merging import merge
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Patient
from scheduling.patients.search import search_patients
from tests.api_world import World
from tests.clinic import NOW, local
from tests.pages_world import Browser

NUMBER, OTHER_NUMBER = "9990000018", "9990000026"
DIFFER = ("family_name", "email")


def chosen(kept: Patient, of: Patient | None = None, *, differ: tuple[str, ...] = DIFFER) -> dict[str, object]:
    """The form with everything chosen: which record is kept, and whose details (as a rule, its own)."""
    details = {f"keep_{name}": (of or kept).pk for name in differ}
    return {"keep": kept.pk, "same_person": "on", **details}


def test_the_other_record_is_found_but_not_the_same_one(world: World, manager: Browser) -> None:
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    said = manager.get("patient", here.pk)
    assert "Merge with another record" in said
    said = manager.post("patient-merge", here.pk, data={"text": "ashdown"}, expect=200)
    assert "1 patient found" in said
    assert "Robin Ashdowne" in said
    assert f'href="/patients/{here.pk}/merge/?with={other.pk}"' in manager.html
    assert "Register a new patient" not in said
    nobody = manager.post("patient-merge", here.pk, data={"text": "zzzz"}, expect=200)
    assert "register" not in nobody.split("Nobody found")[1]


def test_two_records_are_compared_and_merged(world: World, manager: Browser) -> None:
    """What differs is marked; everything counts for the one that is kept, which gets the only NHS number there is."""
    clinic = world.clinic
    here, other = clinic.patient("Ashdown"), clinic.fit_patient("Ashdowne", nhs_number=NUMBER, phone="")
    visit = clinic.book(other, local("2026-03-10", "09:20")).appointment
    assert visit is not None
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    assert "Name differs Robin Ashdown Robin Ashdowne" in said
    assert f"NHS number differs Not given {NUMBER}" in said
    assert "Born 1 May 1980 1 May 1980" in said
    assert "Tuesday 10 March 2026 at 09:20, visit" in said
    assert "These may be two people" not in said
    assert "checked>" not in manager.html
    entry = Entry.objects.order_by("-pk")[0]
    assert (entry.verb, set(entry.patient_ids)) == ("viewed", {here.pk, other.pk})

    asked = {"with": other.pk}
    said = manager.post("patient-merge", here.pk, query=asked, expect=422)
    assert "Choose which record is kept." in said
    assert "Say that you have compared both records." in said
    assert "Choose which family name is right." in said
    assert "Choose which email address is right." in said
    assert not Patient.objects.filter(merged_into__isnull=False).exists()
    said = manager.post("patient-merge", here.pk, query=asked, data=chosen(here))
    assert f"The records are merged: Robin Ashdown, record {here.pk}." in said
    assert "1 open booking was checked again: now booked." in said
    visit.refresh_from_db()
    assert visit.patient_id == here.pk
    assert [one.pk for one in search_patients(NUMBER, today=NOW.date()).patients] == [here.pk]


def test_the_other_record_may_be_the_one_that_is_kept(world: World, manager: Browser) -> None:
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne")
    said = manager.post("patient-merge", here.pk, query={"with": other.pk}, data=chosen(other))
    assert f"The records are merged: Robin Ashdowne, record {other.pk}." in said
    assert f"Record {here.pk}, Robin Ashdown, was merged into this one on 2 March 2026 by manager." in said
    here.refresh_from_db()
    assert here.merged_into_id == other.pk
    for asked in ({}, {"with": other.pk}):
        manager.get("patient-merge", here.pk, expect=302, **asked)
        assert manager.last.headers["Location"] == f"/patients/{other.pk}/"
    manager.get("patient-merge", other.pk, expect=302, **{"with": here.pk})
    assert manager.last.headers["Location"] == f"/patients/{other.pk}/"


def test_somebody_merged_meanwhile_is_looked_at_by_the_record_that_is_kept(world: World, manager: Browser) -> None:
    clinic = world.clinic
    here, other, kept = (clinic.patient(name) for name in ("Ashdown", "Ashdowne", "Ashdon"))
    merge.merge_patients(other.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    manager.get("patient-merge", here.pk, expect=302, **{"with": other.pk})
    assert manager.last.headers["Location"] == f"/patients/{here.pk}/merge/?with={kept.pk}"


def test_two_numbers_or_birthdays_may_be_two_people(world: World, manager: Browser) -> None:
    here = world.clinic.patient("Ashdown", nhs_number=NUMBER)
    other = world.clinic.patient("Ashdowne", nhs_number=OTHER_NUMBER)
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    assert "Take care: the NHS numbers differ. These may be two people." in said
    Patient.objects.filter(pk=other.pk).update(date_of_birth="1981-05-01")
    said = manager.get("patient-merge", here.pk, **{"with": other.pk})
    assert "Take care: the dates of birth differ, and so do the NHS numbers." in said
    sent = chosen(here, differ=(*DIFFER, "date_of_birth", "nhs_number"))
    manager.post("patient-merge", here.pk, query={"with": other.pk}, data=sent)
    other.refresh_from_db()
    assert other.nhs_number == OTHER_NUMBER


def test_open_visits_that_overlap_are_named_and_nothing_is_merged(world: World, manager: Browser) -> None:
    clinic = world.clinic
    here, other = clinic.fit_patient("Ashdown"), clinic.patient("Ashdowne")
    first = clinic.book(here, local("2026-03-10", "09:20")).appointment
    second = clinic.book(other, local("2026-03-10", "09:30"), kind="physiotherapy").appointment
    assert first is not None
    assert second is not None
    said = manager.post("patient-merge", here.pk, query={"with": other.pk}, data=chosen(here), expect=409)
    assert "Open bookings of the two records overlap. Move one of them first." in said
    panel = said.split("Move one of them first.")[1].split("Nothing has been merged.")[0]
    assert "Tuesday 10 March 2026 at 09:30" in panel
    assert "Injection, left hamstring origin" in panel
    assert manager.html.count("checked>") == 4
    assert list(Appointment.objects.order_by("pk").values_list("patient", flat=True)) == [here.pk, other.pk]


def test_what_was_changed_since_it_was_compared_is_compared_again(
    world: World, manager: Browser, reception: Browser
) -> None:
    """Nothing that the manager never saw is merged; the page then shows it, and what was chosen stays."""
    here, other = world.clinic.patient("Ashdown"), world.clinic.patient("Ashdowne", phone="07700 900456")
    asked = {"with": other.pk}
    manager.get("patient-merge", here.pk, **asked)
    sent = chosen(here, differ=(*DIFFER, "phone")) | {"keep_phone": other.pk, "seen": seen_in(manager)}
    world.reception.patch(f"/patients/{other.pk}/", {"phone": "07700 900999"})
    said = manager.post("patient-merge", here.pk, query=asked, data=sent, expect=422)
    assert "changed by reception" in said
    assert "Both are shown as they are now. Compare them again, then merge." in said
    assert "07700 900999" in said
    assert not Patient.objects.filter(merged_into__isnull=False).exists()
    said = manager.post("patient-merge", here.pk, query=asked, data={**sent, "seen": seen_in(manager)})
    assert "The records are merged" in said
    here.refresh_from_db()
    assert here.phone == "+447700900999"


def seen_in(page: Browser) -> str:
    """The revisions that the form carries."""
    return page.html.partition('name="seen" value="')[2].partition('"')[0]


@pytest.mark.parametrize("wanted", ["", "x", "-1", "9" * 30, "²"])
def test_what_names_no_record_is_the_search(wanted: str, world: World, manager: Browser) -> None:
    here = world.clinic.patient("Ashdown")
    assert "Find the other record" in manager.get("patient-merge", here.pk, **{"with": wanted})
    assert "Find the other record" in manager.get("patient-merge", here.pk, **{"with": here.pk})
    manager.get("patient-merge", here.pk, expect=404, **{"with": 987654321})


def test_of_what_differs_each_may_be_kept_of_either(world: World, manager: Browser) -> None:
    """And the NHS numbers change places: the person is found by both."""
    here = world.clinic.patient("Ashdown", nhs_number=NUMBER)
    other = world.clinic.patient("Ashdowne", nhs_number=OTHER_NUMBER, phone="07700 900456")
    sent = chosen(here, other, differ=("nhs_number", "phone")) | chosen(here)
    manager.post("patient-merge", here.pk, query={"with": other.pk}, data=sent)
    here.refresh_from_db()
    other.refresh_from_db()
    assert (here.family_name, here.nhs_number, here.phone) == ("Ashdown", OTHER_NUMBER, "+447700900456")
    assert (other.nhs_number, other.phone) == (NUMBER, "+447700900456")
    for number in (NUMBER, OTHER_NUMBER):
        assert [one.pk for one in search_patients(number, today=NOW.date()).patients] == [here.pk]
