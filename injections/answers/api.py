"""A patient's answers and the way to the injection: the batch check's sections, read by its parser, in versions."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.pathway import Tried, change_pathway, newest_pathway, pathway_versions, set_pathway
from injections.answers.screening import answer_screening, answers_of
from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.facts import sections
from injections.facts.answers import KnownAnswers
from injections.facts.examination import examination_of
from injections.models import Pathway
from injections.safety import codes
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from injections.safety.sites import AREAS
from injections.words import GIVERS, LOADING_STAGES, TREATMENTS
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


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]})
class GiversField(serializers.Field[Any, Any, Any, Any]):
    """Who gave the answers: one of patient, carer, clinician for all that is sent, or one for each question."""

    def to_internal_value(self, data: Any) -> Any:
        named = data.values() if isinstance(data, dict) else [data]
        if not all(isinstance(one, str) for one in named):
            raise serializers.ValidationError(f"Give one of {', '.join(GIVERS)}, or one for each question.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class BesideScreening(Belonging):
    """Which area and side answers are about, and who gave them: for all of them, or question by question."""

    answered_by = GiversField(required=False, allow_null=True)


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


def _code(choices: Any, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(list(choices), required=False, allow_null=True, **options)


def _day() -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True)


class AnswersShape(serializers.DictField):
    """One of yes, no, not-sure, not-applicable or null for each question."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=serializers.ChoiceField(list(codes.ANSWERS), allow_null=True),
            help_text=f"Questions: {', '.join(QUESTIONS)}",
            **options,
        )


class ScreeningShape(serializers.Serializer[Any]):
    """The screening section of the batch check with area and side: the answers that count, each with its time and who
    gave it. `answered_at` and `answered_by` may be sent once for all of them.
    """

    id = Id(read_only=True, help_text="of what was recorded last")
    area = Choice(AREAS, required=False, allow_null=True)
    side = Choice(codes.HISTORY_SIDES, required=False, allow_null=True)
    answered_at = Instant(required=False, allow_null=True)
    answered = serializers.DictField(child=Instant(), required=False)
    answered_by = GiversField(required=False)
    answers = AnswersShape(required=False, default=dict)
    onset = _code(codes.ONSETS)
    injury_on = _day()
    main_pain_site = _code(codes.PAIN_SITES)
    pain_side = _code(codes.PAIN_SIDES)
    diabetes_poorly_controlled = _code(codes.ANSWERS)
    surgery_on = _day()
    next_event_on = _day()
    blood_thinner_kind = _code(codes.BLOOD_THINNER_KINDS)
    inr = serializers.FloatField(required=False, allow_null=True)
    inr_on = _day()
    recorded_at = Instant(read_only=True)
    recorded_by = serializers.CharField(allow_null=True, read_only=True)
    reassessed = ReassessedAnswer(many=True, read_only=True, required=False)


class FoundShape(serializers.Serializer[Any]):
    said = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = Instant()


class PathwayShape(RecordedAnswer):
    """The pathway section of the batch check with area and side."""

    specialist_assessment = _code(codes.ANSWERS, source="content.specialist_assessment", default=None)
    physiotherapy = _code(codes.PHYSIOTHERAPY, source="content.physiotherapy", default=None)
    response = _code(codes.RESPONSES, source="content.response", default=None)
    not_possible_reason = serializers.CharField(source="content.not_possible_reason", default=None, allow_null=True)
    indications = serializers.ListField(
        child=serializers.ChoiceField(list(codes.INDICATIONS)),
        source="content.indications",
        required=False,
        default=list,
    )
    mild_and_improving = _code(codes.ANSWERS, source="content.mild_and_improving", default=None)
    suspected_avulsion = _code(codes.ANSWERS, source="content.suspected_avulsion", default=None)
    found = serializers.DictField(
        child=FoundShape(),
        read_only=True,
        help_text="findings of an examination: who recorded each, and since when it stands",
    )
    loading_stage = serializers.IntegerField(
        required=False, allow_null=True, help_text="of physiotherapy: 1 isometric … 4 energy storage and release"
    )
    treatments_tried = serializers.ListField(child=serializers.ChoiceField(list(TREATMENTS)), required=False)


