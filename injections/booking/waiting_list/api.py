"""The waiting list by the API: who waits, putting somebody on and taking them off, and free times with who waits.

Offers, and giving a time to somebody who waits, are the desk's; a program books by the address of bookings.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.wishes import HALVES, NewWish, put_on, take_off, waiting
from injections.booking.wish import FURTHER, Wish
from injections.models import WaitingWish
from injections.models.waiting import NOTICES
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import BOOKABLE_SITES
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Codes, Day, Id, Instant, OptionalChoice, OptionalText, Text, Whole

_WEEKDAY = "0 is Monday, 6 is Sunday"


class WishBody(Body):
    """What a patient waits for; nothing said means any. `second` and `third` are further injections of the visit, each
    site:side; `instead_of` is the visit that an earlier time would take the place of.
    """

    patient = Id()
    kind = Choice(KINDS)
    site = OptionalChoice(BOOKABLE_SITES, required=False)
    side = OptionalChoice(REQUEST_SIDES, required=False)
    second = OptionalChoice(FURTHER, required=False)
    third = OptionalChoice(FURTHER, required=False)
    weekdays = serializers.ListField(
        child=Whole(min_value=0, max_value=6), required=False, max_length=7, help_text=_WEEKDAY
    )
    halves = Codes(HALVES, required=False)
    practitioner = Id(required=False, allow_null=True)
    earliest_on = Day(required=False, allow_null=True)
    notice_hours = Choice(NOTICES, required=False)
    reach = Choice(WaitingWish.Reach.values)
    instead_of = Id(required=False, allow_null=True)
    note = OptionalText(required=False, lines=True)


class OffBody(Body):
    reason = Text(lines=True)


class WishAnswer(serializers.Serializer[Any]):
    id = Id(source="pk")
    patient = Id(source="patient.kept_id")
    kind = serializers.CharField()
    site = serializers.CharField(allow_blank=True)
    side = serializers.CharField(allow_blank=True)
    second = serializers.CharField(allow_blank=True)
    third = serializers.CharField(allow_blank=True)
    weekdays = serializers.ListField(child=serializers.IntegerField())
    halves = serializers.ListField(child=serializers.CharField())
    practitioner = Id(source="practitioner_id", allow_null=True)
    earliest_on = serializers.DateField(allow_null=True)
    notice_hours = serializers.IntegerField()
    reach = serializers.CharField()
    instead_of = Id(source="instead_of_id", allow_null=True)
    note = serializers.CharField()
    asked_at = Instant()
    ended_at = Instant(allow_null=True)
    ended_as = serializers.CharField(allow_blank=True)


class FreeTimeAnswer(serializers.Serializer[Any]):
    """`wishes` are those who fit and are clear then by the whole check, who came first first."""

    start = Instant(source="slot.start")
    practitioner = Id(source="slot.practitioner_id")
    room = Id(source="slot.room_id")
    wishes = serializers.ListField(child=Id())


class FreeTimesAnswer(serializers.Serializer[Any]):
    """Of each who waits the first times of the next 6 weeks."""

    results = FreeTimeAnswer(many=True)


class WaitingList(Endpoint):
    """Who was put on the list first comes first."""

    actions = {"GET": "keep-waiting-list", "POST": "keep-waiting-list"}

    @operation("list_waiting", query=ListQuery, answer=page_of(WishAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.paged(list(waiting()), WishAnswer, whose=lambda row: row.patient.kept_id)

    @operation("put_on_waiting_list", body=WishBody, answer=WishAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        row = put_on(_new_wish(self.body(WishBody)), by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(WishAnswer(row).data, status=201)


class TakeOff(Endpoint):
    """Somebody does not wait any more."""

    actions = {"POST": "keep-waiting-list"}

    @operation("take_off_waiting_list", body=OffBody, answer=WishAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        row = take_off(pk, **self.body(OffBody), by=self.actor, now=clock.now())
        self.shows([row.patient.kept_id])
        return Response(WishAnswer(row).data)


class FreeTimes(Endpoint):
    """Free times that somebody waits for."""

    actions = {"GET": "keep-waiting-list"}

    @operation("list_free_times", answer=FreeTimesAnswer)
    def get(self, request: Request) -> Response:
        found = WaitingRoom(now=clock.now()).free_times()
        self.shows({wish.patient.kept_id for time in found for wish in time.who})
        shown = [{"slot": time.slot, "wishes": [wish.pk for wish in time.who]} for time in found]
        return Response(FreeTimesAnswer({"results": shown}).data)


def _new_wish(values: dict[str, Any]) -> NewWish:
    what = Wish(**{name: values.pop(name, None) or "" for name in ("kind", "site", "side", "second", "third")})
    weekdays, halves = (frozenset(values.pop(name, None) or ()) for name in ("weekdays", "halves"))
    named = {"patient": "patient_id", "practitioner": "practitioner_id"}
    said = {named.get(name, name): value for name, value in values.items()}
    return NewWish(what=what, weekdays=weekdays, halves=halves, **said)
