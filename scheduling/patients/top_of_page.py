"""What stands at the top of a page about a patient: told by whatever is built on the diary, which knows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pht_clinic.people.actors import Actor
from scheduling.models import Patient

_TOLD: list[Callable[..., dict[str, Any]]] = []


def tell_at_top(told: Callable[..., dict[str, Any]]) -> None:
    """Register it: a function of a patient's id, `by` and `now`, that returns what the base page shows as `about`."""
    if told not in _TOLD:
        _TOLD.append(told)


def top_of_page(patient: Patient | None, *, by: Actor, now: datetime) -> dict[str, Any]:
    """The context of a page about this patient; empty of nobody, and where nothing is built on the diary."""
    found: dict[str, Any] = {}
    if patient is None:
        return found
    for told in _TOLD:
        found |= told(patient.kept_id, by=by, now=now)
    return found
