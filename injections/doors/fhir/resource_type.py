"""What a type of resource is to this door: which rows it shows to whom, how they look, and how they are searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import Q, QuerySet
from fhir.resources.R4B.resource import Resource

from injections.doors.fhir.bundle import last_updated
from injections.doors.fhir.values import DateValue, Reference, Token, row_of
from pht_clinic.people.actors import Actor
from scheduling.models import Patient
from scheduling.patients.restricted import may_see_restricted

Kind = Literal["token", "reference", "date", "string"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParam:
    """One search parameter: `matches` says which rows one value of it finds. The value is a `Token`, a `Reference`, a
    `DateValue` or a text, as its kind is; several by commas are any of them, a parameter given twice is both.

    `targets` are the types that a reference may lead to. What `is_personal` never stands in an address: it is posted to
    `_search`. `what` is said of it in the CapabilityStatement.
    """

    name: str
    kind: Kind
    matches: Callable[[Any], Q]
    what: str
    targets: tuple[str, ...] = ()
    is_personal: bool = False


def _nobody(row: Any) -> Sequence[int]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One row of the registry.

    `action` is what whoever reads and searches it must be allowed to. `rows(by, now)` are all of them, with what
    `resources` shows of them in as few queries; this door leaves out those of people who were erased. `resources` makes
    what is shown of one page, in the order of its rows, with a fixed number of queries; each says when it last changed
    (`each`, `last_updated`). A row is a page's unit: it may make several resources or none. `row_id` is the number of
    the row that an id of this type leads to.

    `patients_of` are the patients whom a row shows, for the view row; `patient_path` leads the database from a row to
    its patient ("pk" where it is the patient), and makes it part of `$everything`; "" of what is of nobody, or of
    several. `updated` is a column or annotation of `rows`, the instant at which it last changed; "" where nobody knows
    it: then there is no `_lastUpdated`.
    `is_one_each`: a row makes exactly one resource; else nobody counts what a search finds.
    `needs` are parameters of which a search must name one.
    """

    name: str
    action: str
    rows: Callable[[Actor, datetime], QuerySet[Any]]
    resources: Callable[[Sequence[Any]], list[Resource]]
    params: tuple[SearchParam, ...] = ()
    patients_of: Callable[[Any], Sequence[int]] = _nobody
    patient_path: str = ""
    updated: str = ""
    row_id: Callable[[str], int | None] = row_of
    needs: tuple[str, ...] = ()
    what: str = ""
    is_one_each: bool = True


def each(resource: Callable[[Any], Resource], *, updated: str = "") -> Callable[[Sequence[Any]], list[Resource]]:
    """`resources` of a type that needs nothing but the row itself; `updated` is its attribute that says when it last
    changed.
    """

    def of_page(rows: Sequence[Any]) -> list[Resource]:
        made = [resource(row) for row in rows]
        for one, row in zip(made, rows, strict=True) if updated else ():
            one.meta = last_updated(getattr(row, updated))
        return made

    return of_page


def visible(rows: QuerySet[Any], by: Actor, *, patient_path: str = "patient") -> QuerySet[Any]:
    """These rows without those of people who were erased, unless this person may see them."""
    if may_see_restricted(by) or not patient_path:
        return rows
    erasure = "erasure" if patient_path == "pk" else f"{patient_path}__erasure"
    return rows.filter(**{erasure: None})


# -- How parameters find rows -----------------------------------------------------------------------------


def same_person(patient_id: int) -> QuerySet[Patient]:
    """The records of one person, whichever of them is named. One query at once, another when it is read."""
    kept = Patient.objects.filter(pk=patient_id).values_list("merged_into", flat=True).first()
    return Patient.objects.records_of(kept or patient_id).order_by()


def of_patient(path: str = "patient", *, name: str = "patient") -> SearchParam:
    """Whose it is: what was written on records merged with this one counts in. One query."""

    def matches(value: Reference) -> Q:
        return Q(**{f"{path}__in": same_person(value.id)})

    return SearchParam(
        name=name, kind="reference", matches=matches, what="The patient, merged records too", targets=("Patient",)
    )


def of_code(name: str, path: str, *, systems: tuple[str, ...] = (), what: str) -> SearchParam:
    """A code that stands in a column as it is."""

    def matches(value: Token) -> Q:
        if not value.may_be_of(*systems):
            return NOTHING
        return Q(**{path: value.code}) if value.code else EVERYTHING

    return SearchParam(name=name, kind="token", matches=matches, what=what)


def code_of(list_name: str) -> tuple[str, ...]:
    """The systems by which a plain code of R4 may be named: none, or that of the list that it is of."""
    return ("", f"http://hl7.org/fhir/{list_name}")


def at_instant(name: str, path: str, *, what: str) -> SearchParam:
    """An instant in a column."""

    def matches(value: DateValue) -> Q:
        return during(value, path, path, is_instant=True)

    return SearchParam(name=name, kind="date", matches=matches, what=what)


def on_day(name: str, path: str, *, what: str, is_personal: bool = False) -> SearchParam:
    """A date in a column. What is given to the minute counts as its local day."""

    def matches(value: DateValue) -> Q:
        first, last = value.first, value.last
        is_on = Q(**{f"{path}__gte": first, f"{path}__lte": last})
        return {
            "eq": is_on,
            "ne": ~is_on,
            "gt": Q(**{f"{path}__gt": last}),
            "sa": Q(**{f"{path}__gt": last}),
            "lt": Q(**{f"{path}__lt": first}),
            "eb": Q(**{f"{path}__lt": first}),
            "ge": Q(**{f"{path}__gte": first}),
            "le": Q(**{f"{path}__lte": last}),
        }[value.prefix]

    return SearchParam(name=name, kind="date", matches=matches, what=what, is_personal=is_personal)


def during(value: DateValue, start: str, end: str, *, is_instant: bool = False) -> Q:
    """How a stretch of time, half-open in two columns, stands to a date; of an instant both are the same column.

    As R4 has it of ranges: eq is within; gt ends after it and lt starts before it; sa starts after its end and eb ends
    before its start.
    """
    first, last = value.period.start, value.period.end
    ends_within = Q(**{f"{end}__lt" if is_instant else f"{end}__lte": last})
    starts_before = Q(**{f"{start}__lt": first})
    is_within = Q(**{f"{start}__gte": first}) & ends_within
    return {
        "eq": is_within,
        "ne": ~is_within,
        "gt": ~ends_within,
        "lt": starts_before,
        "ge": ~ends_within | is_within,
        "le": starts_before | is_within,
        "sa": Q(**{f"{start}__gte": last}),
        "eb": starts_before if is_instant else Q(**{f"{end}__lte": first}),
    }[value.prefix]


NOTHING: Final = Q(pk__in=())
"""No row at all."""
EVERYTHING: Final = ~NOTHING
"""Every row. An empty Q says nothing when it is joined with others by "or"."""
