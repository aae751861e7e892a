"""What a booking has been asked so far, as its address carries it from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from injections import words
from injections.booking.request import BookingRequest, said_twice
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import BOOKABLE_SITES
from injections.safety.visit import Wanted, doubled
from injections.visit_kinds import KINDS, VisitKind

HERE_NOW, LATE = "here-now", "late"
_PAGES = {HERE_NOW: "here-now", LATE: "late-entry"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a booking asks for as far as it is known; it travels in the address, in codes and ids only.

    `second` and `third` are further injections of the same visit, each "site:side". `about` is the number (from 1) of
    the injection that a form is opened for on the way; no address of the booking itself has it. `how` is HERE_NOW or
    LATE for whoever came without an appointment, "" for a time to come.
    """

    kind: str = ""
    site: str = ""
    side: str = ""
    second: str = ""
    third: str = ""
    about: str = ""
    start: str = ""
    practitioner: str = ""
    room: str = ""
    how: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Wish:
        """Whatever of it an address or a form holds; what makes no sense counts as not said."""
        found = cls(**{field.name: str(query.get(field.name) or "") for field in fields(cls)})
        kind = found.kind if found.kind in KINDS else ""
        injects = bool(kind) and KINDS[kind].injects
        return replace(
            found,
            kind=kind,
            site=found.site if injects and found.site in BOOKABLE_SITES else "",
            side=found.side if injects and found.side in REQUEST_SIDES else "",
            second=found.second if injects and found.second in FURTHER else "",
            third=found.third if injects and found.third in FURTHER else "",
            about=_id(found.about),
            start=found.start if _instant(found.start) else "",
            practitioner=_id(found.practitioner),
            room=_id(found.room),
            how=found.how if found.how in (HERE_NOW, LATE) else "",
        )

    @property
    def query(self) -> str:
        """As the query of an address, without its question mark."""
        given = ((field.name, getattr(self, field.name)) for field in fields(self) if field.name != "about")
        return urlencode([(name, value) for name, value in given if value])

    @property
    def visit(self) -> VisitKind | None:
        return KINDS.get(self.kind)

    @property
    def how_page(self) -> str:
        """The name of the page that goes on for whoever came without an appointment; "" for a time to come."""
        return _PAGES.get(self.how, "")

    @property
    def says_what(self) -> bool:
        """Whether it is known what to book: the kind, and for an injection where."""
        return self.visit is not None and (not self.visit.injects or bool(self.wanted)) and not self.problem

    @property
    def says_when(self) -> bool:
        return bool(self.start and self.practitioner)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The injections asked for; nothing while the first is not wholly known."""
        if not self.site or not self.side:
            return ()
        further = (one.split(":") for one in (self.second, self.third) if one)
        return Wanted(self.site, self.side), *(Wanted(site, side) for site, side in further)

    @property
    def problem(self) -> str:
        """Why these cannot be the injections of one visit; "" where they can."""
        return next((said_twice(first) for first in self.doubled.values()), "")

    @property
    def doubled(self) -> dict[int, int]:
        return doubled([one.place for one in self.wanted])

    @property
    def place(self) -> Wanted | None:
        """The injection that a form on the way is about; the first unless the address says which."""
        wanted = self.wanted
        number = int(self.about or 1)
        return wanted[number - 1] if 1 <= number <= len(wanted) else next(iter(wanted), None)

    @property
    def start_at(self) -> datetime | None:
        return _instant(self.start)

    @property
    def without_time(self) -> Wish:
        return replace(self, start="", practitioner="", room="")

    def at(self, start: datetime, practitioner_id: int, room_id: int) -> Wish:
        """The same wish at a time and place to come."""
        return replace(self, start=start.isoformat(), practitioner=str(practitioner_id), room=str(room_id), how="")

    def ask(self, patient_id: int, *, note: str = "", override_reason: str = "") -> BookingRequest:
        """The request that the address stands for; ask `says_what` first."""
        return BookingRequest(
            patient_id=patient_id,
            kind=self.kind,
            start=self.start_at,
            practitioner_id=int(self.practitioner) if self.practitioner else None,
            room_id=int(self.room) if self.room else None,
            **self._injections(),
            note=note,
            override_reason=override_reason,
        )

    def _injections(self) -> dict[str, Any]:
        if self.second or self.third:
            return {"injections": self.wanted}
        return {"site": self.site or None, "side": self.side or None}


FURTHER = {
    f"{site}:{side}": f"{words.SIDES[side]} {words.SITE_NAMES[site].lower()}"
    for site in BOOKABLE_SITES
    for side in REQUEST_SIDES
}
"""What else may be injected at the same visit, as an address names it, with its words."""
_LONGEST_ID = 18
_LAST_YEAR = 2200
"""Times after that are mistyped, and too near the end of the calendar to reckon with."""


def _id(text: str) -> str:
    return text if text.isdecimal() and len(text) <= _LONGEST_ID else ""


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and 1900 < found.year < _LAST_YEAR else None
