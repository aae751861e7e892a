"""Who did and who viewed what, for managers."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic.audit.door import DOORS
from pht_clinic.web.api.bodies import ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import DayOrInstant, Id, Instant, OptionalChoice
from scheduling.audit.changes import changes_of
from scheduling.audit.read import audit_entries


class AuditQuery(ListQuery):
    """`from` and `to` are instants or clinic-local dates, which count whole."""

    patient = Id(required=False)
    user = Id(required=False)

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": DayOrInstant(required=False), "to": DayOrInstant(required=False, is_end=True)}
        return {**edges, **super().get_fields()}


class FieldChangeAnswer(serializers.Serializer[Any]):
    field = serializers.CharField()
    old = serializers.JSONField(help_text="null where nothing was there")
    new = serializers.JSONField(help_text="null where nothing is there any more")


class EntryAnswer(serializers.Serializer[Any]):
    """`action` is what was done; of "viewed" the `subject` is what was looked at. `changes` are of records that keep
    what was there before. `at` is the product's clock, `stored_at` the database's own, which nobody else sets.
    """

    id = Id()
    at = Instant()
    stored_at = Instant(allow_null=True, help_text="null of what was noted before the database said so")
    action = serializers.CharField(source="verb")
    by = serializers.CharField(source="actor_name")
    actor_kind = serializers.CharField()
    user = Id(source="user_id", allow_null=True)
    door = OptionalChoice(DOORS, help_text="null of what was noted before doors were")
    changes = FieldChangeAnswer(many=True)
    subject = serializers.CharField()
    patients = serializers.ListField(child=Id(), source="patient_ids")
    detail = serializers.DictField()
    request_id = serializers.CharField()


class Audit(Endpoint):
    """In the order in which they were noted, the newest first: a program that asks for what is new misses nothing."""

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
        changes = changes_of(page)
        for entry in page:
            entry.changes = changes.get(entry.pk, ())
        return page
