"""What was recorded of the procedure of a visit: every version of each of its injections. Reads only."""

from __future__ import annotations

from itertools import groupby

from injections.models import Injection
from pht_clinic.errors import Invalid, Missing
from scheduling.models import Appointment

NOTHING = "No procedure is recorded for this appointment."


def versions_of(appointment: Appointment) -> list[list[Injection]]:
    """What was recorded of each injection of the visit, in the order they were booked in: its versions, the oldest
    first; the last one stands, or says that it was withdrawn.

    One query. Raises: Missing (nothing was recorded).
    """
    rows = Injection.objects.filter(appointment=appointment).order_by("number", "pk")
    found = rows.select_related("patient", "recorded_by", "superseded_by__recorded_by")
    grouped = [list(group) for _, group in groupby(found, lambda row: row.number)]
    if not grouped:
        raise Missing(NOTHING)
    return grouped


def shown_of(each: list[list[Injection]]) -> list[Injection]:
    """The versions by which a visit is spoken of: of the first injection that was given, else of the first."""
    return next((versions for versions in each if versions[-1].status in Injection.GIVEN), each[0])


def standing_at(appointment_id: int) -> Injection:
    """What stands of a visit with one injection.

    Raises: Missing (nothing was recorded, or it was withdrawn), Invalid (there are several: each has its own id).
    """
    rows = list(Injection.objects.current().filter(appointment=appointment_id)[:2])
    if not rows:
        raise Missing(NOTHING)
    if len(rows) > 1:
        raise Invalid.field("injections", "This visit has several injections: correct each of them by its own id.")
    return rows[0]
