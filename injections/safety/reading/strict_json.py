"""JSON read strictly: what two readers could understand differently is refused.

Refused are double keys, NaN and Infinity, and nesting deeper than 32.
"""

import json
from typing import Any, Final

MAX_DEPTH: Final = 32


class JsonError(ValueError):
    """The text is not JSON as we read it; the sentence is safe to show.

    `value` is what could be read all the same, None where nothing could; a key given twice is left out of it.
    """

    def __init__(self, sentence: str, value: object = None) -> None:
        super().__init__(sentence)
        self.value = value


def loads(text: str) -> object:
    """The value of a JSON text. Raises JsonError, whatever the text."""
    refused: list[str] = []
    value = _decoded(text, refused)
    if _is_too_deep(value):
        refused.append(f"nested deeper than {MAX_DEPTH}")
    if refused:
        raise JsonError("; ".join(refused), value)
    return value


def _decoded(text: str, refused: list[str]) -> object:
    def without_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            for key in _doubled(pairs):
                refused.append(f"the key {ascii(key)[:60]} is given twice")
                del found[key]
        return found

    def constant(name: str) -> None:
        refused.append(f"{name} is not a JSON number")

    try:
        value: object = json.loads(text, object_pairs_hook=without_double_keys, parse_constant=constant)
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH}") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError:
        raise JsonError("a number has too many digits") from None
    return value


def _doubled(pairs: list[tuple[str, Any]]) -> list[str]:
    seen: set[str] = set()
    doubled: dict[str, None] = {}
    for key, _ in pairs:
        if key in seen:
            doubled[key] = None
        seen.add(key)
    return list(doubled)


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
