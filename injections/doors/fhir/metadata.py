"""Where this server says what it can do, and where it says that there is no such type here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from injections.doors.fhir.capability import capability_statement
from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.schema import resource_schema
from injections.doors.fhir.served import SERVED
from pht_clinic import clock
from pht_clinic.clinic_words import words_in_force


class Metadata(FhirEndpoint):
    """The CapabilityStatement, for everybody with a role."""

    actions: ClassVar[dict[str, str]] = {"GET": "read-rules"}
    operation = "metadata"
    answers: ClassVar[dict[str, dict[int, Any]]] = {"GET": {200: resource_schema("CapabilityStatement")}}

    def get(self, request: Request) -> HttpResponse:
        address = self.address().rstrip("/")
        said = {"address": address, "name": words_in_force().name, "version": settings.VERSION}
        return self.sent(capability_statement(SERVED, **said, now=clock.now()))
