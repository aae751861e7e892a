"""The clinic's list of drugs: everybody reads it, managers change it."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.facts.drugs import boxes_in_use
from injections.models import Drug
from injections.procedure.drugs.boxes import LONGEST_BATCH
from injections.procedure.drugs.keep import save_drug
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Amount, Choice, Day, Id, OptionalText, Text, Truth
from scheduling.diary.read import the
from scheduling.revisions.api import Revision, both_versions


def _most() -> Amount:
    return Amount(required=False, allow_null=True)


class BatchBody(Body):
    batch = Text(max_length=LONGEST_BATCH)
    expires_on = Day(required=False, allow_null=True)


class DrugBody(Body):
    """Amounts in mg, strength in mg/ml; null is not known. `batches`: the box in use today, where it is said."""

    kind = Choice(Drug.Kind.values)
    name = Text(max_length=100)
    substance = Text(max_length=100)
    strength_mg_ml = _most()
    usual_dose_mg = _most()
    max_injection_mg = _most()
    max_day_mg = _most()
    max_mg_per_kg = _most()
    as_methylprednisolone = Amount(required=False, allow_null=True, decimal_places=3)
    particulate = Truth(required=False, allow_null=True)
    source = OptionalText(max_length=500, default=serializers.empty)  # type: ignore[assignment]  # of this name
    active = Truth(required=False)
    batches = serializers.ListField(child=BatchBody(), required=False, max_length=1)


class DrugChangeBody(DrugBody):
    revision = Revision()


class BatchAnswer(serializers.Serializer[Any]):
    batch = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)


class DrugAnswer(serializers.Serializer[Any]):
    id = Id()
    kind = serializers.ChoiceField(Drug.Kind.values)
    name = serializers.CharField()
    substance = serializers.CharField()
    strength_mg_ml = Amount(allow_null=True)
    usual_dose_mg = Amount(allow_null=True)
    max_injection_mg = Amount(allow_null=True)
    max_day_mg = Amount(allow_null=True)
    max_mg_per_kg = Amount(allow_null=True)
    as_methylprednisolone = Amount(allow_null=True, decimal_places=3)
    particulate = serializers.BooleanField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # of this name
    active = serializers.BooleanField()
    revision = serializers.IntegerField()
    batches = BatchAnswer(many=True, default=list)


class Drugs(Endpoint):
    """The list; drugs that are no longer in use are among it."""

    actions = {"GET": "read-clinic", "POST": "keep-drugs"}

    @operation("list_drugs", query=ListQuery, answer=page_of(DrugAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.listed(Drug.objects.all(), DrugAnswer, ordering=("id",), shown_as=with_batches)

    @operation("add_drug", body=DrugBody, answer=DrugAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(DrugBody)
        row = save_drug(None, values, by=self.actor, now=clock.now())
        location = reverse("api-drug", args=[row.pk])
        return Response(DrugAnswer(*with_batches([row])).data, status=201, headers={"Location": location})


class OneDrug(Endpoint):
    actions = {"GET": "read-clinic", "PATCH": "keep-drugs"}

    @operation("read_drug", answer=DrugAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(DrugAnswer(*with_batches([the(Drug, pk)])).data)

    @operation("change_drug", body=DrugChangeBody, answer=DrugAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = self.body(DrugChangeBody, partial=True)
        revision = values.pop("revision", None)
        with both_versions(DrugAnswer):
            row = save_drug(pk, values, revision=revision, by=self.actor, now=clock.now())
        return Response(DrugAnswer(*with_batches([row])).data)


def with_batches(rows: Iterable[Drug]) -> list[Any]:
    """Each with its box that is in use today."""
    boxes, shown = boxes_in_use(clock.today()), []
    for row in rows:
        found: Any = row
        box = boxes.get(row.pk)
        found.batches = [box] if box else []
        shown.append(found)
    return shown
