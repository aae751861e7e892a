"""That a patient has died, and that this was a mistake."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.patient.death import LONGEST, LONGEST_REASON, ToldOfDeath, problems_of, record_death, take_back_death
from injections.patient.identity_api import with_alerts
from injections.patient.identity_shapes import PatientWithAlerts
from injections.patient.injection_checks import Whose
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.web.api.bodies import Body, read_partly
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Id, Instant, OptionalText, PartialDate, Text
from scheduling.patients.identity import find_patient


class DeathBody(Body):
    on = PartialDate()
    source = Text(max_length=LONGEST, help_text="who told the clinic")  # type: ignore[assignment]  # of this name


class TakeBackDeathBody(Body):
    reason = OptionalText(lines=True, max_length=LONGEST_REASON)


class VisitOfDeathAnswer(serializers.Serializer[Any]):
    appointment = Id(source="pk")
    kind = serializers.CharField()
    start = Instant(source="start_at")
    status = serializers.CharField()


class VisitNotBackAnswer(serializers.Serializer[Any]):
    appointment = Id(source="visit.pk")
    kind = serializers.CharField(source="visit.kind")
    start = Instant(source="visit.start_at")
    because = serializers.CharField(source="why")


class DiedAnswer(PatientWithAlerts):
    """The patient, with the visits that are cancelled by it."""

    cancelled = VisitOfDeathAnswer(many=True)


class LivesAnswer(PatientWithAlerts):
    """The patient, with the visits that stand again, and those that cannot come back, and why."""

    restored = VisitOfDeathAnswer(many=True)
    not_restored = VisitNotBackAnswer(many=True)


class PatientDeceased(Endpoint):
    """Records a death. Open visits are cancelled without a word to the patient; no message leaves any more."""

    actions = {"POST": "record-death"}

    @operation("record_death", body=DeathBody, answer=DiedAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = _read(request.data, pk)
        _, ended = record_death(pk, ToldOfDeath(**values), by=self.actor, now=clock.now())
        self.shows([pk])
        cancelled = VisitOfDeathAnswer(ended.visits, many=True).data
        return Response({**with_alerts(self, find_patient(pk)), "cancelled": cancelled}, status=201)


class PatientDeceasedUndo(Endpoint):
    """Takes a death back: within 10 minutes whoever works here, later a manager. Visits come back where their time is
    free, judged afresh.
    """

    actions = {"POST": "take-back-death"}

    @operation("take_back_death", body=TakeBackDeathBody, answer=LivesAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        done = take_back_death(pk, **self.body(TakeBackDeathBody), by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(
            {
                **with_alerts(self, find_patient(pk)),
                "restored": VisitOfDeathAnswer(done.back, many=True).data,
                "not_restored": VisitNotBackAnswer(done.not_back, many=True).data,
            }
        )


def _read(data: Any, patient_id: int) -> Mapping[str, Any]:
    """The values; what cannot be read and what makes no sense are named together. Raises: Invalid, Missing."""
    values, problems = read_partly(DeathBody, data)
    patient = find_patient(patient_id)
    known = {problem.pointer for problem in problems}
    senseless: Iterable[FieldError] = problems_of(values, Whose.of(patient, clock.now()))
    problems = [*problems, *(one for one in senseless if one.pointer not in known)]
    if problems:
        raise Invalid(problems)
    return values
