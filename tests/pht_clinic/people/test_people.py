"""Users, their tokens, and the commands that make them."""

import io
from collections.abc import Callable
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from pht_clinic.people import tokens
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import ApiToken, User

pytestmark = pytest.mark.django_db


def test_an_address_is_unique_whatever_its_case() -> None:
    User.objects.create_user("Anna@Clinic.Example")
    assert User.objects.get_by_natural_key("ANNA@clinic.example").email == "anna@clinic.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ANNA@CLINIC.EXAMPLE")


def test_the_database_refuses_capitals_and_unknown_roles(make_user: Callable[..., User]) -> None:
    user = make_user("reception")
    for fields in ({"email": "Anna@clinic.example"}, {"role": "owner"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**fields)


def test_an_actor_is_the_user_as_they_are_now(make_user: Callable[..., User]) -> None:
    user = make_user("radiologist")
    actor = actor_of(user)
    assert (actor.kind, actor.user_id, actor.name, actor.role) == ("user", user.pk, user.name, "radiologist")


def test_a_token_is_stored_as_its_digest_only(make_user: Callable[..., User]) -> None:
    secret = tokens.issue(make_user("reception"), days=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM people_apitoken t")
        assert secret not in str(cursor.fetchall())


def test_a_token_ends_by_the_databases_clock(make_user: Callable[..., User]) -> None:
    user = make_user("reception")
    secret = tokens.issue(user, days=1)
    found = tokens.owner_of(secret)
    assert found is not None
    assert found[0] == user
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_apitoken SET expires_at = now()")
    assert tokens.owner_of(secret) is None


def test_the_token_of_somebody_switched_off_is_no_token(make_user: Callable[..., User]) -> None:
    user = make_user("reception")
    secret = tokens.issue(user, days=1)
    user.is_active = False
    user.save()
    assert tokens.owner_of(secret) is None


def test_the_day_of_use_is_noted_once(make_user: Callable[..., User], django_assert_num_queries: Callable) -> None:
    secret = tokens.issue(make_user("reception"), days=1)
    with django_assert_num_queries(2):
        tokens.owner_of(secret)
    assert ApiToken.objects.get().last_used_on is not None
    with django_assert_num_queries(1):
        tokens.owner_of(secret)


def test_issue_token_prints_a_working_token(make_user: Callable[..., User]) -> None:
    user, out = make_user("manager"), io.StringIO()
    call_command("issue_token", user.email.upper(), stdout=out)
    assert (found := tokens.owner_of(out.getvalue().strip())) is not None
    assert found[0] == user


def test_issue_token_names_an_unknown_address() -> None:
    with pytest.raises(CommandError, match=r"nobody@clinic\.example"):
        call_command("issue_token", "nobody@clinic.example")


def create(email: str, password: str, role: str = "manager") -> str:
    out = io.StringIO()
    with mock.patch("sys.stdin", io.StringIO(password + "\n")):
        call_command("create_user", email, "--role", role, "--name", "Alex", "--password-stdin", stdout=out)
    return out.getvalue()


def test_create_user_reads_the_password_from_stdin() -> None:
    assert "alex@clinic.example (manager)" in create("Alex@Clinic.Example", "Quiet-harbour-42")
    user = User.objects.get()
    assert user.check_password("Quiet-harbour-42")
    assert (user.name, user.role, user.is_staff, user.is_superuser) == ("Alex", "manager", True, False)


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("no-address", "Quiet-harbour-42", "valid email"),
        ("alex@clinic.example", "short", "at least 12"),
        ("alex@clinic.example", "", "at least 12"),
        ("taken@clinic.example", "Quiet-harbour-42", "already a user"),
    ],
)
def test_create_user_refuses_in_one_sentence(email: str, password: str, words: str) -> None:
    User.objects.create_user("taken@clinic.example")
    with pytest.raises(CommandError, match=words), transaction.atomic():
        create(email, password)
