"""What reception changed so that a verdict became milder, until a radiologist has seen it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.models import MilderVerdict
from injections.review.milder import see, unseen
from injections.safety.findings import Severity
from pht_clinic import clock
from pht_clinic.web.api.bodies import ListQuery, Nothing
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant


class MilderQuery(ListQuery):
    status = Choice(["unseen", "seen", "all"], required=False, default="unseen")


class WentAnswer(serializers.Serializer[Any]):
    """A finding that went or grew weaker; `after` is null where nothing is left."""

    area = serializers.CharField()
    side = serializers.CharField()
    rule = serializers.CharField()
    before = serializers.ChoiceField(list(Severity))
    after = serializers.ChoiceField(list(Severity), allow_null=True)


class MilderAnswer(serializers.Serializer[Any]):
    id = Id()
    patient = Id(source="patient_id")
    subject = serializers.CharField(help_text='the new row, such as "injection:12"')
    what = serializers.CharField()
    reason = serializers.CharField()
    findings = WentAnswer(many=True)
    at = Instant()
    by = serializers.CharField(source="by.get_full_name", allow_null=True)
    seen_at = Instant(allow_null=True)
    seen_by = serializers.CharField(source="seen_by.get_full_name", allow_null=True)


class MilderVerdicts(Endpoint):
    """The oldest first."""

    actions = {"GET": "see-milder"}

    @operation("list_milder_verdicts", query=MilderQuery, answer=page_of(MilderAnswer))
    def get(self, request: Request) -> Response:
        status = self.query(MilderQuery)["status"]
        rows = MilderVerdict.objects.select_related("by", "seen_by") if status != "unseen" else unseen()
        if status == "seen":
            rows = rows.filter(seen_at__isnull=False)
        return self.listed(rows, MilderAnswer, ordering=("id",), whose="patient_id")


class MilderVerdictSeen(Endpoint):
    """A radiologist has seen it; who and when stays on it."""

    actions = {"POST": "see-milder"}

    @operation("see_milder_verdict", body=Nothing, answer=MilderAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        row = see(pk, by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(MilderAnswer(row).data)
