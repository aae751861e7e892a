"""Signing in by email and password, its limits, the second factor, and how sessions end."""

import datetime as dt
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connections
from django.test import Client

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.people import tokens
from pht_clinic.people.actors import SYSTEM
from pht_clinic.people.models import User
from pht_clinic.people.second_factor.holding import take_away
from tests import second_factor
from tests.second_factor import ASKS, code_of
from tests.signed_in import PASSWORD

SIGN_IN = "/account/sign-in/"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    made = make_user("reception", email="reception@clinic.example", password=PASSWORD)
    second_factor.set_up(made)
    return made


def sign_in(client: Client, email: str = "reception@clinic.example", password: str = PASSWORD, **extra: Any) -> Any:
    return second_factor.sign_in(client, email, password, **extra)


def is_in(client: Client) -> bool:
    return client.get("/account/password/").status_code == 200


def test_email_in_any_case_and_password_lead_home(user: User) -> None:
    client = Client()
    response = sign_in(client, "Reception@Clinic.Example")
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert list(Entry.objects.order_by("pk").values_list("verb", "user_id", "detail")) == [
        ("recovery-code-used", user.pk, {"which": "recovery_codes"}),
        ("signed-in", user.pk, {"second_factor": "recovery_codes"}),
    ]


TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def in_two_tabs(client: Client) -> list[str]:
    """The tokens of two pages of signing in that stand open at once."""
    return [token_of(client, SIGN_IN) for _ in range(2)]


def token_of(client: Client, address: str) -> str:
    return TOKEN.findall(client.get(address).content.decode())[0]


def give_code(client: Client) -> Any:
    return client.post(ASKS, {"code": code_of(), "csrfmiddlewaretoken": token_of(client, ASKS)})


@pytest.mark.parametrize(
    ("wanted", "got"), [("", "/"), ("/account/password/", "/account/password/"), ("//e.example", "/")]
)
def test_signed_in_in_two_tabs_is_signed_in(user: User, wanted: str, got: str) -> None:
    """REC19: the second page is too old by then; it goes on to what was asked for, as who is signed in."""
    client = Client(enforce_csrf_checks=True)
    first, second = in_two_tabs(client)
    typed = {"login": user.email, "password": PASSWORD, "next": wanted}
    assert client.post(SIGN_IN, {**typed, "csrfmiddlewaretoken": first}).status_code == 302
    assert give_code(client).status_code == 302
    again = client.post(SIGN_IN, {**typed, "csrfmiddlewaretoken": second})
    assert (again.status_code, again.headers["Location"]) == (302, got)
    assert f"You are signed in as {user.get_full_name()}." in client.get("/").content.decode()
    assert Entry.objects.filter(verb="signed-in").count() == 1


def test_a_page_of_signing_in_from_elsewhere_leads_nowhere(user: User) -> None:
    """From another site, or without a token, it is refused as before; too old, with nobody in, it asks once more."""
    client = Client(enforce_csrf_checks=True)
    first, second = in_two_tabs(client)
    typed = {"login": user.email, "password": PASSWORD}
    assert client.post(SIGN_IN, typed).status_code == 403
    foreign = {"origin": "https://elsewhere.example"}
    assert client.post(SIGN_IN, {**typed, "csrfmiddlewaretoken": second}, headers=foreign).status_code == 403
    client.post(SIGN_IN, {**typed, "csrfmiddlewaretoken": first})
    give_code(client)
    del client.cookies[settings.SESSION_COOKIE_NAME]
    asked = client.post(SIGN_IN, {**typed, "csrfmiddlewaretoken": second}, follow=True)
    assert asked.redirect_chain[-1][0].startswith(SIGN_IN)
    assert not is_in(client)


def test_the_page_that_was_asked_for_comes_next_but_no_foreign_one(user: User) -> None:
    for wanted, got in [("/admin/", "/admin/"), ("https://evil.example/", "/"), ("//evil.example", "/")]:
        response = second_factor.sign_in(Client(), user.email, PASSWORD, wanted=wanted)
        assert response.headers["Location"] == got


def test_a_refused_sign_in_says_so_on_top_and_in_the_title(user: User) -> None:
    response = sign_in(Client(), password="wrong-wrong-wrong")
    html = response.content.decode()
    assert response.status_code == 200
    assert re.search(r"<title>\s*Error: Sign in", html)
    assert "There is a problem" in html
    assert "wrong-wrong-wrong" not in html
    assert Entry.objects.get().verb == "sign-in-failed"


def test_an_unknown_address_reads_the_same_as_a_wrong_password(user: User) -> None:
    pages = [
        re.sub(r'value="[^"]*"|nonce="[^"]*"', "", sign_in(Client(), email, "wrong-wrong-wrong").content.decode())
        for email in (user.email, "unknown@clinic.example")
    ]
    strip = [re.sub(r'"X-CSRFToken": "[^"]*"', "", page) for page in pages]
    assert strip[0] == strip[1]


