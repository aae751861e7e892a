"""`$everything` of a patient: all of them that whoever asks may see, type by type, in pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.resource import Resource
from rest_framework.request import Request

from injections.doors.fhir import outcome
from injections.doors.fhir.bundle import link_of, searchset
from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.query import ABOUT_ANSWER, CURSOR, PAGE, cursor_of, read_count, read_cursor
from injections.doors.fhir.registry import TYPES
from injections.doors.fhir.resource_type import ResourceType, same_person
from injections.doors.fhir.schema import ABOUT_PAGES, Parameter, resource_schema
from injections.doors.fhir.values import DateValue, NotUnderstood, read_when, row_of
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid, Missing
from pht_clinic.permissions import is_permitted
from scheduling.patients.restricted import shown_to_who_looks

OF_PATIENTS: Final[tuple[ResourceType, ...]] = tuple(one for one in TYPES.values() if one.patient_path)
"""In this order they come."""


@dataclass(slots=True)
class WantedPart:
    """Which part: of these types only, what changed since; how many rows at once, behind which row of which type on.

    `used` are the parameters that say so, but the place.
    """

    types: frozenset[str] = frozenset()
    since: DateValue | None = None
    count: int = PAGE
    at: int = 0
    after: int = 0
    used: list[tuple[str, str]] = field(default_factory=list)


class Everything(FhirEndpoint):
    """All resources of one person, those of merged records too, in the order of types and ids; what the role of whoever
    asks does not reach is left out, and the answer names it.
    """

    actions: ClassVar[dict[str, str]] = {"GET": "read-patients"}
    operation = "patient_everything"
    answers: ClassVar[dict[str, dict[int, Any]]] = {"GET": {200: resource_schema("Bundle")}}

    @classmethod
    def parameters(cls, method: str) -> list[Parameter]:
        return [
            ("row", "path", "The id of a Patient"),
            ("_type", "query", "Of these types only, by commas"),
            ("_since", "query", "What changed from this date on"),
            *ABOUT_PAGES,
        ]

    def get(self, request: Request, row: str) -> HttpResponse:
        records = _records(row)
        wanted = read_wanted(request.query_params, is_strict=self.is_strict)
        types = [one for one in OF_PATIENTS if not wanted.types or one.name in wanted.types]
        allowed = [one for one in types if is_permitted(one.action, self.actor)]
        found, following = self._page(allowed, records, wanted)
        here = self.address(f"Patient/{row}/$everything")
        links = {"self": link_of(here, wanted.used)}
        if following is not None:
            links["next"] = link_of(here, [*wanted.used, (CURSOR, cursor_of(following))])
        self.shows(records)
        notes = _note([one.name for one in types if one not in allowed])
        return self.sent(searchset(found, base=self.address(), links=links, total=None, notes=notes))

    def _page(
        self, types: Iterable[ResourceType], records: list[int], wanted: WantedPart
    ) -> tuple[list[Resource], tuple[int, int] | None]:
        """The resources of one page, and behind which row of which type the next begins. A query for each type that is
        reached, and those of the types.
        """
        found: list[Resource] = []
        room = wanted.count
        for of in types:
            place = OF_PATIENTS.index(of)
            if place < wanted.at:
                continue
            rows = self._rows(of, records, wanted.since).filter(pk__gt=wanted.after if place == wanted.at else 0)
            page = list(rows.order_by("pk")[: room + 1])
            found += of.resources(page[:room])
            if len(page) > room:
                return found, (place, page[room - 1].pk if room else 0)
            room -= len(page)
        return found, None

    def _rows(self, of: ResourceType, records: list[int], since: DateValue | None) -> QuerySet[Any]:
        rows = of.rows(self.actor, clock.now()).filter(**{f"{of.patient_path}__in": records})
        return rows if since is None else rows.filter(**{f"{of.updated}__gte": since.period.start})


def _records(id_: str) -> list[int]:
    """The records of this person. Raises: Missing, Forbidden (they were erased)."""
    pk = row_of(id_)
    patients = list(same_person(pk)) if pk is not None else []
    if not patients:
        raise Missing(f"There is no Patient/{id_} here.")
    return [shown_to_who_looks(one).pk for one in patients]


def read_wanted(address: QueryDict, *, is_strict: bool) -> WantedPart:
    """What an address asks for. Raises: NotUnderstood (with everything that is wrong)."""
    wanted, problems = WantedPart(), []
    for name, values in address.lists():
        try:
            _take(wanted, name, [str(value) for value in values], is_strict=is_strict)
        except Invalid as error:
            problems += [FieldError(f"#/{name}", one.detail) for one in error.errors]
    if problems:
        raise NotUnderstood(problems)
    return wanted


def _take(wanted: WantedPart, name: str, values: list[str], *, is_strict: bool) -> None:
    """Take one parameter in; given twice the last one counts. Raises: NotUnderstood (of no name)."""
    text = values[-1]
    match name:
        case "_count":
            wanted.count = read_count(text)
            if wanted.count == 0:
                raise NotUnderstood.field("", "is 1 at least here: how much there is of a patient nobody counts")
        case "_since":
            wanted.since = read_when(text, clock.zone())
        case "_type":
            wanted.types = frozenset(_known(one) for one in text.split(","))
        case _ if name == CURSOR:
            wanted.at, wanted.after = _place(text)
            return
        case _ if is_strict and name not in ABOUT_ANSWER:
            raise NotUnderstood.field("", "is not a parameter of $everything")
        case _:
            return
    wanted.used.append((name, text))


def _known(name: str) -> str:
    if name not in {one.name for one in OF_PATIENTS}:
        raise NotUnderstood.field("", f"is one of {', '.join(one.name for one in OF_PATIENTS)}")
    return name


def _place(text: str) -> tuple[int, int]:
    place = read_cursor(text)
    if len(place) != 2:
        raise NotUnderstood.field("", "leads to no page of this list")
    return place[0], place[1]


def _note(left_out: list[str]) -> OperationOutcome | None:
    if not left_out:
        return None
    words = f"Your role does not see: {', '.join(left_out)}."
    return outcome.outcome([outcome.issue("suppressed", words, severity="information")])
