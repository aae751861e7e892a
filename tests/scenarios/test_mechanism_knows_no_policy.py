"""`scheduling` names nothing of `injections`: neither a word of its trade, nor a model, relation, verb or page of it.

Comments and docstrings may: they say what the mechanism is for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from django.apps import apps
from django.db.models import Model

from injections import audit_words, transitions, visit_kinds
from injections.booking.series import audit_words as series_words
from injections.booking.waiting_list import audit_words as waiting_words
from injections.letters import audit_words as letter_words
from injections.messages import kinds
from injections.messages.consent import CONSENT_WITHDRAWN
from scheduling.audit.words import ABOUT, DONE, SEEN
from scheduling.kinds import KINDS
from scheduling.messages import outbox, plan
from scheduling.messages.kinds import NAMES, registered
from scheduling.messages.recipients import DECEASED, TO_BE_MOVED
from scheduling.models import Appointment
from scheduling.patients.link import DESTINATION
from scheduling.states import VERBS
from tests.scenarios.test_doors import ROOT
from tests.scheduling.audit.test_words import MECHANISM, POLICY, routes

TRADE: Final = re.compile(
    r"[\w-]*(?:inject|steroid|cortis|hamstring|tend[io]n|bursa|screening|pathway|radiolog|aftercare|flare|verdict"
    r"|procedure|physio|needle|ana?esth|diabet|ultra.?sound|imaging|recovery|red.?flag|safety.?check|override"
    r"|decline|diagnos|infection|medicine|dose\b)[\w-]*",
    re.IGNORECASE,
)
ALLOWED: Final = {
    "radiologist": "a role, as pht_clinic.people names it",
    "has_ultrasound": "what a room is equipped with: a column",
    "needs_ultrasound": "what a visit needs of its room",
    "ultrasound": "the same, said on the pages of rooms",
    "verdict-panel": "a class of the stylesheet that all pages share",
    "verdict-panel--review": "the same",
    "conditions": "what a row has to meet: a local name of the search",
    "condition": "of a constraint of the database: a word of Django's",
    "calendar": "the patient's own, into which mails put visits",
    "confirmed": "news of the mechanism's own, and what such a mail's calendar part says",
    "confirm": "the yes to a change of the clinic's settings: a field of its forms",
    "note": "what reception jots down at a visit: a column",
    "patient": "the page of a patient: pages link across by the name of their address",
    "appointment": "the page of a visit, as above",
    "appointment-move": "where a visit is moved, as above",
    "home": "the front page, as above",
    **dict.fromkeys(
        ("recovery", "recovery-code-used", "recovery-codes-made"),
        "codes with which somebody signs in without their phone: the word of every second factor",
    ),
}
"""What stays, and why."""
HALF: Final = Path(ROOT) / MECHANISM


def texts() -> Iterator[tuple[str, str]]:
    """Every name and text in a module of the mechanism, and every template of its as it stands, by where that is."""
    for path in sorted(HALF.rglob("*")):
        where = path.relative_to(HALF).as_posix()
        if path.suffix == ".py" and "migrations" not in path.parts:
            yield from ((where, said) for said in _said(ast.parse(path.read_text(encoding="utf-8"))))
        elif path.suffix in (".html", ".txt"):
            yield where, re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"))


def _said(tree: ast.Module) -> Iterator[str]:
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
            yield node.value
        for field in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


@cache
def policys_names() -> frozenset[str]:
    """Whatever the policy calls by a name that stands in rows, addresses, queries or registries."""
    own = list(apps.get_app_config(POLICY).get_models())
    return frozenset(
        {
            *(model.__name__ for model in own),
            *(model._meta.model_name or "" for model in own),
            *(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower() for model in own),
            *_relations_of(own),
            *audit_words.DONE,
            *audit_words.SEEN,
            *series_words.DONE,
            *series_words.SEEN,
            *waiting_words.DONE,
            *waiting_words.SEEN,
            *letter_words.DONE,
            *letter_words.SEEN,
            *letter_words.ABOUT,
            *audit_words.OLD,
            *audit_words.ABOUT,
            *transitions.VERBS,
            *(verb.past for verb in transitions.VERBS.values()),
            *visit_kinds.KINDS,
            *kinds.NAMES,
            *kinds.NEWS,
            *(kind.template for kind in registered() if kind.template.startswith(POLICY)),
            *(name for name, half in routes().items() if half == POLICY),
        }
    )


def _relations_of(own: list[type[Model]]) -> set[str]:
    """By what names the mechanism's models could reach those of the policy that point at them."""
    return {
        name
        for model in apps.get_app_config(MECHANISM).get_models()
        for relation in model._meta.related_objects
        if relation.related_model in own
        for name in (relation.name, relation.get_accessor_name() or relation.name)
    }


def names_in(where: str, text: str) -> set[str]:
    """What of a text could be a name: all of it and the parts of a path; of a template what its tags name."""
    if where.endswith(".py"):
        return {text, *text.split("__"), *text.split(".")}
    tags = re.findall(r"\{[{%].*?[%}]\}", text, re.DOTALL)
    return {name for tag in tags for quoted in re.findall(r"[\"'](.*?)[\"']|([\w]+)", tag) for name in quoted}


def test_no_name_of_the_policy_stands_in_the_mechanism() -> None:
    found = {
        (where, name) for where, text in texts() for name in names_in(where, text) & policys_names() - ALLOWED.keys()
    }
    assert len(policys_names()) > 200
    assert found == set()


def test_no_word_of_the_policys_trade_stands_in_the_mechanism() -> None:
    found = {(where, word) for where, text in texts() for word in TRADE.findall(text) if word.lower() not in ALLOWED}
    assert found == set()


def test_everything_that_may_stay_is_still_there() -> None:
    """A reason that excuses nothing any more is struck off."""
    named = {name for where, text in texts() for name in names_in(where, text) & policys_names()}
    said = {word.lower() for _, text in texts() for word in TRADE.findall(text)}
    assert ALLOWED.keys() <= named | said


def test_the_reading_would_see_one() -> None:
    """Control: in a string, a path, an attribute and a template, and not in a docstring."""
    tree = ast.parse('"""Of an injection."""\nrows.select_related("a__injection_request").steroid\n')
    said = list(_said(tree))
    assert [name for text in said for name in names_in("x.py", text) & policys_names()] == ["injection_request"]
    assert {word for text in said for word in TRADE.findall(text)} == {"a__injection_request", "steroid"}
    assert names_in("x.html", "{% url 'review-queue' %} {{ one.injection_request }}") >= {
        "review-queue",
        "injection_request",
    }


def test_what_the_policy_registered_is_there() -> None:
    """Each registry of the mechanism holds what is its own and what the policy made known."""
    assert VERBS.keys() > transitions.VERBS.keys()
    assert plan.NEWS.keys() > kinds.NEWS.keys()
    assert NAMES.keys() > kinds.NAMES.keys()
    assert DONE.keys() > audit_words.DONE.keys()
    assert SEEN.keys() > audit_words.SEEN.keys()
    assert ABOUT.keys() > audit_words.ABOUT.keys()
    assert list(KINDS) == [code for code, _ in Appointment._meta.get_field("kind").choices or ()]
    assert {kinds.A_CALL_IS_OPEN, CONSENT_WITHDRAWN, DECEASED, TO_BE_MOVED} == outbox.HOLDS
    assert (DESTINATION.page, DESTINATION.along) == ("patient-link", ("injection_request",))
