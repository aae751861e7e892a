"""Imaging reports, where all that the rules ask of one is coded."""

from datetime import date
from typing import Final

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.diagnosticreport import DiagnosticReport

from injections.doors.coded.body_sites import area_and_side
from injections.doors.coded.gathered import Gathered
from injections.doors.coded.table import rows_of
from injections.doors.coded.times import exact_day
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
    findings = _findings({row.value for row in rows_of(report.conclusionCode, "finding")})
    if "avulsion" in findings.get("tear", ()):
        gathered.is_avulsion_suspected = True
    try:
        gathered.reports.append(_report(report, findings, gathered))
    except _NoReport as reason:
        gathered.leave(name, str(reason))


class _NoReport(Exception):
    """Something that every report here must say is not said."""


def _report(report: DiagnosticReport, findings: dict[str, set[str]], gathered: Gathered) -> Report:
    """Raises _NoReport with the reason."""
    if report.status not in _FINAL:
        raise _NoReport("status: it is not final")
    area, side = area_and_side(_said(report))
    if area is None:
        raise _NoReport("conclusionCode: no single area that is injected here")
    missing = [part for part in _ASKED if len(findings.get(part, ())) != 1]
    if missing:
        raise _NoReport(f"conclusionCode: does not say one thing of {', '.join(missing)}")
    answers = {part: next(iter(findings[part])) for part in _ASKED}
    return Report(
        modality=_modality(report),
        area=area,
        side=side if side in REPORT_SIDES else UNKNOWN,
        performed_on=_day(report, gathered),
        tendinopathy=answers["tendinopathy"],
        bursitis=answers["bursitis"],
        tear=answers["tear"],
        other_diagnosis=answers["diagnosis"],
    )


def _said(report: DiagnosticReport) -> list[CodeableConcept]:
    said = (report.code, *(report.category or ()), *(report.conclusionCode or ()))
    return [concept for concept in said if concept is not None]


def _modality(report: DiagnosticReport) -> str:
    modalities = {row.value for row in rows_of(_said(report), "modality")}
    if len(modalities) != 1:
        raise _NoReport("code: it is no ultrasound and no MRI by the table of codes")
    return modalities.pop()


def _findings(values: set[str]) -> dict[str, set[str]]:
    """What was said of each thing: "tear-full" is full of tear."""
    found: dict[str, set[str]] = {}
    for value in values:
        part, _, answer = value.partition("-")
        found.setdefault(part, set()).add(answer)
    return found


def _day(report: DiagnosticReport, gathered: Gathered) -> date:
    """The day of the examination, the last one of a period, in the clinic's zone."""
    period = report.effectivePeriod
    said = report.effectiveDateTime or (period.end or period.start if period else None)
    day = exact_day(said, gathered.zone)
    if day is None:
        raise _NoReport("effective: no exact day")
    if day > local_date(gathered.request.start, gathered.zone):
        raise _NoReport("effective: it is after the start")
    return day
