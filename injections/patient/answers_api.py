"""A patient's answers and the way to the injection: the batch check's sections, read by its parser, in versions."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.facts import sections
from injections.facts.answers import newest_that_fits
from injections.models import Pathway, Screening
from injections.patient.answers import answer_screening
from injections.patient.pathway import Tried, set_pathway
from injections.safety import codes
from injections.safety.questions import QUESTIONS
from injections.safety.sites import AREAS
from injections.words import LOADING_STAGES, TREATMENTS
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid, Missing
from pht_clinic.web.api.bodies import Body, Query
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, Codes, Id, Instant, Whole
from scheduling.patients.identity import find_patient


class Belonging(Body):
    """Which area and side a record is about; left out it counts for every one."""

    area = Choice(AREAS, required=False, allow_null=True)
    side = Choice(codes.HISTORY_SIDES, required=False, allow_null=True)


class BesidePathway(Belonging):
    """What informs the radiologist; of it only an earlier injection among the treatments is judged."""

    loading_stage = Whole(required=False, allow_null=True, min_value=1, max_value=max(LOADING_STAGES))
    treatments_tried = Codes(TREATMENTS, required=False)


class BelongingQuery(Query, Belonging):
    """Asks for the version that counts for an area and side; left out, for the newest of all."""


class RecordedAnswer(serializers.Serializer[Any]):
    id = Id(read_only=True)
    area = serializers.CharField(required=False, allow_null=True)
    side = serializers.CharField(required=False, allow_null=True)
    recorded_at = Instant(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True, read_only=True)
    reassessed = ReassessedAnswer(many=True, read_only=True)

    def to_representation(self, row: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(row)
        answer["area"], answer["side"] = row.area or None, row.side or None
        return answer


def _code(choices: Any, name: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(list(choices), source=f"content.{name}", required=False, allow_null=True)


def _day(name: str) -> serializers.DateField:
    return serializers.DateField(source=f"content.{name}", required=False, allow_null=True)


class AnswersShape(serializers.DictField):
    """One of yes, no, not-sure, not-applicable or null for each question."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=serializers.ChoiceField(list(codes.ANSWERS), allow_null=True),
            help_text=f"Questions: {', '.join(QUESTIONS)}",
            **options,
        )


class ScreeningShape(RecordedAnswer):
    """The screening section of the batch check with area and side."""

    answered_at = Instant(required=False, allow_null=True)
    answered_by = serializers.CharField(read_only=True)
    answered = serializers.DictField(
        child=serializers.DateTimeField(allow_null=True),
        source="content.answered",
        required=False,
        allow_null=True,
        help_text="the times of single answers by question, where they differ from `answered_at`",
    )
    answers = AnswersShape(source="content.answers", required=False, default=dict)
    onset = _code(codes.ONSETS, "onset")
    injury_on = _day("injury_on")
    main_pain_site = _code(codes.PAIN_SITES, "main_pain_site")
    pain_side = _code(codes.PAIN_SIDES, "pain_side")
    diabetes_poorly_controlled = _code(codes.ANSWERS, "diabetes_poorly_controlled")
    surgery_on = _day("surgery_on")
    next_event_on = _day("next_event_on")
    blood_thinner_kind = _code(codes.BLOOD_THINNER_KINDS, "blood_thinner_kind")
    inr = serializers.FloatField(source="content.inr", required=False, allow_null=True)
    inr_on = _day("inr_on")


class PathwayShape(RecordedAnswer):
    """The pathway section of the batch check with area and side."""

    specialist_assessment = _code(codes.ANSWERS, "specialist_assessment")
    physiotherapy = _code(codes.PHYSIOTHERAPY, "physiotherapy")
    response = _code(codes.RESPONSES, "response")
    not_possible_reason = serializers.CharField(source="content.not_possible_reason", required=False, allow_null=True)
    indications = serializers.ListField(
        child=serializers.ChoiceField(list(codes.INDICATIONS)),
        source="content.indications",
        required=False,
        default=list,
    )
    mild_and_improving = _code(codes.ANSWERS, "mild_and_improving")
    suspected_avulsion = _code(codes.ANSWERS, "suspected_avulsion")
    loading_stage = serializers.IntegerField(
        required=False, allow_null=True, help_text="of physiotherapy: 1 isometric … 4 energy storage and release"
    )
    treatments_tried = serializers.ListField(child=serializers.ChoiceField(list(TREATMENTS)), required=False)


class ScreeningOfPatient(Endpoint):
    """The patient's answers that count now. A PUT stores a new version."""

    actions = {"GET": "read-records", "PUT": "answer-screening"}

    @operation("read_screening", query=BelongingQuery, answer=ScreeningShape)
    def get(self, request: Request, pk: int) -> Response:
        row = _present(Screening, pk, self.query(BelongingQuery))
        self.shows([pk])
        return Response(ScreeningShape(row).data)

    @operation("answer_screening", body=ScreeningShape, answer=ScreeningShape, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        content, place = read_section(request.data, Belonging, sections.screening)
        recorded = answer_screening(pk, screening=content, **place, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(ScreeningShape(with_reassessed(recorded)).data)


class PathwayOfPatient(Endpoint):
    """The way to the injection as far as it is known. A PUT stores a new version."""

    actions = {"GET": "read-records", "PUT": "record-pathway"}

    @operation("read_pathway", query=BelongingQuery, answer=PathwayShape)
    def get(self, request: Request, pk: int) -> Response:
        row = _present(Pathway, pk, self.query(BelongingQuery))
        self.shows([pk])
        return Response(PathwayShape(row).data)

    @operation("set_pathway", body=PathwayShape, answer=PathwayShape, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        content, place = read_section(request.data, BesidePathway, sections.pathway)
        tried = Tried(place.pop("loading_stage", None), place.pop("treatments_tried", ()))
        recorded = set_pathway(pk, pathway=content, tried=tried, **place, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(PathwayShape(with_reassessed(recorded)).data)


def read_section(
    data: Any, beside: type[Body], section: Callable[[object], object]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A section of the batch check and what stands beside it, as sent. Raises: Invalid (with every problem of both)."""
    beside_it = beside().fields
    own = {name: value for name, value in data.items() if name in beside_it}
    content = {name: value for name, value in data.items() if name not in own}
    read = beside(data=own)
    problems: list[FieldError] = []
    if not read.is_valid():
        problems += [
            FieldError(f"#/{name}", str(detail)) for name, details in read.errors.items() for detail in details
        ]
    try:
        section(content)
    except Invalid as refusal:
        problems += refusal.errors
    if problems:
        raise Invalid(problems)
    return content, dict(read.validated_data)


def _present(model: type[Screening] | type[Pathway], pk: int, wanted: dict[str, Any]) -> Screening | Pathway:
    """The newest version of a patient that fits. Raises: Missing, also where nothing is recorded yet."""
    patient = find_patient(pk)
    rows: QuerySet[Screening | Pathway] = model.objects.of_patient(patient.pk).select_related("recorded_by")
    row = newest_that_fits(rows, wanted.get("area"), wanted.get("side"))
    if row is None:
        raise Missing("Nothing is recorded here yet.")
    return row
