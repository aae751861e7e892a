"""What must hold in the diary, asked of the bare rows: independent of the constraints and of the code that books."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import combinations

from pht_clinic import clock
from scheduling.kinds import KINDS
from scheduling.messages.outbox import HOLDS
from scheduling.models import Appointment, Message

HOLD_TIME = ("pending", "booked", "arrived")


def overlaps() -> list[str]:
    """Every pair of appointments that hold one patient, practitioner, room or place of a class at the same time."""
    rows = Appointment.objects.filter(status__in=HOLD_TIME).values(
        "pk", "kind", "patient", "practitioner", "room", "start_at", "end_at", "group", "seat"
    )
    held = defaultdict(list)
    for row in rows:
        for resource in ("patient", "practitioner", "room"):
            end_at = row["end_at"] + KINDS[row["kind"]].room_buffer * (resource == "room")
            # of one class, whose places are looked at by themselves, only the patients may not be there twice
            together = row["group"] if resource != "patient" else None
            held[resource, row[resource]].append((row["start_at"], end_at, row["pk"], together))
        if row["group"]:
            held["place", (row["group"], row["seat"])].append((row["start_at"], row["end_at"], row["pk"], None))
    return [
        f"{resource} {pk}: appointments {one[2]} and {other[2]}"
        for (resource, pk), times in held.items()
        for one, other in combinations(times, 2)
        if one[0] < other[1] and other[0] < one[1] and (one[3] is None or one[3] != other[3])
    ]


SAYS = {
    "booked": {"confirmed", "moved"},
    "pending": {"provisional", "information-needed"},
    "cancelled": {"cancelled", "delayed", "declined"},
}
"""What the last news of a visit in this state can be."""


def unannounced() -> list[str]:
    """Every visit to come of which the last thing that the patient was told, or is about to be told, is not true.

    Of what is off they may have heard nothing at all.
    """
    news = Message.objects.filter(subject__startswith="appointment:", kind__in=set().union(*SAYS.values()))
    last = {row.subject: row for row in news.order_by("pk") if is_heard(row)}
    found = []
    for visit in Appointment.objects.filter(status__in=SAYS, start_at__gt=clock.now()):
        row = last.get(f"appointment:{visit.pk}")
        if row is None:
            if visit.status != "cancelled":
                found.append(f"appointment {visit.pk}: {visit.status}, and nobody is told")
        elif row.kind not in SAYS[visit.status]:
            found.append(f"appointment {visit.pk}: {visit.status}, and told last is {row.kind}")
        elif visit.status != "cancelled" and datetime.fromisoformat(row.values["start_at"]) != visit.start_at:
            found.append(f"appointment {visit.pk}: {visit.start_at}, and told last is {row.values['start_at']}")
    return found


def is_heard(row: Message) -> bool:
    """Whether the patient has heard it, or will: by mail, or by whoever phones or has spoken with them."""
    if row.status in ("queued", "sending", "sent", "unknown", "told") or row.told_at is not None:
        return True
    return row.is_open_task or (row.status == "cancelled" and row.reason in HOLDS)
