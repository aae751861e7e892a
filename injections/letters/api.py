"""Clinical letters over the API: those filed about a visit, and filing the next version of one."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.visits import find_appointment
from injections.letters.read import filed_about
from injections.letters.write import LONGEST, write_letter
from injections.models import ClinicalLetter
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, OptionalText


class ClinicalLetterBody(Body):
    """To whom, and the one paragraph of the writer's own: everything else comes out of the record."""

    kind = Choice(ClinicalLetter.Kind.values, required=False, default=ClinicalLetter.Kind.GP)
    paragraph = OptionalText(lines=True, max_length=LONGEST)


class ClinicalLetterAnswer(serializers.Serializer[Any]):
    """A version as it was filed; `content` is all that it says, in the order in which it is printed."""

    id = Id()
    appointment = Id(source="appointment_id")
    patient = Id(source="patient_id")
    injection = Id(source="injection_id")
    kind = serializers.ChoiceField(ClinicalLetter.Kind.values)
    version = serializers.IntegerField()
    paragraph = serializers.CharField()
    content = serializers.DictField()
    recorded_at = Instant()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)


class LettersOfVisit(Endpoint):
    """Every version of every letter about one visit, newest first; filing what is filed already answers with that."""

    actions = {"GET": "read-records", "POST": "write-letter"}

    @operation("list_letters", query=ListQuery, answer=page_of(ClinicalLetterAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        found = find_appointment(pk)
        self.shows([found.patient_id])
        return self.listed(filed_about(found.pk), ClinicalLetterAnswer, ordering=("-id",))

    @operation("write_letter", body=ClinicalLetterBody, answer=ClinicalLetterAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        row = write_letter(pk, **self.body(ClinicalLetterBody), by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(ClinicalLetterAnswer(row).data, status=201)
