"""What happens to an account is mailed to its owner and the other managers; a name that is taken is asked about."""

from __future__ import annotations

import io
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from pht_clinic.people.models import User
from pht_clinic.people.names import NameTaken, check_name_is_free
from scheduling.clinic import staff
from scheduling.clinic.staff import StaffDetails
from scheduling.messages import desk as letters
from scheduling.models import Message
from tests import second_factor
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser, browser

INVITED = {"name": "Nia Park", "email": "nia@clinic.example", "role": "manager"}


def told(kind: str) -> dict[str, str]:
    """Who is written to, and what."""
    rows = Message.objects.filter(kind=kind)
    return {row.recipient: " ".join(letters.preview(row).text.split()) for row in rows}


def created(*more: str, name: str = "Nia Park") -> None:
    with mock.patch("sys.stdin", io.StringIO("Quiet-harbour-42\n")):
        call_command(
            "create_user", "nia@clinic.example", "--role", "manager", "--name", name, "--password-stdin", *more
        )


def test_of_a_new_account_its_owner_and_the_other_managers_hear(clinic: Clinic, make_user: Any) -> None:
    other = make_user("manager")
    make_user("manager", is_active=False)
    staff.invite(**INVITED, by=clinic.manager, now=NOW)
    found = told("account-made")
    assert found.keys() == {"nia@clinic.example", other.email}
    assert f"{clinic.manager.name} has made an account for Nia Park: manager." in found[other.email]


def test_of_one_made_on_the_command_line_every_manager_hears(clinic: Clinic) -> None:
    created()
    found = told("account-made")
    assert found.keys() == {"nia@clinic.example", clinic.users["manager"].email}
    assert "Somebody who runs the clinic’s computers has made an account" in found["nia@clinic.example"]


@pytest.mark.parametrize(
    ("details", "now", "is_told"),
    [
        (("m", "manager", True), "Before: reception. Now: manager.", True),
        (("m", "reception", False), "Before: reception. Now: reception, may not sign in.", False),
    ],
    ids=["another role", "may not sign in"],
)
def test_of_other_rights_they_and_the_other_managers_hear(
    clinic: Clinic, make_user: Any, details: tuple[str, str, bool], now: str, is_told: bool
) -> None:
    """Whoever may not sign in any more is written to no longer."""
    changed, other = make_user("reception"), make_user("manager")
    staff.change_staff(changed.pk, StaffDetails(*details), by=clinic.manager, now=NOW)
    found = told("account-rights-changed")
    assert found.keys() == {other.email, *([changed.email] if is_told else [])}
    assert now in found[other.email]


def test_of_another_name_alone_nobody_hears(clinic: Clinic, make_user: Any) -> None:
    changed = make_user("reception")
    make_user("manager")
    staff.change_staff(changed.pk, StaffDetails("New Name", "reception", active=True), by=clinic.manager, now=NOW)
    assert not Message.objects.exists()


def test_of_a_second_factor_taken_off_its_owner_and_the_managers_hear(clinic: Clinic) -> None:
    owner = clinic.users["reception"]
    second_factor.set_up(owner)
    page = browser(owner)
    page.post("mfa_deactivate_totp")
    assert not Authenticator.objects.filter(user=owner, type="totp").exists()
    found = told("account-factor-removed")
    assert found.keys() == {owner.email, clinic.users["manager"].email}
    assert f"{owner} has removed a second factor" in found[owner.email]


@pytest.mark.parametrize("name", ["Nia Park", " nía  PARK", "Nia\u00a0Park"])
def test_a_name_that_another_account_bears_is_asked_about(clinic: Clinic, make_user: Any, name: str) -> None:
    """Whether it may sign in or not, however it is spelt; the account itself may keep its name."""
    bearer = make_user("reception", name="Nia Park", is_active=False)
    with pytest.raises(NameTaken, match=bearer.email):
        staff.invite(**{**INVITED, "name": name}, by=clinic.manager, now=NOW)
    staff.invite(**{**INVITED, "name": name}, confirm_name=True, by=clinic.manager, now=NOW)
    check_name_is_free("Nia Parker")
    check_name_is_free("")


def test_a_page_asks_once_and_then_does_it(clinic: Clinic, make_user: Any, manager: Browser) -> None:
    make_user("reception", name="Nia Park")
    asked = manager.post("staff-invite", data=INVITED, expect=422)
    assert "is what the account" in asked
    assert "This is another person with the same name" in asked
    assert not User.objects.filter(email="nia@clinic.example").exists()
    manager.post("staff-invite", data={**INVITED, "confirm_name": "on"}, expect=200)
    assert User.objects.filter(email="nia@clinic.example").exists()


def test_renaming_asks_too_and_saving_the_same_name_does_not(clinic: Clinic, make_user: Any, manager: Browser) -> None:
    make_user("reception", name="Nia Park")
    other = make_user("reception", name="Ada Cole")
    sent = {"name": "Nia Park", "role": "reception", "active": "on", "revision": "1"}
    assert "is what the account" in manager.post("staff-member", other.pk, data=sent, expect=422)
    assert "is what the account" not in manager.get("staff-member", other.pk)
    manager.post("staff-member", other.pk, data={**sent, "confirm_name": "on"})
    again = User.objects.get(pk=other.pk)
    assert again.name == "Nia Park"
    manager.post("staff-member", other.pk, data={**sent, "revision": str(again.revision)})


def test_the_command_refuses_it_unless_it_is_said(clinic: Clinic, make_user: Any) -> None:
    make_user("reception", name="Nia Park")
    with pytest.raises(CommandError, match="To say so: --same-name"):
        created()
    created("--same-name")
    assert User.objects.filter(email="nia@clinic.example").exists()
