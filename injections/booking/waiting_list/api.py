"""The waiting list by the API: who waits, putting somebody on, changing what they wait for and taking them off."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.booking.waiting_list.wished import NOTICE_HOURS, NewWish
from injections.booking.waiting_list.wishes import NO_REASON, change, put_on, take_off, waiting, with_rows
from injections.booking.wish import FURTHER
from injections.models import WaitingWish
from injections.models.waiting import LONGEST_NOTICE_HOURS
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import BOOKABLE_SITES
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, changes, operation, page_of
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, OptionalChoice, OptionalText, WallTime, Whole
from scheduling.diary.read import the
from scheduling.revisions.api import Revision, both_versions

_NAMES = {"patient": "patient_id", "practitioner": "practitioner_id", "from": "from_on", "to": "to_on"}


class WishedBody(Body):
    """What a patient waits for; nothing said means any. A time fits that starts at `after` or later and before
    `before`, wall times, on the clinic-local dates `from` to `to`, both included, while it lies `notice_hours` ahead.
    `replaces` is the later visit that an earlier one would take the place of. `second` and `third` are further
    injections of the visit, each site:side. `reach` is by itself as messages reach the patient.
    """

    kind = Choice(KINDS)
    site = OptionalChoice(BOOKABLE_SITES)
    side = OptionalChoice(REQUEST_SIDES)
    second = OptionalChoice(FURTHER)
    third = OptionalChoice(FURTHER)
    weekdays = serializers.ListField(
        child=Whole(min_value=0, max_value=6),
        required=False,
        allow_null=True,
        max_length=7,
        help_text="0 is Monday, 6 is Sunday",
    )
    after = WallTime(required=False, allow_null=True)
    before = WallTime(required=False, allow_null=True)
    practitioner = Id(required=False, allow_null=True)
    notice_hours = Whole(required=False, min_value=0, max_value=LONGEST_NOTICE_HOURS)
    reach = OptionalChoice(WaitingWish.Reach.values)
    replaces = Id(required=False, allow_null=True)
    note = OptionalText(lines=True)

    def get_fields(self) -> dict[str, Any]:
        days = {name: Day(required=False, allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **days}


class WishBody(WishedBody):
    patient = Id()


class WishChangeBody(WishedBody):
    """`patient` may be sent as it was read; whose a wish is does not change."""

    patient = Id(required=False)
    revision = Revision()


class OffBody(Body):
    """May be left out altogether."""

    reason = OptionalText(lines=True)


class WishAnswer(serializers.Serializer[Any]):
    id = Id(source="pk")
    patient = Id(source="patient.kept_id")
    kind = serializers.CharField()
    site = serializers.CharField(allow_blank=True)
    side = serializers.CharField(allow_blank=True)
    second = serializers.CharField(allow_blank=True)
    third = serializers.CharField(allow_blank=True)
    weekdays = serializers.ListField(child=serializers.IntegerField())
    after = WallTime(allow_null=True)
    before = WallTime(allow_null=True)
    practitioner = Id(source="practitioner_id", allow_null=True)
    notice_hours = serializers.IntegerField()
    reach = serializers.CharField()
    replaces = Id(source="replaces_id", allow_null=True)
    note = serializers.CharField()
    asked_at = Instant()
    ended_at = Instant(allow_null=True)
    ended_as = serializers.CharField(allow_blank=True)
    appointment = Id(source="appointment_id", allow_null=True, help_text="the visit that it came to")
    revision = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        days = {f"{name}": Day(source=f"{name}_on", allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **days}


class WaitingList(Endpoint):
    """Who was put on the list first comes first."""

    actions = {"GET": "keep-waiting-list", "POST": "keep-waiting-list"}

    @operation("list_waiting", query=ListQuery, answer=page_of(WishAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.paged(list(waiting(on=clock.today())), WishAnswer, whose=lambda row: row.patient.kept_id)

    @operation("put_on_waiting_list", body=WishBody, answer=WishAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        said = {"notice_hours": NOTICE_HOURS, **changes(self.body(WishBody), **_NAMES)}
        row = put_on(NewWish.of(said), by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        location = reverse("api-waitlist-wish", args=[row.pk])
        return Response(WishAnswer(row).data, status=201, headers={"Location": location})


class OneWish(Endpoint):
    """PATCH changes what it names and keeps the place on the list; DELETE takes off the list, the row is kept."""

    actions = {"GET": "keep-waiting-list", "PATCH": "keep-waiting-list", "DELETE": "keep-waiting-list"}

    @operation("read_waiting", answer=WishAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self._answered(the(with_rows(), pk))

    @operation("change_waiting", body=WishChangeBody, answer=WishAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        said = changes(self.body(WishChangeBody, partial=True), **_NAMES)
        revision = said.pop("revision", None)
        with both_versions(WishAnswer):
            row = change(pk, said, revision=revision, by=self.actor, now=clock.now())
        return self._answered(row)

    @operation("take_off_waiting_list", body=OffBody, answer=WishAnswer)
    def delete(self, request: Request, pk: int) -> Response:
        reason = self.body(OffBody)["reason"] or NO_REASON
        return self._answered(take_off(pk, reason=reason, by=self.actor, now=clock.now()))

    def _answered(self, row: WaitingWish) -> Response:
        self.shows([row.patient.kept_id])
        return Response(WishAnswer(row).data)
