"""Somebody is ill, or a room is out of use: what it hits, with times for each, moved one by one or all at once."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.finder_forms import ChosenTime
from injections.models import Call
from injections.worklists.moving.carry_out import ChosenFor, look_at, move_each
from injections.worklists.moving.proposals import proposals, what_is_hit
from pht_clinic.audit.models import Entry
from scheduling.availability.sessions import to_be_moved
from scheduling.clinic.closures import WrongClosure, close_at_short_notice, lift_closure, save_closure
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.messages.desk import preview
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.models import Appointment, Closure, Message
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db
ILL_ON = "2026-03-10"
"""A Tuesday, eight days after the clinic's now."""


def ill(clinic: Clinic, **values: Any) -> Closure:
    closed = {"practitioner_id": clinic.practitioner.pk, "room_id": None, "reason": "Ill"}
    closed |= {"starts_at": local(ILL_ON, "00:00"), "ends_at": local(ILL_ON, "00:00") + timedelta(days=1), **values}
    row = close_at_short_notice(closed, confirm=True, by=clinic.reception, now=clinic.now).row
    assert isinstance(row, Closure)
    return row


def six(clinic: Clinic) -> list[Appointment]:
    """Six visits of the day, of different patients."""
    times = ("09:00", "09:40", "10:20", "11:00", "11:40", "12:20")
    found = [clinic.book(clinic.fit_patient(f"Six{at[:2]}{at[3:]}"), local(ILL_ON, at)).appointment for at in times]
    assert all(found)
    return [one for one in found if one]


def codes(items: Any) -> list[tuple[Any, int, int]]:
    return [
        (time.offer.slot.start, time.offer.slot.practitioner_id, time.offer.slot.room_id)
        for item in items
        for day in item.days
        for time in day.times
    ]


def chosen(items: Any) -> dict[str, str]:
    sent: dict[str, str] = {}
    for item in items:
        row = item.visit.appointment
        sent |= {f"time-{row.pk}": item.usual, f"revision-{row.pk}": str(row.revision)}
    return sent


def looked_up(clinic: Clinic) -> Any:
    hit = what_is_hit(now=clinic.now)
    return proposals(hit.together(None), hit.closures, now=clinic.now)


def test_every_visit_that_is_hit_gets_several_clear_times_and_no_two_the_same(clinic: Clinic) -> None:
    visits = six(clinic)
    ill(clinic)
    items = looked_up(clinic)
    assert [item.visit.appointment.pk for item in items] == [one.pk for one in visits]
    assert all(len(item.codes) >= 2 and item.usual for item in items)
    found = codes(items)
    assert len(set(found)) == len(found)
    assert all(start >= local("2026-03-11", "00:00") for start, _, _ in found)


def test_the_page_asks_no_more_often_for_six_visits_than_for_two(world: World, reception: Browser) -> None:
    visits = six(world.clinic)
    closure = ill(world.clinic)
    reception.get("moving-proposals")
    with CaptureQueriesContext(connection) as many:
        assert "6 visits to be moved" in reception.get("moving-proposals", closure=closure.pk)
    Appointment.objects.filter(pk__in=[one.pk for one in visits[2:]]).update(status="cancelled")
    with CaptureQueriesContext(connection) as few:
        assert "2 visits to be moved" in reception.get("moving-proposals", closure=closure.pk)
    assert len(many) == len(few) <= 12


def sent_through(*visits: Appointment) -> None:
    """What was planned of them at booking has arrived."""
    Message.objects.filter(appointment__in=visits, kind="confirmed").update(status="sent", sent_at=NOW)


def held_back() -> int:
    return Message.objects.filter(status="cancelled", reason=TO_BE_MOVED).count()


def test_what_it_hits_is_named_first_then_closed_and_its_reminders_held_back(world: World, reception: Browser) -> None:
    [first, *_] = visits = six(world.clinic)
    ill_today = {
        "what": f"practitioner-{world.clinic.practitioner.pk}",
        "from_on": "10 3 2026",
        "to_on": "10 3 2026",
        "reason": "Ill",
    }
    said = reception.post("outage", data=ill_today, expect=409)
    assert "6 booked visits would lose their place" in said
    assert not Closure.objects.exists()
    waiting = Message.objects.filter(kind__startswith="reminder", status="queued").count()
    assert waiting >= 6
    said = reception.post("outage", data=ill_today | {"confirm": "yes"})
    assert Closure.objects.get().at_short_notice
    assert "6 visits to be moved" in said
    assert "are held back until each has another time" in said
    assert held_back() >= waiting
    assert not Message.objects.filter(kind__startswith="reminder", status="queued").exists()
    assert all(str(one.patient) in said for one in visits)
    assert "Born 1 May 1980, phone 07700 900123" in said
    reception.post("appointment-move", first.pk, data=_moved_by_hand(first))
    assert Message.objects.filter(kind__startswith="reminder", status="queued", appointment=first.pk).exists()


