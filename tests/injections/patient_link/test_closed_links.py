"""A link that wrong dates of birth closed: who sees it at the desk, and how it is opened again or sent anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.visit.own_link import open_link, replace_link
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from scheduling.models import Appointment, LinkTries
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
    assert "closed by wrong dates" not in desk.get("home")
    close(linked, visit)
    assert "1 link closed by wrong dates of birth" in desk.get("home")
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
    with pytest.raises(WrongState, match="not closed by wrong dates"):
        open_link(visit.pk, by=by, now=now)
    close(linked, visit)
    with pytest.raises(Forbidden, match="Only reception and radiologists open"):
        open_link(visit.pk, by=linked.clinic.manager, now=now)
    assert link.closed_links().count() == 1
    browser(linked.clinic.users["manager"]).get("closed-link-list", expect=403)
    desk = browser(linked.clinic.users["reception"])
    LinkTries.objects.all().delete()
    assert "It opens with the right one" in desk.post("appointment-link-open", visit.pk)
    assert not Entry.objects.filter(verb="patient-link-reopened").exists()


def test_only_what_would_open_otherwise_is_listed(linked: Linked) -> None:
    visit, other = linked.booked(), linked.booked(VISIT + timedelta(hours=1), "Oakes")
    for one in (visit, other):
        close(linked, one)
    assert [row.appointment for row in link.closed_links()] == [visit, other]
    LinkTries.objects.filter(appointment=visit).update(
        since=LinkTries.objects.earliest("pk").since - timedelta(hours=25)
    )
    assert [row.appointment for row in link.closed_links()] == [other]
    linked.at(VISIT + timedelta(days=4000))
    assert not link.closed_links().exists()


def test_four_wrong_dates_are_nothing_to_see(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.pages(visit)
    for day in range(2, 6):
        pages.unlock(f"{day} 5 1980", status=422)
    assert not link.closed_links().exists()
