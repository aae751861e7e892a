"""Every entry that the product can make has words for people: each verb, each page, each endpoint."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeGuard

import pytest

from injections.patient_link.pages import __file__
from scheduling.audit.words import ABOUT, DONE, SEEN, entry_words, subject_words
from scheduling.states import PAST
from tests.integration.access_table import ACCESS
from tests.integration.test_doors import ROOT, modules

WRITERS: Final = {"record", "entry", "_record", "settle", "tell", "_supersede"}
"""Functions that are given the verb of an entry, whichever of their arguments it is."""
PUT_TOGETHER: Final = {
    *(f"appointment-{past}" for past in PAST.values()),
    *(f"{noun}-{done}" for noun in ("practitioner", "room", "schedule", "closure") for done in ("added", "changed")),
    "booking-refused", "move-refused",
}  # fmt: skip
SHOWS_NOBODY: Final = {
    "_letter", "_procedure_dose", "_audit_export",  # noted under their page's name, or numbers alone
    "rules", "statistic", "procedure_base", "audit_export", "clinic_closures", "clinic_feed", "clinic_practitioners",
    "clinic_rooms", "clinic_schedules", "staff_list", "staff_password", "wording", "wording_list",
}  # fmt: skip
API_SHOWS_NOBODY: Final = {
    "api-docs", "schema", "api-sites", "api-statistic", "api-practitioners", "api-practitioner", "api-rooms",
    "api-room", "api-schedules", "api-schedule", "api-closures", "api-closure",
}  # fmt: skip


def verbs() -> Iterator[str]:
    """What stands as text among the arguments of a function that writes entries, itself or under a name of its own."""
    for _, tree in modules():
        writers = WRITERS | {
            str(alias.asname)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "pht_clinic.audit.record"
            for alias in node.names
        }
        named = {
            target.id: list(texts(node.value))
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and (target.id == "verb" or target.id.isupper())
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node.func) in writers:
                for given in node.args:
                    yield from [str(given.value)] if is_text(given) else named.get(name_of(given), [])


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def texts(node: ast.AST) -> Iterator[str]:
    """Every text in it, as the values of a mapping."""
    for inner in ast.walk(node):
        if is_text(inner):
            yield str(inner.value)


def pages() -> set[str]:
    """The names of all whole pages of the clinic's own."""
    return {
        path.stem
        for half in ("injections", "scheduling")
        for path in (Path(ROOT) / half / "templates" / half).glob("[a-z]*.html")
    }


def parts() -> set[str]:
    """The names of the parts of pages that a view shows by themselves."""
    return {
        Path(str(node.value)).stem
        for path, tree in modules()
        if "/views/" in path
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and re.fullmatch(r"(injections|scheduling)/_\w+\.html", str(node.value))
    }


def test_every_verb_has_words() -> None:
    found = {verb for verb in verbs() if verb != "viewed"} | PUT_TOGETHER
    assert len(found) > 50
    assert found == DONE.keys()


def test_every_page_that_shows_patients_has_words() -> None:
    assert len(parts()) >= 6
    assert (pages() | parts()) - SHOWS_NOBODY <= SEEN.keys()
    named = {name for name in SEEN if not name.startswith(("link-", "api-"))}
    assert named - pages() - parts() == set(), "words for pages that are no more"


def test_every_page_of_a_patients_link_has_words() -> None:
    """Called after the page that the door may lead on to, else after its view."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    found = set()
    for view in tree.body:
        for door in getattr(view, "decorator_list", ()):
            if isinstance(door, ast.Call) and getattr(door.func, "id", "") == "behind_the_door":
                page = [one.value.value for one in door.keywords if isinstance(one.value, ast.Constant)]
                found.add(f"link-{page[0] if page else view.name}")
    assert len(found) == 9
    assert found == {name for name in SEEN if name.startswith("link-")}


def test_every_endpoint_that_shows_patients_has_words() -> None:
    assert ACCESS.keys() - API_SHOWS_NOBODY == {name for name in SEEN if name.startswith("api-")}


@pytest.mark.parametrize(
    ("verb", "subject", "said", "about"),
    [
        ("viewed", "procedure_done", "Viewed: procedure, what follows", ""),
        ("viewed", "tea_kitchen", "Viewed: tea kitchen", ""),
        ("appointment-requested", "appointment:12", "Visit asked for", "visit 12"),
        ("room-painted", "kettle:3", "Room painted", "kettle 3"),
        ("patients-merged", "", "Two records merged", ""),
    ],
)
def test_an_entry_is_said_in_words(verb: str, subject: str, said: str, about: str) -> None:
    """Also one that has none, as of an earlier version: as near to words as it comes."""
    assert (entry_words(verb, subject), subject_words(verb, subject)) == (said, about)


def test_words_are_told_apart() -> None:
    for table in (DONE, SEEN, ABOUT):
        assert len(set(table.values())) == len(table)