def words(page: Any) -> str:
    """A page without what differs each time."""
    return re.sub(r'value="[^"]*"|nonce="[^"]*"|"X-CSRFToken": "[^"]*"', "", page.content.decode())


def test_somebody_who_may_not_sign_in_reads_the_same_as_with_a_wrong_password(user: User) -> None:
    """Takes the same work, and uses up the same guesses."""
    wrong = words(sign_in(Client(), password="wrong-wrong-wrong"))
    User.objects.filter(pk=user.pk).update(is_active=False)
    encode = ScryptPasswordHasher.encode
    with mock.patch.object(ScryptPasswordHasher, "encode", autospec=True, side_effect=encode) as hashed:
        right = sign_in(Client())
    assert (words(right), right.status_code, hashed.call_count) == (wrong, 200, 1)
    for _ in range(3):
        sign_in(Client())
    assert "Too many failed login attempts" in words(sign_in(Client()))
    assert set(Entry.objects.values_list("verb", flat=True)) == {"sign-in-failed", "sign-in-locked"}


def test_who_was_let_go_before_the_second_factor_reads_the_same_too(user: User) -> None:
    client = Client()
    client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    User.objects.filter(pk=user.pk).update(is_active=False)
    page = client.post(ASKS, {"code": code_of()}, follow=True)
    assert page.redirect_chain[-1][0] == SIGN_IN
    assert "The email address and/or password you specified are not correct." in page.content.decode()
    assert not is_in(client)
    assert not Entry.objects.filter(verb="signed-in").exists()


def test_a_token_of_somebody_who_may_not_sign_in_reads_like_an_unknown_one(user: User) -> None:
    secret = tokens.issue(user, days=1)
    User.objects.filter(pk=user.pk).update(is_active=False)
    answers = [
        Client(headers={"authorization": f"Bearer {one}"}).get("/api/v1/rooms/") for one in (secret, "pht_unknown")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_after_five_wrong_guesses_even_the_right_password_must_wait(user: User) -> None:
    client = Client()
    for _ in range(5):
        sign_in(client, password="wrong-wrong-wrong")
    assert "Too many failed login attempts" in sign_in(client).content.decode()
    assert not is_in(client)
    assert Entry.objects.filter(verb="sign-in-failed").count() == 5


def test_a_forged_forwarded_for_does_not_give_more_guesses(user: User) -> None:
    evaluated = mock.patch("pht_clinic.people.models.User.check_password", return_value=False)
    with evaluated as check:
        for number in range(30):
            forged = {"x-forwarded-for": f"203.0.113.{number}"}
            sign_in(Client(), f"{number}@clinic.example", "wrong-wrong-wrong", headers=forged)
            sign_in(Client(), user.email, "wrong-wrong-wrong", headers=forged)
    assert check.call_count <= 5


def test_a_correct_sign_in_does_not_win_back_guesses(user: User, make_user: Callable[..., User]) -> None:
    for _ in range(4):
        sign_in(Client(), password="wrong-wrong-wrong")
    sign_in(Client())
    sign_in(Client(), password="wrong-wrong-wrong")
    assert "Too many failed login attempts" in sign_in(Client()).content.decode()


def test_somebody_switched_off_cannot_sign_in_and_loses_the_session(user: User) -> None:
    client = Client()
    sign_in(client)
    user.is_active = False
    user.save()
    assert not is_in(client)
    again = Client()
    sign_in(again)
    assert not is_in(again)


def test_signing_out_is_a_post_and_ends_the_session(user: User) -> None:
    client = Client()
    sign_in(client)
    old = client.cookies["session"].value
    assert client.get("/account/sign-out/").status_code == 200
    assert is_in(client)
    client.post("/account/sign-out/")
    client.cookies["session"] = old
    assert not is_in(client)
    assert Entry.objects.filter(verb="signed-out", user=user).count() == 1


def test_the_session_gets_a_new_key_at_sign_in(user: User) -> None:
    client = Client()
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("idle", "whole", "wait", "stays"), [(100, 1000, 99, True), (100, 1000, 101, False), (2000, 1000, 1001, False)]
)
def test_a_session_ends_by_idleness_and_by_age(
    user: User, settings: Any, idle: int, whole: int, wait: int, stays: bool
) -> None:
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = idle, whole
    client = Client()
    sign_in(client)
    start = time.time()
    assert is_in(client)
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=start + wait):
        assert is_in(client) == stays


def test_use_keeps_a_session_but_not_for_ever(user: User, settings: Any) -> None:
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = 100, 250
    client = Client()
    sign_in(client)
    start = time.time()
    lived = []
    for wait in (0, 90, 180, 251):
        with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=start + wait):
            lived.append(is_in(client))
    assert lived == [True, True, True, False]


