"""What must hold in the diary, asked of the bare rows: independent of the constraints and of the code that books."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from scheduling.kinds import KINDS
from scheduling.models import Appointment

HOLD_TIME = ("pending", "booked", "arrived")


def overlaps() -> list[str]:
    """Every pair of appointments that hold one patient, practitioner or room at the same time."""
    rows = Appointment.objects.filter(status__in=HOLD_TIME).values(
        "pk", "kind", "patient", "practitioner", "room", "start_at", "end_at"
    )
    held = defaultdict(list)
    for row in rows:
        for resource in ("patient", "practitioner", "room"):
            end_at = row["end_at"] + KINDS[row["kind"]].room_buffer * (resource == "room")
            held[resource, row[resource]].append((row["start_at"], end_at, row["pk"]))
    return [
        f"{resource} {pk}: appointments {one[2]} and {other[2]}"
        for (resource, pk), times in held.items()
        for one, other in combinations(times, 2)
        if one[0] < other[1] and other[0] < one[1]
    ]
