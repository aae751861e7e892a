"""Each operation shows what may be asked and what is then answered; all of it is really asked, and answered so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from pht_clinic.web.api.examples import examples
from tests.api_world import World
from tests.scenarios.contract.asked import Asked
from tests.scenarios.contract.test_contract import JSON, operations, schema
from tests.scenarios.test_api_access import populated

__all__ = ["populated"]  # a fixture

ANY_NAMES: Final = frozenset({"evidence", "answered", "answers", "keep", "before"})
"""Objects whose names are codes of what was found or answered."""
FEW: Final = 2


def names_of(value: Any, at: str = "") -> Iterator[str]:
    """Where there is something, and of what sort: "findings[].rule: str"."""
    if isinstance(value, dict) and at.rpartition(".")[2] not in ANY_NAMES:
        for name, inner in value.items():
            yield from names_of(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from names_of(inner, f"{at}[]")
    else:
        yield f"{at}: {type(value).__name__}"


def shortened(value: Any) -> Any:
    """A page with its first rows; times without their fractions of seconds."""
    if isinstance(value, dict):
        rows = {"results": value["results"][:FEW]} if isinstance(value.get("results"), list) else {}
        return {name: shortened(inner) for name, inner in {**value, **rows}.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    return re.sub(r"(T\d\d:\d\d:\d\d)\.\d+", r"\1", value) if isinstance(value, str) else value


@pytest.fixture
def asked(populated: World) -> Asked:
    return Asked(populated)


def test_each_operation_has_an_example_of_what_is_sent_and_answered() -> None:
    operation_ids = {one["operationId"] for one in operations().values()}
    assert operation_ids == examples().keys(), "An operation is without example, or one is of none: record.py says how"
    for name, operation in operations().items():
        shown = examples()[operation["operationId"]]
        good = operation["responses"][str(shown["status"])].get("content", {})
        assert ("body" in shown) == ("requestBody" in operation), name
        assert ("answer" in shown) == (JSON in good), name
        needed = {
            one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one.get("required")
        }
        assert shown.get("query", {}).keys() >= needed, name


def fits(value: Any, shape: dict[str, Any]) -> list[str]:
    whole = {"components": schema()["components"], **shape}
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(value)]


def test_every_example_is_as_the_schema_says() -> None:
    wrong = {}
    for operation in operations().values():
        shown = examples()[operation["operationId"]]
        if "body" in shown:
            media = operation["requestBody"]["content"][JSON]
            assert media["example"] == shown["body"]
            wrong[operation["operationId"], "body"] = fits(shown["body"], media["schema"])
        if "answer" in shown:
            media = operation["responses"][str(shown["status"])]["content"][JSON]
            assert media["example"] == shown["answer"]
            wrong[operation["operationId"], "answer"] = fits(shown["answer"], media["schema"])
    assert {where: what for where, what in wrong.items() if what} == {}
    assert fits({"id": 1}, {"$ref": "#/components/schemas/AppointmentAnswer"})


def test_every_example_is_answered_as_it_says(asked: Asked) -> None:
    """With its status, and with everything that the example shows: under the same names and of the same sorts."""
    for name, shown in examples().items():
        answer = asked.ask(name)
        assert answer.status_code == shown["status"], (name, answer.content)
        if "answer" in shown:
            got = {*names_of(shortened(answer.json()))}
            assert got == {*names_of(shown["answer"])}, name
