"""The scan of a visit that includes it: its report is recorded before anything is drawn up, and judged at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from injections.assessment.verdict import is_blocked
from injections.facts.history import history_about
from injections.models import ImagingReport, Injection
from injections.procedure.draft import Draft
from injections.procedure.remarks import judge_as_done
from injections.procedure.steps.order import SCAN
from injections.procedure.values import Procedure
from injections.review.decide import check_calls_closed
from injections.safety.findings import Judgement
from injections.safety.visit import Wanted
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import why_not
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Scanned:
    """What is known after the scan. `reports` are those of the day, `missing` the injection of which there is none yet;
    `judged` is what they make of the visit as it is booked once there is one of each, `held` why nothing at all may be
    recorded yet, "" if it may.
    """

    reports: tuple[ImagingReport, ...] = ()
    missing: Wanted | None = None
    judged: Judgement | None = None
    held: str = ""

    @property
    def stops(self) -> bool:
        """Whether something critical stands after the scan."""
        return self.judged is not None and is_blocked(self.judged)


def scanned(appointment: Appointment, *, now: datetime) -> Scanned:
    """The ultrasound report of the day for each area and side of this visit, and the whole assessment with them."""
    wanted = appointment.injection_request.wanted
    history = history_about(appointment.patient, now=now)
    day = day_of_visit(appointment, now=now)
    found = [(one, _of_the_day(history.reports, one, day)) for one in wanted]
    reports = tuple(report for _, report in found if report is not None)
    missing = next((one for one, report in found if report is None), None)
    if missing is not None:
        return Scanned(reports, missing)
    each = [Procedure(result=Injection.Status.GIVEN, number=number) for number in range(len(wanted))]
    judged = judge_as_done(each, appointment, history).judgement
    return Scanned(reports, None, judged, why_not(check_calls_closed, appointment, judged.findings))


def _of_the_day(reports: Iterable[ImagingReport], wanted: Wanted, day: date) -> ImagingReport | None:
    here = [row for row in reports if row.modality == "ultrasound" and (row.area, row.side) == wanted.place]
    newest = max(here, key=lambda row: (row.performed_on, row.pk), default=None)
    return newest if newest is not None and newest.performed_on >= day else None


def day_of_visit(appointment: Appointment, *, now: datetime) -> date:
    """The visit's own local day; before it is there, today: somebody may come early."""
    return min(clock.local_date(appointment.start_at), clock.local_date(now))


def scan_comes_first(appointment: Appointment, draft: Draft, *, now: datetime) -> bool:
    """Whether this visit includes a scan that is not recorded, or that stopped it and nobody said why it goes on."""
    if not KINDS[appointment.kind].includes_scan:
        return False
    found = scanned(appointment, now=now)
    return found.missing is not None or (found.stops and SCAN not in draft.finished)
