"""The radiologist's queue, and deciding."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, DecisionAnswer, FindingAnswer, WantedAnswer, shown
from injections.assessment.visits import find_appointment
from injections.models import Decision
from injections.review.decide import DecisionRequest, decide
from injections.review.past_decisions import decisions_on, with_reach
from injections.review.queue import review_queue
from injections.safety.findings import Verdict
from injections.safety.questions import QUESTIONS
from injections.words import REASON_CODES
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import LARGEST_REVISION, Choice, Codes, Day, Id, Instant, OptionalText, Text, Whole


class ReviewQuery(ListQuery):
    status = Choice(["open"], required=False, default="open")


class ReviewAnswer(serializers.Serializer[Any]):
    """An appointment that waits for a radiologist."""

    appointment = Id(source="appointment.pk")
    revision = serializers.IntegerField(source="appointment.revision")
    patient = Id(source="appointment.patient_id")
    kind = serializers.CharField(source="appointment.kind")
    site = serializers.CharField(source="appointment.injection_request.site", allow_null=True)
    side = serializers.CharField(source="appointment.injection_request.side", allow_null=True)
    injections = WantedAnswer(many=True, source="appointment.injection_request.wanted", default=[])
    start = Instant(source="appointment.start_at")
    waiting_since = Instant(source="appointment.pending_since")
    asked_by = Id(source="appointment.asked_by_id", allow_null=True)
    red_flag = serializers.BooleanField(source="is_red_flag")
    verdict = serializers.ChoiceField(list(Verdict))
    override_reason = serializers.CharField(source="assessment.override_reason")
    findings = FindingAnswer(many=True, source="assessment.findings")


class DecisionBody(Body):
    outcome = Choice(Decision.Outcome.values)
    reason = Text(lines=True)
    reason_code = Choice(REASON_CODES, required=False, allow_null=True)
    delay_until = Day(required=False, allow_null=True)
    question = OptionalText(lines=True, help_text="of ask: what the patient reads, if not the reason")
    ask_again = Codes(
        list(QUESTIONS), required=False, allow_null=True, help_text="of ask: questions to be answered again"
    )
    own_reason = OptionalText(
        lines=True,
        default=None,
        help_text="why the only radiologist of a clinic decides on their own request, if not by the reason",
    )
    revision = Whole(required=False, allow_null=True, min_value=1, max_value=LARGEST_REVISION)


class DecidedAnswer(AppointmentAnswer):
    """The appointment as it stands after the decision."""

    decision = DecisionAnswer()


class Reviews(Endpoint):
    """What waits for a radiologist: red flags first, then soonest."""

    actions = {"GET": "review"}

    @operation("list_reviews", query=ReviewQuery, answer=page_of(ReviewAnswer))
    def get(self, request: Request) -> Response:
        self.query(ReviewQuery)
        queue = review_queue(now=clock.now())
        return self.paged(queue, ReviewAnswer, whose=lambda visit: visit.appointment.patient_id)


class Decide(Endpoint):
    """approve and override book, delay and decline cancel. ask leaves it waiting for the patient, who reads `question`.

    Not for one's own request.
    """

    actions = {"POST": "decide"}

    @operation("decide", body=DecisionBody, answer=DecidedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(DecisionBody)
        values["reason_code"] = values.get("reason_code") or ""
        values["ask_again"] = tuple(values.get("ask_again") or ())
        revision = values.pop("revision", None)
        values["own_reason"] = values["own_reason"] or None
        decision = decide(pk, DecisionRequest(**values), revision=revision, by=self.actor, now=clock.now())
        self.shows([decision.appointment.patient_id])
        made = with_reach([decision], on=clock.local_date(decision.appointment.start_at))
        return Response({**shown(decision.appointment), "decision": DecisionAnswer(made[0]).data})


class Decisions(Endpoint):
    """What was decided on one appointment, newest first."""

    actions = {"GET": "review"}

    @operation("list_decisions", query=ListQuery, answer=page_of(DecisionAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        appointment = find_appointment(pk)
        self.shows([appointment.patient_id])
        return self.paged(decisions_on(appointment), DecisionAnswer, whose=lambda _: appointment.patient_id)
