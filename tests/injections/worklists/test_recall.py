"""Who was delayed is not forgotten: they stand on a list from a week before their day until booked or ticked off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.booking.cancel import cancel
from injections.merging.merge import merge_patients
from injections.models import Recall
from injections.worklists.digest import tell_what_is_due
from injections.worklists.recall import NotToBeCalledBack, tick_off, to_call_back
from scheduling.messages import desk
from scheduling.models import Appointment, Message
from tests.api_world import World, pointers, problem
from tests.clinic import Clinic, local
from tests.injections.booking.test_several import BOTH
from tests.pages_world import browser

UNTIL = "2026-05-01"
ON_THE_LIST = local("2026-04-24", "09:00")


def delayed(clinic: Clinic, name: str = "Birch", **values: Any) -> Appointment:
    start = values.pop("start", local("2026-03-10"))
    return clinic.delayed(clinic.fit_patient(name), start, UNTIL, **values)


def listed(now: object = ON_THE_LIST) -> list[int]:
    return [row.appointment_id for row in to_call_back(now=now)]  # type: ignore[arg-type]


def test_h30_a_delayed_patient_is_to_be_called_back_from_a_week_before_the_day_on(world: World) -> None:
    """On the list, on Home and in the digest, and years later still."""
    visit = delayed(world.clinic)
    assert listed(ON_THE_LIST - timedelta(days=1)) == []
    assert listed() == [visit.pk]
    assert listed(ON_THE_LIST + timedelta(days=900)) == [visit.pk]
    world.at(ON_THE_LIST)
    reception = browser(world.clinic.users["reception"])
    assert "1 to call back after a delay" in reception.get("home")
    said = reception.get("recall-list")
    assert "Robin Birch" in said
    assert "1 May 2026 in 7 days" in said.replace(" ,", ",")
    assert "Let it settle" in said
    tell_what_is_due(now=ON_THE_LIST)
    [mail] = Message.objects.filter(subject="staff:digest")
    assert "Patients to call back: 1" in desk.preview(mail).text


def test_h30_a_later_booking_there_takes_them_off_and_its_cancelling_puts_them_back(clinic: Clinic) -> None:
    visit = delayed(clinic)
    clinic.now += timedelta(days=1)
    elsewhere = clinic.book(visit.patient, local("2026-05-05"), side="right", override_reason="Please look")
    assert elsewhere.appointment is not None
    assert listed() == [visit.pk], "the other side is another matter"
    there = clinic.book(
        visit.patient, local("2026-05-06"), site="ischiogluteal-bursa", override_reason="Please look"
    ).appointment
    assert there is not None
    assert listed() == []
    cancel(there.pk, reason="On holiday", by=clinic.reception, now=clinic.now)
    assert listed() == [visit.pk]


def test_h30_a_later_delay_there_stands_in_its_place(clinic: Clinic) -> None:
    visit = delayed(clinic)
    clinic.now += timedelta(days=1)
    again = clinic.delayed(visit.patient, local("2026-03-12"), "2026-05-02")
    assert listed(ON_THE_LIST + timedelta(days=1)) == [again.pk]


def test_h30_of_a_delay_of_both_sides_each_is_waited_for(clinic: Clinic) -> None:
    """A later booking of one side leaves the other to be called back about; one visit of both is enough, too."""
    asked = {"site": None, "side": None, "injections": BOTH}
    visit, other = delayed(clinic, **asked), delayed(clinic, "Cole", **asked, start=local("2026-03-11"))
    assert listed() == [visit.pk, other.pk]
    clinic.now += timedelta(days=1)
    for side, left in (("right", [visit.pk, other.pk]), ("left", [other.pk])):
        day = local("2026-05-05" if side == "right" else "2026-05-06")
        assert clinic.book(visit.patient, day, side=side, override_reason="Please look").appointment
        assert listed() == left
    assert clinic.book(other.patient, local("2026-05-07"), **asked, override_reason="Please look").appointment
    assert listed() == []


def test_a_record_that_was_merged_counts_in_and_whoever_has_died_is_not_called(clinic: Clinic) -> None:
    visit, kept = delayed(clinic), clinic.fit_patient("Kept")
    merge_patients(visit.patient_id, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    assert listed() == [visit.pk]
    clinic.now += timedelta(days=1)
    found = clinic.book(kept, local("2026-05-06"), override_reason="Please look").appointment
    assert found is not None
    assert listed() == []
    cancel(found.pk, reason="On holiday", by=clinic.reception, now=clinic.now)
    assert listed() == [visit.pk]
    clinic.death(kept)
    assert listed() == []


def test_ticking_off_needs_a_note_and_is_kept(world: World) -> None:
    visit = delayed(world.clinic)
    world.at(ON_THE_LIST)
    reception = browser(world.clinic.users["reception"])
    assert "delayed until 1 May 2026" in reception.get("recall", visit.pk)
    reception.post("recall", visit.pk, data={"note": ""}, expect=422)
    said = reception.post("recall", visit.pk, data={"note": "Is better, wants none"})
    assert "is off the list" in said
    assert "There is nobody to call back." in said
    assert Recall.objects.get().note == "Is better, wants none"
    assert "There is nobody to call back" in reception.get("recall", visit.pk)
    with pytest.raises(NotToBeCalledBack):
        tick_off(visit.pk, note="Again", by=world.clinic.reception, now=ON_THE_LIST)


def test_the_api_lists_and_ticks_off(world: World) -> None:
    visit = delayed(world.clinic)
    path = f"/appointments/{visit.pk}/recalled/"
    problem(world.reception.post(path, {"note": "Too early"}), 409)
    world.at(ON_THE_LIST)
    [row] = world.reception.get("/recalls/").json()["results"]
    assert (row["appointment"], row["delay_until"]) == (str(visit.pk), UNTIL)
    assert pointers(world.reception.post(path, {"note": " "})) == {"#/note"}
    assert world.reception.post(path, {"note": "Comes in May"}).status_code == 201
    assert world.reception.get("/recalls/").json()["results"] == []
    problem(world.manager.post(path, {"note": "Mine"}), 403)
