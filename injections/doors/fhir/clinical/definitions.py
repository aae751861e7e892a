"""The questionnaire over HTTP: one resource that is no row, read by its id or found by its canonical address."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import HttpResponse
from rest_framework.request import Request

from injections.doors.coded.questionnaire import CANONICAL
from injections.doors.fhir.bundle import link_of, searchset
from injections.doors.fhir.clinical.questionnaire import QUESTIONNAIRE_ID, questionnaire
from injections.doors.fhir.fixed import ByAddress, ByForm, ById, OfNoRows, form_of
from injections.doors.fhir.query import FhirQuery
from injections.doors.fhir.resource_type import NOTHING, SearchParam
from injections.doors.fhir.schema import resource_schema
from pht_clinic.errors import Missing

QUESTIONNAIRE: Final = "Questionnaire"
WHAT: Final = "The questions before an injection, and those about the way to it; link ids are their names here."
_SAID: Final = {"_id": f"The id: {QUESTIONNAIRE_ID}", "url": f"Its canonical address: {CANONICAL}"}
PARAMS: Final = tuple(
    SearchParam(name=name, kind="string", matches=lambda value: NOTHING, what=what) for name, what in _SAID.items()
)


class OfQuestionnaires(OfNoRows):
    """All that there is: one."""

    params = PARAMS

    def found(self, asked: FhirQuery) -> HttpResponse:
        """It, where everything that was said names it."""
        resource = questionnaire()
        named = {"_id": resource.id, "url": resource.url}
        fits = all(named[param.name] in values for param, values in asked.values)
        shown = [resource] if fits and asked.count and not asked.cursor else []
        links = {"self": link_of(self.address(QUESTIONNAIRE), asked.used)}
        return self.sent(searchset(shown, base=self.address(), links=links, total=int(fits)))


class SearchQuestionnaires(OfQuestionnaires, ByAddress):
    """The questionnaire by the address."""

    actions: ClassVar[dict[str, str]] = {"GET": "read-rules"}
    operation = "search_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema("Bundle")}}


class PostedQuestionnaireSearch(OfQuestionnaires, ByForm):
    """The questionnaire by a form."""

    actions: ClassVar[dict[str, str]] = {"POST": "read-rules"}
    operation = "post_search_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"POST": {200: resource_schema("Bundle")}}
    takes: ClassVar[dict[str, Any]] = {"POST": form_of(PARAMS)}


class OneQuestionnaire(OfQuestionnaires, ById):
    """The questionnaire by its id."""

    actions: ClassVar[dict[str, str]] = {"GET": "read-rules"}
    operation = "read_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema(QUESTIONNAIRE)}}

    def get(self, request: Request, row: str) -> HttpResponse:
        if row != QUESTIONNAIRE_ID:
            raise Missing(f"There is no {QUESTIONNAIRE}/{row} here.")
        return self.sent_version(questionnaire())
