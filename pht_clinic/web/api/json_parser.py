"""Reads JSON bodies strictly: what two programs could understand differently is refused."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from pht_clinic.errors import FieldError, Invalid, pointer_step

MAX_DEPTH = 32

_Place = tuple[str | int, ...]

_HOLDERS = (dict, list)


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, nested at most 32 deep, without double keys, NaN or infinite numbers.

    Raises: ParseError (400: it is not such JSON), Invalid (422: it is JSON but not an object, or a text holds what
    cannot be stored).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return parse(stream.read())


def parse(body: bytes) -> dict[str, Any]:
    """The object that `body` holds; see `StrictJSONParser`."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise ParseError("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise ParseError(f"The body is nested more than {MAX_DEPTH} deep.") from error
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not valid JSON: {error.msg} at character {error.pos}.") from error
    except ValueError as error:  # an integer of thousands of digits
        raise ParseError("The body holds a number that is too long.") from error
    _check_depth_and_texts(value)
    if not isinstance(value, dict):
        raise Invalid([FieldError("#", "The body must be a JSON object.")])
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ParseError("The body has the same key twice in one object.")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"The body holds {name}, which is not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ParseError("The body holds a number that is too large.")
    return value


def _check_depth_and_texts(value: Any) -> None:
    """Walk without recursion; names every text with a NUL or half a surrogate pair by its pointer."""
    errors: list[FieldError] = []
    waiting: list[tuple[Any, _Place]] = [(value, ())]
    while waiting:
        item, place = waiting.pop()
        if len(place) == MAX_DEPTH:
            raise ParseError(f"The body is nested more than {MAX_DEPTH} deep.")
        for key, inner in _members(item):
            if isinstance(key, str) and not _is_storable(key):
                errors.append(FieldError(_pointer(place), "A key holds a character that cannot be stored."))
            elif isinstance(inner, str):
                if not _is_storable(inner):
                    where = _pointer((*place, key))
                    errors.append(FieldError(where, "This text holds a character that cannot be stored."))
            elif isinstance(inner, _HOLDERS):
                waiting.append((inner, (*place, key)))
    if errors:
        raise Invalid(errors)


def _pointer(place: _Place) -> str:
    return "/".join(("#", *(pointer_step(str(step)) for step in place)))


def _members(item: Any) -> Iterable[tuple[str | int, Any]]:
    """What lies in an object, by its key, or in a list, by its place; nothing lies in any other value."""
    if isinstance(item, dict):
        return item.items()
    return enumerate(item) if isinstance(item, list) else ()


def _is_storable(text: str) -> bool:
    if text.isascii():
        return "\x00" not in text
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
