"""The pages of the waiting list, and of whoever is offered a time."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from injections.booking.cancel import cancel
from injections.booking.waiting_list import link
from injections.booking.waiting_list.offer import make_offer
from injections.booking.waiting_list.wishes import waiting
from injections.models import WaitingOffer, WaitingWish
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.filled_form import fields_of
from tests.injections.booking.waiting_list.test_fitting import TEN, at_ten, stop, wish
from tests.injections.booking.waiting_list.test_offer import chosen
from tests.pages_world import LEFT_HAMSTRING, Browser, browser, raw_codes, text_of

FORM: dict[str, Any] = {**LEFT_HAMSTRING, "notice_hours": "24", "reach": "mail"}


@pytest.fixture
def desk(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def time_of(world: World) -> str:
    to = chosen(world.clinic)
    return f"{to.start.isoformat()}/{to.practitioner_id}/{to.room_id}"


def test_the_list_says_what_to_do_where_it_is_empty(desk: Browser) -> None:
    said = desk.get("waiting-list")
    for words in ("Nobody is waiting.", "No free time in the next 6 weeks", "Nothing is on offer."):
        assert words in said
    assert "0 on the waiting list" in desk.get("home")
    assert reverse("waiting-free") not in desk.html


def test_a_patient_is_put_on_the_list_from_where_nothing_suits(world: World, desk: Browser) -> None:
    """From their page, from the free times, from the move and the cancel page, and from a cancelled visit: each leads
    to the form with what is known.
    """
    ash = world.clinic.fit_patient("Ash")
    visit = world.clinic.book(ash, local("2026-03-24")).appointment
    assert visit is not None
    address = reverse("waiting-add", args=[ash.pk])
    desk.get("patient", ash.pk)
    assert f'href="{address}"' in desk.html
    desk.get("booking-when", ash.pk, **LEFT_HAMSTRING)
    assert f'href="{address}?kind=injection' in desk.html
    of_visit = f"{address}?kind=injection&amp;site=hamstring-origin&amp;side=left"
    for name in ("appointment-move", "appointment-cancel"):
        desk.get(name, visit.pk)
        assert f'href="{of_visit}&amp;replaces={visit.pk}"' in desk.html, name
    desk.get("waiting-add", ash.pk, **LEFT_HAMSTRING, replaces=visit.pk)
    assert f'<option value="{visit.pk}" selected>' in desk.html
    said = desk.post("waiting-add", ash.pk, data={**FORM, "replaces": visit.pk, "weekdays": ["1"], "note": "Rings"})
    assert "Robin Ash is on the waiting list." in said
    assert "Tuesdays, at least 1 day before" in said
    assert "in place of the visit on Tuesday 24 March 2026" in said
    assert "On the waiting list since 2 March 2026" in desk.get("patient", ash.pk)
    cancel(visit.pk, reason="Cannot", by=world.clinic.reception, now=world.clinic.now)
    desk.get("appointment", visit.pk)
    assert f'href="{of_visit}"' in desk.html


def test_what_is_wrong_is_said_at_every_field_at_once_and_nothing_typed_is_lost(world: World, desk: Browser) -> None:
    ash = world.clinic.fit_patient("Ash")
    sent = {**FORM, "site": "", "reach": "", "weekdays": ["9"], "from_on": "soon", "note": "Rings in the evening"}
    said = desk.post("waiting-add", ash.pk, data=sent, expect=422)
    for words in ("There is a problem", "Choose the site", "How to tell them", "First day"):
        assert words in said, words
    assert "Rings in the evening" in desk.html
    said = desk.post("waiting-add", ash.pk, data={**FORM, "who": world.clinic.physiotherapist.pk}, expect=422)
    assert "somebody who takes such visits." in said
    assert not WaitingWish.objects.exists()


def opened(desk: Browser, pk: int) -> dict[str, Any]:
    """The form that changes a wish, as it opens; what its lists and its note say beside it."""
    desk.get("waiting-change", pk)
    return {**shown(desk), "notice_hours": "24"}


def shown(desk: Browser) -> dict[str, Any]:
    """What stands in the fields of the form that is shown, but for its lists and its note."""
    return dict(fields_of(desk.html, "reach"))


HOURS = [
    ({"part": ""}, (None, None), "Any day, at least 1 day before"),
    ({"part": "morning"}, (None, time(12)), "Any day, mornings"),
    ({"part": "afternoon"}, (time(12), None), "Any day, afternoons"),
    ({"part": "own", "after": "14:00"}, (time(14), None), "Any day, from 14:00"),
    ({"part": "own", "before": "16:30"}, (None, time(16, 30)), "Any day, before 16:30"),
    ({"part": "", "after": "14:00", "before": "16:30"}, (time(14), time(16, 30)), "Any day, between 14:00 and 16:30"),
]


@pytest.mark.parametrize(("sent", "hours", "words"), HOURS, ids=[words for *_, words in HOURS])
def test_quick_choices_of_the_day_and_hours_of_ones_own_are_one_thing(
    world: World, desk: Browser, sent: dict[str, str], hours: tuple[time | None, time | None], words: str
) -> None:
    """What was chosen is said on the list and stands in the form that changes it."""
    ash = world.clinic.fit_patient("Ash")
    assert words in desk.post("waiting-add", ash.pk, data={**FORM, **sent})
    [wish_] = WaitingWish.objects.all()
    assert (wish_.after, wish_.before) == hours
    desk.post("waiting-change", wish_.pk, data={**opened(desk, wish_.pk), "note": "Rings"})
    wish_.refresh_from_db()
    assert (wish_.after, wish_.before, wish_.note) == (*hours, "Rings")


def test_hours_that_contradict_each_other_are_said_at_their_fields(world: World, desk: Browser) -> None:
    ash = world.clinic.fit_patient("Ash")
    for sent, said in (
        ({"part": "own"}, "Enter a time, here or in the next field."),
        ({"part": "morning", "after": "14:00"}, "for times of your own."),
        ({"part": "own", "after": "14:00", "before": "14:00"}, "This must be later than the time"),
        ({"from_on": "9 3 2026", "to_on": "8 3 2026"}, "The last day is before the first."),
        ({"to_on": "1 3 2026"}, "This day is over."),
    ):
        assert said.lower() in desk.post("waiting-add", ash.pk, data={**FORM, **sent}, expect=422).lower(), said
    assert not WaitingWish.objects.exists()


def test_what_somebody_waits_for_is_changed_and_they_keep_their_place(world: World, desk: Browser) -> None:
    first, second = (
        wish(world.clinic, world.clinic.fit_patient("Ash"), notice_hours=36),
        wish(world.clinic, world.clinic.fit_patient("Elm")),
    )
    form = {**opened(desk, first.pk), "notice_hours": "36"}
    assert '<option value="36" selected>36 hours</option>' in desk.html
    said = desk.post("waiting-change", first.pk, data={**form, "weekdays": ["4"]})
    assert "Robin Ash keeps their place on the waiting list." in said
    assert "Fridays, at least 36 hours before" in said
    assert [row.pk for row in waiting()] == [first.pk, second.pk]
    stale = desk.post("waiting-change", first.pk, data={**form, "note": "Rings"}, expect=422)
    assert "Weekdays" in stale
    assert "Friday" in stale
    assert "Rings" in desk.html
    assert "Fridays" in desk.post("waiting-change", first.pk, data={**form, **shown(desk), "note": "Rings"})
    first.refresh_from_db()
    assert (first.weekdays, first.note, first.revision) == ([4], "Rings", 3)


def test_a_free_time_stands_on_home_on_the_list_and_at_the_cancelled_visit(world: World, desk: Browser) -> None:
    booked = at_ten(world.clinic)
    first = wish(world.clinic, world.clinic.fit_patient("Ash"), before=time(12))
    second = wish(world.clinic, world.clinic.fit_patient("Elm"), before=time(12))
    world.at(world.clinic.now)
    assert "No free time" in desk.get("waiting-free")
    stop(world.clinic, booked)
    desk.get("home")
    assert f'hx-get="{reverse("waiting-free")}"' in desk.html
    for name, args in (("waiting-free", []), ("waiting-list", []), ("appointment", [booked.pk])):
        said = desk.get(name, *args)
        assert "Tuesday 10 March 10:00" in said.replace(" 2026", ""), (name, said)
        assert said.index("Robin Ash") < said.index("Robin Elm")
        for one in (first, second):
            assert reverse("waiting-book", args=[one.pk]) in desk.html, name
        assert not raw_codes(said), name


def test_one_click_books_and_says_what_the_patient_is_told(world: World, desk: Browser) -> None:
    waits = wish(world.clinic, world.clinic.fit_patient("Ash"))
    said = desk.post("waiting-book", waits.pk, data={"time": time_of(world)})
    assert "Booked. The email goes out now." in said
    [visit] = Appointment.objects.all()
    assert visit.start_at == TEN
    assert "This is no longer on the waiting list." in desk.post(
        "waiting-book", waits.pk, data={"time": time_of(world)}
    )
    for nonsense in ("", "soon", "2026-03-10T10:00:00/1/1"):
        other = wish(world.clinic, world.clinic.fit_patient(f"Elm{len(nonsense)}"))
        assert "Choose one of the times offered." in desk.post("waiting-book", other.pk, data={"time": nonsense})


def test_an_offer_shows_the_mail_beforehand_and_is_answered_at_the_desk(world: World, desk: Browser) -> None:
    waits = wish(world.clinic, world.clinic.fit_patient("Ash"), reach="mail")
    said = desk.get("waiting-offer", waits.pk, time=time_of(world))
    assert "An earlier appointment for you" in said
    assert "We can offer you an appointment on Tuesday 10 March 2026 at 10:00." in said
    assert not Message.objects.exists()
    said = desk.post("waiting-offer", waits.pk, data={"time": time_of(world)})
    assert "Offered. The time is held for Robin Ash until" in said
    [offer] = WaitingOffer.objects.all()
    assert "Said yes" in said
    said = desk.post("waiting-answer", offer.pk, data={"intent": "decline"})
    assert "It is free again, and they stay on the list." in said
    assert "no longer fits" in desk.post("waiting-offer", waits.pk, data={"time": time_of(world)}, expect=409)
    other = wish(world.clinic, world.clinic.fit_patient("Elm"), reach="mail")
    desk.post("waiting-offer", other.pk, data={"time": time_of(world)})
    said = desk.post("waiting-answer", WaitingOffer.objects.latest("pk").pk, data={"intent": "accept"})
    assert "Booked: the patient accepts the offer." in said
    assert "1 time on offer" not in desk.get("home")


def test_a_time_is_held_for_a_call_and_nothing_is_sent(world: World, desk: Browser) -> None:
    waits = wish(world.clinic, world.clinic.fit_patient("Ash"))
    desk.get("waiting-list")
    assert "Hold for a call" in desk.html
    said = desk.get("waiting-offer", waits.pk, time=time_of(world))
    assert "Phone them: nothing is sent." in said
    assert "What the patient reads" not in said
    said = desk.post("waiting-offer", waits.pk, data={"time": time_of(world)})
    assert "The time is held for Robin Ash until" in said
    [offer] = WaitingOffer.objects.all()
    desk.post("waiting-answer", offer.pk, data={"intent": "accept"})
    assert Appointment.objects.get().start_at == TEN
    assert not Message.objects.filter(kind="offer").exists()


def test_somebody_is_taken_off_with_a_reason(world: World, desk: Browser) -> None:
    waits = wish(world.clinic, world.clinic.fit_patient("Ash"))
    assert "Why they are no longer waiting" in desk.post("waiting-off", waits.pk, data={"reason": " "}, expect=422)
    assert "is off the waiting list" in desk.post("waiting-off", waits.pk, data={"reason": "Is better"})
    assert "They are no longer waiting: taken off" in desk.get("waiting-off", waits.pk)
    assert not waiting().exists()


class Patient:
    """Somebody at the link of an offer."""

    def __init__(self, offer: WaitingOffer) -> None:
        self.client, self.path = Client(), f"/p/o/{link.token_of(offer.pk)}/"

    def get(self, expect: int = 200) -> str:
        response = self.client.get(self.path)
        assert response.status_code == expect
        assert response.headers["Cache-Control"] == "no-store, private"
        return text_of(response)

    def post(self, what: str, expect: int = 302, **sent: str) -> str:
        response = self.client.post(f"{self.path}{what}/", sent)
        assert response.status_code == expect, text_of(response)
        return self.get() if expect == 302 else text_of(response)

    def open(self) -> str:
        return self.post("open", born_on="1 5 1980")


@pytest.fixture
def offered(world: World) -> WaitingOffer:
    waits = wish(world.clinic, world.clinic.fit_patient("Ash"), reach="mail")
    world.at(world.clinic.now)
    return make_offer(waits.pk, chosen(world.clinic), by=world.clinic.reception, now=world.clinic.now)


def test_the_link_asks_for_the_date_of_birth_before_it_says_anything(offered: WaitingOffer) -> None:
    patient = Patient(offered)
    said = patient.get()
    assert "Your date of birth" in said
    for secret in ("Ash", "10:00", "Hale"):
        assert secret not in said
    patient.post("answer", expect=403, intent="accept")
    patient.post("open", expect=422, born_on="2 5 1980")
    patient.post("open", expect=422, born_on="nonsense")
    said = patient.open()
    assert "10 March 2026 at 10:00" in said
    assert "Dr Imogen Hale" in said
    assert "We are keeping this time for you until" in said
    assert not raw_codes(said)


def test_five_wrong_dates_close_it_and_a_right_one_before_begins_anew(offered: WaitingOffer) -> None:
    patient = Patient(offered)
    for number in range(4):
        patient.post("open", expect=422, born_on=f"{number + 2} 5 1980")
    patient.open()
    other = Patient(offered)
    for number in range(4):
        other.post("open", expect=422, born_on=f"{number + 2} 5 1980")
    assert "cannot open" in other.post("open", expect=429, born_on="9 5 1980")
    assert "cannot open" in other.post("open", expect=429, born_on="1 5 1980")


def test_the_patient_accepts_and_finds_the_way_to_the_visit(world: World, offered: WaitingOffer) -> None:
    patient = Patient(offered)
    patient.open()
    assert "Your appointment is booked" in patient.post("answer", intent="accept")
    [visit] = Appointment.objects.all()
    assert (visit.start_at, visit.status, visit.asked_by_id) == (TEN, "booked", None)
    assert "Your appointment is booked" in patient.post("answer", intent="decline", expect=409)
    assert "This offer has ended" in Patient(offered).get(410)


def test_the_patient_declines(offered: WaitingOffer) -> None:
    patient = Patient(offered)
    patient.open()
    assert "You have said no to this time" in patient.post("answer", intent="decline")
    assert not Appointment.holds.exists()
    assert waiting().count() == 1


def test_an_answer_that_comes_too_late_or_is_not_clear_any_more_says_so(world: World, offered: WaitingOffer) -> None:
    patient = Patient(offered)
    patient.open()
    world.clinic.earlier_injection(offered.wish.patient, "2025-11-20")
    said = patient.post("answer", intent="accept", expect=409)
    assert "There is a problem" in said
    assert "Accept this time" in said
    world.at(offered.expires_at)
    assert "This offer has ended" in patient.post("answer", intent="accept", expect=409)
    assert "This offer has ended" in Patient(offered).get(410)


def test_a_link_that_was_not_signed_here_is_unknown(offered: WaitingOffer) -> None:
    token = link.token_of(offered.pk)
    for forged in ("1", f"{token}x", "1:forged", "x" * 300, "2." + token.partition(".")[2]):
        assert Client().get(f"/p/o/{forged}/").status_code == 404
    assert Client().post(f"/p/o/{token}/").status_code == 405


def test_a_german_patient_reads_the_pages_in_german(world: World) -> None:
    ash = world.clinic.fit_patient("Ash", written_language="de")
    waits = wish(world.clinic, ash, reach="mail")
    world.at(world.clinic.now)
    offer = make_offer(waits.pk, chosen(world.clinic), by=world.clinic.reception, now=world.clinic.now)
    patient = Patient(offer)
    assert "Geburtsdatum" in patient.get()
    said = patient.open()
    for words in ("Ein früherer Termin für Sie", "Diese Zeit nehmen", "Nein, danke"):
        assert words in said
    world.at(offer.expires_at - timedelta(seconds=1))
    assert "zu dieser Zeit Nein gesagt" in patient.post("answer", intent="decline")


def test_a_wish_whose_last_day_is_over_leaves_the_list_and_is_shown_as_lapsed(world: World, desk: Browser) -> None:
    """Its last day itself still counts; changed, it waits again at its old place."""
    ash = wish(world.clinic, world.clinic.fit_patient("Ash"), to_on=world.clinic.now.date())
    assert "Lapsed" not in desk.get("waiting-list")
    world.at(world.clinic.now + timedelta(days=1))
    said = desk.get("waiting-list")
    assert "Lapsed: their last day has passed" in said
    assert "Ash" in said
    assert not desk.last.context["page_obj"].object_list
    assert world.reception.get("/waitlist/").json()["results"] == []
    desk.post("waiting-change", ash.pk, data={**opened(desk, ash.pk), "to_on": "30 3 2026"})
    assert "Lapsed" not in desk.get("waiting-list")
    assert [row.pk for row in desk.last.context["page_obj"].object_list] == [ash.pk]
