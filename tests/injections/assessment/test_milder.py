"""What reception changes so that a verdict becomes milder stands in the radiologists' queue until seen. Hazard H4."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.models import MilderVerdict
from injections.patient.injections import correct_injection, withdraw_injection
from injections.review.milder import AlreadySeen, see, unseen
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Missing
from scheduling.models import Patient
from tests.api_world import World, problem
from tests.clinic import Clinic, local
from tests.pages_world import Browser


def entered(clinic: Clinic, patient: Patient, given: str = "2026-01-14") -> int:
    return int(clinic.earlier_injection(patient, given).row.pk)


def rules(row: MilderVerdict) -> set[tuple[str, str, str | None]]:
    return {(one["rule"], one["before"], one["after"]) for one in row.findings}


def test_an_interval_that_reception_unlocks_is_seen_by_a_radiologist(clinic: Clinic) -> None:
    """Hazard H4, also where nothing is booked yet: the next booking would have been clear unseen."""
    patient = clinic.fit_patient()
    withdraw_injection(entered(clinic, patient), reason="Another patient's", by=clinic.reception, now=clinic.now)
    [row] = unseen()
    assert (row.patient, row.by_id, row.reason) == (patient, clinic.reception.user_id, "Another patient's")
    assert row.what == "Ischiogluteal bursa, left, 14 January 2026: withdrawn"
    assert ("repeat-interval", "critical", None) in rules(row)


def test_what_others_hide_in_the_verdict_counts_too(clinic: Clinic) -> None:
    """Of somebody of whom nothing else is known every verdict is blocked, before and after."""
    patient = clinic.patient()
    one = entered(clinic, patient)
    correct_injection(one, reason="2025", changes={"given": "2025-11-14"}, by=clinic.reception, now=clinic.now)
    [row] = unseen()
    assert ("repeat-interval", "critical", "warning") in rules(row)
    assert row.what.endswith(": corrected (Date: 14 January 2026 → 14 November 2025)")


def test_a_visit_far_ahead_counts_too(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    one = entered(clinic, patient, "2026-03-01")
    clinic.book(patient, local("2026-06-10"), override_reason="To be looked at")
    withdraw_injection(one, reason="Wrong", by=clinic.reception, now=clinic.now)
    assert MilderVerdict.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "changes"),
    [
        ("radiologist", {"given": "2025-11-14"}),
        ("reception", {"note": "By letter"}),
        ("reception", {"given": "2026-02-14"}),
    ],
)
def test_a_radiologists_own_change_and_one_that_is_no_milder_stand_nowhere(
    clinic: Clinic, who: str, changes: dict[str, Any]
) -> None:
    one = entered(clinic, clinic.fit_patient())
    correct_injection(one, reason="x", changes=changes, by=getattr(clinic, who), now=clinic.now)
    assert not MilderVerdict.objects.exists()


def test_seeing_it_is_recorded_with_who_and_when(clinic: Clinic) -> None:
    clinic.milder(clinic.patient())
    row = MilderVerdict.objects.get()
    for outsider in (clinic.reception, clinic.manager):
        with pytest.raises(Forbidden):
            see(row.pk, by=outsider, now=clinic.now)
    later = clinic.now + timedelta(minutes=5)
    seen = see(row.pk, by=clinic.radiologist, now=later)
    assert (seen.seen_by_id, seen.seen_at) == (clinic.radiologist.user_id, later)
    assert not unseen().exists()
    assert Entry.objects.filter(verb="milder-verdict-seen", user=clinic.radiologist.user_id).exists()
    with pytest.raises(AlreadySeen):
        see(row.pk, by=clinic.second_radiologist, now=later)
    with pytest.raises(Missing):
        see(9_999_999, by=clinic.radiologist, now=later)


def test_it_stands_on_the_page_of_the_queue_and_goes_when_seen(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient("Quill")
    world.clinic.milder(patient)
    said = radiologist.get("review-queue")
    assert "Changed by reception, for you to look at" in said
    when = "some time in February 2026, counted as 28 February"
    assert f"Hip joint, right, {when}: withdrawn by reception. Reason: Another patient's letter" in said
    assert "Repeat interval, right hip joint: was critical, is no longer found" in said
    assert "1 changed by reception, for you to look at" in radiologist.get("home")
    row = MilderVerdict.objects.get()
    said = radiologist.post("milder-verdict-seen", row.pk)
    assert "Marked as seen." in said
    assert "Changed by reception" not in said
    assert "A radiologist has already seen this." in radiologist.post("milder-verdict-seen", row.pk)


def test_many_come_in_pages(world: World, radiologist: Browser) -> None:
    for number in range(12):
        world.clinic.milder(world.clinic.patient(f"Quill{number}"))
    said = radiologist.get("review-queue")
    assert "12 changes to the record" in said
    assert "Robin Quill11" not in said
    assert "Robin Quill11" in radiologist.get("review-queue", milder=2)


def test_programs_read_and_see_it(world: World) -> None:
    patient = world.clinic.patient()
    world.clinic.milder(patient)
    [row] = world.radiologist.get("/reviews/milder/").json()["results"]
    assert (row["patient"], row["by"], row["seen_at"]) == (str(patient.pk), "reception", None)
    assert {
        "area": "hip-joint",
        "side": "right",
        "rule": "repeat-interval",
        "before": "critical",
        "after": None,
    } in row["findings"]
    seen = world.radiologist.post(f"/reviews/milder/{row['id']}/seen/", {})
    assert (seen.status_code, seen.json()["seen_by"]) == (200, "radiologist")
    assert world.radiologist.get("/reviews/milder/").json()["results"] == []
    assert len(world.radiologist.get("/reviews/milder/", status="seen").json()["results"]) == 1
    assert len(world.radiologist.get("/reviews/milder/", status="all").json()["results"]) == 1
    problem(world.radiologist.post(f"/reviews/milder/{row['id']}/seen/", {}), 409)
    problem(world.reception.get("/reviews/milder/"), 403)
    problem(world.radiologist.post("/reviews/milder/999999/seen/", {}), 404)
