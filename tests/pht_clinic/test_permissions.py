"""One table says who may do what: whoever it does not name is refused in words, wherever it is asked."""

import re
from pathlib import Path

import pytest

from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import IMPORT, PATIENT, SYSTEM, Actor, importing
from pht_clinic.people.roles import EVERY_ROLE, ROLES
from pht_clinic.permissions import PERMISSIONS, check_permitted, is_permitted

ROOT = Path(__file__).resolve().parents[2]
BY_LINK = {
    "move",
    "cancel",
    "confirm-coming",
    "answer-screening",
    "answer-recovery",
    "record-injection",
    "book-again",
    "answer-offer",
}
BY_IMPORT = {
    *("register-patient", "record-death", "record-injection", "withdraw-injection", "answer-screening"),
    *("record-condition", "withdraw-condition", "record-pathway", "record-outcome", "write-note"),
    *("plan-activity", "withdraw-activity", "record-report", "withdraw-report"),
}
ASKED = re.compile(
    r"""(?:check_permitted\(|is_permitted\(|roles_that_may\(|@permitted\(|_deed\(|\|may:|"(?:GET|POST|PUT|PATCH|DELETE)":\s)\s*"([a-z-]+)\""""
)


def user(role: str) -> Actor:
    return Actor(kind="user", user_id=1, name="Somebody", role=role)


@pytest.mark.parametrize("action", PERMISSIONS)
def test_an_action_is_for_whom_the_table_names_and_nobody_else(action: str) -> None:
    """Neither for somebody without a role nor for `system`, which acts on nobody's behalf."""
    who = PERMISSIONS[action].who
    assert who <= EVERY_ROLE | {PATIENT.kind, IMPORT}
    actors = {role: user(role) for role in ROLES} | {"": user(""), PATIENT.kind: PATIENT, "system": SYSTEM}
    actors[IMPORT] = importing(user_id=1, name="Somebody")
    for name, by in actors.items():
        assert is_permitted(action, by) == (name in who)
        if name in who:
            check_permitted(action, by)
        else:
            with pytest.raises(Forbidden) as refused:
                check_permitted(action, by)
            assert refused.value.sentence == PERMISSIONS[action].sentence


def test_a_patient_may_do_by_link_what_is_theirs() -> None:
    assert {action for action in PERMISSIONS if is_permitted(action, PATIENT)} == BY_LINK


def test_an_import_brings_records_in_and_does_nothing_else_that_a_manager_may() -> None:
    by = importing(user_id=1, name="Somebody")
    assert {action for action in PERMISSIONS if is_permitted(action, by)} == BY_IMPORT


def test_every_action_is_asked_somewhere_and_whatever_is_asked_is_an_action() -> None:
    """A template swallows what goes wrong in its conditions: a slip of the pen there would hide a button for good."""
    packages = [path for name in ("pht_clinic", "scheduling", "injections") for path in (ROOT / name).rglob("*")]
    asked = {
        action
        for path in packages
        if path.suffix in (".py", ".html")
        for action in ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert asked == set(PERMISSIONS)


def test_nobody_asks_for_a_role_by_hand() -> None:
    """A role stands where somebody is given one, and in the table."""
    by_hand = re.compile(r"(?:by|user|actor)\.role\s*(?:==|!=|in|not in)\b|(?:==|!=)\s*(?:RECEPTION|RADIOLOGIST)\b")
    packages = [path for name in ("scheduling", "injections") for path in (ROOT / name).rglob("*")]
    found = [
        path.name
        for path in packages
        if path.suffix in (".py", ".html") and by_hand.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
