"""What was recorded of one procedure: every version of it, and what stands. Reads only."""

from __future__ import annotations

from injections.models import Injection
from pht_clinic.errors import Missing
from scheduling.models import Appointment

NOTHING = "No procedure is recorded for this appointment."


def versions_of(appointment: Appointment) -> list[Injection]:
    """What was recorded of the visit, the oldest first; the last one stands, or says that it was withdrawn.

    One query. Raises: Missing (nothing was recorded).
    """
    rows = Injection.objects.filter(appointment=appointment).order_by("pk")
    found = list(rows.select_related("patient", "recorded_by", "superseded_by__recorded_by"))
    if not found:
        raise Missing(NOTHING)
    return found


def standing_at(appointment_id: int) -> Injection:
    """What stands of the visit's procedure. Raises: Missing (nothing was recorded, or it was withdrawn)."""
    row = Injection.objects.current().filter(appointment=appointment_id).first()
    if row is None:
        raise Missing(NOTHING)
    return row
