"""Free times as FHIR has them: found by the search that pages and the API ask, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, islice
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from fhir.resources.R4B.slot import Slot as SlotResource
from rest_framework.request import Request

from injections.booking.offers import SlotSearch, seek
from injections.booking.request import BookingRequest
from injections.doors.coded.own import system_of
from injections.doors.fhir.administrative.slot_ids import SlotId, read_slot_id
from injections.doors.fhir.bundle import link_of, searchset
from injections.doors.fhir.fixed import ByAddress, ByForm, ById, OfNoRows, form_of
from injections.doors.fhir.query import CURSOR, FhirQuery, cursor_of
from injections.doors.fhir.references import service_type, to
from injections.doors.fhir.resource_type import NOTHING, Kind, SearchParam
from injections.doors.fhir.schema import resource_schema
from injections.doors.fhir.values import DateValue, NotUnderstood
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid, Missing
from scheduling.availability.slots import Slot

WHAT: Final = "Times at which a visit of one kind could be booked now: say service-type, and by start until when."
_SAID: Final[tuple[tuple[str, Kind, str, tuple[str, ...]], ...]] = (
    ("service-type", "token", f"Needed: one kind of visit, {', '.join(KINDS)}", ()),
    ("start", "date", "Needed: a day, or until when, within 366 days; never before now", ()),
    ("schedule", "reference", "Whose times", ("Schedule",)),
    ("status", "token", "free: there is nothing else here", ()),
)
PARAMS: Final = tuple(
    SearchParam(name=name, kind=kind, matches=lambda value: NOTHING, what=what, targets=targets)
    for name, kind, what, targets in _SAID
)
_LATEST: Final = datetime(2199, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimesSought:
    """Which free times: from `start` to before `end`."""

    kind: str
    start: datetime
    end: datetime
    practitioner_id: int | None = None
    room_id: int | None = None


class OfSlots(OfNoRows):
    """Free times in order; never one that is past."""

    params = PARAMS

    def found(self, asked: FhirQuery) -> HttpResponse:
        sought = read_sought(asked, now=clock.now())
        slots = behind(asked.cursor, self._free(_from(asked.cursor, sought)))
        page = list(islice(slots, asked.count + 1))
        links = {"self": link_of(self.address("Slot"), asked.used)}
        if len(page) > asked.count > 0:
            links["next"] = link_of(self.address("Slot"), [*asked.used, (CURSOR, _cursor(page[asked.count - 1]))])
        shown = [slot_resource(sought.kind, slot) for slot in page[: asked.count]]
        return self.sent(searchset(shown, base=self.address(), links=links, total=None))

    def _free(self, sought: TimesSought) -> Iterator[Slot]:
        """Raises: Invalid."""
        if sought.start >= sought.end:
            return iter(())
        ask = BookingRequest(kind=sought.kind, practitioner_id=sought.practitioner_id, room_id=sought.room_id)
        first, last = (clock.local_date(one) for one in (sought.start, sought.end - timedelta(microseconds=1)))
        search = SlotSearch(from_on=first, to_on=last, not_before=sought.start, holder=self.actor.user_id)
        found = seek(ask, search, now=clock.now()).slots
        return (slot for slot in found if slot.start < sought.end)


class SearchSlots(OfSlots, ByAddress):
    """Free times by the address."""

    actions: ClassVar[dict[str, str]] = {"GET": "book"}
    operation = "search_slot"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema("Bundle")}}


class PostedSlotSearch(OfSlots, ByForm):
    """Free times by a form."""

    actions: ClassVar[dict[str, str]] = {"POST": "book"}
    operation = "post_search_slot"
    answers: ClassVar[dict[str, Any]] = {"POST": {200: resource_schema("Bundle")}}
    takes: ClassVar[dict[str, Any]] = {"POST": form_of(PARAMS)}


class OneSlot(OfSlots, ById):
    """A free time by its id, as long as it is free."""

    actions: ClassVar[dict[str, str]] = {"GET": "book"}
    operation = "read_slot"
    answers: ClassVar[dict[str, Any]] = {"GET": {200: resource_schema("Slot")}}

    def get(self, request: Request, row: str) -> HttpResponse:
        named = read_slot_id(row)
        if named is None or named.kind not in KINDS or named.start > _LATEST:
            raise Missing(f"There is no Slot/{row} here.")
        end = named.start + timedelta(minutes=1)
        sought = TimesSought(named.kind, max(named.start, clock.now()), end, named.practitioner_id, named.room_id)
        slot = next((one for one in self._free(sought) if _id(named.kind, one) == named), None)
        if slot is None:
            raise Missing("This time is not free any more, or never was.")
        return self.sent_version(slot_resource(named.kind, slot))


def slot_resource(kind: str, slot: Slot) -> SlotResource:
    """One free time. Of a class it says how many places are left."""
    places = f"{slot.places_left} of {slot.seats} places left" if slot.seats else None
    return SlotResource(
        id=str(_id(kind, slot)),
        serviceType=[service_type(kind)],
        schedule=to("Schedule", slot.practitioner_id),
        status="free",
        start=slot.start,
        end=slot.end,
        comment=places,
    )


def _id(kind: str, slot: Slot) -> SlotId:
    return SlotId(kind, slot.practitioner_id, slot.room_id, slot.start)


def read_sought(asked: FhirQuery, *, now: datetime) -> TimesSought:
    """What a search says. Raises: NotUnderstood (with everything that is wrong)."""
    kind, problems = _kind(asked)
    sought = TimesSought(kind, now, _LATEST)
    try:
        sought = _within(sought, asked.of("start"))
    except Invalid as error:
        problems += error.errors
    for [one, *others] in asked.of("schedule"):
        sought = replace(sought, practitioner_id=one.id)
        if others or len(asked.of("schedule")) > 1:
            problems.append(FieldError("#/schedule", "is one schedule, or left out for all"))
    if problems:
        raise NotUnderstood(problems)
    is_free = all(any(one.code == "free" for one in values) for values in asked.of("status"))
    return sought if is_free else replace(sought, end=sought.start)


def _kind(asked: FhirQuery) -> tuple[str, list[FieldError]]:
    """The kind of visit; "" and why where it names none of ours, or several."""
    kinds = [value for values in asked.of("service-type") for value in values]
    if len(kinds) == 1 and kinds[0].code in KINDS and kinds[0].may_be_of(system_of("service")):
        return kinds[0].code, []
    return "", [FieldError("#/service-type", f"is needed: one of {', '.join(KINDS)}")]


def _within(sought: TimesSought, given: list[list[DateValue]]) -> TimesSought:
    """Between the narrowest bounds that were given. Raises: NotUnderstood (none says until when)."""
    start, end = sought.start, sought.end
    for [when, *others] in given:
        if others or when.prefix == "ne":
            raise NotUnderstood.field("start", "is one stretch of time: give it twice for from and to")
        first, last = when.period.start, when.period.end
        if when.prefix in ("eq", "ge"):
            start = max(start, first)
        if when.prefix in ("gt", "sa"):
            start = max(start, last)
        if when.prefix in ("eq", "le"):
            end = min(end, last)
        if when.prefix in ("lt", "eb"):
            end = min(end, first)
    if end - start > _LONGEST:
        raise NotUnderstood.field("start", "is needed: a day, or le… for until when, over at most 366 days")
    return replace(sought, start=start, end=end)


_LONGEST: Final = timedelta(days=366)


def behind(cursor: tuple[int, ...], slots: Iterator[Slot]) -> Iterator[Slot]:
    """Those after the one that a cursor names."""
    if not cursor:
        return slots
    return dropwhile(lambda slot: _place(slot) <= cursor, slots)


def _from(cursor: tuple[int, ...], sought: TimesSought) -> TimesSought:
    """The same search from where a cursor is: what lies before it need not be found again."""
    if not cursor or cursor[0] > _LATEST.timestamp():
        return sought
    return replace(sought, start=max(sought.start, datetime.fromtimestamp(cursor[0], UTC)))


def _place(slot: Slot) -> tuple[int, int, int]:
    return int(slot.start.timestamp()), slot.practitioner_id, slot.room_id


def _cursor(slot: Slot) -> str:
    return cursor_of(_place(slot))
