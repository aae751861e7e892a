"""What must hold in the diary, asked of the bare rows: independent of the constraints and of the code that books."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from scheduling.kinds import KINDS
from scheduling.models import Appointment, AppointmentChange, Message

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


NEWS_OF = {
    "book": {"confirmed", "provisional", "information-needed"},
    "confirm": {"confirmed"},
    "question": {"provisional", "information-needed"},
    "move": {"moved", "provisional", "information-needed"},
    "cancel": {"cancelled"},
    "lapse": {"cancelled"},
    "delay": {"delayed"},
    "decline": {"declined"},
    "no-show": {"missed"},
}
"""What the patient is told of each change, as one of these. Nothing of the others, or not always."""


def unannounced() -> list[str]:
    """Every change for which no message was ever planned. A message of a change carries its revision."""
    planned = set(Message.objects.filter(subject__startswith="appointment:").values_list("subject", "kind", "occasion"))
    return [
        f"appointment {pk}: {verb} at revision {revision} without a message"
        for pk, verb, revision in AppointmentChange.objects.filter(verb__in=NEWS_OF).values_list(
            "appointment", "verb", "revision"
        )
        if not any((f"appointment:{pk}", kind, f"revision:{revision}") in planned for kind in NEWS_OF[verb])
    ]
