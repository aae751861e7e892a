"""Search parameters that clinical types share: a status that is no column, dates that are known only in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat, Length, Substr

from injections.doors.fhir.resource_type import EVERYTHING, NOTHING, SearchParam, same_person
from injections.doors.fhir.values import DateValue, Reference, Token
from injections.models import Injection

IN_ERROR: Final = Q(superseded_by__isnull=False)
"""Corrected, or withdrawn by a row that says so."""
_FIRST, _LAST = "first_said", "last_said"
_YEAR: Final = 4


def by_status(name: str, found: Mapping[str, Q], *, systems: tuple[str, ...], what: str) -> SearchParam:
    """A status that is no column: which rows have it."""

    def matches(value: Token) -> Q:
        if not value.may_be_of(*systems):
            return NOTHING
        return found.get(value.code, NOTHING) if value.code else EVERYTHING

    return SearchParam(name=name, kind="token", matches=matches, what=what)


def with_days(rows: QuerySet[Injection]) -> QuerySet[Injection]:
    """Injections with the first and the last day that their date may mean, as text; "" where it is unknown.

    The last day of a month is called its 31st, which sorts behind every day that it has.
    """
    return rows.annotate(**{_FIRST: _filled("-01-01"), _LAST: _filled("-12-31")})


def given_on() -> SearchParam:
    """The day on which an injection was given, of rows `with_days`; one of unknown date is found by no date."""

    def matches(value: DateValue) -> Q:
        first, last = value.first.isoformat(), value.last.isoformat()
        is_within = Q(**{f"{_FIRST}__gte": first, f"{_LAST}__lte": last})
        ends_after, starts_before = Q(**{f"{_LAST}__gt": last}), Q(**{f"{_FIRST}__lt": first})
        found = {
            "eq": is_within,
            "ne": ~is_within,
            "gt": ends_after,
            "lt": starts_before,
            "ge": ends_after | is_within,
            "le": starts_before | is_within,
            "sa": Q(**{f"{_FIRST}__gt": last}),
            "eb": Q(**{f"{_LAST}__lt": first}),
        }
        return ~Q(given="") & found[value.prefix]

    return SearchParam(name="date", kind="date", matches=matches, what="When it was given, as exact as that is known")


def of_entry() -> SearchParam:
    """Whose record an entry of the trail is about, merged records too. Two queries."""

    def matches(value: Reference) -> Q:
        return Q(patient_ids__overlap=list(same_person(value.id).values_list("pk", flat=True)))

    what = "The patient, merged records too"
    return SearchParam(name="patient", kind="reference", matches=matches, what=what, targets=("Patient",))


def _filled(rest: str) -> Concat:
    """What is missing of a day, taken from `rest`."""
    missing = Substr(Value(rest), Length("given") - _YEAR + 1)
    return Concat(F("given"), missing, output_field=CharField())
