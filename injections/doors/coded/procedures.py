"""Procedures as injections that were given, and operations as answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.procedure import Procedure

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.gathered import Gathered, in_words
from injections.doors.coded.own import NO_STEROID, REST_HOURS, STEROID
from injections.doors.coded.table import CodeRow, rows_of
from injections.doors.coded.times import FhirTime, exact_day, instant, partial_date
from injections.safety.codes import YES
from injections.safety.facts import GivenInjection
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import sides_match

LEFT_OUT: Final = "entered-in-error"
_STATUSES: Final = {
    "completed": "given",
    "not-done": "not-given",
    "stopped": "part-given",
    "in-progress": "part-given",
    "on-hold": "part-given",
    "unknown": "given",
}
"""What is not known to have been left out counts as given."""


def read_procedure(procedure: Procedure, name: str, gathered: Gathered) -> None:
    """An injection, where its code says so or a steroid was used; a hip replacement as the answer that it is.

    One entered in error never was. Whether of a steroid is unknown unless it is coded.
    """
    if procedure.status == LEFT_OUT:
        return
    coded = rows_of(procedure.code, "injection", "question")
    used = rows_of(procedure.usedCode, "drug")
    is_injection = any(row.fact == "injection" for row in coded) or any(row.value == STEROID for row in used)
    if procedure.status == "preparation":
        gathered.leave(name, "it has not begun")
    elif is_injection:
        gathered.injections.append((name, _injection(procedure, name, gathered, coded, used)))
    elif coded:
        _answers(procedure, gathered, coded)
    else:
        gathered.leave(name, f"code: {in_words(procedure.code)} is not in the table of codes")


def _injection(
    procedure: Procedure, name: str, gathered: Gathered, coded: Sequence[CodeRow], used: Sequence[CodeRow]
) -> GivenInjection:
    where: list[CodeableConcept] = [*(procedure.bodySite or ())]
    if not where and not any(row.site for row in coded):
        gathered.leave(name, "bodySite: is missing, so it counts for every area")
    gathered.leave_unmapped(name, "bodySite", where)
    gathered.leave_unmapped(name, "usedCode", procedure.usedCode)
    site, side = site_and_side([*where, *([procedure.code] if procedure.code else [])])
    given, ended_at = _when(procedure, name, gathered)
    updated = procedure.meta.lastUpdated if procedure.meta else None
    if procedure.status not in _STATUSES:
        gathered.leave(name, f"status: {str(procedure.status)[:40]} is not known, so it counts as given")
    return GivenInjection(
        site=site,
        side=side,
        given=given,
        steroid=_steroid(coded, used, len(procedure.usedCode or ())),
        status=_STATUSES.get(procedure.status or "", "given"),
        ended_at=ended_at,
        recorded_on=exact_day(updated, gathered.zone),
        rest_hours=_rest_hours(procedure),
    )


def _rest_hours(procedure: Procedure) -> int | None:
    """The radiologist's own hours of rest after it, where they are said and can be; None is the clinic's."""
    said = next((one.valueUnsignedInt for one in procedure.extension or () if one.url == REST_HOURS), None)
    return said if said is not None and 1 <= said <= LONGEST_REST_HOURS else None


def _steroid(coded: Sequence[CodeRow], used: Sequence[CodeRow], used_codes: int) -> bool | None:
    """True where anything says so. False where a code says that there was none, and each thing used is known."""
    said = {row.value for row in coded if row.fact == "injection"} | {row.value for row in used}
    if STEROID in said:
        return True
    return False if NO_STEROID in said and len(used) >= used_codes else None


def _when(procedure: Procedure, name: str, gathered: Gathered) -> tuple[str | None, datetime | None]:
    """The day as it was said, the last one of a period; and the end, where a period says it to the minute."""
    period = procedure.performedPeriod
    end: FhirTime | None = period.end if period else None
    said: FhirTime | None = procedure.performedDateTime or end or (period.start if period else None)
    given = partial_date(said, gathered.zone)
    if given is None:
        gathered.leave(name, "performed: no date that can be read, so it may have been on any day")
    return given, instant(end)


def _answers(procedure: Procedure, gathered: Gathered, coded: Sequence[CodeRow]) -> None:
    """An operation of the hip answers for the side it was on, and for both where that is not said."""
    if procedure.status == "not-done":
        return
    _, side = site_and_side(procedure.bodySite)
    if sides_match(side, gathered.request.side or side):
        for row in coded:
            gathered.sheet.say(row.value, YES)
