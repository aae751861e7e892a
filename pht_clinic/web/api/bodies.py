"""What is sent: JSON bodies and query strings, as serializers whose fields are all that is accepted."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SkipField

from pht_clinic.errors import FieldError
from pht_clinic.web.api.fields import Text, Whole
from pht_clinic.web.problem import field_errors

_MOST_NAMED = 20
_LONGEST_NAMED = 60


class Body(serializers.Serializer[Any]):
    """An object with exactly these fields. An unknown key is refused by its name, together with everything else that
    is wrong: no slip of the pen is silently lost, and nothing is assigned that is not listed.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        problems: dict[str, Any] = {}
        values: dict[str, Any] = {}
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields][:_MOST_NAMED]
            problems = {name[:_LONGEST_NAMED]: ["This is not a known field."] for name in unknown}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            problems |= error.detail  # type: ignore[arg-type]  # a serializer's problems are by field
            values = self.readable(data)
        for sense in self.senses(values):
            _add(problems, sense)
        if problems:
            raise ValidationError(problems)
        return values

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        """What its use case would refuse of the values that could be read: said with what could not be, at once."""
        return ()

    def readable(self, data: Any) -> dict[str, Any]:
        """The fields of a refused body that have nothing wrong with them by themselves; those of an `OwnedBody` too."""
        found: dict[str, Any] = {}
        for name, field in self.fields.items() if isinstance(data, Mapping) else ():
            try:
                found[name] = field.run_validation(field.get_value(data))
            except SkipField:
                continue
            except ValidationError:
                if isinstance(field, OwnedBody):
                    found[name] = field.readable(field.get_value(data))
        return found


class OwnedBody(Body):
    """An object inside a body whose sense that body knows: what can be read of it is read whatever else is wrong."""


def _add(problems: dict[str, Any], sense: FieldError) -> None:
    """Put a problem beside those of the serializer, under its field, also in an object inside; one of an item stands
    under the whole list.
    """
    *path, name = [step for step in sense.pointer.removeprefix("#/").split("/") if not step.isdigit()]
    inside: Any = problems
    for step in path:
        inside = inside.setdefault(step, {})
    known = inside.setdefault(name, []) if isinstance(inside, dict) else inside
    if isinstance(known, list):
        known.append(sense.detail)


def read_partly(of: type[Body], data: Any, *, partial: bool = False) -> tuple[dict[str, Any], list[FieldError]]:
    """What was sent as far as it can be read, and what is wrong with the rest: whoever knows more about it goes on and
    names everything at once.
    """
    reader = _reader(of, partial)
    try:
        return dict(reader.run_validation(data)), []
    except ValidationError as error:
        return reader.readable(data), list(field_errors(error.detail))


@cache
def _reader(of: type[Body], partial: bool) -> Body:
    """Made once: it keeps nothing of what it reads, and making its fields takes longer than reading by them."""
    return of(partial=partial)


class Query(Body):
    """The parameters of a GET, under the same rule."""


class ListQuery(Query):
    """What every list understands; the paginator reads both."""

    page_size = Whole(min_value=1, max_value=200, required=False)
    cursor = Text(required=False, max_length=500)


class Nothing(Body):
    """No field at all: an action that needs no word."""


class Reason(Body):
    """Why something is done."""

    reason = Text(lines=True)
