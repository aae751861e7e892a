"""Facts as JSON, and back: what an assessment saw is stored, and can be judged again by other thresholds. Pure.

The one home of both ways: whatever goes through them comes back equal, to the microsecond. Instants are UTC with a "Z".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from injections.safety.facts import Facts


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """Plain dictionaries, lists, texts and numbers."""
    plain: dict[str, Any] = _plain(facts)
    return plain


def facts_from_json(stored: Mapping[str, Any]) -> Facts:
    """The facts again. What an earlier version did not store has its default, what it stored besides is left out.

    Raises: ValueError (something is missing that has no default, or has another shape).
    """
    try:
        facts: Facts = _maker(Facts)(stored)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"these facts have another shape: {error}") from error
    return facts


def visit_as_json(each: Sequence[Facts]) -> Any:
    """The facts of each injection of one visit: a list of them; of a visit with one, or none, that one alone."""
    stored = [facts_as_json(facts) for facts in each]
    return stored if len(stored) > 1 else stored[0]


def visit_from_json(stored: Any) -> tuple[Facts, ...]:
    """They again, one of each injection. Raises: ValueError, as above."""
    return tuple(facts_from_json(one) for one in (stored if isinstance(stored, list) else [stored]))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return _plain_fields(value) if is_dataclass(value) else _plain_text(value)


def _plain_fields(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


def _plain_text(value: date | Decimal) -> str | float:
    """Of an instant, a day, or a decimal number."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat().replace("+00:00", "Z")


@cache
def _names(of: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(of))


@cache
def _maker(of: Any) -> Callable[[Any], Any]:
    """What makes a value of this type out of its JSON; put together once for each type.

    It raises ValueError where there is none and the type asks for one.
    """
    if is_dataclass(of):
        return _maker_of_fields(of)
    if get_origin(of) is not None:
        return _maker_of_parts(of)
    if of in (date, datetime):
        return cast("Callable[[Any], Any]", of.fromisoformat)
    return float if of is float else _as_it_is


def _as_it_is(value: Any) -> Any:
    if value is None:
        raise ValueError("a value is missing")
    return value


def _maker_of_parts(of: Any) -> Callable[[Any], Any]:
    """One of several types, a tuple or a mapping."""
    origin, inner = get_origin(of), get_args(of)
    if origin in (Union, UnionType):
        known = _maker(next(one for one in inner if one is not NoneType))
        return lambda value: None if value is None else known(value)
    if origin is tuple:
        each = _maker(inner[0])
        return lambda value: tuple(each(one) for one in value)
    named = _maker(inner[1])
    return lambda value: {key: named(one) for key, one in value.items()}


def _maker_of_fields(of: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(of)
    makers = [(one.name, _maker(hints[one.name])) for one in fields(of)]
    needed = [one.name for one in fields(of) if one.default is MISSING and one.default_factory is MISSING]

    def made(stored: Mapping[str, Any]) -> Any:
        if missing := [name for name in needed if name not in stored]:
            raise ValueError(f"{of.__name__} lacks {', '.join(missing)}")
        return of(**{name: make(stored[name]) for name, make in makers if name in stored})

    return made
