"""The data behind the timeline picture."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.facts.history import history_of
from injections.timeline.lanes import Lane, fallen_through, lanes_of
from pht_clinic import clock
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Id


class LaneAnswer(serializers.Serializer[Any]):
    area = serializers.CharField(allow_null=True)
    side = serializers.CharField(allow_null=True)
    review_from = serializers.DateField(required=False, allow_null=True)
    clear_from = serializers.DateField(required=False, allow_null=True)
    entries = serializers.ListField(child=serializers.DictField())


class TimelineAnswer(serializers.Serializer[Any]):
    """A lane for each area and side that holds anything: injections, their zones and rest, and what is booked."""

    patient = Id()
    today = serializers.DateField()
    lanes = LaneAnswer(many=True)


class TimelineOfPatient(Endpoint):
    actions = {"GET": "read-records"}

    @operation("read_timeline", answer=TimelineAnswer)
    def get(self, request: Request, pk: int) -> Response:
        now = clock.now()
        lanes = _lanes_of(pk, now=now)
        self.shows([pk])
        today = clock.local_date(now)
        return Response(TimelineAnswer({"patient": pk, "today": today, "lanes": lanes}).data)


def _lanes_of(patient_id: int, *, now: datetime) -> list[Lane]:
    """What the picture is drawn from, missed and cancelled visits too. Raises: Missing."""
    history = history_of(patient_id, now=now)
    return lanes_of(history, fallen_through(history.patient))
