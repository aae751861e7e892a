"""The way to an injection over the API: the batch check's section and what is noted beside it, in versions."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.pathway import (
    NOTES,
    PathwayNotes,
    change_pathway,
    newest_pathway,
    pathway_versions,
    set_pathway,
)
from injections.answers.shapes import Belonging, BelongingQuery, RecordedAnswer, code_field, day_field, read_section
from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.facts import sections
from injections.facts.examination import examination_of
from injections.models import Pathway
from injections.safety import codes
from injections.words import LOADING_STAGES, TREATMENTS
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Codes, Day, Instant, Text, Whole
from scheduling.patients.identity import find_patient


class BesidePathway(Belonging):
    """What informs the radiologist; of it only an earlier injection among the treatments is judged."""

    loading_stage = Whole(required=False, allow_null=True, min_value=1, max_value=max(LOADING_STAGES))
    treatments_tried = Codes(TREATMENTS, required=False)
    examined_by = Text(required=False, allow_blank=True, max_length=200)
    examined_on = Day(required=False, allow_null=True)


class FoundShape(serializers.Serializer[Any]):
    said = serializers.CharField()
    by = serializers.CharField(allow_null=True, help_text="who found it")
    on = serializers.DateField(allow_null=True, help_text="when it was found, if that was said")
    recorded_by = serializers.CharField(allow_null=True)
    at = Instant(help_text="when it was recorded")


class PathwayShape(RecordedAnswer):
    """The pathway section of the batch check with area and side."""

    specialist_assessment = code_field(codes.ANSWERS, source="content.specialist_assessment", default=None)
    physiotherapy = code_field(codes.PHYSIOTHERAPY, source="content.physiotherapy", default=None)
    response = code_field(codes.RESPONSES, source="content.response", default=None)
    not_possible_reason = serializers.CharField(source="content.not_possible_reason", default=None, allow_null=True)
    indications = serializers.ListField(
        child=serializers.ChoiceField(list(codes.INDICATIONS)),
        source="content.indications",
        required=False,
        default=list,
    )
    mild_and_improving = code_field(codes.ANSWERS, source="content.mild_and_improving", default=None)
    suspected_avulsion = code_field(codes.ANSWERS, source="content.suspected_avulsion", default=None)
    found = serializers.DictField(
        child=FoundShape(),
        read_only=True,
        help_text="findings of an examination: who found each and when, and since when it is recorded",
    )
    loading_stage = serializers.IntegerField(
        required=False, allow_null=True, help_text="of physiotherapy: 1 isometric … 4 energy storage and release"
    )
    treatments_tried = serializers.ListField(child=serializers.ChoiceField(list(TREATMENTS)), required=False)
    examined_by = serializers.CharField(required=False, help_text="who found what an examination found")
    examined_on = day_field()


class PathwayStored(PathwayShape):
    """What counts once it is stored, and what became of the patient's open bookings."""

    reassessed = ReassessedAnswer(many=True)


class PathwayOfPatient(Endpoint):
    """The way to the injection as far as it is known. A PUT stores a new version, a PATCH changes what it names."""

    actions = {"GET": "read-records", "PUT": "record-pathway", "PATCH": "record-pathway"}

    @operation("read_pathway", query=BelongingQuery, answer=PathwayShape)
    def get(self, request: Request, pk: int) -> Response:
        row = _present(pk, self.query(BelongingQuery))
        self.shows([pk])
        return Response(_pathway_answer(row, pk))

    @operation("set_pathway", body=PathwayShape, answer=PathwayStored, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        content, notes, beside = read_pathway(request.data)
        recorded = set_pathway(
            pk, pathway=content, notes=PathwayNotes(**notes), **beside, by=self.actor, now=clock.now()
        )
        self.shows([pk])
        return Response(_pathway_answer(with_reassessed(recorded), pk, PathwayStored))

    @operation("change_pathway", body=PathwayShape, answer=PathwayStored, is_keyed=True)
    def patch(self, request: Request, pk: int) -> Response:
        content, notes, beside = read_pathway(request.data)
        recorded = change_pathway(pk, pathway=content, notes=notes, **beside, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(_pathway_answer(with_reassessed(recorded), pk, PathwayStored))


def read_pathway(data: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The pathway that is sent, what is noted on it, and of which place it is. Raises: Invalid (with every problem)."""
    content, beside = read_section(data, BesidePathway, sections.pathway)
    return content, {name: beside.pop(name) for name in NOTES if name in beside}, beside


def _pathway_answer(row: Any, patient_id: int, shape: type[PathwayShape] = PathwayShape) -> dict[str, Any]:
    """A version of the pathway, with who found what in it. One query."""
    found = {
        one.name: {
            "said": one.said,
            "by": one.by or (one.since.recorded_by.name if one.since.recorded_by else None),
            "on": one.on and one.on.isoformat(),
            "recorded_by": one.since.recorded_by.name if one.since.recorded_by else None,
            "at": Instant().to_representation(one.since.recorded_at),
        }
        for one in examination_of(row, pathway_versions(patient_id))
    }
    return {**shape(row).data, "found": found}


def _present(pk: int, wanted: dict[str, Any]) -> Pathway:
    """The newest version of a patient's pathway that fits. Raises: Missing, also where nothing is recorded yet."""
    patient = find_patient(pk)
    row = newest_pathway(patient.pk, area=wanted.get("area"), side=wanted.get("side"))
    if row is None:
        raise Missing("Nothing is recorded here yet.")
    return row
