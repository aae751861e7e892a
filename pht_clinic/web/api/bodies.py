"""What is sent: JSON bodies and query strings, as serializers whose fields are all that is accepted."""

from collections.abc import Mapping
from contextlib import suppress
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
        if problems:
            raise ValidationError(problems)
        return values


def read_partly(of: type[Body], data: Any) -> tuple[dict[str, Any], list[FieldError]]:
    """What was sent as far as it can be read, and what is wrong with the rest: whoever knows more about it goes on and
    names everything at once.
    """
    reader = of(data=data)
    if reader.is_valid():
        return dict(reader.validated_data), []
    values = {}
    for name, field in reader.fields.items():
        # what was wrong with this one is among the reader's errors already
        with suppress(ValidationError, SkipField):
            values[name] = field.run_validation(field.get_value(data))
    return values, list(field_errors(reader.errors))


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
