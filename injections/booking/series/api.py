"""A series by the API: how its dates would stand, booking all or none, and moving or cancelling what is left."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer
from injections.booking.api import CancelBody, why_sent
from injections.booking.offers_api import SlotAnswer
from injections.booking.series.book import SeriesRequest, book_series
from injections.booking.series.check import check_dates
from injections.booking.series.read import WholeSeries, find_series
from injections.booking.series.rest import RestMove, cancel_rest, move_rest
from injections.booking.series.rule import SeriesRule
from injections.booking.series.standing import VisitTime
from injections.safety.findings import Verdict
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, changes, operation
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, OptionalText, Truth, WallTime, Whole
from scheduling.models.series import FEWEST, MOST, MOST_WEEKS

_FROM = "of the visits to come those from this clinic-local date on; default: all"
_OF_FIRST = ("every_weeks", "weekdays", "count")
REPEATED = [kind.code for kind in KINDS.values() if kind.comes_in_series]


def _starts(fewest: int) -> serializers.ListField:
    return serializers.ListField(child=Instant(), default=None, allow_null=True, min_length=fewest, max_length=MOST)


class SeriesDatesBody(Body):
    """Either `first`, the date and time of the first visit, with `count` and how often (`every_weeks`, by itself 1, and
    `weekdays`, 0 is Monday, by themselves that of `first`), all at its wall time; or `starts`, each time by itself.
    """

    patient = Id()
    kind = Choice(REPEATED)
    practitioner = Id()
    room = Id(required=False, allow_null=True, help_text="default: the room of each of the practitioner's sessions")
    first = Instant(default=None, allow_null=True)
    every_weeks = Whole(default=None, allow_null=True, min_value=1, max_value=MOST_WEEKS)
    weekdays = serializers.ListField(child=Whole(min_value=0, max_value=6), default=None, allow_null=True, max_length=7)
    count = Whole(default=None, allow_null=True, min_value=FEWEST, max_value=MOST)
    starts = _starts(FEWEST)

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        """What of it contradicts the rest; of what could not be read nothing is said twice."""
        unsaid = {name for name, value in values.items() if value is None}
        if {"first", "starts"} <= unsaid:
            yield FieldError("#/first", "Give the first date and time, or starts.")
        if values.get("starts"):
            yield from _beside_starts(values)
        elif values.get("first") is not None:
            yield from _beside_first(values, unsaid)


def _beside_starts(values: Mapping[str, Any]) -> Iterable[FieldError]:
    """What has no sense where each time is named."""
    if values.get("first") is not None:
        yield FieldError("#/starts", "Send either first and how often, or starts.")
    yield from (FieldError(f"#/{name}", "This belongs to first.") for name in _OF_FIRST if values.get(name))


def _beside_first(values: Mapping[str, Any], unsaid: Collection[str]) -> Iterable[FieldError]:
    if "count" in unsaid:
        yield FieldError("#/count", "Say how many visits.")
    weekdays = values.get("weekdays")
    if weekdays and values["first"].astimezone(clock.zone()).weekday() not in weekdays:
        yield FieldError("#/weekdays", "The first date is on none of these weekdays.")


class SeriesBody(SeriesDatesBody):
    note = OptionalText(lines=True)
    tell_patient = Truth(required=False, default=True)


class MoveRestBody(Body):
    """Where they go: `first` is the new date and time of the first of them, the others follow by as many days, at the
    same wall time; or `starts`, a time for each of them in order. Without a practitioner each keeps their own.
    """

    practitioner = Id(required=False, allow_null=True)
    room = Id(required=False, allow_null=True)
    first = Instant(default=None, allow_null=True)
    starts = _starts(1)
    tell_patient = Truth(required=False, default=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": Day(required=False, allow_null=True, help_text=_FROM), **super().get_fields()}

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        """One way of saying where."""
        if {"first", "starts"} <= {name for name, value in values.items() if value is None}:
            yield FieldError("#/first", "Give the new date and time of the first of them, or starts.")
        if values.get("first") is not None and values.get("starts"):
            yield FieldError("#/starts", "Send either first, or starts.")


class CancelRestBody(CancelBody):
    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        del fields["revision"]
        return {"from": Day(required=False, allow_null=True, help_text=_FROM), **fields}


class ClashAnswer(serializers.Serializer[Any]):
    resource = serializers.CharField()
    appointment = serializers.CharField()
    start = serializers.CharField()
    end = serializers.CharField()


class SeriesDateAnswer(serializers.Serializer[Any]):
    """One date. `why` says why it cannot be had, or should not be: empty where it can. `verdict` is the whole check
    with the others as booked; `next_best` are the clear times nearest to one that is lost.
    """

    start = Instant(source="standing.spot.start")
    end = Instant()
    practitioner = Id(source="standing.spot.practitioner_id")
    room = Id(source="standing.spot.room_id", allow_null=True)
    verdict = serializers.ChoiceField(list(Verdict), allow_null=True)
    free = serializers.BooleanField(source="standing.is_fine")
    why = serializers.CharField(source="standing.why", allow_blank=True)
    clashes = ClashAnswer(many=True, source="standing.clashes")
    next_best = SlotAnswer(many=True, source="near")


class SeriesCheckAnswer(serializers.Serializer[Any]):
    """The dates in order of time; `bookable` where none of them is lost."""

    bookable = serializers.BooleanField()
    dates = SeriesDateAnswer(many=True)


class SeriesAnswer(serializers.Serializer[Any]):
    """A series as it stands, with all of its visits. The rule is as it was asked for, null where times were named."""

    id = Id(source="series.pk")
    patient = Id(source="patient.pk")
    kind = serializers.ChoiceField(REPEATED, source="series.kind")
    every_weeks = serializers.IntegerField(source="series.every_weeks", allow_null=True)
    weekdays = serializers.ListField(source="series.weekdays", child=serializers.IntegerField(), allow_null=True)
    at = WallTime(source="series.at", allow_null=True)
    count = serializers.IntegerField(source="series.count")
    made_at = Instant(source="series.made_at")
    visits = AppointmentAnswer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": Day(source="series.from_on", allow_null=True)}


class SeriesCheck(Endpoint):
    """How each date would stand: its verdict, who is in the way, and the next best times. Stores nothing."""

    actions = {"POST": "book"}

    @operation("check_series", body=SeriesDatesBody, answer=SeriesCheckAnswer)
    def post(self, request: Request) -> Response:
        ask = _asked(self.body(SeriesDatesBody))
        dates = check_dates(ask, by=self.actor, now=clock.now())
        self.shows([ask.patient_id])
        shown = {"bookable": all(one.standing.is_fine for one in dates), "dates": dates}
        return Response(SeriesCheckAnswer(shown).data)


class SeriesBooking(Endpoint):
    """Every date is booked, or none: a 409 then names each that is `lost`."""

    actions = {"POST": "book"}

    @operation("book_series", body=SeriesBody, answer=SeriesAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        booked = book_series(_asked(self.body(SeriesBody)), by=self.actor, now=clock.now())
        answer = _answered(self, booked.series.pk)
        location = reverse("api-series-one", args=[booked.series.pk])
        return Response(answer, status=201, headers={"Location": location})


class OneSeries(Endpoint):
    actions = {"GET": "read-diary"}

    @operation("read_series", answer=SeriesAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_answered(self, pk))


class MoveRest(Endpoint):
    """All of them are moved, each assessed afresh with the others where they go, or none."""

    actions = {"POST": "move"}

    @operation("move_series", body=MoveRestBody, answer=SeriesAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        named = {"from": "from_on", "practitioner": "practitioner_id", "room": "room_id"}
        values = changes(self.body(MoveRestBody), **named)
        ask = RestMove(**values | {"starts": tuple(values.get("starts") or ())})
        move_rest(pk, ask, by=self.actor, now=clock.now())
        return Response(_answered(self, pk))


class CancelRest(Endpoint):
    """All of them are cancelled, or none; the patient is told once."""

    actions = {"POST": "cancel"}

    @operation("cancel_series", body=CancelRestBody, answer=SeriesAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = changes(self.body(CancelRestBody), **{"from": "from_on"})
        why = why_sent(values)
        cancel_rest(pk, why, **values, by=self.actor, now=clock.now())
        return Response(_answered(self, pk))


def _asked(values: dict[str, Any]) -> SeriesRequest:
    """The series that was asked for, by its rule or each time by itself."""
    rule, starts = None, values.get("starts")
    if starts is None:
        local = values["first"].astimezone(clock.zone())
        weekdays = frozenset(values.get("weekdays") or [local.weekday()])
        rule = SeriesRule(local.date(), values.get("every_weeks") or 1, weekdays, local.time(), values["count"])
        starts = rule.starts(clock.zone())
    spots = tuple(VisitTime(start, values["practitioner"], values.get("room")) for start in starts)
    rest = {name: values[name] for name in ("note", "tell_patient") if name in values}
    return SeriesRequest(kind=values["kind"], patient_id=values["patient"], rule=rule, spots=spots, **rest)


def _answered(endpoint: Endpoint, pk: int) -> dict[str, Any]:
    """A series as it stands now."""
    found: WholeSeries = find_series(pk)
    endpoint.shows([found.patient.pk])
    return dict(SeriesAnswer(found).data)
