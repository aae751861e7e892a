"""Booking a series through its pages: the rule, the dates with what becomes of each, all of them or none."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from injections.booking.series import pages
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message, VisitSeries
from tests.api_world import World
from tests.clinic import local
from tests.injections.booking.series.world import TUESDAYS, booked, rule_query
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db


def chosen_of(html: str) -> dict[str, str]:
    """What the form of the dates would send: what is ticked, typed and hidden in it."""
    form = html[html.index('<form class="stack" method="post"') :]
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) | {"": tag} for tag in re.findall(r"<input[^>]*>", form)]
    sent = {}
    for one in inputs:
        if one.get("type") in ("radio", "checkbox") and not re.search(r"\bchecked\b", one[""]):
            continue
        if "name" in one and one["name"] != "csrfmiddlewaretoken":
            sent[one["name"]] = unescape(one.get("value", ""))
    return sent


def offered(html: str, number: int) -> list[str]:
    """The codes of the times offered for one date."""
    tags = re.findall(rf'<input[^>]*name="visit_{number}"[^>]*>', html)
    return [unescape(re.findall(r'value="([^"]*)"', tag)[0]) for tag in tags]


def test_the_second_step_leads_to_several_visits_of_what_comes_in_series(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.get("booking-what", patient.pk, kind="physiotherapy")
    assert f'href="/patients/{patient.pk}/book/series/?kind=physiotherapy"' in reception.html
    reception.get("booking-what", patient.pk, kind="follow-up")
    assert "/book/series/" not in reception.html
    answer = reception.client.get(f"/patients/{patient.pk}/book/series/?kind=injection")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/patients/{patient.pk}/book/")


def test_a_rule_says_everything_that_is_wrong_with_it_at_once(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = reception.get("booking-series", patient.pk, kind="physiotherapy")
    assert "Which visits?" in said
    wrong = {"kind": "physiotherapy", "count": "13", "at": "25:00", "from_on": "2026-03-01", "every_weeks": "9"}
    said = reception.get("booking-series", patient.pk, expect=422, **wrong)
    for words in (
        "Enter a time such as 09:20.",
        "Choose the weekdays.",
        "This day is over. The first day is today or later.",
        "How many visits",
        "How often",
    ):
        assert words in said
    far = rule_query(world.clinic, count="12", every_weeks="8")
    said = reception.get("booking-series", patient.pk, expect=422, **far)
    assert "The last visit would be more than a year away. Choose fewer visits, or more often." in said


def test_six_free_dates_are_booked_with_one_press(world: World, reception: Browser) -> None:
    """They stand chosen, with the message itself; it is what leaves."""
    patient = world.clinic.patient()
    query = rule_query(world.clinic)
    said = reception.get("booking-series", patient.pk, **query)
    assert "Check and confirm 6 visits" in said
    assert said.count("Time free, safety check clear") == 6
    assert "- Tuesday 7 April 2026 at 10:00" in said or "Tuesday 7 April 2026 at 10:00, with Tom Reed." in said
    sent = chosen_of(reception.html) | {"intent": "book", "note": "Bring shoes"}
    said = reception.post("booking-series", patient.pk, data=sent, query=query)
    assert "6 visits booked. The email goes out now." in said
    assert "6 visits of one series" in said
    assert "Visit 2 of 6" in said
    assert Appointment.objects.filter(patient=patient, note="Bring shoes").count() == 6
    assert Message.objects.get(kind="series").status == "queued"
    [visit, *_] = Appointment.objects.filter(patient=patient)
    assert "Visit 1 of 6" in reception.get("appointment", visit.pk)
    assert "After it: Tuesday 10 March 2026 at 10:00" in reception.get("appointment", visit.pk)
    assert "Visit 6 of 6" in reception.get("patient", patient.pk)


def test_what_clashes_stands_beside_its_next_best_times_and_nothing_is_ticked_for_it(
    world: World, reception: Browser
) -> None:
    clinic = world.clinic
    other, patient = clinic.patient("Birch"), clinic.fit_patient()
    clinic.book(other, local(TUESDAYS[1]), kind="physiotherapy")
    clinic.book(patient, local("2026-03-16", "14:00"))
    query = rule_query(clinic)
    said = reception.get("booking-series", patient.pk, **query)
    assert "Choose for each date" in said
    assert said.count("Time free, safety check clear") == 4
    assert "That time is already taken (practitioner, room)." in said
    assert "Birch" in said
    assert "48 hours" in said
    assert offered(reception.html, 2)[0].startswith(local(TUESDAYS[1], "09:30").isoformat())
    assert offered(reception.html, 3)[0].startswith(local("2026-03-16", "13:30").isoformat())
    sent = chosen_of(reception.html)
    assert {"visit_2", "visit_3"}.isdisjoint(sent)
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=422)
    for number in (2, 3):
        assert f"Visit {number}: choose a time, or leave it out." in said
    sent |= {"visit_2": offered(reception.html, 2)[0], "visit_3": "leave", "note": "By taxi"}
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "book"}, query=query, expect=200)
    assert "Check and confirm 5 visits" in said, "they were not seen before"
    assert not VisitSeries.objects.exists()
    assert "By taxi" in reception.html
    sent = chosen_of(reception.html) | {"intent": "book", "note": "By taxi"}
    assert "5 visits booked." in reception.post("booking-series", patient.pk, data=sent, query=query)
    starts = Appointment.objects.filter(patient=patient, kind="physiotherapy").values_list("start_at", flat=True)
    days = [TUESDAYS[0], *TUESDAYS[3:]]
    assert sorted(starts) == sorted([*map(local, days), local(TUESDAYS[1], "09:30")])


def test_a_time_of_ones_own_takes_the_place_of_a_date(world: World, reception: Browser) -> None:
    patient, query = world.clinic.patient(), rule_query(world.clinic, count="2")
    reception.get("booking-series", patient.pk, **query)
    sent = chosen_of(reception.html) | {"visit_1": "other", "on_1": "", "at_1": "25:00"}
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=422)
    assert "Visit 1: enter the date." in said
    assert "Enter a time such as 09:20." in said
    sent |= {"on_1": "2026-03-29", "at_1": "01:30"}
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=422)
    assert "01:30 does not exist on that day: the clocks go forward." in said
    sent |= {"on_1": "2026-03-05", "at_1": "20:00"}
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=422)
    assert "Visit 1: There is no open session at that time." in said
    sent |= {"at_1": "11:00"}
    said = reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=200)
    assert "Thursday 5 March 2026 at 11:00, with Tom Reed." in said
    sent = chosen_of(reception.html) | {"intent": "book"}
    reception.post("booking-series", patient.pk, data=sent, query=query)
    assert [one.start_at for one in Appointment.objects.all()] == [local("2026-03-05", "11:00"), local(TUESDAYS[1])]


def test_a_time_lost_at_the_last_moment_opens_the_page_again_with_everything_typed(
    world: World, reception: Browser
) -> None:
    """It says which one was lost, and to whom; nothing is booked."""
    clinic = world.clinic
    patient, query = clinic.patient(), rule_query(clinic)
    reception.get("booking-series", patient.pk, **query)
    sent = chosen_of(reception.html) | {"intent": "book", "note": "By taxi", "visit_6": "leave"}
    sent |= {"seen": ""}
    reception.post("booking-series", patient.pk, data=sent, query=query, expect=200)
    sent = chosen_of(reception.html) | {"intent": "book", "note": "By taxi"}
    clinic.book(clinic.patient("Birch"), local(TUESDAYS[3]), kind="physiotherapy")
    said = reception.post("booking-series", patient.pk, data=sent, query=query, expect=422)
    assert "Visit 4: That time is already taken (practitioner, room)." in said
    assert "Birch" in said
    assert "By taxi" in reception.html
    kept = chosen_of(reception.html)
    assert kept["visit_6"] == "leave"
    assert kept["visit_1"] == sent["visit_1"]
    assert not VisitSeries.objects.exists()


def test_one_visit_is_no_series_and_nonsense_is_no_500(world: World, reception: Browser) -> None:
    patient, query = world.clinic.patient(), rule_query(world.clinic, count="2")
    reception.get("booking-series", patient.pk, **query)
    sent = chosen_of(reception.html) | {"visit_1": "leave", "intent": "book"}
    said = reception.post("booking-series", patient.pk, data=sent, query=query, expect=422)
    assert "A series has at least 2 visits. Book a single visit on its own." in said
    for nonsense in ("x", "2026-03-03T10:00:00+00:00/9999/9999", "0001-01-01T00:00:00+00:00/1/1", "/1/1", "\x00"):
        data: dict[str, Any] = sent | {"visit_1": nonsense}
        reception.post("booking-series", patient.pk, data=data, query=query, expect=422)
    reception.post("booking-series", patient.pk, data={}, query=query, expect=422)


def test_who_is_shown_in_the_way_is_noted_as_seen(world: World, reception: Browser) -> None:
    clinic = world.clinic
    other, patient = clinic.patient("Birch"), clinic.patient()
    clinic.book(other, local(TUESDAYS[1]), kind="physiotherapy")
    reception.get("booking-series", patient.pk, **rule_query(clinic))
    seen = Entry.objects.filter(verb="viewed").latest("pk")
    assert set(seen.patient_ids) == {patient.pk, other.pk}


def test_the_page_of_a_series_counts_those_that_stand(world: World, reception: Browser) -> None:
    from injections.booking.cancel import cancel

    clinic = world.clinic
    came = booked(clinic, clinic.patient())
    cancel(came.visits[0].pk, reason="No time", by=clinic.reception, now=clinic.now)
    said = reception.get("visit-series", came.series.pk)
    assert "5 visits of one series" in said
    assert "Visit 1 of 5" in said
    assert "Was one of a series of 5" in reception.get("appointment", came.visits[0].pk)
    assert "Visit 5 of 5" in reception.get("patient", came.visits[0].patient_id)
    reception.get("visit-series", 999_999, expect=404)


def test_somebody_who_books_one_of_the_times_in_that_very_instant_is_named_and_nothing_is_booked(
    world: World, reception: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look of the page and the locks of the use case."""
    clinic = world.clinic
    patient, query = clinic.patient(), rule_query(clinic)
    reception.get("booking-series", patient.pk, **query)
    sent = chosen_of(reception.html) | {"intent": "book", "note": "By taxi"}
    book_it = pages.book_series

    def too_late(*args: Any, **kwargs: Any) -> Any:
        clinic.book(clinic.patient("Birch"), local(TUESDAYS[3]), kind="physiotherapy")
        return book_it(*args, **kwargs)

    monkeypatch.setattr(pages, "book_series", too_late)
    said = reception.post("booking-series", patient.pk, data=sent, query=query, expect=409)
    assert "One time can no longer be booked. Nothing was booked." in said
    assert "Visit 4: That time is already taken (practitioner, room)." in said
    assert "Birch" in said
    assert "By taxi" in reception.html
    assert not VisitSeries.objects.exists()
