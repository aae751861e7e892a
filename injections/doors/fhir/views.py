"""Reading one resource and searching a type, whichever type it is: what differs is a row of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from fhir.resources.R4B.resource import Resource
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from injections.doors.fhir import outcome
from injections.doors.fhir.bundle import link_of, searchset
from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.query import CURSOR, FhirQuery, cursor_of, form_in, params_of, read_search
from injections.doors.fhir.resource_type import ResourceType, visible
from injections.doors.fhir.schema import ABOUT_PAGES, Parameter, resource_schema
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.permissions import check_permitted


class OfType(FhirEndpoint):
    """A view of one type of resource. `also` is what it answers to beside reading and searching."""

    of: ClassVar[ResourceType]
    also: ClassVar[Mapping[str, str]] = {}
    also_answers: ClassVar[Mapping[str, Any]] = {}
    also_takes: ClassVar[Mapping[str, Any]] = {}
    verb: ClassVar[str]

    def visible_rows(self) -> QuerySet[Any]:
        """The rows that whoever asks may see."""
        return visible(self.of.rows(self.actor, clock.now()), self.actor, patient_path=self.of.patient_path)


class ReadOne(OfType):
    """One resource. Its ETag is its version: `If-None-Match` with it is answered 304."""

    verb = "read"

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [("row", "path", "The id")]

    def get(self, request: Request, row: str) -> HttpResponse:
        return self.sent_version(self._found(row))

    def _found(self, id_: str) -> Resource:
        """The resource of this id. Raises: Missing, Forbidden (of somebody who was erased)."""
        pk = self.of.row_id(id_)
        row = None if pk is None else self.visible_rows().filter(pk=pk).first()
        if row is None:
            if pk is not None and self.of.rows(self.actor, clock.now()).filter(pk=pk).exists():
                check_permitted("read-restricted", self.actor)
            raise Missing(f"There is no {self.of.name}/{id_} here.")
        resource = next((one for one in self.of.resources([row]) if one.id == id_), None)
        if resource is None:
            raise Missing(f"There is no {self.of.name}/{id_} here.")
        self.shows(self.of.patients_of(row))
        return resource


class Searches(OfType):
    """Searching a type. Pages follow the order of ids; a page leads to the next one by its links."""

    def found(self, asked: FhirQuery) -> HttpResponse:
        """One page of what fits. Two queries, and those of the type."""
        rows = self.visible_rows().filter(*asked.where)
        total = rows.count() if self.of.is_one_each else None
        page, following = page_of(rows, asked)
        self.shows(one for row in page for one in self.of.patients_of(row))
        links = {"self": link_of(self.address(self.of.name), asked.used)}
        notes = None
        if following is not None and asked.has_personal:
            notes = outcome.outcome([outcome.issue("too-costly", _MORE, severity="warning")])
        elif following is not None:
            links["next"] = link_of(self.address(self.of.name), [*asked.used, (CURSOR, cursor_of((following,)))])
        ids = asked.of("_id")
        shown = [one for one in self.of.resources(page) if all(one.id in named for named in ids)]
        return self.sent(searchset(shown, base=self.address(), links=links, total=total, notes=notes))


class SearchType(Searches):
    """Searching by the address. What is unknown there is passed over, and refused with `Prefer: handling=strict`."""

    verb = "search"

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        named = [(one.name, "query", one.what) for one in params_of(cls.of) if not one.is_personal]
        return [*named, *ABOUT_PAGES]

    def get(self, request: Request) -> HttpResponse:
        asked = read_search(self.of, base=self.address(), address=request.query_params, is_strict=self.is_strict)
        return self.found(asked)


class PostedSearch(Searches):
    """The same by a form: what says who somebody is comes in here alone."""

    verb = "post_search"
    parser_classes = (FormParser,)

    def post(self, request: Request) -> HttpResponse:
        asked = read_search(
            self.of, base=self.address(), address=request.query_params, form=form_in(request), is_strict=self.is_strict
        )
        return self.found(asked)


_MORE: Final = (
    "More fit than one page holds, and what was asked never stands in an address: search more closely, or ask for more"
    " at once with _count."
)


def page_of(rows: QuerySet[Any], asked: FhirQuery) -> tuple[list[Any], int | None]:
    """The rows of one page by their ids, and behind which of them the next page begins, None where none follows."""
    if asked.count == 0:
        return [], None
    after = asked.cursor[0] if asked.cursor else 0
    found = list(rows.filter(pk__gt=after).order_by("pk")[: asked.count + 1])
    page = found[: asked.count]
    return page, page[-1].pk if len(found) > asked.count else None


def view_of(kind: type[OfType], of: ResourceType, method: str) -> type[OfType]:
    """The view of this kind of one type, which answers to this method."""
    is_search = issubclass(kind, Searches)
    fields = {one.name: {"type": "string", "description": one.what} for one in params_of(of)}
    form = {"type": "object", "properties": fields}
    said = {
        "of": of,
        "actions": {method: of.action, **kind.also},
        "operation": f"{kind.verb}_{of.name.lower()}",
        "answers": {method: {200: resource_schema("Bundle" if is_search else of.name)}, **kind.also_answers},
        "takes": {"POST": {FormParser.media_type: form}} if issubclass(kind, PostedSearch) else kind.also_takes,
        "__doc__": kind.__doc__,
        "__module__": kind.__module__,
    }
    return type(f"{of.name}{kind.__name__}", (kind,), said)
