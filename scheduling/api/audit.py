"""Who did and who viewed what, for managers."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic.audit.models import Entry
from scheduling.api.bodies import ListQuery
from scheduling.api.endpoint import MANAGERS, Endpoint, operation, page_of
from scheduling.api.fields import DayOrInstant, Id, Instant


class AuditQuery(ListQuery):
    """`from` and `to` are instants or clinic-local dates, which count whole."""

    patient = Id(required=False)
    user = Id(required=False)

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": DayOrInstant(required=False), "to": DayOrInstant(required=False, is_end=True)}
        return {**edges, **super().get_fields()}


class EntryAnswer(serializers.Serializer):
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

    roles = {"GET": MANAGERS}

    @operation("list_audit_entries", query=AuditQuery, answer=page_of(EntryAnswer))
    def get(self, request: Request) -> Response:
        wanted = self.query(AuditQuery)
        rows = Entry.objects.all()
        if "patient" in wanted:
            rows = rows.filter(patient_ids__contains=[wanted["patient"]])
        if "user" in wanted:
            rows = rows.filter(user=wanted["user"])
        first: datetime | None = wanted.get("from")
        last: datetime | None = wanted.get("to")
        if first is not None:
            rows = rows.filter(at__gte=first)
        if last is not None:
            rows = rows.filter(at__lt=last)
        return self.listed(rows, EntryAnswer, ordering=("-id",), shown_as=self._seen)

    def _seen(self, page: Any) -> Any:
        """Whoever reads who viewed a patient has seen that patient's trace: one view row for all of them."""
        self.shows(pk for entry in page for pk in entry.patient_ids)
        return page
