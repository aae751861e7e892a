"""A patient's answers over the API: the batch check's section, read by its parser; each answer counts by itself."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.screening import answer_screening, answers_of
from injections.answers.shapes import Belonging, BelongingQuery, code_field, day_field, read_section
from injections.assessment.shapes import ReassessedAnswer
from injections.facts import sections
from injections.facts.answers import KnownAnswers
from injections.safety import codes
from injections.safety.beside import DIABETES_TYPES, LEADING_BESIDE, THINNERS
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from injections.safety.sites import AREAS
from injections.words import GIVERS
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, Codes, Id, Instant
from scheduling.patients.identity import find_patient


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
    """Which area and side answers are about, and who gave them: for all of them, or question by question. And what is
    asked beside the rules' questions: which blood thinners, where it is several, and the type of diabetes.
    """

    answered_by = GiversField(required=False, allow_null=True)
    blood_thinners = Codes(THINNERS, required=False, allow_null=True)
    diabetes_type = Choice(tuple(DIABETES_TYPES), required=False, allow_null=True)


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

    id = Id(read_only=True, allow_null=True, help_text="of what was recorded last; null where nothing is yet")
    area = Choice(AREAS, required=False, allow_null=True)
    side = Choice(codes.HISTORY_SIDES, required=False, allow_null=True)
    answered_at = Instant(required=False, allow_null=True)
    answered = serializers.DictField(child=Instant(), required=False)
    answered_by = GiversField(required=False)
    answers = AnswersShape(required=False, default=dict)
    onset = code_field(codes.ONSETS)
    injury_on = day_field()
    main_pain_site = code_field(codes.PAIN_SITES)
    pain_side = code_field(codes.PAIN_SIDES)
    diabetes_poorly_controlled = code_field(codes.ANSWERS)
    surgery_on = day_field()
    next_event_on = day_field()
    blood_thinner_kind = code_field(codes.BLOOD_THINNER_KINDS)
    blood_thinners = serializers.ListField(
        child=serializers.ChoiceField(list(THINNERS)), required=False, allow_null=True, help_text="where it is several"
    )
    diabetes_type = code_field(tuple(DIABETES_TYPES))
    inr = serializers.FloatField(required=False, allow_null=True)
    inr_on = day_field()
    recorded_at = Instant(read_only=True, allow_null=True)
    recorded_by = serializers.CharField(allow_null=True, read_only=True)


class ScreeningStored(ScreeningShape):
    """What counts once it is stored, and what became of the patient's open bookings."""

    reassessed = ReassessedAnswer(many=True)


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

    @operation("answer_screening", body=ScreeningShape, answer=ScreeningStored, is_keyed=True)
    def put(self, request: Request, pk: int) -> Response:
        return self._store(request, pk)

    @operation("change_screening", body=ScreeningShape, answer=ScreeningStored, is_keyed=True)
    def patch(self, request: Request, pk: int) -> Response:
        return self._store(request, pk)

    def _store(self, request: Request, pk: int) -> Response:
        content, beside = read_screening(request.data)
        recorded = answer_screening(pk, screening=content, **beside, by=self.actor, now=clock.now())
        self.shows([pk])
        known = answers_of(pk, area=beside.get("area"), side=beside.get("side"))
        reassessed = ReassessedAnswer(recorded.reassessed, many=True).data
        return Response({**_screening_answer(known, beside), "reassessed": reassessed})


def read_screening(data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers that are sent, and of which place and by whom they are. Raises: Invalid (with every problem)."""
    content, beside = read_section(data, BesideScreening, sections.screening)
    return content | {name: beside.pop(name) for name in LEADING_BESIDE if name in beside}, beside


def _screening_answer(known: KnownAnswers, place: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that count for this place, in the shape in which they are taken; with what was recorded last.

    Without an area or side it is that of what was recorded last.
    """
    row = max((one.row for one in known.by_question.values()), key=lambda one: one.pk, default=None)
    found: dict[str, Any] = dict.fromkeys((*(one.field for one in FOLLOW_UPS), *LEADING_BESIDE))
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
