"""What a free time is called: nothing is stored of it, so its id says what it is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_ID: Final = re.compile(
    r"(?P<kind>[a-z-]{1,20})\.(?P<who>[1-9]\d{0,14})\.(?P<where>[1-9]\d{0,14})\.(?P<at>\d{8}T\d{4})Z"
)
_AT: Final = "%Y%m%dT%H%M"


@dataclass(frozen=True, slots=True)
class SlotId:
    """A kind of visit, with whom, where, from when on."""

    kind: str
    practitioner_id: int
    room_id: int
    start: datetime

    def __str__(self) -> str:
        return f"{self.kind}.{self.practitioner_id}.{self.room_id}.{self.start.astimezone(UTC):{_AT}}Z"


def read_slot_id(text: str) -> SlotId | None:
    """What an id says; None of one that no free time has."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    try:
        start = datetime.strptime(found["at"], _AT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return SlotId(found["kind"], int(found["who"]), int(found["where"]), start)
