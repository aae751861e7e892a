"""Booking, moving, cancelling and undoing by the API, and the diary as a list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.fields import ListField
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, blocked_document, shown
from injections.assessment.visits import with_places
from injections.booking.book import BookingOutcome, book
from injections.booking.cancel import Why, cancel
from injections.booking.move import MoveRequest, move
from injections.booking.request import BookingRequest
from injections.booking.undo import undo
from injections.safety.codes import REQUEST_SIDES, TARGETS
from injections.safety.sites import BOOKABLE_SITES
from injections.safety.visit import MOST, Wanted
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.api.bodies import Body, ListQuery, Nothing
from pht_clinic.web.api.endpoint import Endpoint, changes, operation, page_of
from pht_clinic.web.api.fields import (
    LARGEST_REVISION,
    Choice,
    Codes,
    DayOrInstant,
    Id,
    Instant,
    OptionalText,
    Text,
    Truth,
    Whole,
)
from scheduling.diary.read import diary_between
from scheduling.diary.why_cancelled import CODES, WHO
from scheduling.models import Appointment
from scheduling.states import Status


class WantedBody(Body):
    """One injection of a visit: its site, its side, and its targets, by themselves those of the site."""

    site = Choice(BOOKABLE_SITES)
    side = Choice(REQUEST_SIDES)
    targets = Codes(TARGETS, required=False, allow_null=True)


class AskBody(Body):
    """What is asked for; `site`, `side` and `targets` belong to injections only. A visit may have one to three of
    different areas or sides: `injections` then stands in their place.
    """

    patient = Id()
    kind = Choice(KINDS)
    site = Choice(BOOKABLE_SITES, required=False, allow_null=True)
    side = Choice(REQUEST_SIDES, required=False, allow_null=True)
    targets = Codes(TARGETS, required=False, allow_null=True)
    injections = ListField(child=WantedBody(), required=False, allow_null=True, max_length=MOST)
    start = Instant()


class AppointmentBody(AskBody):
    practitioner = Id()
    room = Id(required=False, allow_null=True, help_text="default: the room of the practitioner's session")
    note = OptionalText(lines=True)
    override_reason = OptionalText(lines=True, help_text="asks a radiologist to look at a blocked booking")
    hold = Id(required=False, allow_null=True, help_text="a time of one's own that was held: it takes its place")


class MoveBody(Body):
    start = Instant()
    practitioner = Id(required=False, allow_null=True)
    room = Id(required=False, allow_null=True)
    revision = Whole(required=False, allow_null=True, min_value=1, max_value=LARGEST_REVISION)
    override_reason = OptionalText(lines=True)
    hold = Id(required=False, allow_null=True, help_text="a time of one's own that was held: it takes its place")


class CancelBody(Body):
    """Where it was the patient who cancelled, they are told "as you asked". `reason` says it in words; it may be left
    out where `reason_code` says enough, which `other` does not.
    """

    reason = OptionalText(lines=True)
    by = Choice(WHO, required=False, allow_null=True)
    reason_code = Choice(CODES, required=False, allow_null=True)
    revision = Whole(required=False, allow_null=True, min_value=1, max_value=LARGEST_REVISION)
    tell_patient = Truth(required=False, default=True)


class DiaryQuery(ListQuery):
    """`from` and `to` are instants or clinic-local dates, which count whole; `status` may name several, by commas."""

    practitioner = Id(required=False)
    room = Id(required=False)
    patient = Id(required=False)
    status = Text(required=False)

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": DayOrInstant(required=False), "to": DayOrInstant(required=False, is_end=True)}
        return {**edges, **super().get_fields()}

    def validate_status(self, value: str) -> list[str]:
        """The states named. Raises: ValidationError (for one that does not exist)."""
        statuses = value.split(",")
        if unknown := [status for status in statuses if status not in list(Status)]:
            raise ValidationError(f"{unknown[0]} is not one of {', '.join(Status)}.")
        return statuses


class Appointments(Endpoint):
    """The diary in order of time, and booking. A time that somebody holds at this moment stands there as `proposed`, of
    no patient.

    clear is booked; review is pending and holds its time; blocked is refused with its assessment, or pending with an
    `override_reason`.
    """

    actions = {"GET": "read-diary", "POST": "book"}

    @operation("list_appointments", query=DiaryQuery, answer=page_of(AppointmentAnswer))
    def get(self, request: Request) -> Response:
        wanted = self.query(DiaryQuery)
        rows = diary_between(
            starts_at=_edge(wanted, "from"),
            ends_at=_edge(wanted, "to"),
            practitioner_id=wanted.get("practitioner"),
            room_id=wanted.get("room"),
            patient_id=wanted.get("patient"),
            statuses=wanted.get("status", ()),
            now=clock.now(),
        )
        return self.listed(
            rows.select_related("injection_request"),
            AppointmentAnswer,
            ordering=("start_at", "id"),
            whose="patient_id",
            shown_as=with_places,
        )

    @operation("book_appointment", body=AppointmentBody, answer=AppointmentAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        outcome = book(asked(self.body(AppointmentBody)), by=self.actor, now=clock.now())
        self.shows(_whose(outcome))
        answer = _stands(outcome)
        location = reverse("api-appointment", args=[answer["id"]])
        return Response(answer, status=201, headers={"Location": location})


class Move(Endpoint):
    """Assessed afresh: stays or becomes booked, or pending; blocked is refused and changes nothing."""

    actions = {"POST": "move"}

    @operation("move_appointment", body=MoveBody, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = changes(self.body(MoveBody), practitioner="practitioner_id", room="room_id", hold="hold_id")
        revision = values.pop("revision", None)
        outcome = move(pk, MoveRequest(**values), revision=revision, by=self.actor, now=clock.now())
        self.shows(_whose(outcome))
        return Response(_stands(outcome))


class Cancel(Endpoint):
    actions = {"POST": "cancel"}

    @operation("cancel_appointment", body=CancelBody, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(CancelBody)
        said = {"by": values.pop("by", None) or "", "code": values.pop("reason_code", None) or ""}
        values["reason"] = Why(values.get("reason", ""), **said)
        return answered(self, cancel(pk, **values, by=self.actor, now=clock.now()))


class Undo(Endpoint):
    """Takes back the last of move, cancel, arrive and no-show, within 10 minutes."""

    actions = {"POST": "undo"}

    @operation("undo_appointment", body=Nothing, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        outcome = undo(pk, by=self.actor, now=clock.now())
        self.shows(_whose(outcome))
        return Response(_stands(outcome))


def answered(endpoint: Endpoint, appointment: Appointment) -> Response:
    """An appointment as it stands now."""
    endpoint.shows([appointment.patient_id])
    return Response(shown(appointment))


def asked(values: dict[str, Any]) -> BookingRequest:
    """The request that the values of a body or a query make."""
    named = changes(values, patient="patient_id", practitioner="practitioner_id", room="room_id", hold="hold_id")
    several = tuple(wanted(one) for one in named.get("injections") or ())
    return BookingRequest(**named | {"targets": tuple(named.get("targets") or ()), "injections": several})


def wanted(values: Mapping[str, Any]) -> Wanted:
    """One injection, of the values of a body."""
    return Wanted(values["site"], values["side"], tuple(values.get("targets") or ()))


def _stands(outcome: BookingOutcome) -> dict[str, Any]:
    """The appointment that came of asking. Raises: Invalid (with the assessment when the verdict refused it)."""
    if outcome.appointment is None:
        assert outcome.assessment is not None  # noqa: S101 - only a verdict refuses without raising
        raise Invalid(
            code="blocked",
            sentence="The safety check does not allow this. A radiologist may: send an override_reason.",
            extra=blocked_document(outcome.assessment),
        )
    return shown(outcome.appointment, outcome.assessment)


def _whose(outcome: BookingOutcome) -> list[int]:
    rows = (outcome.appointment, outcome.assessment)
    return [row.patient_id for row in rows if row is not None]


def _edge(wanted: dict[str, Any], name: str) -> datetime | None:
    edge: datetime | None = wanted.get(name)
    return edge
