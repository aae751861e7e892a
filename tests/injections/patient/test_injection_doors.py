"""Injections through the API and on their pages: refused with every problem at once, confirmed, put right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from injections.merging.merge import merge_patients
from injections.models import Injection
from pht_clinic.people.models import User
from tests.api_world import World, pointers, problem
from tests.injections.procedure.test_record import AFTER, booked, give
from tests.pages_world import Browser, browser

BODY = {"site": "ischiogluteal-bursa", "side": "left", "given": "2026-01", "steroid": True, "origin": "elsewhere"}
PAGE = {"site": "ischiogluteal-bursa", "side": "left", "given": "January 2026", "steroid": "yes", "origin": "elsewhere"}
OWN = {
    "site": "hamstring-origin",
    "side": "left",
    "targets": ["peritendinous"],
    "given": "2026-03-10",
    "started": "10:00",
    "ended": "10:20",
    "steroid": "yes",
    "drug": "triamcinolone",
    "dose_mg": "40",
    "strength_mg_ml": "40",
    "volume_ml": "1",
    "batch": "T1234",
    "expires_on": "2027-01-31",
    "anaesthetic": "lidocaine",
    "anaesthetic_mg": "20",
    "rest_hours": "",
    "rest_reason": "",
    "complications": "",
    "note": "",
}


def test_a_double_entry_is_a_409_that_names_the_row(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/injections/"
    first = world.reception.post(address, BODY).json()
    refused = problem(world.reception.post(address, {**BODY, "given": None}), 409)
    assert (refused["type"], refused["resembles"]) == ("urn:pht-clinic:problem:resembles", [first["id"]])
    assert world.reception.post(address, {**BODY, "given": None, "confirm_new": True}).status_code == 201
    other = world.reception.post(address, {**BODY, "side": "right"}).json()
    correct = f"/injections/{other['id']}/correct/"
    assert len(problem(world.reception.post(correct, {"side": "left", "reason": "x"}), 409)["resembles"]) == 2
    assert world.reception.post(correct, {"side": "left", "reason": "x", "confirm_new": True}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"given": "1979-12"}, {"#/given"}),
        ({"given": "2190", "site": "knee", "dose_mg": -1}, {"#/given", "#/site", "#/dose_mg"}),
        ({"given": "1979", "side": 5, "origin": None, "colour": 1}, {"#/given", "#/side", "#/origin", "#/colour"}),
        ({"dose_mg": "forty", "given": "2026-13"}, {"#/dose_mg", "#/given"}),
        ({"confirm_new": "yes", "given": "2027"}, {"#/confirm_new", "#/given"}),
    ],
)
def test_a_body_is_refused_with_every_problem_of_every_kind(
    world: World, changes: dict[str, object], named: set[str]
) -> None:
    patient = world.clinic.patient()
    made = world.reception.post(f"/patients/{patient.pk}/injections/", BODY).json()
    for address in (f"/patients/{patient.pk}/injections/", f"/injections/{made['id']}/correct/"):
        refused = world.reception.post(
            address, {**BODY, **changes, **({"reason": "x"} if "correct" in address else {})}
        )
        assert pointers(refused) == named, address
        assert all(one["detail"][0].isupper() for one in refused.json()["errors"])
    assert Injection.objects.count() == 1


def test_a_sentence_names_its_field(world: World) -> None:
    patient = world.clinic.patient()
    refused = world.reception.post(f"/patients/{patient.pk}/injections/", {"dose_mg": 0, "given": "2190"})
    said = {one["pointer"]: one["detail"] for one in problem(refused, 422)["errors"]}
    assert said == {
        "#/site": "Site is required.",
        "#/origin": "Origin is required.",
        "#/dose_mg": "Dose in mg: give a number above 0.",
        "#/given": "Given: the date is in the future.",
    }


def test_reception_is_refused_an_own_procedure_by_every_door(world: World, reception: Browser) -> None:
    """Hazard H4, through the API and on the pages."""
    row = give(booked(world.clinic), world.clinic).injection
    world.at(AFTER)
    for deed in ("correct", "withdraw"):
        refused = problem(world.reception.post(f"/injections/{row.pk}/{deed}/", {"reason": "x"}), 403)
        assert refused["detail"].endswith("by a radiologist only.")
        reception.get(f"injection-{deed}", row.pk, expect=403)
        reception.post(f"injection-{deed}", row.pk, data={"reason": "x"}, expect=403)
    said = reception.get("patient", row.patient_id)
    assert "Given here: only a radiologist can correct it." in said
    assert world.radiologist.post(f"/injections/{row.pk}/withdraw/", {"reason": "x"}).status_code == 200


def test_programs_correct_every_field_of_an_own_procedure(world: World) -> None:
    row = give(booked(world.clinic), world.clinic).injection
    world.at(AFTER)
    sent = {
        "reason": "Read the box again",
        "targets": ["bursa"],
        "started_at": "2026-03-10T10:05:00+00:00",
        "ended_at": "2026-03-10T10:25:00+00:00",
        "strength_mg_ml": 20,
        "volume_ml": 2,
        "batch": "T9",
        "expires_on": "2027-02-28",
        "local_anaesthetic": {"drug": "lidocaine", "dose_mg": 40},
        "complications": "Fainted",
        "rest_hours": 72,
        "rest_reason": "Runs",
    }
    right = world.radiologist.post(f"/injections/{row.pk}/correct/", sent)
    assert right.status_code == 200, right.content
    body = right.json()
    same = {name: body[name] for name in sent if name != "local_anaesthetic"}
    assert same == {name: value for name, value in sent.items() if name != "local_anaesthetic"}
    assert body["local_anaesthetic"]["drug"] == "lidocaine"
    assert float(body["local_anaesthetic"]["dose_mg"]) == 40
    wrong = {"reason": "", "volume_ml": 0, "rest_hours": 20, "rest_reason": "", "local_anaesthetic": {"drug": ""}}
    named = {"#/reason", "#/volume_ml", "#/rest_reason", "#/local_anaesthetic/drug"}
    assert pointers(world.radiologist.post(f"/injections/{body['id']}/correct/", wrong)) == named


def test_a_page_asks_whether_it_is_another_one(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.post("injection-add", patient.pk, data=PAGE)
    assert "It is not one of these injections" not in reception.get("injection-add", patient.pk)
    said = reception.post("injection-add", patient.pk, data={**PAGE, "given": "14 1 2026"}, expect=422)
    assert (
        "Is it one of these? Some time in January 2026, counted as 31 January, left ischiogluteal bursa. Elsewhere."
        in said
    )
    assert 'value="14 1 2026"' in reception.html
    assert "It is not one of these injections" in said
    said = reception.post("injection-add", patient.pk, data={**PAGE, "given": "14 1 2026", "confirm_new": "on"})
    assert "The injection is recorded." in said
    assert Injection.objects.count() == 2


def test_every_problem_of_a_page_stands_there_at_once(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    wrong = {**PAGE, "site": "", "given": "1979", "steroid": "", "dose_mg": "-1"}
    said = reception.post("injection-add", patient.pk, data=wrong, expect=422)
    for sentence in (
        "Answer “Where was it?”.",
        "Answer “Was it a steroid”.",
        "“When was it”: the date is before the date of birth, 1 May 1980.",
        "Dose in mg: give a number above 0.",
    ):
        assert sentence in said, sentence


@pytest.fixture
def own(world: World) -> Injection:
    row = give(booked(world.clinic), world.clinic).injection
    world.at(AFTER)
    return row


def test_a_correction_offers_every_field_and_shows_old_beside_new(world: World, own: Injection) -> None:
    doctor = browser(User.objects.get(name="radiologist"))
    said = doctor.get("injection-correct", own.pk)
    for recorded in (
        "10 March 2026",
        "10:00",
        "10:20",
        "Beside the tendon (peritendinous)",
        "lidocaine",
        "T1234",
        "31 January 2027",
    ):
        assert f"Recorded now: {recorded}" in said, recorded
    changes: dict[str, Any] = {
        "targets": ["bursa"],
        "started": "10:05",
        "volume_ml": "2",
        "strength_mg_ml": "20",
        "anaesthetic_mg": "30",
        "rest_hours": "72",
        "complications": "Fainted",
        "reason": "Read again",
    }
    said = doctor.post("injection-correct", own.pk, data={**OWN, **changes})
    for change in (
        "Target: Beside the tendon (peritendinous) → Bursa",
        "Started: Tuesday 10 March 2026 at 10:00 → Tuesday 10 March 2026 at 10:05",
        "Volume in ml: 1 → 2",
        "Local anaesthetic: lidocaine 20mg → lidocaine 30mg",
        "Hours of rest: nothing → 72",
        "Complications: nothing → Fainted",
    ):
        assert change in said, change
    assert "Batch: " not in said.split("Complications: nothing")[0].split("Target: ")[1]


def test_who_opens_an_injection_that_stands_no_longer_is_led_to_the_one_that_does(own: Injection) -> None:
    doctor = browser(User.objects.get(name="radiologist"))
    doctor.post("injection-withdraw", own.pk, data={"reason": "Another patient"})
    for page in ("injection-correct", "injection-withdraw"):
        doctor.get(page, own.pk, expect=302)
    assert "This record has already been corrected or withdrawn." in doctor.get("patient", own.patient_id)


def test_a_page_that_changes_nothing_is_refused(own: Injection) -> None:
    doctor = browser(User.objects.get(name="radiologist"))
    said = doctor.post("injection-correct", own.pk, data={**OWN, "reason": "Looked at again"}, expect=422)
    assert "Nothing differs from what is recorded." in said


def test_another_date_moves_the_times_of_a_page_along(own: Injection) -> None:
    doctor = browser(User.objects.get(name="radiologist"))
    doctor.post("injection-correct", own.pk, data={**OWN, "given": "9 3 2026", "reason": "The day before"})
    row = Injection.objects.current().get()
    assert (row.given, row.started_at.isoformat()) == ("2026-03-09", "2026-03-09T10:00:00+00:00")  # type: ignore[union-attr]


def test_a_time_that_is_emptied_on_the_page_is_not_known_any_more(own: Injection) -> None:
    """Not kept without a word."""
    doctor = browser(User.objects.get(name="radiologist"))
    doctor.post("injection-correct", own.pk, data={**OWN, "ended": "", "reason": "Nobody looked at the clock"})
    row = Injection.objects.current().get()
    assert (row.started_at == own.started_at, row.ended_at) == (True, None)


def test_a_day_is_judged_by_the_birth_of_the_record_that_stands(own: Injection, world: World) -> None:
    """The row was written on one that was merged away, with another date of birth: page and act ask the same one."""
    clinic = world.clinic
    kept = clinic.patient("Ashgrove", date_of_birth=date(1940, 5, 1))
    row = clinic.earlier_injection(own.patient, "2019").row
    merge_patients(own.patient_id, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    reception = browser(User.objects.get(name="reception"))
    changed = {"site": "ischiogluteal-bursa", "side": "left", "given": "1975", "steroid": "yes", "origin": "elsewhere"}
    changed["reason"] = "The letter says so"
    assert reception.client.post(reverse("injection-correct", args=[row.pk]), changed).status_code == 302
    assert Injection.objects.current().exclude(appointment=own.appointment).get().given == "1975"


def test_a_page_of_an_own_procedure_names_every_problem(own: Injection) -> None:
    doctor = browser(User.objects.get(name="radiologist"))
    wrong = {
        "given": "March 2026",
        "drug": "",
        "ended": "25:00",
        "rest_hours": "20",
        "anaesthetic": "",
        "reason": "",
        "targets": [],
    }
    said = doctor.post("injection-correct", own.pk, data={**OWN, **wrong}, expect=422)
    for sentence in (
        "“When was it?”: an injection given here has an exact date, such as 2026-08-14.",
        "Name the drug.",
        "Time at which it ended: enter a time such as 09:20.",
        "Reason for a different length of rest: other than 48 to 72 hours needs a reason.",
        "Name the local anaesthetic.",
        "Choose the target.",
        "Answer “Why it is being corrected”.",
    ):
        assert sentence in said, sentence
