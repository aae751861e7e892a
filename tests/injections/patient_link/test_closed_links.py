"""A link that wrong dates of birth closed: who sees it at the desk, and how it is opened again or sent anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from injections.visit.own_link import open_link, replace_link
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from pht_clinic.web.models import GuessCount
from scheduling.models import Appointment
from scheduling.patients import link
from scheduling.states import WrongState
from tests.injections.patient_link.conftest import VISIT, Linked
from tests.pages_world import browser


def close(world: Linked, visit: Appointment) -> None:
    """Give five wrong dates of birth."""
    pages = world.pages(visit)
    for day in range(2, 7):
        pages.unlock(f"{day} 5 1980", status=429 if day == 6 else 422)


def test_a_closed_link_shows_at_the_desk_and_is_opened_again(linked: Linked) -> None:
    visit = linked.booked()
    desk = browser(linked.clinic.users["reception"])
    assert "closed after wrong dates" not in desk.get("home")
    close(linked, visit)
    assert "1 link closed after wrong dates of birth" in desk.get("home")
    assert "Birch" in desk.get("closed-link-list")
    for name, args in (("patient", visit.patient_id), ("appointment", visit.pk)):
        assert "too many wrong dates of birth were given" in desk.get(name, args)
    said = desk.post("appointment-link-open", visit.pk, data={"next": "/links/closed/"})
    assert "The link opens again: the patient has 5 tries." in said
    assert "No link is closed." in said
    linked.opened(visit)
    row = Entry.objects.get(verb="patient-link-reopened")
    assert (row.actor_name, row.patient_ids) == (linked.clinic.reception.name, [visit.patient_id])
    assert "Patient’s link opened again" in desk.get("patient-activity", visit.patient_id)


def test_a_new_link_takes_it_off_the_list_too(linked: Linked) -> None:
    visit = linked.booked()
    close(linked, visit)
    replace_link(visit.pk, reason="The date was wrong", by=linked.clinic.reception, now=linked.clinic.now)
    assert not link.closed_links().exists()
    linked.opened(visit)


def test_what_is_not_closed_is_refused_and_so_is_whoever_may_not(linked: Linked) -> None:
    visit = linked.booked()
    by, now = linked.clinic.reception, linked.clinic.now
    with pytest.raises(WrongState, match="not closed after wrong dates"):
        open_link(visit.pk, by=by, now=now)
    close(linked, visit)
    with pytest.raises(Forbidden, match="Only reception and radiologists open"):
        open_link(visit.pk, by=linked.clinic.manager, now=now)
    assert link.closed_links().count() == 1
    browser(linked.clinic.users["manager"]).get("closed-link-list", expect=403)
    desk = browser(linked.clinic.users["reception"])
    GuessCount.objects.all().delete()
    assert "It opens with the right one" in desk.post("appointment-link-open", visit.pk)
    assert not Entry.objects.filter(verb="patient-link-reopened").exists()


def day_is_over() -> None:
    GuessCount.objects.filter(place="dates-of-birth-a-day").update(ends_at=Now())


def test_fifteen_wrong_dates_in_a_links_life_close_it_until_somebody_opens_it(linked: Linked) -> None:
    """Of whatever days they are, and whatever right ones came between them: the desk opens it, or a new link does."""
    visit = linked.booked()
    for _ in range(2):
        close(linked, visit)
        day_is_over()
        assert not link.closed_links().exists()
        linked.opened(visit)
    pages = linked.pages(visit)
    for day in range(2, 6):
        pages.unlock(f"{day} 5 1980", status=422)
    day_is_over()
    pages.unlock("7 5 1980", status=429)
    day_is_over()
    pages.unlock(status=429)
    assert list(link.closed_links()) == [visit]
    open_link(visit.pk, by=linked.clinic.reception, now=linked.clinic.now)
    assert "not the date of birth" in pages.unlock("8 5 1980", status=422)
    linked.opened(visit)


def test_what_the_limit_of_a_day_refuses_is_no_try_of_the_links_life(linked: Linked) -> None:
    """Else a stranger closed it for good in a minute."""
    visit = linked.booked()
    close(linked, visit)
    for _ in range(20):
        linked.pages(visit).unlock(status=429)
    day_is_over()
    linked.opened(visit)


def test_only_what_would_open_otherwise_is_listed(linked: Linked) -> None:
    visit, other = linked.booked(), linked.booked(VISIT + timedelta(hours=1), "Oakes")
    for one in (visit, other):
        close(linked, one)
    assert list(link.closed_links()) == [visit, other]
    GuessCount.objects.filter(about=visit.pk, place="dates-of-birth-a-day").update(ends_at=Now())
    assert list(link.closed_links()) == [other]
    linked.at(VISIT + timedelta(days=4000))
    assert not link.closed_links().exists()


def test_four_wrong_dates_are_nothing_to_see(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.pages(visit)
    for day in range(2, 6):
        pages.unlock(f"{day} 5 1980", status=422)
    assert not link.closed_links().exists()
