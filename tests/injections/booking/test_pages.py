"""The four steps of a booking through the pages, and what happens at the desk afterwards."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from injections.models import Assessment
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import LEFT_HAMSTRING, Browser, browser, text_of, when


def test_step_1_leads_to_the_patient_found(world: World, reception: Browser) -> None:
    patient = world.clinic.patient("Ashdown")
    reception.post("booking-start", data={"text": "ashdown"}, query={"kind": "follow-up"}, expect=200)
    assert f'href="/patients/{patient.pk}/book/?kind=follow-up"' in reception.html


def test_step_2_says_what_is_missing_before_anything_is_chosen(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    assert "Choose the kind of visit" in reception.get("booking-what", patient.pk)
    said = reception.get("booking-what", patient.pk, expect=422, kind="injection", site="hip-joint")
    assert "Choose left or right." in said
    said = reception.get("booking-what", patient.pk, **LEFT_HAMSTRING)
    for words in ("Injections in this area None recorded", "Questions Not asked yet", "Pathway Not recorded yet"):
        assert words in said


def test_a_part_of_step_2_is_the_same_as_in_the_whole_page(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    part = reception.client.get(
        f"/patients/{patient.pk}/book/", LEFT_HAMSTRING, headers={"HX-Request": "true"}
    ).content.decode()
    reception.get("booking-what", patient.pk, **LEFT_HAMSTRING)
    assert "<html" not in part
    assert part in reception.html


def test_step_3_offers_times_of_a_week_with_the_interval_in_words(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-12-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING)
    assert (
        "Interval: too soon until 20 March 2026, radiologist review until 20 April 2026, free from 20 April 2026"
        in said
    )
    assert "Times from 20 March 2026, with review" in said
    assert "Friday 20 March 2026 at 08:00" in said
    given = "given in this area on 20 December 2025, less than"
    assert said.count(f"Safety check: needs review Close: {given} 4 months apart.") == 42
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-02")
    assert said.count(f"Safety check: not possible Too soon: {given} 3 months apart.") == 42
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, verdict="clear")
    assert "Monday 20 April 2026 at 08:00" in said


def test_a_time_that_is_not_clear_says_why_and_how_much_more_there_is(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-12-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes", "fever": "yes", "pregnant": "yes"})
    said = reception.get("booking-when", patient.pk, **LEFT_HAMSTRING, from_on="2026-03-02")
    assert said.count("Safety check: not possible Red flag: fever. And 2 more reasons.") == 42


def test_an_impossible_day_to_look_from_is_an_error_not_a_verdict(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    for typed in ("soon", "9999-12-31"):
        said = reception.get("booking-when", patient.pk, expect=422, **LEFT_HAMSTRING, from_on=typed)
        assert said.startswith("Error: ")


def test_another_time_is_checked_like_the_offered_ones(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    person = world.clinic.practitioner.pk
    chosen = {**LEFT_HAMSTRING, "on": "2026-03-29", "who": person}
    said = reception.get("booking-when", patient.pk, **chosen, at="01:30")
    assert "01:30 does not exist on that day" in said
    response = reception.client.get(f"/patients/{patient.pk}/book/when/", {**chosen, "at": "10:00"})
    assert response.status_code == 302
    assert "start=2026-03-29T09%3A00%3A00%2B00%3A00" in response.headers["Location"]


def test_a_clear_time_is_booked_and_the_email_was_shown_before(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    chosen = when(patient, world.clinic, local("2026-03-10"))
    said = reception.get("booking-check", patient.pk, **chosen)
    assert "Clear to book" in said
    assert "Subject Your appointment on Tuesday 10 March" in said
    assert "Dear Robin Birch" in said
    assert not Message.objects.exists()
    said = reception.post("booking-check", patient.pk, data={"intent": "book", "note": "Likes mornings"}, query=chosen)
    assert "Booked. The email goes out now." in said
    assert "Likes mornings" in said
    assert Appointment.objects.get().status == "booked"
    assert {row.kind for row in Message.objects.all()} >= {"confirmed", "reminder-2-days"}


def test_a_time_in_the_review_zone_is_held_and_the_patient_told_so(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-11-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    chosen = when(patient, world.clinic, local("2026-03-10"))
    said = reception.get("booking-check", patient.pk, **chosen)
    assert "Book provisionally and send for review" in said
    assert "Subject We are checking your appointment" in said
    said = reception.post("booking-check", patient.pk, data={"intent": "book"}, query=chosen)
    assert "waits for review by a radiologist" in said
    assert Appointment.objects.get().status == "pending"


def test_a_blocked_time_is_a_verdict_with_a_way_on(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    chosen = when(patient, world.clinic, local("2026-03-10"))
    said = reception.get("booking-check", patient.pk, **chosen)
    assert not said.startswith("Error")
    assert "There is a problem" not in said
    assert "Times from 20 April 2026, with review" in said
    said = reception.post(
        "booking-check", patient.pk, data={"intent": "book", "note": "Likes mornings"}, query=chosen, expect=422
    )
    assert "The safety check no longer allows this time. Nothing was booked." in said
    assert "Likes mornings" in said
    assert not Appointment.objects.exists()
    assert Assessment.objects.filter(occasion="booking-refused").exists()
    assert Entry.objects.filter(verb="booking-refused").exists()
    said = reception.post(
        "booking-check", patient.pk, data={"intent": "override", "override_reason": " "}, query=chosen, expect=422
    )
    assert "Say why a radiologist should look at it anyway." in said
    said = reception.post(
        "booking-check",
        patient.pk,
        query=chosen,
        data={"intent": "override", "override_reason": "Flies to a race on 1 May"},
    )
    assert "Flies to a race on 1 May" in said
    assert Appointment.objects.get().status == "pending"


def test_a_time_lost_to_somebody_else_keeps_every_answer(world: World, reception: Browser) -> None:
    patient, other = world.clinic.fit_patient("Birch"), world.clinic.fit_patient("Cole")
    chosen = when(patient, world.clinic, local("2026-03-10"))
    world.clinic.book(other, local("2026-03-10"))
    note = "Hard of hearing"
    said = reception.post("booking-check", patient.pk, data={"intent": "book", "note": note}, query=chosen, expect=409)
    assert "That time is already taken (practitioner, room)." in said
    assert said.count("Safety check: clear") == 10
    assert note in said
    # another time is looked at with the note still there, and nothing is booked by looking
    later = when(patient, world.clinic, local("2026-03-10", "11:20"))
    said = reception.post("booking-check", patient.pk, data={"intent": "look", "note": note}, query=later, expect=200)
    assert "Tuesday 10 March 2026 at 11:20" in said
    assert note in said
    assert Appointment.objects.count() == 1
    reception.post("booking-check", patient.pk, data={"intent": "book", "note": note}, query=later)
    assert Appointment.objects.get(patient=patient).note == note


def test_a_time_in_the_past_is_an_error(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    chosen = when(patient, world.clinic, local("2026-03-01"))
    said = reception.post("booking-check", patient.pk, data={"intent": "book"}, query=chosen, expect=422)
    assert "The time is in the past." in said


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kind": "injection"},
        {"kind": "surgery", "site": "knee"},
        {**LEFT_HAMSTRING, "start": "yesterday"},
        {**LEFT_HAMSTRING, "start": "2026-03-10T10:00:00", "practitioner": "1"},
        {**LEFT_HAMSTRING, "start": "2026-03-10T10:00:00+00:00", "practitioner": "²"},
    ],
)
def test_half_an_address_leads_to_the_step_that_is_missing(
    query: dict[str, str], world: World, reception: Browser
) -> None:
    patient = world.clinic.patient()
    response = reception.client.get(f"/patients/{patient.pk}/book/check/", query, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain


def test_an_address_with_nobody_and_no_time_is_not_a_failure(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    chosen = {**LEFT_HAMSTRING, "start": "9999-12-31T23:59:00+00:00", "practitioner": "99999999999999999999"}
    for address in ("book/check/", "book/", "book/when/"):
        response = reception.client.get(f"/patients/{patient.pk}/{address}", chosen)
        assert response.status_code < 500


def test_physiotherapy_needs_no_site(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    assert "Continue to dates" in reception.get("booking-what", patient.pk, kind="physiotherapy")
    assert "Tom Reed, Gym" in reception.get("booking-when", patient.pk, kind="physiotherapy")


def test_the_day_shows_who_comes_and_takes_arrivals(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-02", "09:00"))
    world.at(local("2026-03-02", "09:10"))
    booked = Appointment.objects.get()
    assert "Robin Birch" in reception.get("calendar")
    said = reception.post("appointment-arrive", booked.pk, data={"next": "/calendar/"})
    assert "Marked as arrived." in said
    said = reception.post("appointment-undo", booked.pk, data={"next": "/calendar/"})
    assert "Undone." in said
    said = reception.post("appointment-no-show", booked.pk)
    assert "Marked as missed." in said
    said = reception.post("appointment-arrive", booked.pk)
    assert "An appointment that is missed cannot become arrived." in said


def test_a_day_of_nonsense_is_today(world: World, reception: Browser) -> None:
    assert "Monday 2 March 2026" in reception.get("calendar", day="tomorrow", who="x")
    assert "Nothing is booked on this day." in reception.get("calendar", day="2026-07-01")


def test_a_visit_is_cancelled_with_or_without_telling(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-10"))
    booked = Appointment.objects.get()
    Message.objects.filter(kind="confirmed").update(status="sent")
    said = reception.get("appointment-cancel", booked.pk)
    assert "Subject We have cancelled your appointment" in said
    assert "checked" not in reception.html
    sent = {"revision": booked.revision, "reason": "On holiday", "reason_code": "clinic-clinic"}
    reception.post("appointment-cancel", booked.pk, data=sent, expect=422)
    assert "On holiday" in reception.html
    said = reception.post("appointment-cancel", booked.pk, data={**sent, "tell": "no"})
    assert "You can undo this for 10 minutes." in said
    assert "it is noted that the patient knows" in said
    assert [row.status for row in Message.objects.filter(kind="cancelled")] == ["told"]
    assert "Subject Your appointment on Tuesday 10 March" in reception.get("appointment-undo", booked.pk)
    reception.post("appointment-undo", booked.pk, expect=422)
    said = reception.post("appointment-undo", booked.pk, data={"tell": "no"})
    assert "Undone." in said
    booked.refresh_from_db()
    assert booked.status == "booked"
    said = reception.get("appointment-undo", booked.pk)
    assert "This cannot be undone" in said
    assert "already been undone" in reception.post("appointment-undo", booked.pk)


def test_whoever_takes_a_told_change_back_says_whether_the_patient_hears_of_it(
    world: World, reception: Browser
) -> None:
    """The letter is shown first; nothing is pre-ticked, and without an answer nothing is taken back."""
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-10"))
    booked = Appointment.objects.get()
    for tell, letters in (("no", 0), ("yes", 1)):
        booked.refresh_from_db()
        sent = {"revision": booked.revision, "reason": "A slip", "reason_code": "clinic-other", "tell": "yes"}
        reception.post("appointment-cancel", booked.pk, data=sent)
        Message.objects.filter(kind="cancelled").update(status="sent")
        said = reception.get("appointment-undo", booked.pk)
        assert "Subject Your appointment on Tuesday 10 March" in said
        assert "checked" not in reception.html
        said = reception.post("appointment-undo", booked.pk, expect=422)
        assert "Answer “Tell the patient?”." in said
        reception.post("appointment-undo", booked.pk, data={"tell": tell})
        assert Message.objects.filter(kind="confirmed", status="queued").count() == letters


def test_somebody_else_changed_it_first(world: World, reception: Browser) -> None:
    """Who it was is said, what was typed stays, and sending it again then works."""
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-10"))
    booked = Appointment.objects.get()
    Appointment.objects.filter(pk=booked.pk).update(revision=7)
    sent = {"revision": 1, "reason": "On holiday", "reason_code": "patient-other", "tell": "yes"}
    said = reception.post("appointment-cancel", booked.pk, data=sent, expect=422)
    assert "was changed by reception at 09:00 on 2 March 2026" in said
    assert 'name="revision" value="7"' in reception.html
    assert "On holiday" in reception.html


def test_a_visit_is_moved_by_a_form(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-10"))
    booked = Appointment.objects.get()
    Message.objects.filter(kind="confirmed").update(status="sent")
    there = {"start": local("2026-03-12").isoformat(), "practitioner": world.clinic.practitioner.pk}
    assert "What the patient would be told" in reception.get("appointment-move", booked.pk, **there)
    assert "checked>" not in reception.html
    sent = {"on": "2026-03-12", "at": "11:20", "who": world.clinic.practitioner.pk, "where": "", "revision": 1}
    reception.post("appointment-move", booked.pk, data={**sent, "at": "07:00", "tell": "yes"}, expect=422)
    assert 'id="id_at_error"' in reception.html
    said = reception.post("appointment-move", booked.pk, data=sent, expect=422)
    assert "Answer “Tell the patient?”." in said
    assert "Thursday 12 March" in said
    part = reception.client.get(
        f"/appointments/{booked.pk}/move/", {"on": "2026-03-12", "at": "11:20"}, headers={"HX-Request": "true"}
    )
    assert "now on Thursday 12 March" in text_of(part)
    assert "<html" not in part.content.decode()
    sent["tell"] = "no"
    said = reception.post("appointment-move", booked.pk, data=sent)
    assert "Thursday 12 March 2026 at 11:20" in said
    assert [row.status for row in Message.objects.filter(kind="moved")] == ["told"]
    reception.post("appointment-undo", booked.pk, data={"tell": "no"})
    sent |= {"tell": "yes", "revision": Appointment.objects.get().revision}
    reception.post("appointment-move", booked.pk, data=sent)
    assert Message.objects.filter(kind="moved", status="queued").count() == 1
    world.clinic.earlier_injection(patient, "2026-01-20")
    said = reception.post("appointment-move", booked.pk, data={**sent, "on": "2026-03-13", "revision": 99}, expect=422)
    revision = Appointment.objects.get().revision
    said = reception.post(
        "appointment-move", booked.pk, data={**sent, "on": "2026-03-13", "revision": revision}, expect=200
    )
    assert "Nothing was moved." in said
    assert "Not possible" in said


def test_a_manager_marks_a_mistake(world: World) -> None:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-10"))
    manager = browser(world.clinic.users["manager"])
    said = manager.post("appointment-error", Appointment.objects.get().pk, data={"reason": "Wrong patient"})
    assert "Marked as entered in error." in said
    assert "Wrong patient" in said


def test_des3_a_time_picked_in_the_calendar_opens_step_2_clean(world: World, reception: Browser) -> None:
    """The link says the kind, when and with whom; nobody was asked yet where. Sent without a site it is a problem."""
    patient = world.clinic.fit_patient()
    reception.get("calendar-day", day="2026-03-10", kind="injection")
    picked = parse_qs(urlsplit(re.findall(r'href="(/book/\?[^"]*)"', unescape(reception.html))[0]).query)
    picked = {name: value for name, [value] in picked.items()}
    assert "There is a problem" not in reception.get("booking-what", patient.pk, **picked)
    assert re.search(r'value="injection"[^>]*checked', reception.html)
    assert f'name="start" value="{picked["start"]}"' in reception.html
    sent = {**picked, "second": "", "third": ""}
    assert "Choose the site of the injection." in reception.get("booking-what", patient.pk, expect=422, **sent)
