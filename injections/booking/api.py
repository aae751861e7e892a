"""Moving, cancelling and undoing by the API, and what a request to book consists of."""

from collections.abc import Mapping
from typing import Any

from rest_framework.fields import ListField
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, BlockedProblem, blocked_document, shown
from injections.booking.book import BookingOutcome
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
from pht_clinic.web.api.bodies import Body, Nothing
from pht_clinic.web.api.endpoint import Endpoint, changes, operation, or_refused
from pht_clinic.web.api.fields import LARGEST_REVISION, Choice, Codes, Id, Instant, OptionalText, Truth, Whole
from scheduling.diary.why_cancelled import CODES, WHO
from scheduling.models import Appointment


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


class Move(Endpoint):
    """Assessed afresh: stays or becomes booked, or pending; blocked is refused and changes nothing."""

    actions = {"POST": "move"}

    @operation(
        "move_appointment", body=MoveBody, answer=or_refused(AppointmentAnswer, {422: BlockedProblem}), is_keyed=True
    )
    def post(self, request: Request, pk: int) -> Response:
        values = changes(self.body(MoveBody), practitioner="practitioner_id", room="room_id", hold="hold_id")
        revision = values.pop("revision", None)
        outcome = move(pk, MoveRequest(**values), revision=revision, by=self.actor, now=clock.now())
        self.shows(whose(outcome))
        return Response(stands(outcome))


class Cancel(Endpoint):
    actions = {"POST": "cancel"}

    @operation("cancel_appointment", body=CancelBody, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(CancelBody)
        why = why_sent(values)
        return answered(self, cancel(pk, reason=why, **values, by=self.actor, now=clock.now()))


class Undo(Endpoint):
    """Takes back the last of move, cancel, arrive and no-show, within 10 minutes."""

    actions = {"POST": "undo"}

    @operation("undo_appointment", body=Nothing, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        outcome = undo(pk, by=self.actor, now=clock.now())
        self.shows(whose(outcome))
        return Response(stands(outcome))


def why_sent(values: dict[str, Any]) -> Why:
    """Who cancels and why, taken out of the values of a body."""
    words, by, code = (values.pop(name, None) or "" for name in ("reason", "by", "reason_code"))
    return Why(words, by, code)


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


def stands(outcome: BookingOutcome) -> dict[str, Any]:
    """The appointment that came of asking. Raises: Invalid (with the assessment when the verdict refused it)."""
    if outcome.appointment is None:
        assert outcome.assessment is not None  # noqa: S101 - only a verdict refuses without raising
        raise Invalid(
            code="blocked",
            sentence="The safety check does not allow this. A radiologist may: send an override_reason.",
            extra=blocked_document(outcome.assessment),
        )
    return shown(outcome.appointment, outcome.assessment)


def whose(outcome: BookingOutcome) -> list[int]:
    """The patients whom it shows."""
    rows = (outcome.appointment, outcome.assessment)
    return [row.patient_id for row in rows if row is not None]
