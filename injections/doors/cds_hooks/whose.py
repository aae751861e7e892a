"""Of whom a resource is, as it was sent."""

from __future__ import annotations

from collections.abc import Sequence


def is_of(value: object, patient_id: str) -> bool:
    """Whether a resource names no other patient than the one of the call."""
    if not isinstance(value, dict):
        return False
    if value.get("resourceType") == "Patient":
        return value.get("id") == patient_id
    named = [value.get("subject"), value.get("patient"), *_actors(value.get("participant"))]
    return all(found == patient_id for found in filter(None, map(_patient_in, named)))


def _actors(participants: object) -> Sequence[object]:
    if not isinstance(participants, list):
        return ()
    return [one.get("actor") for one in participants if isinstance(one, dict)]


def _patient_in(reference: object) -> str:
    """The id of the Patient that a reference leads to; "" where it leads to none by its id."""
    said = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(said, str):
        return ""
    before, _, last = said.split("/_history/")[0].rpartition("/")
    return last if before.rpartition("/")[2] == "Patient" else ""
