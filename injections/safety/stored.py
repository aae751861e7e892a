"""Facts as JSON, and back: what an assessment saw is stored, and can be judged again by other thresholds. Pure.

The one home of both ways: whatever goes through them comes back equal, to the microsecond. Instants are UTC with a "Z".
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

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
        facts: Facts = _made(Facts, stored)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"these facts have another shape: {error}") from error
    return facts


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


@cache
def _hints(of: type) -> Mapping[str, Any]:
    return get_type_hints(of)


def _made(of: Any, value: Any) -> Any:
    """The value as this type. Raises: ValueError (there is none, and the type asks for one)."""
    if value is None and NoneType not in get_args(of):
        raise ValueError(f"{of} is not there")
    if value is None:
        return None
    if is_dataclass(of):
        return _of_fields(of, value)
    if get_origin(of) is not None:
        return _of_parts(of, value)
    if of in (date, datetime):
        return of.fromisoformat(value)
    return float(value) if of is float else value


def _of_parts(of: Any, value: Any) -> Any:
    """One of several types, a tuple or a mapping."""
    origin, inner = get_origin(of), get_args(of)
    if origin in (Union, UnionType):
        return _made(next(one for one in inner if one is not NoneType), value)
    if origin is tuple:
        return tuple(_made(inner[0], one) for one in value)
    return {key: _made(inner[1], one) for key, one in value.items()}


def _of_fields(of: Any, stored: Mapping[str, Any]) -> Any:
    hints = _hints(of)
    known = {one.name: _made(hints[one.name], stored[one.name]) for one in fields(of) if one.name in stored}
    missing = [
        one.name
        for one in fields(of)
        if one.name not in known and one.default is MISSING and one.default_factory is MISSING
    ]
    if missing:
        raise ValueError(f"{of.__name__} lacks {', '.join(missing)}")
    return of(**known)
