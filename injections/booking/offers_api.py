"""Before booking: the verdict on a request, and free times with theirs. Nothing is stored."""

from dataclasses import fields
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import PlacesAnswer, VerdictAnswer
from injections.booking import offers
from injections.booking.api import AskBody, asked
from injections.booking.book import check
from injections.safety.codes import REQUEST_SIDES
from injections.safety.findings import Verdict
from injections.safety.sites import BOOKABLE_SITES
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Query
from pht_clinic.web.api.endpoint import Endpoint, changes, operation
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, Text, WallTime, Whole
from scheduling.availability.hours_of_day import HoursOfDay

_WEEKDAYS = [str(number) for number in range(7)]


class DryRunBody(AskBody):
    """A request as a booking would make it; `room` tells whether there is ultrasound, `end` when it would be over.
    `replaces` is a visit of the patient's without which it is judged.
    """

    end = Instant(required=False, allow_null=True)
    room = Id(required=False, allow_null=True)
    replaces = Id(required=False, allow_null=True)


class SlotQuery(Query):
    """`from` and `to` are clinic-local dates, both included; times start at `after` or later and earlier than `before`,
    on the clinic's clock. `weekdays` are numbers by commas, 0 is Monday; `per_day` is how many of each day are offered.
    """

    kind = Choice(KINDS)
    practitioner = Id(required=False)
    room = Id(required=False)
    limit = Whole(required=False, default=10, min_value=1, max_value=offers.MOST)
    patient = Id(required=False)
    site = Choice(BOOKABLE_SITES, required=False)
    side = Choice(REQUEST_SIDES, required=False)
    injections = Text(required=False, help_text="instead of both: site:side of one to three injections, by commas")
    verdict = Choice([Verdict.CLEAR.value, Verdict.REVIEW.value], required=False)
    weekdays = Text(required=False)
    after = WallTime(required=False)
    before = WallTime(required=False)
    per_day = Whole(required=False, min_value=1, max_value=offers.MOST)
    replaces = Id(required=False, help_text="a visit of the patient's: each time is judged without it")

    def get_fields(self) -> dict[str, Any]:
        return {"from": Day(), "to": Day(), **super().get_fields()}

    def validate_weekdays(self, value: str) -> frozenset[int]:
        """The days named. Raises: ValidationError (for what is none)."""
        named = value.split(",")
        if unknown := [one for one in named if one not in _WEEKDAYS]:
            raise ValidationError(f"{unknown[0]} is not one of {', '.join(_WEEKDAYS)}.")
        return frozenset(map(int, named))

    def validate_injections(self, value: str) -> list[dict[str, str]]:
        """The sites and sides named. Raises: ValidationError (for what is none)."""
        named = [one.partition(":") for one in value.split(",")]
        for site, _, side in named:
            if site not in BOOKABLE_SITES or side not in REQUEST_SIDES:
                raise ValidationError(f"{site}:{side} is not a site and a side, for example hamstring-origin:left.")
        return [{"site": site, "side": side} for site, _, side in named]


class SlotAnswer(serializers.Serializer[Any]):
    start = Instant(source="slot.start")
    end = Instant(source="slot.end")
    practitioner = Id(source="slot.practitioner_id")
    room = Id(source="slot.room_id")
    places = PlacesAnswer(source="slot.places", allow_null=True, help_text="of a class, else null")
    verdict = serializers.ChoiceField(list(Verdict), allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="what stands against it, worst first")


class OffersAnswer(serializers.Serializer[Any]):
    """`review_from` and `clear_from` speak of the interval only."""

    results = SlotAnswer(many=True)
    review_from = serializers.DateField(allow_null=True)
    clear_from = serializers.DateField(allow_null=True)


class Assessments(Endpoint):
    """The verdict that a booking would get now. A dry run on the stored patient."""

    actions = {"POST": "book"}

    @operation("assess", body=DryRunBody, answer=VerdictAnswer)
    def post(self, request: Request) -> Response:
        values = self.body(DryRunBody)
        end, replaces = values.pop("end", None), values.pop("replaces", None)
        ask = asked(values)
        judged = check(ask, end=end, replaces=replaces, now=clock.now())
        self.shows([ask.patient_id])
        return Response(VerdictAnswer(judged.as_dict()).data)


class Slots(Endpoint):
    """Free times in order; with a patient, a site and a side each carries its verdict."""

    actions = {"GET": "book"}

    @operation("find_slots", query=SlotQuery, answer=OffersAnswer)
    def get(self, request: Request) -> Response:
        wanted = changes(self.query(SlotQuery), **{"from": "from_on", "to": "to_on", "replaces": "moving"})
        wanted["hours"] = HoursOfDay(wanted.pop("after", None), wanted.pop("before", None))
        about = {field.name for field in fields(offers.SlotSearch)} & wanted.keys()
        search = offers.SlotSearch(**{name: wanted.pop(name) for name in about}, holder=self.actor.user_id)
        ask = asked(wanted)
        found = offers.offers(ask, search, now=clock.now())
        self.shows([ask.patient_id])
        return Response(OffersAnswer(found).data)
