"""Free times and who waits for them by the API: who fits one, holding it for one of them, and what they answer."""

from functools import partial
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list.api import WishAnswer
from injections.booking.waiting_list.fitting import WaitingRoom
from injections.booking.waiting_list.offer import accept, decline, make_offer, open_offer_of, take_back
from injections.booking.waiting_list.terms import FEWEST_MINUTES, MOST_MINUTES
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Whole
from scheduling.availability.sessions import default_room

_ANSWERS = {"accept": accept, "decline": decline, "take-back": take_back}


class OfferBody(Body):
    """A free time, held for `minutes` from when its patient is told: by themselves those of the clinic."""

    start = Instant()
    practitioner = Id()
    room = Id(required=False, allow_null=True, help_text="default: the room of the practitioner's session")
    minutes = Whole(required=False, allow_null=True, min_value=FEWEST_MINUTES, max_value=MOST_MINUTES)


class AnswerBody(Body):
    """What the patient said; or the clinic takes it back."""

    answer = Choice(_ANSWERS)


class MatchQuery(ListQuery):
    """A free time; without a kind whoever waits for any."""

    start = Instant()
    practitioner = Id()
    room = Id(required=False)
    kind = Choice(KINDS, required=False)


class WaitingOfferAnswer(serializers.Serializer[Any]):
    """What was offered to somebody who waits. `appointment` is the visit that came of it, or that moved there."""

    id = Id(source="pk")
    wish = Id(source="wish_id")
    start = Instant(source="start_at")
    practitioner = Id(source="practitioner_id")
    room = Id(source="room_id")
    made_at = Instant()
    held_until = Instant(source="expires_at")
    ended_at = Instant(allow_null=True)
    ended_as = serializers.CharField(allow_blank=True)
    appointment = Id(source="appointment_id", allow_null=True)


class FreeTimeAnswer(serializers.Serializer[Any]):
    """`wishes` are those who fit and are clear then by the whole check, who came first first."""

    start = Instant(source="slot.start")
    practitioner = Id(source="slot.practitioner_id")
    room = Id(source="slot.room_id")
    wishes = serializers.ListField(child=Id())


class FreeTimesAnswer(serializers.Serializer[Any]):
    """Of each who waits the first times of the next 6 weeks."""

    results = FreeTimeAnswer(many=True)


class Matches(Endpoint):
    """Who waits for a free time and is clear then by the whole check, who waits longest first."""

    actions = {"GET": "keep-waiting-list"}

    @operation("match_waiting", query=MatchQuery, answer=page_of(WishAnswer))
    def get(self, request: Request) -> Response:
        wanted = self.query(MatchQuery)
        chosen = _chosen(wanted)
        room = WaitingRoom(until_on=clock.local_date(wanted["start"]), now=clock.now())
        fitting = room.who_fits(chosen, kind=wanted.get("kind")) if chosen else []
        return self.paged(fitting, WishAnswer, whose=lambda row: row.patient.kept_id)


class FreeTimes(Endpoint):
    """Free times that somebody waits for."""

    actions = {"GET": "keep-waiting-list"}

    @operation("list_free_times", answer=FreeTimesAnswer)
    def get(self, request: Request) -> Response:
        found = WaitingRoom(now=clock.now()).free_times()
        self.shows({wish.patient.kept_id for time in found for wish in time.who})
        shown = [{"slot": time.slot, "wishes": [wish.pk for wish in time.who]} for time in found]
        return Response(FreeTimesAnswer({"results": shown}).data)


class OfferToWaiting(Endpoint):
    """Holds a free time for one who waits until they answer, and writes to them where they are written to."""

    actions = {"POST": "keep-waiting-list"}

    @operation("offer_to_waiting", body=OfferBody, answer=WaitingOfferAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(OfferBody)
        chosen = _chosen(values)
        if chosen is None:
            raise Invalid.field("start", "The practitioner has no open session at that time.")
        offer = make_offer(pk, chosen, minutes=values.get("minutes"), by=self.actor, now=clock.now())
        self.shows([offer.wish.patient.kept_id])
        return Response(WaitingOfferAnswer(offer).data, status=201)


class AnswerToOffer(Endpoint):
    """Accepting moves the later visit of the wish there, else books, by the one gate; declining keeps the wish."""

    actions = {"POST": "keep-waiting-list"}

    @operation("answer_offer", body=AnswerBody, answer=WaitingOfferAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        deed = _ANSWERS[self.body(AnswerBody)["answer"]]
        offer = open_offer_of(pk)
        partial(deed, offer.pk, by=self.actor, now=clock.now())()
        offer.refresh_from_db()
        self.shows([offer.wish.patient.kept_id])
        return Response(WaitingOfferAnswer(offer).data)


def _chosen(values: dict[str, Any]) -> ChosenTime | None:
    """The time that was sent, in the room of its session where none is named; None where there is no session."""
    who, start = values["practitioner"], values["start"]
    room_id = values.get("room") or default_room(practitioner_id=who, start=start)
    return ChosenTime(start, who, room_id) if room_id is not None else None