def _moved_by_hand(visit: Appointment) -> dict[str, Any]:
    place = {"on": "24 3 2026", "at": "10:00", "who": visit.practitioner_id, "where": visit.room_id}
    return {**place, "revision": visit.revision, "tell": "yes"}


def test_all_that_are_clear_are_looked_at_held_and_moved_at_once_each_told(world: World, reception: Browser) -> None:
    visits = six(world.clinic)
    sent_through(*visits)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    said = reception.post("moving-proposals", data={**sent, "intent": "look"}, expect=200)
    assert "Move the 6 that are clear" in said
    assert said.count("Held for you until 09:05") == 6
    assert said.count("now on Wednesday 11 March") + said.count("now on Thursday 12 March") >= 4
    assert Appointment.holds.count() == 6
    said = reception.post("moving-proposals", data={**sent, "intent": "move"}, expect=200)
    assert "6 visits moved" in said
    assert "Every booked visit has its place." in said
    assert not Appointment.holds.exists()
    moved = {one.pk: one.start_at for one in Appointment.objects.all()}
    assert all(f"{moved[one.pk].isoformat()}/" in sent[f"time-{one.pk}"] for one in visits)
    assert Message.objects.filter(kind="moved", status="queued").count() == 6
    assert not to_be_moved(now=NOW)


def test_the_preview_is_the_message_that_leaves(world: World, reception: Browser) -> None:
    [first, *_] = visits = six(world.clinic)
    sent_through(*visits)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    [one] = look_at([choice(first, sent)], by=world.clinic.reception, now=NOW)
    assert one.told is not None
    assert one.told.letter is not None
    reception.post("moving-proposals", data={**sent, "intent": f"move-{first.pk}"}, expect=200)
    row = Message.objects.get(appointment=first.pk, kind="moved")
    assert preview(row).text == one.told.letter.text


def choice(visit: Appointment, sent: dict[str, str]) -> ChosenFor:
    return ChosenFor(
        appointment_id=visit.pk, revision=visit.revision, time=ChosenTime.of({"time": sent[f"time-{visit.pk}"]})
    )


def test_one_that_is_taken_says_so_and_keeps_no_other_from_being_moved(world: World, reception: Browser) -> None:
    [first, second, *_] = six(world.clinic)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    there = ChosenTime.of({"time": sent[f"time-{first.pk}"]})
    rival = world.clinic.fit_patient("Rival")
    where = {"practitioner_id": there.practitioner_id, "room_id": there.room_id}
    assert world.clinic.book(rival, there.start, **where).appointment
    said = reception.post("moving-proposals", data={**sent, "intent": "look"}, expect=200)
    assert "That time is already taken (practitioner, room). It stays where it is." in said
    assert "Move the 5 that are clear" in said
    said = reception.post("moving-proposals", data={**sent, "intent": "move"}, expect=200)
    assert "5 visits moved, 1 not" in said
    assert "That time is already taken (practitioner, room)." in said
    assert Appointment.objects.get(pk=first.pk).start_at == first.start_at
    assert Appointment.objects.get(pk=second.pk).start_at != second.start_at
    assert "1 visit to be moved" in reception.get("moving-proposals")


def test_one_changed_meanwhile_is_not_moved_and_says_who_changed_it(world: World, reception: Browser) -> None:
    [first, *_] = six(world.clinic)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic)) | {f"revision-{first.pk}": str(first.revision - 1)}
    for intent in (f"look-{first.pk}", f"move-{first.pk}"):
        said = reception.post("moving-proposals", data={**sent, "intent": intent}, expect=200)
        assert "changed" in said
    assert Appointment.objects.get(pk=first.pk).start_at == first.start_at


def test_what_is_not_clear_is_not_moved_with_others_but_by_itself(world: World, reception: Browser) -> None:
    [first, second, *_] = six(world.clinic)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    world.clinic.answer(first.patient, {"immunosuppressed": "yes"})
    again = Appointment.objects.get(pk=first.pk)
    two = {name: sent[name] for name in sent if name.endswith((f"-{first.pk}", f"-{second.pk}"))}
    two[f"revision-{first.pk}"] = str(again.revision)
    said = reception.post("moving-proposals", data={**two, "intent": "look"}, expect=200)
    assert "It cannot be moved together with the others" in said
    assert "Move the 1 that is clear" in said
    said = reception.post("moving-proposals", data={**two, "intent": "move"}, expect=200)
    assert "This one is not clear: look at it on its own." in said
    assert Appointment.objects.get(pk=second.pk).start_at != second.start_at
    said = reception.post("moving-proposals", data={**two, "intent": f"look-{first.pk}"}, expect=200)
    assert "At that time it would wait for review or for answers" in said
    reception.post("moving-proposals", data={**two, "intent": f"move-{first.pk}"}, expect=200)
    assert Appointment.objects.get(pk=first.pk).status == "pending"


