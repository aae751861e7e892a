"""A search as it was asked: which rows, how many at a time, from where on. What is wrong with it is named at once."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q
from django.http import QueryDict
from rest_framework.request import Request

from injections.doors.fhir.resource_type import NOTHING, ResourceType, SearchParam, at_instant
from injections.doors.fhir.values import NotUnderstood, is_id, read_reference, read_token, read_when
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid

PAGE, MOST = 50, 200
"""How many rows a page has by itself, and at most."""
MOST_VALUES: Final = 50
"""Values of one parameter, by commas."""
ABOUT_ANSWER: Final = frozenset({"_format", "_pretty"})
"""What says how the answer is to look, and nothing of what is in it."""
CURSOR: Final = "_cursor"
_COMMA: Final = re.compile(r"(?<!\\),")
_ESCAPED: Final = re.compile(r"\\([,|$\\])")


@dataclass(slots=True)
class FhirQuery:
    """A search that can be carried out, on the server whose address is `base`. `used` are the parameters that were
    understood, as they stood, but those that are personal; `has_personal` says whether there were any. `count` is from
    0 (only how many there are) to 200.
    """

    base: str
    values: list[tuple[SearchParam, list[Any]]] = field(default_factory=list)
    used: list[tuple[str, str]] = field(default_factory=list)
    count: int = PAGE
    cursor: tuple[int, ...] = ()
    has_personal: bool = False

    @property
    def where(self) -> list[Q]:
        """The conditions on rows: all of them, and of each any value."""
        return [reduce(or_, map(param.matches, values), NOTHING) for param, values in self.values]

    def of(self, name: str) -> list[list[Any]]:
        """What was said by this parameter, each time that it was given."""
        return [values for param, values in self.values if param.name == name]


def read_search(
    of: ResourceType, *, base: str, address: QueryDict, form: QueryDict | None = None, is_strict: bool = False
) -> FhirQuery:
    """What the address asks for, and the form of a `_search`. An unknown parameter is passed over, or with `is_strict`
    refused; a modifier or a chain that is not understood is refused always, as it would change what is found.

    Raises: NotUnderstood (with everything that is wrong).
    """
    found = read_params(params_of(of), base=base, address=address, form=form, is_strict=is_strict)
    names = {name for name, _, _ in _given(address, form)}
    if of.needs and not names & set(of.needs):
        raise NotUnderstood([FieldError("#", f"A search of {of.name} says one of {', '.join(of.needs)} at least.")])
    return found


def read_params(
    params: Iterable[SearchParam],
    *,
    base: str,
    address: QueryDict,
    form: QueryDict | None = None,
    is_strict: bool = False,
) -> FhirQuery:
    """The same of any list of parameters. Raises: NotUnderstood (with everything that is wrong)."""
    known = {param.name: param for param in params}
    asked, problems = FhirQuery(base), []
    for name, value, is_posted in _given(address, form):
        try:
            _read(asked, known, name, value, is_posted=is_posted, is_strict=is_strict)
        except Invalid as error:
            problems += [FieldError(f"#/{name}", one.detail) for one in error.errors]
    if problems:
        raise NotUnderstood(problems)
    return asked


def params_of(of: ResourceType) -> tuple[SearchParam, ...]:
    """All that may be searched by: `_id`, `_lastUpdated` where it is known, and the type's own."""
    changed = [at_instant("_lastUpdated", of.updated, what="When it last changed")] if of.updated else []
    return (by_id(of), *changed, *of.params)


def by_id(of: ResourceType) -> SearchParam:
    def matches(text: str) -> Q:
        row = of.row_id(text)
        return NOTHING if row is None else Q(pk=row)

    return SearchParam(name="_id", kind="string", matches=matches, what="The id")


def form_in(request: Request) -> QueryDict:
    """The form that was sent, without a field where it is none."""
    return request.data if isinstance(request.data, QueryDict) else QueryDict()


def _given(address: QueryDict, form: QueryDict | None) -> Iterable[tuple[str, str, bool]]:
    for given, is_posted in ((address, False), (form, True)):
        for name, values in given.lists() if given is not None else ():
            yield from ((name, str(value), is_posted) for value in values)


def _read(
    asked: FhirQuery, known: dict[str, SearchParam], name: str, value: str, *, is_posted: bool, is_strict: bool
) -> None:
    """Take one parameter in. Raises: NotUnderstood (of no name: whoever catches it knows which)."""
    plain = name.partition(":")[0].partition(".")[0]
    if name in ABOUT_ANSWER:
        return
    if name == "_count":
        asked.count = read_count(value)
    elif name == CURSOR:
        asked.cursor = read_cursor(value)
        return
    elif name not in known:
        if plain in known:
            raise NotUnderstood.field("", "has no modifiers here, and leads no further")
        if is_strict:
            raise NotUnderstood.field("", "is not a parameter of this search")
        return
    else:
        param = known[name]
        if param.is_personal and not is_posted:
            raise NotUnderstood.field("", "says who somebody is and never stands in an address: POST it to _search")
        asked.values.append((param, _values(param, value, base=asked.base)))
        if param.is_personal:
            asked.has_personal = True
            return
    asked.used.append((name, value))


def _values(param: SearchParam, text: str, *, base: str) -> list[Any]:
    values = [_ESCAPED.sub(r"\1", one).strip() for one in _COMMA.split(text) if one.strip()]
    if not values or len(values) > MOST_VALUES or "\0" in text:
        raise NotUnderstood.field("", f"has one value or several by commas, {MOST_VALUES} at most")
    return [read_value(param, value, base=base) for value in values]


def read_value(param: SearchParam, text: str, *, base: str) -> Any:
    """One value, as the kind of its parameter has it. Raises: NotUnderstood."""
    if param.name == "_id":
        if not is_id(text):
            raise NotUnderstood.field("", "is an id of up to 64 letters, digits, - and .")
        return text
    match param.kind:
        case "token":
            return read_token(text)
        case "reference":
            return read_reference(text, param.targets, base=base)
        case "date":
            return read_when(text, clock.zone())
    return text


def read_count(text: str) -> int:
    """How many rows a page is to have; 0 asks only how many there are. Raises: NotUnderstood."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MOST):
        raise NotUnderstood.field("", f"is a whole number from 0 to {MOST}")
    return int(text)


def cursor_of(place: Sequence[int]) -> str:
    """A place in a list, as it stands in an address."""
    return urlsafe_b64encode(".".join(map(str, place)).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[int, ...]:
    """The place that `cursor_of` made this of. Raises: NotUnderstood."""
    try:
        parts = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii").split(".")
        place = tuple(int(part) for part in parts if part.isdigit() and len(part) <= 18)
    except (binascii.Error, UnicodeError, ValueError):
        place = ()
    if not place or cursor_of(place) != text:
        raise NotUnderstood.field("", "leads to no page of this list")
    return place
