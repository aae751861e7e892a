"""People of the tests, signed in to pages and API."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from pht_clinic.people.models import User
    from tests.api_world import World
    from tests.clinic import Clinic
    from tests.conftest import ClockOffset
    from tests.pages_world import Browser

PASSWORD = "Quiet-harbour-42"


@pytest.fixture
def make_user(db: None) -> "Callable[..., User]":
    """Make a user with a role: `make_user("reception")`."""
    from pht_clinic.people.models import User

    def make(role: str = "", **fields: object) -> "User":
        number = User.objects.count() + 1
        email = fields.pop("email", f"{role or 'nobody'}-{number}@clinic.example")
        password = fields.pop("password", None)
        fields.setdefault("name", f"{role} {number}")
        return User.objects.create_user(str(email), password, role=role, **fields)

    return make


@pytest.fixture
def client_of() -> "Callable[[User], Client]":
    """A browser in which this user is signed in."""
    from django.test import Client

    def sign_in(user: "User", **options: object) -> "Client":
        client = Client(**options)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def api_of() -> "Callable[[User], Client]":
    """A program that sends this user's token."""
    from django.test import Client

    from pht_clinic.people import tokens

    def with_token(user: "User") -> "Client":
        client = Client(headers={"authorization": f"Bearer {tokens.issue(user, days=1)}"})
        client.raise_request_exception = False
        return client

    return with_token


@pytest.fixture
def world(db: None, clock_offset: "ClockOffset") -> "World":
    """A clinic open to programs, on a Monday morning in March."""
    from tests.api_world import World
    from tests.clinic import NOW, open_clinic

    made = World(open_clinic(), clock_offset)
    made.at(NOW)
    return made


@pytest.fixture
def clinic(world: "World") -> "Clinic":
    """The same clinic, for tests that need no program."""
    return world.clinic


@pytest.fixture
def reception(clinic: "Clinic") -> "Browser":
    from tests.pages_world import browser

    return browser(clinic.users["reception"])


@pytest.fixture
def radiologist(clinic: "Clinic") -> "Browser":
    from tests.pages_world import browser

    return browser(clinic.users["radiologist"])


@pytest.fixture
def manager(clinic: "Clinic") -> "Browser":
    from tests.pages_world import browser

    return browser(clinic.users["manager"])