class ScreeningOfPatient(Endpoint):
    """The patient's answers that count now. A PUT or PATCH stores what it answers; no answer is erased by either."""

    actions = {"GET": "read-records", "PUT": "answer-screening", "PATCH": "answer-screening"}

    @operation("read_screening", query=BelongingQuery, answer=ScreeningShape)
    def get(self, request: Request, pk: int) -> Response:
        asked = self.query(BelongingQuery)
        patient = find_patient(pk)
        known = answers_of(patient.pk, area=asked.get("area"), side=asked.get("side"))
        if not known:
            raise Missing("Nothing is recorded here yet.")
        self.shows([pk])
        return Response(_screening_answer(known, asked))

    @operation("answer_screening", body=ScreeningShape, answer=ScreeningShape, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        return self._store(request, pk)

    @operation("change_screening", body=ScreeningShape, answer=ScreeningShape, is_keyed=True)
    def patch(self, request: Request, pk: int) -> Response:
        return self._store(request, pk)

    def _store(self, request: Request, pk: int) -> Response:
        content, beside = read_section(request.data, BesideScreening, sections.screening)
        recorded = answer_screening(pk, screening=content, **beside, by=self.actor, now=clock.now())
        self.shows([pk])
        known = answers_of(pk, area=beside.get("area"), side=beside.get("side"))
        reassessed = ReassessedAnswer(recorded.reassessed, many=True).data
        return Response({**_screening_answer(known, beside), "reassessed": reassessed})


def _screening_answer(known: KnownAnswers, place: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that count for this place, in the shape in which they are taken; with what was recorded last.

    Without an area or side it is that of what was recorded last.
    """
    row = max((one.row for one in known.by_question.values()), key=lambda one: one.pk, default=None)
    found: dict[str, Any] = {one.field: None for one in FOLLOW_UPS}
    found |= known.content()
    newest = known.newest
    return found | {
        "answered_at": newest and newest.at,
        "answered_by": {question: one.by for question, one in known.by_question.items()},
        "id": row and str(row.pk),
        "area": place.get("area") or (row and row.area) or None,
        "side": place.get("side") or (row and row.side) or None,
        "recorded_at": row and row.recorded_at,
        "recorded_by": row.recorded_by.name if row and row.recorded_by else None,
    }


class PathwayOfPatient(Endpoint):
    """The way to the injection as far as it is known. A PUT stores a new version, a PATCH changes what it names."""

    actions = {"GET": "read-records", "PUT": "record-pathway", "PATCH": "record-pathway"}

    @operation("read_pathway", query=BelongingQuery, answer=PathwayShape)
    def get(self, request: Request, pk: int) -> Response:
        row = _present(pk, self.query(BelongingQuery))
        self.shows([pk])
        return Response(_pathway_answer(row, pk))

    @operation("set_pathway", body=PathwayShape, answer=PathwayShape, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        content, place = read_section(request.data, BesidePathway, sections.pathway)
        tried = Tried(place.pop("loading_stage", None), place.pop("treatments_tried", ()))
        recorded = set_pathway(pk, pathway=content, tried=tried, **place, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(_pathway_answer(with_reassessed(recorded), pk))

    @operation("change_pathway", body=PathwayShape, answer=PathwayShape, is_keyed=True)
    def patch(self, request: Request, pk: int) -> Response:
        content, beside = read_section(request.data, BesidePathway, sections.pathway)
        named = {"loading_stage": "loading_stage", "treatments_tried": "treatments"}
        tried = {named[name]: beside.pop(name) for name in named if name in beside}
        recorded = change_pathway(pk, pathway=content, tried=tried, **beside, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(_pathway_answer(with_reassessed(recorded), pk))


def _pathway_answer(row: Any, patient_id: int) -> dict[str, Any]:
    """A version of the pathway, with who found what in it. One query."""
    found = {
        one.name: {
            "said": one.said,
            "by": one.since.recorded_by.name if one.since.recorded_by else None,
            "at": Instant().to_representation(one.since.recorded_at),
        }
        for one in examination_of(row, pathway_versions(patient_id))
    }
    return {**PathwayShape(row).data, "found": found}


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


def _present(pk: int, wanted: dict[str, Any]) -> Pathway:
    """The newest version of a patient's pathway that fits. Raises: Missing, also where nothing is recorded yet."""
    patient = find_patient(pk)
    row = newest_pathway(patient.pk, area=wanted.get("area"), side=wanted.get("side"))
    if row is None:
        raise Missing("Nothing is recorded here yet.")
    return row
