"""Managers see who has a second factor, ask for one, and reset one that was lost; whom it concerns is told."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from scheduling.clinic.second_factors import NoSecondFactor, require_second_factor, reset_second_factor
from scheduling.clinic.staff import OwnAccount
from scheduling.messages import desk as letters
from scheduling.models import Message
from tests import second_factor
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser, browser


def test_the_list_says_of_each_how_it_stands(clinic: Clinic, manager: Browser, settings: Any) -> None:
    settings.SECOND_FACTOR_EXEMPT = ["reception"]
    second_factor.set_up(clinic.users["radiologist"])
    text = manager.get("staff-list")
    assert text.count("Second factor set up.") == 1
    assert text.count("No second factor needed.") == 1
    assert text.count("Second factor to be set up at the next sign-in.") == len(clinic.users) - 2
    assert text.count("Reset the second factor") == 1
    assert text.count("Require a second factor") == 1


def test_one_lost_is_reset_and_whoever_held_it_signs_in_afresh(clinic: Clinic, manager: Browser) -> None:
    lost = clinic.users["radiologist"]
    second_factor.set_up(lost)
    theirs = browser(lost)
    theirs.get("home")
    said = manager.post("staff-factor-reset", lost.pk)
    assert "The second factor is reset. They and the other managers are told by email." in said
    assert not Authenticator.objects.filter(user=lost).exists()
    assert theirs.client.get("/").headers["Location"].startswith("/account/sign-in/")
    entry = Entry.objects.get(verb="second-factor-reset")
    assert (entry.user_id, entry.subject) == (clinic.users["manager"].pk, f"user:{lost.pk}")


def test_they_and_the_other_managers_are_told_by_mail(clinic: Clinic, make_user: Any) -> None:
    lost, other = clinic.users["reception"], make_user("manager")
    make_user("manager", is_active=False)
    second_factor.set_up(lost)
    reset_second_factor(lost.pk, by=clinic.manager, now=NOW)
    rows = list(Message.objects.filter(kind="account-factor-reset").order_by("recipient"))
    assert {row.recipient for row in rows} == {lost.email, other.email}
    text = letters.preview(rows[0]).text
    assert f"has reset the second factor of {lost}" in text
    assert clinic.manager.name in text


def test_there_must_be_one_and_it_is_never_ones_own(clinic: Clinic) -> None:
    manager = clinic.users["manager"]
    second_factor.set_up(manager)
    with pytest.raises(OwnAccount, match="Another manager can"):
        reset_second_factor(manager.pk, by=clinic.manager, now=NOW)
    with pytest.raises(NoSecondFactor):
        reset_second_factor(clinic.users["reception"].pk, by=clinic.manager, now=NOW)
    with pytest.raises(Forbidden):
        reset_second_factor(manager.pk, by=clinic.reception, now=NOW)
    with pytest.raises(Forbidden):
        require_second_factor(manager.pk, required=True, by=clinic.reception, now=NOW)
    assert Authenticator.objects.filter(user=manager).exists()
    assert not Message.objects.exists()


def test_one_is_asked_of_somebody_whose_role_is_exempt(clinic: Clinic, manager: Browser, settings: Any) -> None:
    """With the next page they are led to it; asked once more it changes nothing, and it can be taken back."""
    settings.SECOND_FACTOR_EXEMPT = ["reception"]
    reception = clinic.users["reception"]
    theirs = browser(reception)
    session = theirs.client.session
    session["account_authentication_methods"] = []
    session.save()
    theirs.get("home")
    for _ in range(2):
        assert "is required from now on" in manager.post("staff-factor-require", reception.pk, data={"required": "yes"})
    assert theirs.client.get("/").headers["Location"] == "/account/second-factor/?next=/"
    assert "is no longer required" in manager.post("staff-factor-require", reception.pk, data={"required": ""})
    theirs.get("home")
    assert [entry.detail for entry in Entry.objects.filter(verb="second-factor-required").order_by("pk")] == [
        {"required": True},
        {"required": False},
    ]
