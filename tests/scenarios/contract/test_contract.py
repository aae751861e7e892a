"""Each row of the contract holds: the address, the method, who may, what it takes and answers, by the schema itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest
from drf_spectacular.generators import SchemaGenerator

from injections.statistics import STATISTICS
from pht_clinic.permissions import PERMISSIONS
from pht_clinic.web.problem import CONTENT_TYPE
from tests.scenarios.access_table import ALL
from tests.scenarios.addresses import all_patterns
from tests.scenarios.contract.rows import BESIDE, CODES, ROWS, STATISTIC_NAMES, UNKEYED, Row

_DEPTH: Final = 4
_CONTROLS: Final = re.compile(r"confirm_\w+|confirm|revision|override_reason|hold|entered_late")
"""What is said about a request, not about what is stored."""
_LISTED: Final = {"next", "previous", "results"}
JSON: Final = "application/json"


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return found


@cache
def operations() -> dict[str, dict[str, Any]]:
    """By method and address as the contract writes them; the FHIR door has a contract of its own."""
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{id}', path.removeprefix('/api/v1'))}": operation
        for path, methods in schema()["paths"].items()
        if path.startswith("/api/v1/")
        for method, operation in methods.items()
    }


def shape_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """A schema behind its references; of a list that of its items, of a choice of shapes the object among them."""
    while True:
        if "$ref" in found:
            found = schema()["components"]["schemas"][found["$ref"].rpartition("/")[2]]
        elif found.get("type") in ("array", ["array", "null"]):
            found = found["items"]
        elif parts := [one for one in (*found.get("allOf", ()), *found.get("oneOf", ())) if "$ref" in one]:
            found = parts[0]
        else:
            return dict(found)


def names_in(found: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[str]:
    """The names of an object's fields, and of those of the objects in it."""
    if depth > _DEPTH:
        return
    for name, field in shape_of(found).get("properties", {}).items():
        yield f"{before}{name}"
        yield from names_in(field, f"{before}{name}.", depth + 1)


def taken(operation: Mapping[str, Any]) -> dict[str, Any]:
    """The body, or the parameters of the address as if they were one."""
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    if body is not None:
        return dict(body)
    asked = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    return {"properties": asked}


def answered(operation: Mapping[str, Any]) -> dict[str, Any]:
    """What is answered when all goes well; of a list that of its items."""
    [good] = [answer for code, answer in operation["responses"].items() if code.startswith("2")]
    found = good.get("content", {}).get(JSON, {}).get("schema", {})
    fields = shape_of(found).get("properties", {})
    return dict(fields["results"]) if fields.keys() >= _LISTED else dict(found)


def who_may(row: Row) -> frozenset[str]:
    """By the permission that the view names for the method."""
    for path, pattern in all_patterns():
        written = re.sub(r"<[^>]*>", "{id}", path.removeprefix("api/v1"))
        if written == row.path:
            view = pattern.callback.view_class  # type: ignore[attr-defined]  # of the framework's view functions
            return PERMISSIONS[view.actions[row.method]].who & ALL
    raise AssertionError(f"{row.path} is described and has no address")


def missing(row: Row) -> set[str]:
    """What a row promises and is not there."""
    operation = operations().get(str(row))
    if operation is None:
        return {"address"}
    takes, answers = set(names_in(taken(operation))), set(names_in(answered(operation)))
    return {
        *(f"in {name}" for name in row.takes - takes),
        *(f"out {name}" for name in row.answers - answers),
        *(f"not {who}" for who in row.who - who_may(row)),
        *(f"even {who}" for who in who_may(row) - row.who),
    }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_of_the_contract_holds(row: Row) -> None:
    assert missing(row) == set(), (
        "What the contract promises and the product does not keep: in = a field taken, out = a field answered,"
        " not = a role that may not, even = one that may besides"
    )


def test_the_look_would_see_what_is_missing() -> None:
    """Control: of an address, a method, a field in, a field out, and a role."""
    assert missing(Row("POST", "/rooms/here/", ALL, frozenset(), frozenset())) == {"address"}
    assert missing(Row("DELETE", "/rooms/{id}/", ALL, frozenset(), frozenset())) == {"address"}
    room = Row("POST", "/rooms/", frozenset({"reception"}), frozenset({"colour"}), frozenset({"name.first"}))
    assert missing(room) == {"in colour", "out name.first", "not reception", "even manager"}


def test_no_row_stands_twice() -> None:
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("row", "field"), CODES, ids="-".join)
def test_a_field_knows_its_codes(row: str, field: str) -> None:
    operation = operations()[row]
    found: dict[str, Any] = taken(operation)
    for step in field.split("."):
        found = shape_of(shape_of(found)["properties"][step])
    known = {*found.get("enum", ()), *(code for one in found.get("oneOf", ()) for code in one.get("enum", ()))}
    assert set(CODES[row, field].split()) <= known


def test_the_statistics_of_the_contract_are_counted() -> None:
    assert STATISTICS.keys() >= STATISTIC_NAMES