def test_whoever_has_no_address_becomes_a_phone_task_with_the_new_time(world: World, reception: Browser) -> None:
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient("Mute", email=""), local(ILL_ON)).appointment
    assert visit is not None
    Message.objects.filter(appointment=visit.pk).update(status="told", told_at=NOW)
    ill(clinic)
    sent = chosen(looked_up(clinic))
    said = reception.post("moving-proposals", data={**sent, "intent": f"look-{visit.pk}"}, expect=200)
    assert "It becomes a phone task for reception." in said
    reception.post("moving-proposals", data={**sent, "intent": "move"}, expect=200)
    task = Message.objects.get(appointment=visit.pk, kind="moved")
    assert task.phone_task
    said = reception.get("message", task.pk)
    assert "07700 900123" in said
    assert "Wednesday 11 March" in said


def test_phone_first_puts_it_on_the_call_list_with_number_and_proposals(world: World, reception: Browser) -> None:
    [first, *_] = six(world.clinic)
    ill(world.clinic)
    [item, *_] = looked_up(world.clinic)
    data = {"intent": f"call-{first.pk}", f"revision-{first.pk}": str(first.revision), f"offer-{first.pk}": item.codes}
    said = reception.post("moving-proposals", data=data)
    assert "The patient is on the call list" in said
    call = Call.objects.get(why=Call.Why.TO_BE_MOVED)
    assert call.say.count(" with ") == 1 + len(item.codes)
    said = reception.get("call-list")
    assert "07700 900123" in said
    assert "Offer: Wednesday 11 March 2026 at" in said
    reception.post("moving-proposals", data={**chosen([item]), "intent": f"move-{first.pk}"}, expect=200)
    call.refresh_from_db()
    assert call.said == "Closed automatically: the visit was moved."


def test_open_again_leaves_what_nobody_touched_as_it_was_and_releases_its_messages(
    world: World, reception: Browser
) -> None:
    [first, second, *_] = visits = six(world.clinic)
    before = {one.pk: (one.start_at, one.status, one.revision) for one in visits}
    queued = set(Message.objects.filter(status="queued").values_list("pk", flat=True))
    closure = ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    reception.post("moving-proposals", data={**sent, "intent": f"move-{first.pk}"}, expect=200)
    data = {"intent": f"call-{second.pk}", f"revision-{second.pk}": str(second.revision)}
    reception.post("moving-proposals", data=data)
    said = reception.get("outage-lift", closure.pk)
    assert "5 visits that nobody has moved stay as before" in said
    said = reception.post("outage-lift", closure.pk)
    assert "It is open again." in said
    assert not Closure.objects.exists()
    rest = Appointment.objects.exclude(pk=first.pk)
    assert {one.pk: (one.start_at, one.status, one.revision) for one in rest} == {
        pk: stood for pk, stood in before.items() if pk != first.pk
    }
    again = Message.objects.filter(status="queued").exclude(appointment=first.pk).values_list("pk", flat=True)
    of_first = Message.objects.filter(appointment=first.pk).values_list("pk", flat=True)
    assert set(again) == queued - set(of_first)
    assert Call.objects.get().said == "Closed automatically: the visit has its place again."
    assert Entry.objects.filter(verb="closure-lifted", subject=f"closure:{closure.pk}").count() == 1


def test_what_has_begun_ends_now_when_it_is_lifted(clinic: Clinic) -> None:
    row = ill(clinic, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=5))
    lift_closure(row.pk, by=clinic.reception, now=NOW)
    assert Closure.objects.get().ends_at == NOW
    with pytest.raises(WrongClosure, match="already over"):
        lift_closure(row.pk, by=clinic.reception, now=NOW)


def test_the_desk_lifts_no_closure_that_a_manager_planned(world: World, reception: Browser) -> None:
    values = {"starts_at": local(ILL_ON), "ends_at": local(ILL_ON, "12:00"), "practitioner_id": None, "room_id": None}
    row = save_closure(None, {**values, "reason": ""}, by=world.clinic.manager, now=NOW).row
    assert "This closure was planned by a manager." in reception.post("outage-lift", row.pk)
    reception.get("outage-lift", row.pk, expect=302)
    assert Closure.objects.filter(pk=row.pk).exists()


