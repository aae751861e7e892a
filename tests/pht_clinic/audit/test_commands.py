"""Commands at the server stand on the trail, by whom the operating system names, whatever became of them."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys

import pytest

NAME = pwd.getpwuid(os.getuid()).pw_name


def run(*arguments: str, typed: str = "") -> int:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], input=typed, text=True, capture_output=True, check=False, timeout=60
    ).returncode


def noted() -> list[tuple[str, str, str, str, dict[str, str]]]:
    from pht_clinic.audit.models import Entry

    found = Entry.objects.order_by("pk")
    return [(one.verb, one.actor_kind, one.actor_name, one.door, one.detail) for one in found]


@pytest.mark.full_trial(one_in=2)
def test_each_is_noted_with_who_ran_it(committed_db: None) -> None:
    from pht_clinic.audit.models import Entry
    from pht_clinic.people.models import User

    password = "violet-tractor-97-lamp"
    created = run("create_user", "Nia@clinic.example", "--role", "manager", "--password-stdin", typed=f"{password}\n")
    assert created == 0
    assert run("issue_token", "nia@clinic.example") == 0
    assert run("issue_token", "nobody@clinic.example") == 1
    assert run("verify_audit") == 0
    by = "operator", NAME, "command"
    assert noted() == [
        ("user-created", *by, {"command": "create_user"}),
        ("token-issued", *by, {"command": "issue_token"}),
        ("command-failed", *by, {"command": "issue_token"}),
        ("command-run", *by, {"command": "verify_audit"}),
    ]
    user = User.objects.get()
    about = list(Entry.objects.order_by("pk").values_list("subject", flat=True))
    assert about == [f"user:{user.pk}", f"user:{user.pk}", "", ""]
    assert password not in str(list(Entry.objects.values()))


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("command", ["check", "showmigrations"])
def test_what_shows_nothing_of_the_clinic_is_not_noted(committed_db: None, command: str) -> None:
    assert run(command) == 0
    assert noted() == []