def alternatives(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The shapes that a value may have, behind references."""
    if "$ref" in found:
        return alternatives(schema()["components"]["schemas"][found["$ref"].rpartition("/")[2]])
    parts = [*found.get("oneOf", ()), *found.get("allOf", ())]
    return [shape for part in parts for shape in alternatives(part)] if parts else [dict(found)]


def sorts_of(found: Mapping[str, Any]) -> set[str]:
    """What a value may be, null aside: "string date", "array of number"; a code is a string."""
    said = set()
    for one in alternatives(found):
        kinds = one.get("type", "object" if "properties" in one else "anything")
        for kind in {*([kinds] if isinstance(kinds, str) else kinds)} - {"null"}:
            inside = sorts_of(one["items"]) if kind == "array" else {one.get("format", "")}
            said |= {f"{kind} of {item}" if kind == "array" else f"{kind} {item}".strip() for item in inside}
    return said


def fields_in(found: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, set[str]]]:
    """Each field's dotted name, and what it may be; those of the objects in it too."""
    for name, field in shape_of(found).get("properties", {}).items() if depth <= _DEPTH else ():
        yield f"{before}{name}", sorts_of(field)
        yield from fields_in(field, f"{before}{name}.", depth + 1)


def read_and_written() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Every PUT, PATCH and POST at whose address a GET reads, with what it takes and what that answers."""
    for name, operation in operations().items():
        method = name.partition(" ")[0]
        if method in ("POST", "PUT", "PATCH") and (read := operations().get(name.replace(method, "GET", 1))):
            yield name, taken(operation), answered(read)


def astray(taken_here: Mapping[str, Any], read_here: Mapping[str, Any]) -> set[str]:
    """What is taken, and is not answered under its name or is something else there."""
    answers = dict(fields_in(read_here))
    return {
        field
        for field, sorts in fields_in(taken_here)
        if not _CONTROLS.fullmatch(field.rpartition(".")[2]) and answers.get(field) != sorts
    }


def test_a_get_answers_what_the_put_or_post_takes() -> None:
    """One shape: of what is stored nothing can be written that cannot be read back, under the same name and as the same
    sort of value, down to the last object in an object.
    """
    pairs = list(read_and_written())
    assert len(pairs) > 20
    assert {name: found for name, sent, read in pairs if (found := astray(sent, read))} == {}


def test_one_shape_would_see_a_name_and_a_sort_that_differ() -> None:
    def of(**fields: Any) -> dict[str, Any]:
        return {"type": "object", "properties": fields}

    number, text = {"type": ["number", "null"]}, {"type": "string"}
    assert astray(of(dose_mg=number, confirm=text), of(dose_mg={"type": "number"})) == set()
    assert astray(of(dose_mg=number), of(dose_mg=text)) == {"dose_mg"}
    assert astray(of(drug=of(dose_mg=number)), of(drug={"type": "object"})) == {"drug.dose_mg"}
    days = {"type": "array", "items": {"type": "string", "format": "date"}}
    assert astray(of(days=days), of(days={"type": "array", "items": text})) == {"days"}


def test_every_list_has_pages_of_up_to_200() -> None:
    lists = [
        (name, operation)
        for name, operation in operations().items()
        if name.startswith("GET ") and set(names_in(_whole(operation))) >= _LISTED
    ]
    assert len(lists) > 20
    for name, operation in lists:
        sizes = [one for one in operation.get("parameters", ()) if one["name"] == "page_size"]
        assert [one["schema"]["maximum"] for one in sizes] == [200], name


def _whole(operation: Mapping[str, Any]) -> dict[str, Any]:
    [good] = [answer for code, answer in operation["responses"].items() if code.startswith("2")]
    return dict(good.get("content", {}).get(JSON, {}).get("schema", {}))


def test_every_post_that_changes_anything_can_be_repeated_with_its_key() -> None:
    keyed = {
        name.removeprefix("POST ")
        for name, operation in operations().items()
        if name.startswith("POST ") and "Idempotency-Key" in {one["name"] for one in operation.get("parameters", ())}
    }
    posts = {name.removeprefix("POST ") for name in operations() if name.startswith("POST ")}
    assert posts - keyed == UNKEYED & posts


def test_what_only_a_writing_answer_carries_is_not_promised_of_a_get() -> None:
    for name, operation in operations().items():
        if name.startswith("GET "):
            assert "reassessed" not in shape_of(answered(operation)).get("required", ()), name


def test_what_the_schema_does_not_describe_is_there() -> None:
    assert BESIDE.items() <= {path: pattern.name for path, pattern in all_patterns()}.items()


def test_every_operation_may_answer_with_a_problem_document() -> None:
    for name, operation in operations().items():
        said = {code for code, answer in operation["responses"].items() if CONTENT_TYPE in answer.get("content", ())}
        assert said >= {"400", "401", "403", "404", "409", "413", "422", "429", "503"}, name