def test_a_closure_that_is_over_by_now_is_refused(world: World, reception: Browser) -> None:
    over = {"what": "clinic", "from_on": "1 3 2026", "to_on": "1 3 2026"}
    assert "Last day: this time is over." in reception.post("outage", data=over, expect=422)
    assert "Choose" in reception.post("outage", data={}, expect=422)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose what to do: press one of the buttons."),
        ({"intent": "nonsense"}, "Choose what to do: press one of the buttons."),
        ({"intent": "look"}, "Choose a time first."),
        ({"intent": "move-7"}, "Choose a time first."),
        ({"intent": "look", "time-1": "never"}, "Choose one of the times offered."),
        ({"intent": "look", "time-x": "2026-03-11T10:00:00+00:00/1/1"}, "Choose one of the times offered."),
        ({"intent": "call-x"}, "Choose one of the times offered."),
        (
            {"intent": "look", **{f"time-{n}": "2026-03-11T10:00:00+00:00/1/1" for n in range(9)}},
            "Choose times for at most 8 visits at once.",
        ),
    ],
)
def test_nonsense_is_refused_in_words(world: World, reception: Browser, data: dict[str, str], says: str) -> None:
    assert says in reception.post("moving-proposals", data=data, expect=422)


def test_a_visit_that_is_no_more_is_passed_over(world: World, reception: Browser) -> None:
    sent = {"time-999": "2026-03-11T10:00:00+00:00/1/1", "revision-999": "1"}
    assert "None of these can be moved from here." in reception.post(
        "moving-proposals", data={**sent, "intent": "look"}, expect=200
    )
    assert "0 visits moved" in reception.post("moving-proposals", data={**sent, "intent": "move"}, expect=200)


def test_times_that_are_given_back_are_free_again(world: World, reception: Browser) -> None:
    six(world.clinic)
    ill(world.clinic)
    sent = chosen(looked_up(world.clinic))
    reception.post("moving-proposals", data={**sent, "intent": "look"}, expect=200)
    reception.post("moving-proposals", data={**sent, "intent": "back"})
    assert not Appointment.holds.exists()


def test_a_room_out_of_use_hits_its_visits_and_proposes_none_of_its_times(clinic: Clinic) -> None:
    visits = six(clinic)
    ill(clinic, practitioner_id=None, room_id=clinic.room.pk)
    items = looked_up(clinic)
    assert [item.visit.appointment.pk for item in items] == [one.pk for one in visits]
    on_that_day = [room for start, _, room in codes(items) if start < local("2026-03-11", "00:00")]
    assert clinic.room.pk not in on_that_day


def test_the_same_hour_with_a_colleague_is_proposed(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient(), local(ILL_ON)).appointment
    assert visit is not None
    who = {"by": clinic.manager, "now": clinic.now}
    stand_in = save_practitioner(
        None, {"name": "Dr Stand In", "kinds": ["injection"], "user_id": None, "active": True}, **who
    )
    room = save_room(None, {"name": "Ultrasound 9", "has_ultrasound": True, "active": True}, **who)
    times = {"weekday": 1, "opens": time(10), "closes": time(10, 30), "every_weeks": 1}
    valid = {"valid_from": date(2026, 3, 1), "valid_to": None}
    save_schedule(None, {"practitioner_id": stand_in.pk, "room_id": room.pk, **times, **valid}, **who)
    ill(clinic)
    [item] = looked_up(clinic)
    assert item.usual == f"{visit.start_at.isoformat()}/{stand_in.pk}/{room.pk}"
    [came] = move_each([choice(visit, chosen([item]))], by=clinic.reception, now=NOW)
    assert not came.problem
    assert Appointment.objects.get(pk=visit.pk).practitioner_id == stand_in.pk


def test_a_class_of_several_asks_no_more_often_and_no_place_is_proposed_twice(world: World, reception: Browser) -> None:
    clinic = world.clinic
    who = {"practitioner_id": clinic.physiotherapist.pk}
    for name in ("Elm", "Fir", "Gorse", "Hazel"):
        assert clinic.book(clinic.patient(name), local(ILL_ON), kind="exercise-class").appointment
    ill(clinic, **who)
    reception.get("moving-proposals")
    with CaptureQueriesContext(connection) as many:
        assert "4 visits to be moved" in reception.get("moving-proposals")
    assert len(many) <= 12
    found = codes(looked_up(clinic))
    assert found
    assert len(set(found)) == len(found)
