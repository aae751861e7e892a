"""One appointment by the API, and what becomes of it."""

from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import (
    AppointmentAnswer,
    AppointmentDetailAnswer,
    BlockedProblem,
    ChangeAnswer,
    DecisionAnswer,
    shown,
)
from injections.assessment.visits import changes_of, find_appointment
from injections.booking.api import answered, stands, whose
from injections.review.past_decisions import decisions_on
from injections.safety.codes import TARGETS
from injections.safety.visit import MOST
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error
from injections.visit.targets import MoreTargets, add_targets
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, Nothing, Reason
from pht_clinic.web.api.endpoint import Endpoint, operation, or_refused
from pht_clinic.web.api.fields import LARGEST_REVISION, Codes, OptionalText, Whole


class OneAppointment(Endpoint):
    actions = {"GET": "read-diary"}

    @operation("read_appointment", answer=AppointmentDetailAnswer)
    def get(self, request: Request, pk: int) -> Response:
        appointment = find_appointment(pk)
        self.shows([appointment.patient_id])
        history = ChangeAnswer(changes_of(pk), many=True).data
        decisions = DecisionAnswer(decisions_on(appointment), many=True).data
        return Response({**shown(appointment), "history": history, "decisions": decisions})


class TargetsBody(Body):
    """`injection` is which of the visit's injections they are added to, from 0."""

    targets = Codes(TARGETS)
    injection = Whole(required=False, default=0, min_value=0, max_value=MOST - 1)
    revision = Whole(required=False, allow_null=True, min_value=1, max_value=LARGEST_REVISION)
    override_reason = OptionalText(lines=True)


class AddTargets(Endpoint):
    """Adds to what is injected, assessed afresh: it stays or becomes booked, or pending; blocked is refused and changes
    nothing.
    """

    actions = {"POST": "add-target"}

    @operation(
        "add_targets", body=TargetsBody, answer=or_refused(AppointmentAnswer, {422: BlockedProblem}), is_keyed=True
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(TargetsBody)
        revision, targets = values.pop("revision", None), tuple(values.pop("targets"))
        more = MoreTargets(targets=targets, **values)
        outcome = add_targets(pk, more, revision=revision, by=self.actor, now=clock.now())
        self.shows(whose(outcome))
        return Response(stands(outcome))


class Arrive(Endpoint):
    actions = {"POST": "arrive"}

    @operation("arrive_at_appointment", body=Nothing, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return answered(self, arrive(pk, by=self.actor, now=clock.now()))


class NoShow(Endpoint):
    actions = {"POST": "no-show"}

    @operation("miss_appointment", body=Nothing, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return answered(self, no_show(pk, by=self.actor, now=clock.now()))


class EnterInError(Endpoint):
    actions = {"POST": "enter-in-error"}

    @operation("enter_appointment_in_error", body=Reason, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        return answered(self, enter_in_error(pk, reason=reason, by=self.actor, now=clock.now()))
