"""Who gets in: strangers, people without a role, the wrong role, the right one."""

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.web.access import permitted

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.scenarios.probe_urls")]
CHECK = "/api/v1/probe/check/"
BODY = json.dumps({"name": "x", "contact": {"email": "a@b.example"}})


def test_a_stranger_is_sent_to_sign_in_and_back() -> None:
    response = Client().get("/probe/page/?day=2026-03-12")
    assert response.status_code == 302
    assert response.headers["Location"] == "/account/sign-in/?next=/probe/page/%3Fday%3D2026-03-12"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in() -> None:
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/calendar/?day=2026-03-12"}
    response = Client(headers=headers).get("/probe/page/")
    assert response.headers["HX-Redirect"] == "/account/sign-in/?next=/calendar/%3Fday%3D2026-03-12"
    foreign = Client(headers=headers | {"hx-current-url": "https://evil.example/x"}).post("/probe/page/")
    assert foreign.headers["HX-Redirect"] == "/account/sign-in/?next=/"


@pytest.mark.parametrize(("role", "status"), [("", 403), ("manager", 403), ("radiologist", 200), ("reception", 200)])
def test_a_page_is_for_the_roles_of_its_action(
    make_user: Callable[..., User], client_of: Callable[..., Client], role: str, status: int
) -> None:
    response = client_of(make_user(role)).get("/probe/page/")
    assert response.status_code == status
    assert (b"shown" in response.content) == (status == 200)


def test_someone_without_a_role_reads_what_to_do(
    make_user: Callable[..., User], client_of: Callable[..., Client]
) -> None:
    response = client_of(make_user("")).get("/")
    assert response.status_code == 403
    assert b"Your account has no role yet" in response.content


def test_a_page_names_an_action_that_exists() -> None:
    with pytest.raises(ValueError, match="unknown action: operate"):
        permitted("operate")


@pytest.mark.parametrize(
    ("role", "method", "status"),
    [
        ("", "GET", 403),
        ("", "DELETE", 403),
        ("manager", "GET", 200),
        ("manager", "HEAD", 200),
        ("manager", "POST", 403),
        ("reception", "POST", 200),
        ("reception", "DELETE", 405),
    ],
)
def test_an_endpoint_is_for_the_roles_of_its_methods_action(
    make_user: Callable[..., User], api_of: Callable[[User], Client], role: str, method: str, status: int
) -> None:
    response = api_of(make_user(role)).generic(method, CHECK, BODY, content_type="application/json")
    assert response.status_code == status


@pytest.mark.parametrize(
    "header",
    ["", "Basic YTpi", "Bearer", "Bearer ", "Bearer wrong", "Bearer a b", "bearer " + "x" * 5000, "Bearer \u00e9"],
)
def test_without_a_good_token_it_is_a_401(header: str) -> None:
    response = Client(headers={"authorization": header} if header else {}).get(CHECK)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert response.headers["Content-Type"] == "application/problem+json"


def test_an_expired_token_is_a_401(make_user: Callable[..., User]) -> None:
    secret = tokens.issue(make_user("reception"), days=1)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    assert client.get(CHECK).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_apitoken SET expires_at = now()")
    assert client.get(CHECK).status_code == 401


def test_the_session_of_the_pages_needs_its_csrf_token(
    make_user: Callable[..., User], client_of: Callable[..., Client]
) -> None:
    client = client_of(make_user("reception"), enforce_csrf_checks=True)
    assert client.get(CHECK).status_code == 200
    assert client.post(CHECK, BODY, content_type="application/json").status_code == 403
    client.get("/account/second-factor/")
    token = client.cookies["csrftoken"].value
    foreign = {"x-csrftoken": token, "origin": "https://evil.example"}
    assert client.post(CHECK, BODY, content_type="application/json", headers=foreign).status_code == 403
    own = {"x-csrftoken": token}
    assert client.post(CHECK, BODY, content_type="application/json", headers=own).status_code == 200


def test_a_token_needs_no_csrf_token(make_user: Callable[..., User]) -> None:
    secret = tokens.issue(make_user("reception"), days=1)
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {secret}"})
    assert client.post(CHECK, BODY, content_type="application/json").status_code == 200


def test_a_response_that_shows_patients_is_one_view_row(
    make_user: Callable[..., User], client_of: Callable[..., Client]
) -> None:
    user = make_user("reception")
    response = client_of(user).get("/probe/page/")
    row = Entry.objects.get(verb="viewed")
    assert (row.user_id, row.subject, row.patient_ids) == (user.pk, "probe-page", [1, 3])
    assert row.request_id == response.headers["X-Request-ID"]


def test_a_refused_page_shows_nobody_and_writes_no_view_row(
    make_user: Callable[..., User], client_of: Callable[..., Client]
) -> None:
    client_of(make_user("manager")).get("/probe/page/")
    assert not Entry.objects.filter(verb="viewed").exists()
