"""SEC11: what let somebody in ends with what it stood for, at once and for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from django.test import Client
from django.urls import reverse

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from scheduling.clinic import staff
from scheduling.clinic.staff import StaffDetails
from scheduling.models import Practitioner
from tests import second_factor
from tests.clinic import NOW, Clinic
from tests.pages_world import browser
from tests.signed_in import PASSWORD


@dataclass
class Held:
    """Everything that lets a radiologist in: two sessions, one of the API, a token, the address of a feed."""

    clinic: Clinic
    user: User
    here: Client
    elsewhere: Client
    program: Client
    feed: str

    def works(self) -> list[bool]:
        """Each of them: the session here, the one elsewhere, the same by the API, the token, the feed."""
        return [
            self.here.get("/").status_code == 200,
            self.elsewhere.get("/").status_code == 200,
            self.elsewhere.get("/api/v1/rooms/").status_code == 200,
            self.program.get("/api/v1/rooms/").status_code == 200,
            Client().get(self.feed).status_code == 200,
        ]

    def change(self, *, role: str = "radiologist", active: bool = True) -> None:
        details = StaffDetails(self.user.name, role, active)
        staff.change_staff(self.user.pk, details, by=self.clinic.manager, now=NOW)


@pytest.fixture
def held(clinic: Clinic) -> Held:
    user = clinic.users["radiologist"]
    user.set_password(PASSWORD)
    user.save()
    second_factor.set_up(user)
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(user=user)
    program = Client(headers={"authorization": f"Bearer {tokens.issue(user, days=1)}"})
    feed = reverse("api-calendar-feed", args=[clinic.feed_token()])
    made = Held(clinic, user, browser(user).client, browser(user).client, program, feed)
    assert made.works() == [True] * 5
    return made


def own_password(held: Held) -> None:
    new = "Calm-orchard-17-north"
    held.here.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})


def given_password(held: Held) -> None:
    staff.give_password(held.user.pk, by=held.clinic.manager, now=NOW)


def other_role(held: Held) -> None:
    held.change(role="reception")


def other_role_and_back(held: Held) -> None:
    held.change(role="reception")
    held.change()


def let_go(held: Held) -> None:
    held.change(active=False)


def let_go_and_back(held: Held) -> None:
    held.change(active=False)
    held.change()


ENDS: Final = (given_password, other_role, other_role_and_back, let_go, let_go_and_back)


@pytest.mark.parametrize("happens", ENDS, ids=lambda happens: happens.__name__)
def test_sec11_everything_ends_at_once_and_for_good(held: Held, happens: Callable[[Held], None]) -> None:
    """Somebody who may sign in again one day signs in afresh: nothing of before wakes up."""
    happens(held)
    assert held.works() == [False] * 5


def test_sec11_a_password_of_ones_own_ends_everything_but_the_session_in_which_it_was_chosen(held: Held) -> None:
    own_password(held)
    assert held.works() == [True] + [False] * 4


def test_sec11_a_new_name_ends_nothing(held: Held) -> None:
    """The control: it is what ends them that ends them."""
    details = StaffDetails("Dr New", "radiologist", active=True)
    staff.change_staff(held.user.pk, details, by=held.clinic.manager, now=NOW)
    assert held.works() == [True] * 5
