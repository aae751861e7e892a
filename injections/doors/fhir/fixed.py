"""Types that are no rows: searched by the address or by a form, read by an id. Each says what it finds by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.query import FhirQuery, form_in, read_params
from injections.doors.fhir.resource_type import SearchParam
from injections.doors.fhir.schema import ABOUT_PAGES, FORM, Parameter


class OfNoRows(FhirEndpoint):
    """One type, with the parameters that it is searched by."""

    params: ClassVar[Sequence[SearchParam]] = ()

    def found(self, asked: FhirQuery) -> HttpResponse:
        """What fits, as one page."""
        raise NotImplementedError


class ByAddress(OfNoRows):
    """A search by the address."""

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [*((one.name, "query", one.what) for one in cls.params), *ABOUT_PAGES]

    def get(self, request: Request) -> HttpResponse:
        asked = read_params(self.params, base=self.address(), address=request.query_params, is_strict=self.is_strict)
        return self.found(asked)


class ByForm(OfNoRows):
    """The same by a form."""

    parser_classes = (FormParser,)

    def post(self, request: Request) -> HttpResponse:
        asked = read_params(
            self.params,
            base=self.address(),
            address=request.query_params,
            form=form_in(request),
            is_strict=self.is_strict,
        )
        return self.found(asked)


class ById(OfNoRows):
    """One of them."""

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [("row", "path", "The id")]


def form_of(params: Sequence[SearchParam]) -> dict[str, Any]:
    """What the schema says of a form with these parameters."""
    return {FORM: {"type": "object", "properties": {one.name: {"type": "string"} for one in params}}}
