"""What somebody asks for, checked for sense before any row is looked at. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from injections.safety import facts as safety
from injections.safety.codes import TARGETS
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT, SITE_BY_CODE
from injections.safety.visit import MOST, Wanted, doubled
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What somebody asks for, as far as it is known: each door makes one, and searching, checking and booking take it.

    `start` is aware; without a room the practitioner's own of that session is taken. Of free times the patient may be
    left out, and so may the time and the practitioner, which only a booking needs.
    `site`, `side` and `targets` belong to kinds that inject; without targets the site's own is meant. In their place
    `injections` asks for one to three injections at one visit, each of another area or side.
    A blocked booking is refused unless `override_reason` asks a radiologist to look at it all the same. Without
    `tell_patient` the patient knows the time already. `hold_id` is a time held before, whose place the visit takes.
    """

    kind: str
    patient_id: int | None = None
    start: datetime | None = None
    practitioner_id: int | None = None
    room_id: int | None = None
    site: str | None = None
    side: str | None = None
    targets: tuple[str, ...] = ()
    injections: tuple[Wanted, ...] = ()
    note: str = ""
    override_reason: str = ""
    tell_patient: bool = True
    hold_id: int | None = None


def check_request(ask: BookingRequest) -> VisitKind:
    """The kind asked for. Raises: Invalid (with everything that cannot be, before any row is looked at)."""
    kind = _kind(ask.kind)
    problems = _problems_of_injections(ask) if kind.injects else _problems_of_no_target(ask)
    if problems := problems + _problems_of_start(ask.start):
        raise Invalid(problems)
    return kind


def check_kind(code: str, start: datetime) -> VisitKind:
    """The kind of a time that is held before anybody says what for. Raises: Invalid."""
    kind = _kind(code)
    if problems := _problems_of_start(start):
        raise Invalid(problems)
    return kind


def _kind(code: str) -> VisitKind:
    kind = KINDS.get(code)
    if kind is None:
        raise Invalid.field("kind", f"Choose one of {', '.join(KINDS)}.")
    return kind


def _problems_of_start(start: datetime | None) -> list[FieldError]:
    if start is None or start.tzinfo is not None:
        return []
    return [FieldError("#/start", "Give the time with its offset, for example 2026-03-24T09:20:00+00:00.")]


def who_and_when(ask: BookingRequest) -> tuple[int, int, datetime]:
    """Patient, practitioner and start of a request that says all three. Raises: Invalid (naming those it does not)."""
    patient_id, practitioner_id, start = ask.patient_id, ask.practitioner_id, ask.start
    if patient_id is None or practitioner_id is None or start is None:
        said = {"patient": patient_id, "practitioner": practitioner_id, "start": start}
        raise Invalid([FieldError(f"#/{name}", "This is needed.") for name, value in said.items() if value is None])
    return patient_id, practitioner_id, start


def wanted_of(ask: BookingRequest) -> tuple[Wanted, ...]:
    """Each injection asked for; without targets the one that its site has by itself."""
    asked = ask.injections or (Wanted(ask.site or "", ask.side or "", ask.targets),)
    return tuple(replace(one, targets=one.targets or (SITE_BY_CODE[one.site].default_target or "",)) for one in asked)


def safety_requests(ask: BookingRequest, kind: VisitKind, during: Period) -> tuple[safety.Request, ...]:
    """The request as the rules see it: one of each injection, or of the visit itself."""
    if not kind.injects:
        return (safety.Request(kind=kind.code, start=during.start, end=during.end, includes_scan=kind.includes_scan),)
    return tuple(
        safety.Request(
            site=one.site,
            side=one.side,
            start=during.start,
            end=during.end,
            targets=one.targets,
            includes_scan=kind.includes_scan,
        )
        for one in wanted_of(ask)
    )


def _problems_of_injections(ask: BookingRequest) -> list[FieldError]:
    if not ask.injections:
        return _problems_of_target(ask.site, ask.side, ask.targets, "#/")
    problems = [
        problem
        for number, one in enumerate(ask.injections)
        for problem in _problems_of_target(one.site, one.side, one.targets, f"#/injections/{number}/")
    ]
    if ask.site or ask.side or ask.targets:
        problems.append(FieldError("#/injections", "Send either injections, or site, side and targets."))
    if len(ask.injections) > MOST:
        problems.append(FieldError("#/injections", f"At most {MOST} injections at one visit."))
    twice = {} if problems else doubled([one.place for one in ask.injections])
    return problems + [FieldError(f"#/injections/{number}/side", said_twice(first)) for number, first in twice.items()]


def said_twice(first: int) -> str:
    """Why one area and side is not asked for twice; `first` is the number, from 0, of the injection that has it."""
    return (
        f"Injection {first + 1} is already for this area and side. Add the target there: an injection may have several."
    )


def _problems_of_target(site: str | None, side: str | None, targets: tuple[str, ...], pointer: str) -> list[FieldError]:
    problems = []
    if site not in BOOKABLE_SITES:
        problems.append(FieldError(f"{pointer}site", f"Choose one of {', '.join(BOOKABLE_SITES)}."))
    if side not in (LEFT, RIGHT):
        problems.append(FieldError(f"{pointer}side", "Choose left or right."))
    if unknown := [target for target in targets if target not in TARGETS]:
        problems.append(FieldError(f"{pointer}targets", f"{unknown[0]} is not one of {', '.join(TARGETS)}."))
    return problems


def _problems_of_no_target(ask: BookingRequest) -> list[FieldError]:
    given = {"site": ask.site, "side": ask.side, "targets": ask.targets, "injections": ask.injections}
    return [
        FieldError(f"#/{name}", f"A visit of the kind {ask.kind} has no {name}.")
        for name, value in given.items()
        if value
    ]
