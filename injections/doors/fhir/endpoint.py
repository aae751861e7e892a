"""What every address of this door shares: FHIR's JSON in and out, errors as OperationOutcome, one body of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import http_date
from fhir.resources.R4B.resource import Resource
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from injections.doors.fhir import outcome
from injections.doors.fhir.bundle import etag_of, with_version
from injections.doors.fhir.schema import FhirSchema, Parameter
from pht_clinic.web.api.endpoint import Endpoint
from pht_clinic.web.api.json_parser import StrictJSONParser

BASE: Final = "/fhir/R4/"
_SPOKEN: Final = frozenset(
    {"*/*", "application/*", "application/json", "application/fhir+json", "text/json", "json", "fhir+json"}
)
_NOT_HERE: Final = "Only FHIR R4 as JSON is spoken here: application/fhir+json."


class FhirRenderer(BaseRenderer):
    """Says in the schema what answers are; they are written by `outcome.sent`."""

    media_type = outcome.CONTENT_TYPE
    format = "json"


class FhirParser(StrictJSONParser):
    """Resources as FHIR sends them."""

    media_type = outcome.CONTENT_TYPE


class JsonAsWell(StrictJSONParser):
    """The same from clients that call it plain JSON."""

    media_type = "application/json"


class InJson(BaseContentNegotiation):
    """JSON, whether `_format` or Accept asks for it. Raises: NotAcceptable (something else is asked for)."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request._request.GET.get("_format") or request.headers.get("Accept") or "*/*"
        if not any(_is_spoken(one) for one in wanted.replace("application/fhir json", "fhir+json").split(",")):
            raise NotAcceptable(_NOT_HERE)
        return next(iter(renderers)), outcome.CONTENT_TYPE


def _is_spoken(media_type: str) -> bool:
    name, *settings = (part.strip().lower() for part in media_type.split(";"))
    versions = [one.partition("=")[2].strip('"') for one in settings if one.startswith("fhirversion=")]
    return name in _SPOKEN and all(version in ("4.0", "4.0.1") for version in versions)


class FhirEndpoint(Endpoint):
    """A view of this door. `actions` names what each method does, and so who may, as everywhere."""

    renderer_classes = (FhirRenderer,)
    parser_classes: Any = (FhirParser, JsonAsWell)
    content_negotiation_class = InJson
    schema: Any = FhirSchema()

    actions: ClassVar[Mapping[str, str]] = {}
    operation: ClassVar[str] = ""
    """Its name in the schema, for good."""
    answers: ClassVar[Mapping[str, Mapping[int, Any]]] = {}
    """What each method answers with, by status."""
    takes: ClassVar[Mapping[str, Any]] = {}
    """What is sent to each method, by media type."""

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        """Those of its address."""
        return []

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        return outcome.exception_handler

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]  # it raises there
        headers = {"Allow": ", ".join(self.allowed_methods)}
        return outcome.refused(405, detail=f"{request.method} is not answered here.", headers=headers)

    def sent(self, resource: Resource, status: int = 200, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """A resource as the answer."""
        is_pretty = self.request.query_params.get("_pretty") == "true"
        return outcome.sent(resource, status, headers=headers, is_pretty=is_pretty)

    def sent_version(self, resource: Resource) -> HttpResponse:
        """One resource as the answer, with its version; 304 where whoever asks has that one."""
        versioned = with_version(resource)
        headers = {"ETag": etag_of(versioned)}
        if versioned.meta and versioned.meta.lastUpdated:
            headers["Last-Modified"] = http_date(versioned.meta.lastUpdated.timestamp())
        if self.request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
        return self.sent(versioned, headers=headers)

    @property
    def is_strict(self) -> bool:
        """Whether a parameter that is unknown is to be an error."""
        return "handling=strict" in self.preferences

    @property
    def preferences(self) -> list[str]:
        """What the Prefer headers ask for, each as `name=value`. Source: RFC 7240, section 2."""
        said = self.request.headers.get("Prefer", "").replace(" ", "").lower()
        return re.split("[,;]", said)

    def address(self, path: str = "") -> str:
        """The whole address of a place below the base."""
        return self.request.build_absolute_uri(f"{BASE}{path}")