def test_a_new_password_ends_the_other_sessions(user: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    response = here.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": "Other-harbour-43", "password2": "Other-harbour-43"},
    )
    assert response.status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_with_a_second_factor_the_password_alone_is_not_enough(user: User) -> None:
    client = Client()
    response = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    assert response.headers["Location"].startswith("/account/second-factor/authenticate/")
    assert not is_in(client)
    assert client.get("/").status_code == 302
    assert client.get(response.headers["Location"]).status_code == 200
    response = client.post("/account/second-factor/authenticate/", {"code": code_of()})
    assert response.headers["Location"] == "/"
    assert is_in(client)


def test_a_second_factor_is_set_up_after_the_password_was_asked_again(user: User) -> None:
    take_away(user)
    client = Client()
    sign_in(client)
    activate = "/account/second-factor/totp/activate/"
    confirm = client.get(activate).headers["Location"]
    assert confirm.startswith("/account/confirm/")
    assert client.get(confirm).status_code == 200
    assert client.post(confirm, {"password": "wrong-wrong-wrong"}).status_code == 200
    assert client.post(confirm, {"password": PASSWORD}).headers["Location"] == activate
    page = client.get(activate)
    secret = page.context["form"].secret
    assert b'src="data:image/svg+xml' in page.content
    response = client.post(activate, {"code": code_of(secret)})
    assert response.status_code == 302
    codes = client.get(response.headers["Location"])
    assert codes.status_code == 200
    assert b"<textarea" in codes.content
    assert client.get("/account/second-factor/").status_code == 200


def test_somebody_without_a_password_cannot_give_themselves_one(make_user: Callable[..., User]) -> None:
    client = Client()
    client.force_login(make_user("reception"))
    response = client.get("/account/password/", follow=True)
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["signup/", "sign-up/", "password/reset/", "email/", "login/code/"])
def test_there_is_no_sign_up_and_no_reset_by_mail(path: str) -> None:
    assert Client().get(f"/account/{path}").status_code == 404


def test_the_admin_signs_in_through_the_same_door(make_user: Callable[..., User]) -> None:
    assert Client().get("/admin/").headers["Location"].startswith("/admin/login/")
    assert Client().get("/admin/login/?next=/admin/").headers["Location"].startswith(SIGN_IN)
    for role, is_staff in [("reception", False), ("reception", True), ("manager", False), ("", True)]:
        client = Client()
        client.force_login(make_user(role, is_staff=is_staff))
        assert client.get("/admin/people/user/").status_code in (302, 403)


def test_the_admin_shows_people_and_audit_rows_and_changes_nothing(make_user: Callable[..., User]) -> None:
    user = make_user("manager", is_staff=True, is_superuser=True)
    record("probed", by=SYSTEM, now=dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC))
    client = Client()
    client.force_login(user)
    registered = {model._meta.label for model in admin.site._registry}
    assert registered == {"people.User", "audit.Entry"}
    for path in ("/admin/", "/admin/people/user/", f"/admin/people/user/{user.pk}/change/", "/admin/audit/entry/"):
        assert client.get(path).status_code == 200
    assert client.get("/admin/people/user/add/").status_code == 403
    for path in (f"/admin/people/user/{user.pk}/change/", f"/admin/people/user/{user.pk}/delete/", "/admin/logout/"):
        assert client.post(path, {"email": "x@clinic.example", "post": "yes"}).status_code == 403
    user.refresh_from_db()
    assert user.email != "x@clinic.example"


@pytest.mark.parametrize(
    "asked",
    [
        "people/user/?password__startswith=scrypt",
        "people/user/?role__startswith=m",
        "audit/entry/?detail__has_key=name",
    ],
    ids=["a password's first letters", "another lookup", "a field that is not shown"],
)
def test_the_admin_answers_no_question_about_a_field_that_it_does_not_offer(
    make_user: Callable[..., User], asked: str
) -> None:
    client = Client()
    client.force_login(make_user("manager", is_staff=True, is_superuser=True))
    assert client.get(f"/admin/{asked}").status_code == 400
    assert client.get("/admin/people/user/?role__exact=manager").status_code == 200


def test_guesses_at_once_are_counted_too(committed_db: None) -> None:
    user = User.objects.create_user("reception@clinic.example", PASSWORD, role="reception")

    def guess(number: int) -> None:
        try:
            sign_in(Client(), user.email, f"wrong-wrong-{number}")
        finally:
            connections.close_all()

    evaluated = mock.patch("pht_clinic.people.models.User.check_password", return_value=False)
    with evaluated as check, ThreadPoolExecutor(20) as pool:
        list(pool.map(guess, range(20)))
    assert 1 <= check.call_count <= 5


def test_cookies_are_out_of_reach(user: User) -> None:
    client = Client()
    client.get(SIGN_IN)
    sign_in(client)
    for name in ("session", "csrftoken"):
        assert (client.cookies[name]["httponly"], client.cookies[name]["samesite"]) == (True, "Lax")
