"""What is sent becomes a resource, or every problem with its place; nothing else happens."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from injections.doors.coded.errors import CodedError
from injections.doors.coded.resources import DEEPEST, name_of, parse_resource, pointer
from tests.conftest import examples
from tests.injections.doors.coded.case import PATIENT, Json, procedure


def problems(value: object) -> list[str]:
    with pytest.raises(CodedError) as raised:
        parse_resource(value)
    assert str(raised.value) == "; ".join(map(str, raised.value.problems))
    return [str(problem) for problem in raised.value.problems]


def nested(levels: int) -> Json:
    value: Json = {"url": "https://a.example/x"}
    for _ in range(levels):
        value = {"url": "https://a.example/x", "extension": [value]}
    return value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, ["#: must be an object"]),
        ([PATIENT], ["#: must be an object"]),
        ({}, ["#/resourceType: must name a kind of resource of FHIR R4"]),
        ({"resourceType": "Nonsense"}, ["#/resourceType: must name a kind of resource of FHIR R4"]),
        ({"resourceType": "Period"}, ["#/resourceType: must name a kind of resource of FHIR R4"]),
        ({"resourceType": "DomainResource"}, ["#/resourceType: must name a kind of resource of FHIR R4"]),
        ({"resourceType": ["Patient"]}, ["#/resourceType: must name a kind of resource of FHIR R4"]),
        (
            procedure(contained=[{"resourceType": "Nonsense"}]),
            ["#/contained/0/resourceType: must name a kind of resource of FHIR R4"],
        ),
        (procedure(performedDateTime=5), ["#/performedDateTime: must be text"]),
        (
            procedure(performedDateTime="2026-02-30"),
            ["#/performedDateTime: Input should be a valid datetime or date, "],
        ),
        (procedure(performedDateTime="2026-08-14T10:00:00"), ["#/performedDateTime: DateTime value string does not"]),
        (
            procedure(status=1, bodySite=[{"coding": [{"code": 7}]}], nonsense=1),
            [
                "#/bodySite/0/coding/0/code: Input should be a valid string",
                "#/status: Input should be a valid string",
                "#/nonsense: Extra inputs are not permitted",
            ],
        ),
    ],
    ids=[
        *("null", "list", "no kind", "no such kind", "a part", "abstract", "a list", "inside", "number for date"),
        *("no such day", "no offset", "all at once"),
    ],
)
def test_what_is_no_resource_says_why_and_where(value: object, found: list[str]) -> None:
    """With every problem of it."""
    said = problems(value)
    assert len(said) == len(found)
    assert all(one.startswith(start) for one, start in zip(said, found, strict=True)), said


def test_nesting_has_an_end() -> None:
    """Also where it goes on for thousands of levels."""
    assert parse_resource(procedure(extension=[nested(DEEPEST // 2 - 3)]))
    for levels in (DEEPEST // 2, 5_000):
        assert problems(procedure(extension=[nested(levels)])) == [
            f"#/extension/0/extension: is nested deeper than {DEEPEST} levels"
        ]


def test_numbers_where_they_belong_are_numbers() -> None:
    """A decimal, a whole number, one beside an extension."""
    coded = procedure(extension=[{"url": "https://a.example/x", "valueDecimal": 2.5}])
    assert parse_resource(coded | {"performedDateTime": "2026"})
    assert parse_resource(PATIENT | {"multipleBirthInteger": 2})


def test_a_resource_has_a_name_in_its_list() -> None:
    """Its kind with its id, or its number."""
    assert name_of(parse_resource(PATIENT), 4) == "Patient/7"
    assert name_of(parse_resource({"resourceType": "Patient"}), 4) == "Patient without id, number 4"
    assert pointer(("a/b", 0, "c~d")) == "#/a~1b/0/c~0d"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*procedure(), "id", "meta", "extension", "coding", "code"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=examples(60), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.sampled_from([*procedure(), "id", "meta", "contained", "note", "usedCode"]), JSON, max_size=4)
)
def test_whatever_is_sent_is_a_resource_or_a_problem(changed: Json) -> None:
    """Nothing else is raised, and what is read can be written."""
    with suppress(CodedError):
        found = parse_resource(procedure() | changed | {"resourceType": "Procedure"})
        assert json.loads(found.model_dump_json())["resourceType"] == "Procedure"
