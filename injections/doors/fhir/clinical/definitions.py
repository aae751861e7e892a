"""The questionnaire over HTTP: one resource that is no row, read by its id or found by its canonical address."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import HttpResponse, QueryDict
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from injections.doors.coded.questionnaire import CANONICAL
from injections.doors.fhir.bundle import etag_of, link_of, searchset, with_version
from injections.doors.fhir.clinical.questionnaire import QUESTIONNAIRE_ID, questionnaire
from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.query import FhirQuery, read_params
from injections.doors.fhir.resource_type import NOTHING, SearchParam
from injections.doors.fhir.schema import ABOUT_PAGES, FORM, Parameter, resource_schema
from pht_clinic.errors import Missing

QUESTIONNAIRE: Final = "Questionnaire"
WHAT: Final = "The questions before an injection, and those about the way to it; link ids are their names here."
_SAID: Final = {"_id": f"The id: {QUESTIONNAIRE_ID}", "url": f"Its canonical address: {CANONICAL}"}
PARAMS: Final = tuple(
    SearchParam(name=name, kind="string", matches=lambda value: NOTHING, what=what) for name, what in _SAID.items()
)


class OfQuestionnaires(FhirEndpoint):
    """All that there is: one."""

    def found(self, asked: FhirQuery) -> HttpResponse:
        """It, where everything that was said names it."""
        resource = questionnaire()
        named = {"_id": resource.id, "url": resource.url}
        fits = all(named[param.name] in values for param, values in asked.values)
        shown = [resource] if fits and asked.count and not asked.cursor else []
        links = {"self": link_of(self.address(QUESTIONNAIRE), asked.used)}
        return self.sent(searchset(shown, base=self.address(), links=links, total=int(fits)))


class SearchQuestionnaires(OfQuestionnaires):
    """The questionnaire by the address."""

    actions: ClassVar[dict[str, str]] = {"GET": "read-rules"}
    operation = "search_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema("Bundle")}}

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [*((one.name, "query", one.what) for one in PARAMS), *ABOUT_PAGES]

    def get(self, request: Request) -> HttpResponse:
        return self.found(read_params(PARAMS, address=request.query_params, is_strict=self.is_strict))


class PostedQuestionnaireSearch(OfQuestionnaires):
    """The questionnaire by a form."""

    actions: ClassVar[dict[str, str]] = {"POST": "read-rules"}
    operation = "post_search_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"POST": {200: resource_schema("Bundle")}}
    takes: ClassVar[dict[str, Any]] = {
        "POST": {FORM: {"type": "object", "properties": {one.name: {"type": "string"} for one in PARAMS}}}
    }
    parser_classes = (FormParser,)

    def post(self, request: Request) -> HttpResponse:
        form = request.data if isinstance(request.data, QueryDict) else QueryDict()
        return self.found(read_params(PARAMS, address=request.query_params, form=form, is_strict=self.is_strict))


class OneQuestionnaire(OfQuestionnaires):
    """The questionnaire by its id."""

    actions: ClassVar[dict[str, str]] = {"GET": "read-rules"}
    operation = "read_questionnaire"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema(QUESTIONNAIRE)}}

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [("row", "path", "The id")]

    def get(self, request: Request, row: str) -> HttpResponse:
        if row != QUESTIONNAIRE_ID:
            raise Missing(f"There is no {QUESTIONNAIRE}/{row} here.")
        resource = with_version(questionnaire())
        return self.sent(resource, headers={"ETag": etag_of(resource)})
