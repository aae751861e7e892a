"""What was recorded of a procedure is read back by the API, and corrected there: old beside new."""

from __future__ import annotations

from datetime import timedelta

from injections.models import Injection
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment
from tests.api_world import World, pointers, problem
from tests.injections.procedure.test_record import booked
from tests.scenarios.api_bodies import procedure_at


def recorded(world: World) -> tuple[Appointment, str]:
    visit = booked(world.clinic)
    world.at(visit.end_at)
    there = f"/appointments/{visit.pk}/procedure/"
    assert world.radiologist.post(there, procedure_at()).status_code == 200
    return visit, there


def test_what_was_recorded_is_read_back(world: World) -> None:
    """Every field that was sent, and what follows; reception reads it too."""
    visit, there = recorded(world)
    read = world.reception.get(there)
    assert read.status_code == 200
    sent = procedure_at()
    not_kept = {"confirm_site_change", "started_at", "ended_at", "consent", "local_anaesthetic"}
    assert {name: read.json()[name] for name in sent if name not in not_kept} == {
        name: value for name, value in sent.items() if name not in not_kept
    }
    assert read.json()["consent"].items() >= sent["consent"].items()
    assert read.json()["local_anaesthetic"] == {"drug": "lidocaine", "dose_mg": 20}
    assert (read.json()["patient"], read.json()["appointment"]) == (str(visit.patient_id), str(visit.pk))
    ended_at = visit.start_at + timedelta(minutes=20)
    assert read.json()["rest_until"] == (ended_at + timedelta(hours=48)).isoformat()
    assert read.json()["review_from"] == "2026-06-10"
    assert (read.json()["earlier"], read.json()["complications_since"], read.json()["incident"]) == ([], [], None)
    looks = Entry.objects.filter(subject="api-appointment-procedure", patient_ids=[visit.patient_id])
    assert looks.count() == 2  # the record as it was answered, and the look at it


def test_where_nothing_is_recorded_there_is_nothing_to_read_or_correct(world: World) -> None:
    visit = booked(world.clinic)
    there = f"/appointments/{visit.pk}/procedure/"
    problem(world.reception.get(there), 404)
    problem(world.radiologist.post(f"{there}correct/", {"reason": "Read again", "dose_mg": 20}), 404)
    problem(world.manager.get(there), 403)


def test_a_correction_is_a_new_row_with_the_old_one_beside_it(world: World) -> None:
    """NEE11: dose and volume have to add up; reception corrects nothing that was done here."""
    visit, there = recorded(world)
    wrong = {"reason": "The syringe said so", "dose_mg": 20}
    problem(world.reception.post(f"{there}correct/", wrong), 403)
    assert pointers(world.radiologist.post(f"{there}correct/", wrong)) == {"#/volume_ml"}
    assert pointers(world.radiologist.post(f"{there}correct/", {"dose_mg": "much"})) == {"#/dose_mg", "#/reason"}
    done = world.radiologist.post(f"{there}correct/", {**wrong, "volume_ml": 0.5})
    assert done.status_code == 200, done.content
    (was,) = done.json()["earlier"]
    assert (was["dose_mg"], was["volume_ml"], was["stands"], was["superseded_by"]) == (40, 1, False, done.json()["id"])
    assert (done.json()["dose_mg"], done.json()["volume_ml"], done.json()["reason"]) == (20, 0.5, "The syringe said so")
    assert (done.json()["supersedes"], done.json()["reassessed"]) == (was["id"], [])
    read = world.radiologist.get(there).json()
    assert read == {name: value for name, value in done.json().items() if name != "reassessed"}
    assert Injection.objects.filter(appointment=visit).count() == 2


def test_what_could_not_go_ahead_says_why_and_rests_nothing(world: World) -> None:
    visit = booked(world.clinic)
    there = f"/appointments/{visit.pk}/procedure/"
    world.radiologist.post(there, {"result": "not-given", "reason_code": "unwell"})
    read = world.radiologist.get(there).json()
    assert (read["result"], read["reason_code"], read["rest_until"], read["review_from"]) == (
        "not-given",
        "unwell",
        None,
        None,
    )


def test_a_complication_that_came_later_is_read_with_it(world: World) -> None:
    visit, there = recorded(world)
    said = {"kind": "bleed", "severity": "mild", "on": "2026-03-10", "note": "A bruise"}
    assert world.radiologist.post(f"{there}complication/", said).status_code == 201
    (one,) = world.radiologist.get(there).json()["complications_since"]
    assert one.items() >= said.items()
    assert visit.patient_id == int(one["patient"])
