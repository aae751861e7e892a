"""`docs/sources.md` claims nothing that nobody keeps: each code is the product's, each sentence is one it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from injections.models import ImagingReport, Injection, OutcomeMeasure, Pathway, RecoveryAnswer
from injections.safety import codes
from injections.safety.facts import PathwayFacts, ScreeningFacts
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from injections.safety.rules import RULES
from injections.safety.sites import AREAS, SITE_BY_CODE
from injections.visit_kinds import KINDS
from scheduling.messages.kinds import NAMES
from tests.injections.messages.letters import SAFETY_NET, SENTENCES

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "sources.md"
GATES = {"checked-today", "assessed-as-done", "dose"}


def rows() -> Iterator[tuple[str, str]]:
    """Each statement, and where it is said to have ended up."""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "statement" and not cells[0].startswith("---"):
            yield cells[0], " | ".join(cells[1:])


def known_codes() -> set[str]:
    """Rules and gates, questions, fields, and the codes that they hold."""
    own = {*GATES, *QUESTIONS, *SITE_BY_CODE, *AREAS, *KINDS, *RecoveryAnswer.Question.values, *NAMES}
    return own | {rule.id for rule in RULES} | {one.field for one in FOLLOW_UPS} | codes_of_fields() | names_of_fields()


def codes_of_fields() -> set[str]:
    lists = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, (tuple, frozenset))]
    return set().union(*lists)


def names_of_fields() -> set[str]:
    columns = {
        field.name
        for model in (ImagingReport, Injection, OutcomeMeasure, Pathway, RecoveryAnswer)
        for field in model._meta.get_fields()
    }
    return columns | {field.name for section in (PathwayFacts, ScreeningFacts) for field in fields(section)}


def what_patients_read() -> str:
    """Every sentence of a mail, as the tests of messages pin them."""
    return plain(" ".join([*(sentence.text for sentence in SENTENCES), *SAFETY_NET]))


def plain(text: str) -> str:
    return " ".join(text.lower().split())


@pytest.mark.parametrize(("statement", "ended"), list(rows()))
def test_a_statement_ended_up_where_the_document_says(statement: str, ended: str) -> None:
    """`report tear: partial` names a field and a value of it."""
    named = {part for code in re.findall(r"`([^`]+)`", ended) for part in code.split(": ")}
    assert named <= known_codes(), named - known_codes()
    read, said = what_patients_read(), re.findall("“([^”]+)”", ended)
    assert [one for one in said if plain(one) not in read] == []
    is_answered = bool(named or said) or ended.startswith(("not used", "planned: "))
    assert is_answered, f"nothing keeps: {statement}"


def test_what_is_not_used_says_why_and_what_is_planned_with_what() -> None:
    """No bare "not used"."""
    for statement, ended in rows():
        assert not re.search(r"not used\s*(;|$)", ended), statement
        assert not re.search(r"planned:\s*(;|$)", ended), statement
        assert "reads:" not in ended, statement


def test_all_three_documents_are_walked_through() -> None:
    assert len(list(rows())) >= 150
