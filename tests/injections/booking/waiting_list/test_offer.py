"""An offer by mail: the time is held for one patient, who accepts or declines it; it never books by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from injections.booking.book import NotClear
from injections.booking.cancel import cancel
from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list import link
from injections.booking.waiting_list.fill import fill
from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.offer import (
    OfferOver,
    OutOfTurn,
    accept,
    decline,
    lapse_offers,
    make_offer,
    take_back,
    would_offer,
)
from injections.booking.waiting_list.terms import NotByMail
from injections.booking.waiting_list.wishes import waiting
from injections.models import WaitingOffer
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden, Invalid
from pht_clinic.people.actors import PATIENT
from scheduling.diary import holding
from scheduling.diary.places import Clash
from scheduling.messages import desk, render
from scheduling.messages.sending.still_true import withheld
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local
from tests.injections.booking.waiting_list.test_fitting import TEN, names, wish

pytestmark = pytest.mark.django_db
LATER = local("2026-03-24")
HOURS = timedelta(hours=4)


def chosen(clinic: Clinic) -> ChosenTime:
    return ChosenTime(TEN, clinic.practitioner.pk, clinic.room.pk)


def offered(clinic: Clinic, name: str = "Ash", **values: Any) -> WaitingOffer:
    patient = clinic.fit_patient(name, **{key: values.pop(key) for key in ("written_language",) if key in values})
    waits = wish(clinic, patient, reach="mail", **values)
    return make_offer(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)


def mail(offer: WaitingOffer) -> Message:
    return Message.objects.get(subject=f"offer:{offer.pk}")


def test_the_time_is_held_for_the_patient_and_told_and_nothing_is_booked(clinic: Clinic) -> None:
    offer = offered(clinic)
    assert offer.expires_at == clinic.now + HOURS
    assert Appointment.objects.count() == 0
    [held] = Appointment.holds.all()
    assert (held.start_at, held.held_until, held.patient) == (TEN, offer.expires_at, offer.wish.patient)
    with pytest.raises(Clash, match="being booked by a patient who is offered it, who has it until 13:01"):
        clinic.book(clinic.fit_patient("Elm"), TEN)
    row = mail(offer)
    assert (row.kind, row.status, row.due_at, row.expires_at) == ("offer", "queued", clinic.now, offer.expires_at)
    assert withheld(row) is None


def test_the_mail_says_what_is_offered_until_when_and_where_to_answer(clinic: Clinic) -> None:
    """What the page shows beforehand is what leaves, but for the patient's link."""
    waits = wish(clinic, clinic.fit_patient("Ash"), reach="mail")
    would_be, row = would_offer(waits, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert row is not None
    shown = desk.preview(row)
    offer = make_offer(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert offer.expires_at == would_be.expires_at
    letter = render.letter(mail(offer), now=clinic.now)
    assert letter.subject == shown.subject == "An earlier appointment for you"
    assert letter.text.replace(link.address_of(mail(offer)), render.OWN_LINK) == shown.text
    assert "We can offer you an appointment on Tuesday 10 March 2026 at 10:00." in letter.text
    assert "We are keeping this time for you until Monday 2 March at 13:01." in letter.text
    assert "Nothing is booked until you accept it." in letter.text
    assert link.token_of(offer.pk) not in shown.text


def test_a_german_patient_reads_it_in_german(clinic: Clinic) -> None:
    letter = render.letter(mail(offered(clinic, written_language="de")), now=clinic.now)
    assert letter.subject == "Ein früherer Termin für Sie"
    assert "Dienstag, 10. März 2026 um 10:00" in letter.text or "10. März 2026" in letter.text


def test_accepting_by_the_link_books_and_confirms(clinic: Clinic) -> None:
    offer = offered(clinic)
    visit = accept(offer.pk, by=PATIENT, now=clinic.now)
    assert (visit.status, visit.start_at) == ("booked", TEN)
    assert not Appointment.holds.exists()
    assert Message.objects.filter(appointment=visit, kind="confirmed", due_at=clinic.now).exists()
    offer.refresh_from_db()
    assert (offer.ended_as, offer.appointment, offer.wish.ended_as) == ("accepted", visit, "booked")
    assert not waiting().exists()
    assert mail(offer).status == "cancelled"


def test_accepting_moves_the_later_visit_that_the_wish_names(clinic: Clinic) -> None:
    ash = clinic.fit_patient("Ash")
    later = clinic.book(ash, LATER).appointment
    assert later is not None
    waits = wish(clinic, ash, reach="mail", replaces=later.pk)
    offer = make_offer(waits.pk, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert "your appointment on Tuesday 24 March 2026 at 10:00 moves" in render.letter(mail(offer), now=clinic.now).text
    assert accept(offer.pk, by=PATIENT, now=clinic.now).pk == later.pk
    [visit] = Appointment.objects.filter(patient=ash)
    assert (visit.start_at, visit.status) == (TEN, "booked")


def test_where_the_later_visit_is_gone_meanwhile_accepting_books(clinic: Clinic) -> None:
    ash = clinic.fit_patient("Ash")
    later = clinic.book(ash, LATER).appointment
    assert later is not None
    offer = make_offer(
        wish(clinic, ash, reach="mail", replaces=later.pk).pk, chosen(clinic), by=clinic.reception, now=clinic.now
    )
    cancel(later.pk, reason="Cannot come", by=clinic.reception, now=clinic.now)
    visit = accept(offer.pk, by=PATIENT, now=clinic.now)
    assert (visit.pk != later.pk, visit.start_at) == (True, TEN)


def test_declining_gives_the_time_back_and_keeps_the_place_on_the_list(clinic: Clinic) -> None:
    """It is not offered to the same patient again; the next one is."""
    offer = offered(clinic)
    next_one = wish(clinic, clinic.fit_patient("Elm"), reach="mail")
    decline(offer.pk, by=PATIENT, now=clinic.now)
    assert not Appointment.holds.exists()
    assert offer.wish in waiting()
    [at_ten] = [one for one in WaitingRoom(now=clinic.now).free_times() if one.slot.start == TEN] or [None]
    assert at_ten is None or names([at_ten]) == [("Tue 10:00", ["Elm"])]
    with pytest.raises(OutOfTurn):
        make_offer(offer.wish_id, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert make_offer(next_one.pk, chosen(clinic), by=clinic.reception, now=clinic.now).wish == next_one


def test_an_offer_lapses_at_its_end_and_is_over_for_everybody(clinic: Clinic) -> None:
    """Boundary: at its very end it cannot be accepted any more, and others may have the time."""
    offer = offered(clinic)
    end = offer.expires_at
    assert lapse_offers(now=end - timedelta(seconds=1)) == 0
    with pytest.raises(OfferOver):
        accept(offer.pk, by=PATIENT, now=end)
    assert lapse_offers(now=end) == 1
    assert lapse_offers(now=end) == 0
    offer.refresh_from_db()
    assert (offer.ended_as, offer.ended_at) == ("lapsed", end)
    assert not Appointment.holds.exists()
    found = withheld(mail(offer))
    assert found is not None
    assert not found.is_task
    assert offer.wish in waiting(), "they wait on"
    assert Entry.objects.filter(verb="offer-lapsed").count() == 1


def test_a_lapsed_hold_keeps_nobody_out_while_no_task_runs(clinic: Clinic) -> None:
    offer = offered(clinic)
    clinic.now = offer.expires_at
    assert clinic.book(clinic.fit_patient("Elm"), TEN).appointment is not None
    assert lapse_offers(now=clinic.now) == 1


def test_one_offer_at_a_time_in_order_of_waiting(clinic: Clinic) -> None:
    """Who is phoned holds up nobody; of those who are written to the first comes first."""
    wish(clinic, clinic.fit_patient("Phoned"))
    first, second = (wish(clinic, clinic.fit_patient(name), reach="mail") for name in ("Ash", "Elm"))
    by: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    with pytest.raises(OutOfTurn, match="has waited longer"):
        make_offer(second.pk, chosen(clinic), **by)
    make_offer(first.pk, chosen(clinic), **by)
    with pytest.raises(Conflict, match="already being offered a time"):
        make_offer(first.pk, chosen(clinic), **by)
    with pytest.raises(OutOfTurn):
        make_offer(second.pk, chosen(clinic), **by)


def test_who_would_have_no_time_to_answer_gets_no_offer(clinic: Clinic) -> None:
    """A later visit too soon to be moved by link, a start too soon."""
    by: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    near = clinic.fit_patient("Near")
    tomorrow = clinic.book(near, local("2026-03-03", "08:00")).appointment
    assert tomorrow is not None
    with pytest.raises(NotByMail, match="cannot be moved by link"):
        make_offer(wish(clinic, near, reach="mail", replaces=tomorrow.pk, notice_hours=2).pk, chosen(clinic), **by)
    ash = wish(clinic, clinic.fit_patient("Ash"), reach="mail", notice_hours=24)
    late = TEN - timedelta(hours=24, minutes=29)
    with pytest.raises(NotByMail, match="too soon"):
        make_offer(ash.pk, chosen(clinic), by=clinic.reception, now=late)
    offer = make_offer(ash.pk, chosen(clinic), by=clinic.reception, now=late - timedelta(minutes=1))
    assert offer.expires_at == TEN - timedelta(hours=24), "never nearer than their own notice"


def test_a_time_is_held_for_whoever_is_phoned_and_nothing_is_sent(clinic: Clinic) -> None:
    """By their wish, or for want of an address; whoever phones records what they say."""
    by: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    phoned, without = clinic.fit_patient("Phoned"), clinic.fit_patient("Without", email="")
    for patient, reach in ((phoned, "phone"), (without, "mail")):
        waits = wish(clinic, patient, reach=reach)
        would_be, row = would_offer(waits, chosen(clinic), **by)
        assert row is None
        offer = make_offer(waits.pk, chosen(clinic), **by)
        assert offer.expires_at == would_be.expires_at == by["now"] + HOURS
        assert Appointment.holds.get().patient == patient
        decline(offer.pk, **by)
    assert not Message.objects.exists()


def test_it_is_held_as_long_as_somebody_says_from_when_it_is_told(clinic: Clinic) -> None:
    """Boundaries: 5 minutes and a week; in the evening a mail goes out in the morning, a call is made now."""
    evening = local("2026-03-05", "21:00")
    by: dict[str, Any] = {"by": clinic.reception, "now": evening}
    mailed, phoned = wish(clinic, clinic.fit_patient("Ash"), reach="mail"), wish(clinic, clinic.fit_patient("Elm"))
    for minutes in (4, 10_081):
        with pytest.raises(Invalid):
            make_offer(mailed.pk, chosen(clinic), minutes=minutes, **by)
    offer = make_offer(mailed.pk, chosen(clinic), minutes=5, **by)
    assert offer.expires_at == local("2026-03-06", "08:05")
    take_back(offer.pk, **by)
    offer = make_offer(phoned.pk, chosen(clinic), minutes=10_080, **by)
    assert offer.expires_at == TEN - timedelta(hours=24), "never nearer than their own notice"
    take_back(offer.pk, **by)
    other = wish(clinic, clinic.fit_patient("Oak"))
    assert make_offer(other.pk, chosen(clinic), minutes=5, **by).expires_at == evening + timedelta(minutes=5)


def test_an_offer_of_the_evening_is_sent_and_counted_from_the_morning(clinic: Clinic) -> None:
    waits = wish(clinic, clinic.fit_patient("Ash"), reach="mail")
    evening = local("2026-03-05", "21:00")
    offer = make_offer(waits.pk, chosen(clinic), by=clinic.reception, now=evening)
    assert mail(offer).due_at == local("2026-03-06", "08:00")
    assert offer.expires_at == local("2026-03-06", "12:00")


def test_what_is_not_clear_any_more_is_not_accepted_and_stays_on_offer(clinic: Clinic) -> None:
    offer = offered(clinic)
    clinic.earlier_injection(offer.wish.patient, "2025-11-20")
    with pytest.raises(NotClear):
        accept(offer.pk, by=PATIENT, now=clinic.now)
    offer.refresh_from_db()
    assert (offer.ended_at, Appointment.holds.count()) == (None, 1)


def test_the_desk_answers_for_the_patient_and_takes_back(clinic: Clinic) -> None:
    by: dict[str, Any] = {"by": clinic.reception, "now": clinic.now}
    visit = accept(offered(clinic).pk, **by | {"now": clinic.now})
    assert visit.asked_by_id == clinic.reception.user_id
    cancel(visit.pk, reason="Cannot", by=clinic.reception, now=clinic.now)
    offer = offered(clinic, "Elm")
    for deed in (accept, decline, take_back):
        with pytest.raises(Forbidden):
            deed(offer.pk, by=clinic.manager, now=clinic.now)
    take_back(offer.pk, by=clinic.reception, now=clinic.now)
    assert not Appointment.holds.exists()
    for deed in (accept, decline, take_back):
        with pytest.raises(OfferOver):
            deed(offer.pk, by=clinic.reception, now=clinic.now)


def test_one_click_while_it_is_on_offer_books_it_for_them(clinic: Clinic) -> None:
    offer = offered(clinic)
    visit = fill(offer.wish_id, chosen(clinic), by=clinic.reception, now=clinic.now)
    assert visit.start_at == TEN
    offer.refresh_from_db()
    assert offer.ended_as == "accepted"


def test_who_has_died_is_offered_nothing_and_what_they_were_offered_ends(clinic: Clinic) -> None:
    offer = offered(clinic)
    clinic.death(offer.wish.patient, now=clinic.now)
    with pytest.raises(OfferOver):
        accept(offer.pk, by=PATIENT, now=clinic.now)
    assert lapse_offers(now=clinic.now) == 1
    assert not Appointment.holds.exists()
    page = Client().get(f"/p/o/{link.token_of(offer.pk)}/")
    assert page.status_code == 410
    assert "offer" not in page.content.decode().split("<main")[1].lower()


def test_the_database_keeps_a_wish_from_two_open_offers(clinic: Clinic) -> None:
    offer = offered(clinic)
    offer.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingOffer.objects.create(
            wish=offer.wish,
            start_at=TEN,
            practitioner=clinic.practitioner,
            room=clinic.room,
            made_at=clinic.now,
            expires_at=TEN,
        )


def test_what_swept_up_the_hold_of_an_offer_leaves_it_to_the_gate(clinic: Clinic) -> None:
    """The patient chose another time by their other link: the offer's hold is gone, the time may still be had."""
    offer = offered(clinic)
    holding.end_on_offer([offer.wish.patient_id], TEN, clinic.practitioner.pk)
    clinic.book(clinic.fit_patient("Elm"), TEN)
    with pytest.raises(Clash):
        accept(offer.pk, by=PATIENT, now=clinic.now)
