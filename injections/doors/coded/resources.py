"""JSON values as FHIR resources (R4), with every problem at once; and what a resource is called in a list of them.

Nothing that is sent makes it fail but with `CodedError`: neither a kind that does not exist, nor nesting without end,
nor a number where a date belongs.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.domainresource import DomainResource
from fhir.resources.R4B.resource import Resource
from pydantic import ValidationError

from injections.doors.coded.errors import CodedError
from injections.safety.reading.reader import Problem

DEEPEST: Final = 32
"""Levels of nesting, as of every JSON that is read here."""

Place = tuple[str | int, ...]

_HOLDERS: Final = (dict, list)
_NUMBERS: Final = (int, float)


def parse_resource(value: object) -> Resource:
    """The resource that this JSON value is. Raises CodedError with all its problems, each with its place."""
    problems, numbers = _looked_through(value)
    if problems:
        raise CodedError(problems)
    model = _model(value)
    if model is None:
        raise CodedError([Problem("#/resourceType", "must name a kind of resource of FHIR R4")])
    try:
        found = model.model_validate(value)
    except ValidationError as error:
        raise CodedError(_problems_of(error)) from None
    # pydantic reads 5 as five seconds of the year 1970
    wrong = [place for place in numbers if isinstance(_at(found, place), str | date)]
    if wrong:
        raise CodedError(Problem(pointer(place), "must be text") for place in wrong)
    return found


def name_of(resource: Resource, number: int) -> str:
    """What a resource is called: its kind with its id, such as Procedure/7, or its number in the list from 1 on."""
    kind = resource.get_resource_type()
    return f"{kind}/{resource.id}" if resource.id else f"{kind} without id, number {number}"


def pointer(place: Place) -> str:
    """A JSON pointer: #/bodySite/0/coding."""
    return "/".join(("#", *(str(step).replace("~", "~0").replace("/", "~1") for step in place)))


def _model(value: object) -> type[Resource] | None:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return None
    try:
        model = get_fhir_model_class(kind)
    except ValueError:
        return None
    if not issubclass(model, Resource) or model in (Resource, DomainResource):
        return None
    return model


def _looked_through(value: object) -> tuple[list[Problem], list[Place]]:
    """What must be looked at before the resource is: depth, and the kinds of resources inside resources; and where the
    numbers stand. One object or list after the other, rather than one inside the other.
    """
    if not isinstance(value, dict):
        return [Problem("#", "must be an object")], []
    problems: list[Problem] = []
    numbers: list[Place] = []
    waiting: list[tuple[Place, object]] = [((), value)]
    while waiting:
        place, holder = waiting.pop()
        if len(place) == DEEPEST and holder:
            problems.append(Problem(pointer(place[:3]), f"is nested deeper than {DEEPEST} levels"))
            break
        if isinstance(holder, dict) and "resourceType" in holder and _model(holder) is None:
            problems.append(Problem(pointer((*place, "resourceType")), "must name a kind of resource of FHIR R4"))
        inside: list[tuple[Place, object]] = []
        for step, one in _members(holder):
            if isinstance(one, _HOLDERS):
                inside.append(((*place, step), one))
            elif isinstance(one, _NUMBERS) and not isinstance(one, bool):
                numbers.append((*place, step))
        waiting += reversed(inside)
    return problems, numbers


def _members(holder: object) -> Iterable[tuple[str | int, object]]:
    """What lies in an object, by its key, or in a list, by its place."""
    if isinstance(holder, dict):
        return holder.items()
    return enumerate(holder) if isinstance(holder, list) else ()


def _problems_of(error: ValidationError) -> list[Problem]:
    return [Problem(pointer(one["loc"]), one["msg"].removeprefix("Value error, ")) for one in error.errors()]


def _at(found: object, place: Place) -> object:
    """What a resource made of the value at this place."""
    for step in place:
        if isinstance(found, list) and isinstance(step, int):
            found = found[step] if step < len(found) else None
        elif isinstance(step, str):
            name = f"{step[1:]}__ext" if step.startswith("_") else step
            found = getattr(found, name, getattr(found, f"{name}_fhir", None))
    return found
