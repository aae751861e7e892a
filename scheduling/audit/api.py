"""Who did and who viewed what, for managers."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic.web.api.bodies import ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import DayOrInstant, Id, Instant
from scheduling.audit.read import audit_entries


class AuditQuery(ListQuery):
    """`from` and `to` are instants or clinic-local dates, which count whole."""

    patient = Id(required=False)
    user = Id(required=False)

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": DayOrInstant(required=False), "to": DayOrInstant(required=False, is_end=True)}
        return {**edges, **super().get_fields()}


class EntryAnswer(serializers.Serializer[Any]):
    id = Id()
    at = Instant()
    actor_kind = serializers.CharField()
    user = Id(source="user_id", allow_null=True)
    actor_name = serializers.CharField()
    verb = serializers.CharField()
    subject = serializers.CharField()
    patients = serializers.ListField(child=Id(), source="patient_ids")
    detail = serializers.DictField()
    request_id = serializers.CharField()


class Audit(Endpoint):
    """The newest first."""

    actions = {"GET": "read-audit"}

    @operation("list_audit_entries", query=AuditQuery, answer=page_of(EntryAnswer))
    def get(self, request: Request) -> Response:
        wanted = self.query(AuditQuery)
        rows = audit_entries(
            patient_id=wanted.get("patient"),
            user_id=wanted.get("user"),
            since=wanted.get("from"),
            until=wanted.get("to"),
        )
        return self.listed(rows, EntryAnswer, ordering=("-id",), shown_as=self._seen)

    def _seen(self, page: Any) -> Any:
        """Whoever reads who viewed a patient has seen that patient's trace: one view row for all of them."""
        self.shows(pk for entry in page for pk in entry.patient_ids)
        return page
