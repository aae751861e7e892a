"""What was recorded of a procedure: read back, corrected, and what came of it later."""

from __future__ import annotations

from copy import copy
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.assessment.visits import find_appointment
from injections.models import Complication, Incident, Injection
from injections.patient.injections_api import CorrectionBody, corrected
from injections.procedure.api import GivenAnswer, IncidentAnswer, RecordProcedure
from injections.procedure.complications import Noticed, add_complication
from injections.procedure.next_dates import next_safe_dates, rest_until
from injections.procedure.versions import shown_of, standing_at, versions_of
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, OptionalText
from scheduling.models import Appointment


class ComplicationBody(Body):
    kind = Choice(Complication.Kind.values)
    severity = Choice(Complication.Severity.values)
    on = Day(help_text="the local day on which it was noticed")
    note = OptionalText(lines=True)


class ComplicationAnswer(serializers.Serializer[Any]):
    """What came of an injection given here, added to what is recorded of it."""

    id = Id()
    patient = Id(source="patient_id")
    appointment = Id(source="appointment_id")
    kind = serializers.ChoiceField(Complication.Kind.values)
    severity = serializers.ChoiceField(Complication.Severity.values)
    on = serializers.DateField()
    note = serializers.CharField()
    recorded_at = Instant()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)
    reassessed = ReassessedAnswer(many=True, required=False)


class AddComplication(Endpoint):
    """It puts the patient on the call list; what was recorded of the procedure stays."""

    actions = {"POST": "record-complication"}

    @operation("add_complication", body=ComplicationBody, answer=ComplicationAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        done = add_complication(pk, Noticed(**self.body(ComplicationBody)), by=self.actor, now=clock.now())
        row = with_reassessed(done)
        self.shows([row.patient_id])
        return Response(ComplicationAnswer(row).data, status=201)


class RecordedProcedureAnswer(GivenAnswer):
    """What stands of a procedure, and what follows from it. `earlier` are the versions that corrections took the place
    of, the oldest first; why, the `reason` of the next one says. `complications_since` were added afterwards. Of a
    visit with several `injections` has what stands of each, and the rest speaks of the first that was given.
    """

    rest_until = Instant(allow_null=True)
    review_from = serializers.DateField(allow_null=True)
    clear_from = serializers.DateField(allow_null=True)
    incident = IncidentAnswer(allow_null=True)
    complications_since = ComplicationAnswer(many=True)
    earlier = GivenAnswer(many=True)
    injections = GivenAnswer(many=True)


class ProcedureOfVisit(RecordProcedure):
    """The procedure of one visit: recorded, and read back."""

    actions = {**RecordProcedure.actions, "GET": "read-records"}

    @operation("read_procedure", answer=RecordedProcedureAnswer)
    def get(self, request: Request, pk: int) -> Response:
        found = find_appointment(pk)
        self.shows([found.patient_id])
        return Response(RecordedProcedureAnswer(_recorded(found)).data)


class ProcedureCorrect(Endpoint):
    """Corrects what stands of a visit's procedure; the old record is kept. What is not named stays as it is."""

    actions = {"POST": "correct-procedure"}

    @operation("correct_procedure", body=CorrectionBody, answer=RecordedProcedureAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        found = find_appointment(pk)
        done = corrected(standing_at(found.pk).pk, request.data, by=self.actor)
        self.shows([found.patient_id])
        shown = _recorded(found)
        shown.reassessed = with_reassessed(done).reassessed
        return Response(RecordedProcedureAnswer(shown).data)


def _recorded(appointment: Appointment) -> Any:
    """The record that stands, with what `RecordedProcedureAnswer` shows beside it. Raises: Missing."""
    each = versions_of(appointment)
    *earlier, stands = shown_of(each)
    was_given = stands.status in Injection.GIVEN
    shown: Any = copy(stands)
    shown.rest_until = rest_until(stands) if was_given else None
    shown.review_from, shown.clear_from = next_safe_dates(stands, now=clock.now()) if was_given else (None, None)
    whose = {"appointment": appointment}
    shown.incident = Incident.objects.filter(injection__appointment=appointment).select_related("injection").first()
    shown.complications_since = Complication.objects.filter(**whose).select_related("recorded_by")
    shown.earlier = earlier
    shown.injections = [versions[-1] for versions in each]
    return shown
