"""A password that a manager gives works once, within 24 hours; whom it is for is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from pht_clinic.people import given_passwords
from pht_clinic.people.models import User
from scheduling.clinic import staff
from scheduling.messages import desk as letters
from scheduling.models import Message
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser


def signs_in(email: str, password: str) -> bool:
    client = Client()
    client.post("/account/sign-in/", {"login": email, "password": password})
    return client.get("/account/password/").status_code == 200


def made_older(interval: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_user SET given_password_ends_at = given_password_ends_at - %s::interval", [interval]
        )


def test_it_lets_its_owner_in_once(clinic: Clinic) -> None:
    """Whoever reads it later on the note on which it was written down has nothing."""
    invited = staff.invite(email="nia@clinic.example", name="Nia Park", role="reception", by=clinic.manager, now=NOW)
    assert signs_in("nia@clinic.example", invited.password)
    assert not signs_in("nia@clinic.example", invited.password)


@pytest.mark.parametrize(("later", "is_good"), [("23 hours 59 minutes", True), ("24 hours 1 second", False)])
def test_it_is_good_for_24_hours_by_the_databases_clock(clinic: Clinic, later: str, is_good: bool) -> None:
    given = staff.give_password(clinic.users["reception"].pk, by=clinic.manager, now=NOW)
    made_older(later)
    assert signs_in(given.user.email, given.password) == is_good


def test_a_spent_one_reads_like_a_wrong_one(clinic: Clinic) -> None:
    given = staff.give_password(clinic.users["reception"].pk, by=clinic.manager, now=NOW)
    made_older("2 days")
    sent = {"login": given.user.email, "password": given.password}
    page = Client().post("/account/sign-in/", sent).content.decode()
    assert "The email address and/or password you specified are not correct." in page


def test_of_two_at_once_one_is_let_in(committed_db: None) -> None:
    user = User(email="nia@clinic.example", role="reception", name="Nia")
    given_passwords.give(user)

    def use(_: int) -> bool:
        try:
            return given_passwords.use_up(user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]


def test_its_owner_is_told_by_mail_and_the_mail_does_not_hold_it(clinic: Clinic) -> None:
    given = staff.give_password(clinic.users["reception"].pk, by=clinic.manager, now=NOW)
    row = Message.objects.get(kind="account-password-given", recipient=given.user.email)
    text = letters.preview(row).text
    assert f"has given {given.user} a new password. It works once, within 24 hours" in text
    assert given.password not in text + str(row.values)


def test_nobody_gives_one_to_themselves(clinic: Clinic, manager: Browser) -> None:
    own = clinic.users["manager"].pk
    with pytest.raises(staff.OwnAccount, match="Change yours under Account"):
        staff.give_password(own, by=clinic.manager, now=NOW)
    assert "Change yours under Account" in manager.post("staff-password", own, expect=409)
    manager.get("home")


def test_a_password_from_create_user_lasts(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    password = "Quiet-harbour-42"
    monkeypatch.setattr("pht_clinic.people.management.commands.create_user._asked", lambda: password)
    call_command("create_user", "nia@clinic.example", "--role", "reception")
    assert signs_in("nia@clinic.example", password)
    assert signs_in("nia@clinic.example", password)
