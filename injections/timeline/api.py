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
    """`entries` are all in one list, those that fell through too; the other lists are parts of them."""

    area = serializers.CharField(allow_null=True)
    side = serializers.CharField(allow_null=True)
    review_from = serializers.DateField(required=False, allow_null=True)
    clear_from = serializers.DateField(required=False, allow_null=True)
    injections = serializers.SerializerMethodField()
    booked = serializers.SerializerMethodField()
    zones = serializers.SerializerMethodField()
    rest = serializers.SerializerMethodField()
    entries = serializers.ListField(child=serializers.DictField())

    def get_injections(self, lane: Lane) -> list[dict[str, Any]]:
        """What was given here or elsewhere, and what is counted as given."""
        return [entry for entry in lane["entries"] if entry["kind"] == "given"]

    def get_booked(self, lane: Lane) -> list[dict[str, Any]]:
        return [entry for entry in lane["entries"] if entry["kind"] == "booked"]

    def get_zones(self, lane: Lane) -> list[dict[str, Any]]:
        """Local days in which another injection is too soon or needs a review; the day `until` is outside."""
        return [
            {"kind": kind, **entry[kind]}
            for entry in lane["entries"]
            for kind in ("too_soon", "review")
            if kind in entry
        ]

    def get_rest(self, lane: Lane) -> list[dict[str, Any]]:
        return [entry["rest"] for entry in lane["entries"] if "rest" in entry]


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
