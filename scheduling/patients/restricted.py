"""Records of people who were erased: who may still open one, and that nothing is added to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted, is_permitted
from pht_clinic.web.access import who_looks
from scheduling.models import Erasure, Patient

_BY_NAME: Final[dict[str, str]] = {"appointment_id": "appointments", "message_id": "messages"}
"""What the numbers in addresses of pages lead to, as looked up from the patient. Of the patient's own number nothing is
looked up: whoever reads that row asks (`shown_to_who_looks`).
"""
_BY_ROUTE: Final[dict[str, str]] = {"api-message": "messages"}
"""What the only number of an endpoint leads to, by how the name of its route begins."""


NOBODY: Final = f"NOT EXISTS (SELECT FROM {Erasure._meta.db_table})"
"""Nobody was ever erased: there is nothing to ask."""


class IsRestricted(Conflict):
    """What is asked for would add to the record of somebody who was erased."""

    code = "restricted"
    sentence = "This person was erased: the record is kept as it is. Nothing more can be added, booked or sent."


def lead_by(path: str, *, name: str = "", route: str = "") -> None:
    """Say what another number in addresses leads to, as looked up from the patient: one of this name, or the only one
    of endpoints whose route begins so; other apps do from `ready()`.
    """
    if name:
        _BY_NAME[name] = path
    if route:
        _BY_ROUTE[route] = path


def check_not_restricted(patient: Patient) -> None:
    """Raise IsRestricted where this person was erased."""
    if patient.is_restricted:
        raise IsRestricted


def may_see_restricted(by: Actor) -> bool:
    """Whether searches find whoever was erased."""
    return is_permitted("read-restricted", by)


def shown_to_who_looks(patient: Patient) -> Patient:
    """The same patient. Raises: Forbidden, where they were erased and whoever looks at the page may not see them."""
    by = who_looks.get()
    if patient.is_restricted and by is not None:
        check_permitted("read-restricted", by)
    return patient


def check_may_open(by: Actor, route: str, named: Mapping[str, Any]) -> None:
    """Raise Forbidden where a page or an endpoint is about somebody who was erased, and this person may not see them.

    `named` are the numbers in its address. One query for those who may not; none for others, or where it names nobody.
    """
    if may_see_restricted(by):
        return
    wanted = {_BY_NAME[name]: number for name, number in named.items() if name in _BY_NAME}
    if "pk" in named:
        wanted |= {path: named["pk"] for begins, path in _BY_ROUTE.items() if route.startswith(begins)}
    erased = Patient.objects.exclude(erasure=None)
    if any(erased.filter(**{path: number}).exists() for path, number in wanted.items()):
        check_permitted("read-restricted", by)
