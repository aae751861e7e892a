"""Imaging reports, where all that the rules ask of one is coded."""

from datetime import date
from typing import Final

from fhir.resources.R4B.diagnosticreport import DiagnosticReport

from injections.coded.body_sites import area_and_side
from injections.coded.gathered import Gathered
from injections.coded.table import rows_of
from injections.coded.times import exact_day
from injections.safety.codes import REPORT_SIDES
from injections.safety.dates import local_date
from injections.safety.facts import Report
from injections.safety.sites import UNKNOWN

_FINAL: Final = ("final", "amended", "corrected", "appended")
_LEFT_OUT: Final = ("entered-in-error", "cancelled")
_ASKED: Final = ("tendinopathy", "bursitis", "tear", "diagnosis")


def read_report(report: DiagnosticReport, name: str, gathered: Gathered) -> None:
    """A final report of a known day that says what it is, of which area, and answers all four things asked of it.

    Anything less is no report here, and says so: a scan that did not speak of a tear has not excluded one. A report
    without a side counts for none. An avulsion counts however little else is said.
    """
    if report.status in _LEFT_OUT:
        return
    said = [report.code, *(report.category or ()), *(report.conclusionCode or ())]
    concepts = [concept for concept in said if concept is not None]
    modalities = {row.value for row in rows_of(concepts, "modality")}
    findings = _findings({row.value for row in rows_of(report.conclusionCode, "finding")})
    area, side = area_and_side(concepts)
    if "avulsion" in findings.get("tear", ()):
        gathered.is_avulsion_suspected = True
    missing = [part for part in _ASKED if len(findings.get(part, ())) != 1]
    performed_on = _day(report, gathered)
    problem = _problem(report, modalities, area, performed_on, gathered)
    if problem is not None or missing or area is None or performed_on is None:
        gathered.leave(name, problem or f"conclusionCode: does not say one thing of {', '.join(missing)}")
        return
    answers = {part: next(iter(findings[part])) for part in _ASKED}
    gathered.reports.append(
        Report(
            modality=next(iter(modalities)),
            area=area,
            side=side if side in REPORT_SIDES else UNKNOWN,
            performed_on=performed_on,
            tendinopathy=answers["tendinopathy"],
            bursitis=answers["bursitis"],
            tear=answers["tear"],
            other_diagnosis=answers["diagnosis"],
        )
    )


def _findings(values: set[str]) -> dict[str, set[str]]:
    """What was said of each thing: "tear-full" is full of tear."""
    found: dict[str, set[str]] = {}
    for value in values:
        part, _, answer = value.partition("-")
        found.setdefault(part, set()).add(answer)
    return found


def _day(report: DiagnosticReport, gathered: Gathered) -> date | None:
    period = report.effectivePeriod
    return exact_day(report.effectiveDateTime or (period.end or period.start if period else None), gathered.zone)


def _problem(
    report: DiagnosticReport, modalities: set[str], area: str | None, performed_on: date | None, gathered: Gathered
) -> str | None:
    """Why it is no report here, apart from what it found."""
    if report.status not in _FINAL:
        return "status: it is not final"
    if len(modalities) != 1:
        return "code: it is no ultrasound and no MRI by the table of codes"
    if area is None:
        return "conclusionCode: no single area that is injected here"
    if performed_on is None:
        return "effective: no exact day"
    if performed_on > local_date(gathered.request.start, gathered.zone):
        return "effective: it is after the start"
    return None
