"""The scan of a visit that includes it: its report is recorded before anything is drawn up, and judged at once."""

from __future__ import annotations

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
from injections.safety.sites import area_of
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import why_not
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Scanned:
    """What is known after the scan. `report` is None until it is recorded, `judged` what it makes of the injection as
    it is booked, `held` why nothing at all may be recorded yet, "" if it may.
    """

    report: ImagingReport | None = None
    judged: Judgement | None = None
    held: str = ""

    @property
    def stops(self) -> bool:
        """Whether something critical stands after the scan."""
        return self.judged is not None and is_blocked(self.judged)


def scanned(appointment: Appointment, *, now: datetime) -> Scanned:
    """The ultrasound report of the day for the area and side of this visit, and the whole assessment with it."""
    asked = appointment.injection_request
    history = history_about(appointment.patient, now=now)
    reports = [
        row
        for row in history.reports
        if row.modality == "ultrasound" and (row.area, row.side) == (area_of(asked.site), asked.side)
    ]
    newest = max(reports, key=lambda row: (row.performed_on, row.pk), default=None)
    if newest is None or newest.performed_on < day_of_visit(appointment, now=now):
        return Scanned()
    judged = judge_as_done(Procedure(result=Injection.Status.GIVEN), appointment, history).judgement
    return Scanned(newest, judged, why_not(check_calls_closed, appointment, judged.findings))


def day_of_visit(appointment: Appointment, *, now: datetime) -> date:
    """The visit's own local day; before it is there, today: somebody may come early."""
    return min(clock.local_date(appointment.start_at), clock.local_date(now))


def scan_comes_first(appointment: Appointment, draft: Draft, *, now: datetime) -> bool:
    """Whether this visit includes a scan that is not recorded, or that stopped it and nobody said why it goes on."""
    if not KINDS[appointment.kind].includes_scan:
        return False
    found = scanned(appointment, now=now)
    return found.report is None or (found.stops and SCAN not in draft.finished)
