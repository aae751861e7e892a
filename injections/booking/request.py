"""What somebody asks for, checked for sense before any row is looked at. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections.safety import facts as safety
from injections.safety.codes import TARGETS
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT, SITE_BY_CODE
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What somebody asks for, as far as it is known: each door makes one, and searching, checking and booking take it.

    `start` is aware; without a room the practitioner's own of that session is taken. Of free times the patient may be
    left out, and so may the time and the practitioner, which only a booking needs.
    `site`, `side` and `targets` belong to kinds that inject; without targets the site's own is meant.
    A blocked booking is refused unless `override_reason` asks a radiologist to look at it all the same. Without
    `tell_patient` the patient knows the time already.
    """

    kind: str
    patient_id: int | None = None
    start: datetime | None = None
    practitioner_id: int | None = None
    room_id: int | None = None
    site: str | None = None
    side: str | None = None
    targets: tuple[str, ...] = ()
    note: str = ""
    override_reason: str = ""
    tell_patient: bool = True


def check_request(ask: BookingRequest) -> VisitKind:
    """The kind asked for. Raises: Invalid (with everything that cannot be, before any row is looked at)."""
    kind = KINDS.get(ask.kind)
    if kind is None:
        raise Invalid.field("kind", f"Choose one of {', '.join(KINDS)}.")
    problems = _problems_of_target(ask) if kind.injects else _problems_of_no_target(ask)
    if ask.start is not None and ask.start.tzinfo is None:
        problems.append(FieldError("#/start", "Give the time with its offset, for example 2026-03-24T09:20:00+00:00."))
    if problems:
        raise Invalid(problems)
    return kind


def who_and_when(ask: BookingRequest) -> tuple[int, int, datetime]:
    """Patient, practitioner and start of a request that says all three. Raises: Invalid (naming those it does not)."""
    patient_id, practitioner_id, start = ask.patient_id, ask.practitioner_id, ask.start
    if patient_id is None or practitioner_id is None or start is None:
        said = {"patient": patient_id, "practitioner": practitioner_id, "start": start}
        raise Invalid([FieldError(f"#/{name}", "This is needed.") for name, value in said.items() if value is None])
    return patient_id, practitioner_id, start


def targets_of(ask: BookingRequest) -> list[str]:
    """The targets asked for, else the one that the site has by itself."""
    return list(ask.targets) or [SITE_BY_CODE[ask.site or ""].default_target or ""]


def safety_request(ask: BookingRequest, kind: VisitKind, during: Period) -> safety.Request:
    """The request as the rules see it."""
    return safety.Request(
        kind="injection" if kind.injects else kind.code,
        site=ask.site,
        side=ask.side,
        start=during.start,
        end=during.end,
        targets=tuple(targets_of(ask)) if kind.injects else (),
        ultrasound_guided=True,
        includes_scan=kind.includes_scan,
    )


def _problems_of_target(ask: BookingRequest) -> list[FieldError]:
    problems = []
    if ask.site not in BOOKABLE_SITES:
        problems.append(FieldError("#/site", f"Choose one of {', '.join(BOOKABLE_SITES)}."))
    if ask.side not in (LEFT, RIGHT):
        problems.append(FieldError("#/side", "Choose left or right."))
    if unknown := [target for target in ask.targets if target not in TARGETS]:
        problems.append(FieldError("#/targets", f"{unknown[0]} is not one of {', '.join(TARGETS)}."))
    return problems


def _problems_of_no_target(ask: BookingRequest) -> list[FieldError]:
    given = {"site": ask.site, "side": ask.side, "targets": ask.targets}
    return [
        FieldError(f"#/{name}", f"A visit of the kind {ask.kind} has no {name}.")
        for name, value in given.items()
        if value
    ]
