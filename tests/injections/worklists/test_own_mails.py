"""Mails to the staff go to the people concerned: each chooses their own; what nobody chose goes to the duty address."""

from typing import Any

import pytest

from injections.messages.staff import DAY, call_opened, plan_mail
from injections.worklists.own_mails import choose_mails
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import PATIENT
from pht_clinic.people.models import User
from scheduling.models import Message
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser


def told(what: str) -> list[str]:
    return sorted(Message.objects.filter(kind=f"staff-{what}").values_list("recipient", flat=True))


def plan(what: str, occasion: str) -> int:
    return plan_mail(what, [occasion], page="home", now=NOW, expires_at=NOW + DAY)


def test_a_mail_goes_to_everybody_who_chose_it_once(clinic: Clinic, settings: Any) -> None:
    settings.DUTY_EMAIL = "duty@clinic.example"
    assert plan("digest", "1") == 1
    assert told("digest") == ["duty@clinic.example"]
    for who in (clinic.radiologist, clinic.reception):
        choose_mails(["digest", "call"], by=who, now=NOW)
    assert plan("digest", "1") == 0, "it was told"
    assert plan("digest", "2") == 2
    assert plan("digest", "2") == 0
    chose = [User.objects.get(pk=who.user_id).email for who in (clinic.radiologist, clinic.reception)]
    assert told("digest") == sorted([*chose, "duty@clinic.example"])
    call_opened(7, now=NOW)
    assert told("call") == sorted(chose)
    assert plan("failed", "3") == 1
    assert told("failed") == ["duty@clinic.example"]


def test_who_may_not_sign_in_any_more_gets_none(clinic: Clinic, settings: Any) -> None:
    settings.DUTY_EMAIL = "duty@clinic.example"
    choose_mails(["outcome"], by=clinic.reception, now=NOW)
    User.objects.filter(pk=clinic.reception.user_id).update(is_active=False)
    plan("outcome", "1")
    assert told("outcome") == ["duty@clinic.example"]


def test_only_known_mails_are_chosen_by_people_of_the_clinic(clinic: Clinic) -> None:
    with pytest.raises(Invalid, match="gossip is not one of call, digest"):
        choose_mails(["digest", "gossip"], by=clinic.reception, now=NOW)
    with pytest.raises(Forbidden):
        choose_mails(["digest"], by=PATIENT, now=NOW)
    assert choose_mails([], by=clinic.reception, now=NOW) == []


def test_the_page_opens_with_what_was_chosen(radiologist: Browser) -> None:
    radiologist.get("own-mails")
    assert "checked" not in radiologist.html
    assert "Your choice is saved." in radiologist.post("own-mails", data={"mails": ["call", "undecided"]})
    assert radiologist.html.count("checked") == 2
    assert Entry.objects.get(verb="mails-chosen").detail == {"mails": ["call", "undecided"]}
    assert "There is a problem" in radiologist.post("own-mails", data={"mails": ["gossip"]}, expect=422)
    assert "Your choice is saved." in radiologist.post("own-mails")
