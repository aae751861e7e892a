"""One appointment by the API, and what becomes of it."""

from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, AppointmentDetailAnswer, ChangeAnswer, DecisionAnswer, shown
from injections.assessment.visits import changes_of, find_appointment
from injections.booking.api import answered
from injections.review.past_decisions import decisions_on
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error
from pht_clinic import clock
from pht_clinic.web.api.bodies import Nothing, Reason
from pht_clinic.web.api.endpoint import Endpoint, operation


class OneAppointment(Endpoint):
    actions = {"GET": "read-diary"}

    @operation("read_appointment", answer=AppointmentDetailAnswer)
    def get(self, request: Request, pk: int) -> Response:
        appointment = find_appointment(pk)
        self.shows([appointment.patient_id])
        history = ChangeAnswer(changes_of(pk), many=True).data
        decisions = DecisionAnswer(decisions_on(appointment), many=True).data
        return Response({**shown(appointment), "history": history, "decisions": decisions})


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
