"""The addresses of this door, below /fhir/R4/: those of every type that is served."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path, register_converter

from injections.doors.fhir.metadata import Metadata
from injections.doors.fhir.served import SERVED, Served
from injections.doors.fhir.values import ID


class IdOfResource:
    """An id as FHIR has them; whether there is such a row is seen later."""

    regex = ID

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(IdOfResource, "fhir_id")


def _of(one: Served) -> Iterator[URLPattern]:
    name = f"fhir-{one.name.lower()}"
    yield path(one.name, one.listed.as_view(), name=f"{name}-list")
    yield path(f"{one.name}/_search", one.posted.as_view(), name=f"{name}-search")
    if one.one is not None:
        yield path(f"{one.name}/<fhir_id:row>", one.one.as_view(), name=name)
    if one.everything is not None:
        yield path(f"{one.name}/<fhir_id:row>/$everything", one.everything.as_view(), name=f"{name}-everything")


urlpatterns = [
    path("metadata", Metadata.as_view(), name="fhir-metadata"),
    *(pattern for one in SERVED for pattern in _of(one)),
]
