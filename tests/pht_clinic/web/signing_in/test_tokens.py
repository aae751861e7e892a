"""Tokens on a page: whose they are, what they are narrowed to, and ending them; and ending every session."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from pht_clinic.people.models import ApiToken, User
from pht_clinic.people.scopes import SCOPES
from pht_clinic.permissions import PERMISSIONS, is_in_scope
from tests.clinic import Clinic, local
from tests.pages_world import Browser, browser


def program(user: User, scope: str = "") -> Client:
    secret = tokens.issue(user, days=1, scope=scope)
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


def test_everybody_sees_and_ends_their_own_and_nobody_elses(clinic: Clinic, reception: Browser) -> None:
    mine, theirs = program(clinic.users["reception"], "read"), program(clinic.users["radiologist"])
    text = reception.get("own-tokens")
    assert "Read" in text
    assert "Never used" in text
    assert text.count("End it") == 1
    other = ApiToken.objects.get(user=clinic.users["radiologist"])
    reception.post("token-revoke", other.pk, expect=404)
    reception.post("token-revoke", ApiToken.objects.get(user=clinic.users["reception"]).pk)
    assert "There are none." in reception.get("own-tokens")
    assert mine.get("/api/v1/rooms/").status_code == 401
    assert theirs.get("/api/v1/rooms/").status_code == 200
    assert Entry.objects.filter(verb="token-revoked", user=clinic.users["reception"]).count() == 1


def test_a_manager_sees_and_ends_all_that_work(clinic: Clinic, manager: Browser) -> None:
    theirs = program(clinic.users["radiologist"], "decide")
    program(clinic.users["reception"])
    tokens.issue(clinic.users["reception"], days=1)
    text = manager.get("own-tokens")
    assert text.count("End it") == 3
    assert "Read, book and decide" in text
    assert "everything the role allows" in text
    manager.post("token-revoke", ApiToken.objects.get(user=clinic.users["radiologist"]).pk)
    assert theirs.get("/api/v1/rooms/").status_code == 401


def test_one_that_is_over_is_not_listed(clinic: Clinic, reception: Browser) -> None:
    program(clinic.users["reception"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_apitoken SET expires_at = now() - interval '1 second'")
    assert "There are none." in reception.get("own-tokens")


@pytest.mark.parametrize(
    ("scope", "reads", "registers", "decides"),
    [("", True, True, True), ("read", True, False, False), ("book", True, True, False), ("decide", True, True, True)],
    ids=["all", "read", "book", "decide"],
)
def test_a_scope_narrows_what_the_role_may(
    clinic: Clinic, scope: str, reads: bool, registers: bool, decides: bool
) -> None:
    """What is refused by the scope is a 403 that says so; the rest gets as far as its body."""
    client = program(clinic.users["radiologist"], scope)
    visit = clinic.book(clinic.fit_patient("Ash"), local("2026-03-10")).appointment
    assert visit is not None
    assert (client.get("/api/v1/rooms/").status_code == 200) == reads
    post: Any = client.post(reverse("api-patients"), {}, content_type="application/json")
    assert (post.status_code != 403) == registers
    decided = client.post(reverse("api-appointment-decision", args=[visit.pk]), {}, content_type="application/json")
    assert (decided.status_code != 403) == decides
    if not decides:
        assert decided.json()["detail"] == f"This token was made to {scope} alone."


def test_a_scope_never_widens_and_without_one_nothing_is_lost() -> None:
    reached = [{action for action in PERMISSIONS if is_in_scope(action, scope)} for scope in (*SCOPES, "")]
    assert reached[0] < reached[1] < reached[2] < reached[3] == set(PERMISSIONS)
    assert not {"manage-staff", "merge-patients", "word-messages"} & reached[2]


def test_the_command_narrows_one_and_by_default_does_not(clinic: Clinic) -> None:
    for scope in ("", *SCOPES):
        out = io.StringIO()
        call_command("issue_token", "reception@clinic.example", *(["--scope", scope] if scope else []), stdout=out)
        found = tokens.owner_of(out.getvalue().strip())
        assert found is not None
        assert found[1].scope == scope
    with pytest.raises(IntegrityError):
        ApiToken.objects.update(scope="everything")


def test_sign_out_everywhere_ends_every_session_and_no_token(clinic: Clinic, reception: Browser) -> None:
    elsewhere, token = browser(clinic.users["reception"]), program(clinic.users["reception"])
    elsewhere.get("home")
    assert reception.client.post(reverse("sign-out-everywhere")).headers["Location"] == "/"
    for one in (reception, elsewhere):
        assert one.client.get("/").headers["Location"].startswith("/account/sign-in/")
    assert token.get("/api/v1/rooms/").status_code == 200
    assert Entry.objects.filter(verb="signed-out-everywhere").count() == 1
