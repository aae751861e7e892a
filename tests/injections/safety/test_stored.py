"""Facts as JSON and back: what an assessment saw can be judged again."""

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from injections.safety.assess import assess
from injections.safety.facts import Facts
from injections.safety.stored import facts_as_json, facts_from_json, visit_as_json, visit_from_json
from tests.conftest import examples
from tests.injections.safety.example import clean
from tests.injections.safety.tables import ROWS

MANY = settings(max_examples=examples(150), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
    datetime: st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its zone is beside it
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Whatever a field of this type may hold."""
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{one.name: any_of(hints[one.name]) for one in fields(hint)})  # type: ignore[arg-type]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        known = [st.none() if one is NoneType else any_of(one) for one in inner]
        return st.one_of(*known)
    if origin is tuple:
        return st.lists(any_of(inner[0]), max_size=3).map(tuple)
    if origin is not None:
        return st.dictionaries(any_of(inner[0]), any_of(inner[1]), max_size=3)
    return _PLAIN[hint]


@MANY
@given(any_of(Facts))
def test_facts_come_back_equal_through_json(facts: Facts) -> None:
    """To the microsecond, whatever they hold; every field of every part."""
    assert facts_from_json(json.loads(json.dumps(facts_as_json(facts)))) == facts


@pytest.mark.longer
def test_what_comes_back_is_judged_the_same() -> None:
    """Every row of the rules' own tables."""
    for row in ROWS:
        facts = clean(**row.facts)
        assert assess(facts_from_json(json.loads(json.dumps(facts_as_json(facts))))) == assess(facts), row


def test_what_was_not_stored_yet_has_its_default_and_what_is_gone_is_left_out() -> None:
    facts = clean(given=("2025-10-01",))
    stored = facts_as_json(facts)
    del stored["decisions"], stored["injections"][0]["helped"], stored["patient"]["open_calls"]
    stored["shoe_size"] = 9
    assert facts_from_json(stored) == replace(facts, decisions=())


@pytest.mark.parametrize(
    "change", [{"request": None}, {"request": {"site": "knee"}}, {"reports": 3}, {"patient": {"date_of_birth": "soon"}}]
)
def test_facts_of_another_shape_are_refused(change: dict[str, Any]) -> None:
    stored = facts_as_json(clean()) | change
    with pytest.raises(ValueError, match=r".+"):
        facts_from_json(stored)


def test_of_a_visit_with_several_injections_each_comes_back() -> None:
    """Of one it is stored alone, as it ever was."""
    left, right = clean(), clean(side="right")
    assert visit_as_json([left]) == facts_as_json(left)
    assert visit_from_json(visit_as_json([left])) == (left,)
    stored = json.loads(json.dumps(visit_as_json([left, right])))
    assert visit_from_json(stored) == (left, right)
