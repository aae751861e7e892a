"""What answers and pathway share over the API: their area and side, and how a section of the batch check is read."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from injections.safety import codes
from injections.safety.sites import AREAS
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.web.api.bodies import Body, Query
from pht_clinic.web.api.fields import Choice, Id, Instant


class Belonging(Body):
    """Which area and side a record is about; left out it counts for every one."""

    area = Choice(AREAS, required=False, allow_null=True)
    side = Choice(codes.HISTORY_SIDES, required=False, allow_null=True)


class BelongingQuery(Query, Belonging):
    """Asks for the version that counts for an area and side; left out, for the newest of all."""


class RecordedAnswer(serializers.Serializer[Any]):
    id = Id(read_only=True)
    area = serializers.CharField(required=False, allow_null=True)
    side = serializers.CharField(required=False, allow_null=True)
    recorded_at = Instant(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True, read_only=True)

    def to_representation(self, row: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(row)
        answer["area"], answer["side"] = row.area or None, row.side or None
        return answer


def code_field(choices: Any, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(list(choices), required=False, allow_null=True, **options)


def day_field() -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True)


def read_section(
    data: Any, beside: type[Body], section: Callable[[object], object]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A section of the batch check and what stands beside it, as sent. Raises: Invalid (with every problem of both)."""
    beside_it = beside().fields
    own = {name: value for name, value in data.items() if name in beside_it}
    content = {name: value for name, value in data.items() if name not in own}
    read = beside(data=own)
    problems: list[FieldError] = []
    if not read.is_valid():
        problems += [
            FieldError(f"#/{name}", str(detail)) for name, details in read.errors.items() for detail in details
        ]
    try:
        section(content)
    except Invalid as refusal:
        problems += refusal.errors
    if problems:
        raise Invalid(problems)
    return content, dict(read.validated_data)
