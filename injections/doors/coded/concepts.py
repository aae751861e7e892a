"""Our values as coded concepts, for whoever writes resources: published code first where there is one, then our own."""

from collections.abc import Iterator

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding

from injections.doors.coded.body_sites import side_concept
from injections.doors.coded.own import NO_STEROID, NOT_KNOWN, OWN_CODES, STEROID, system_of
from injections.doors.coded.table import coding_for
from injections.safety.facts import Report

_DISPLAYS = {(own.fact, own.code): own.display for own in OWN_CODES}


def own_concept(fact: str, code: str) -> CodeableConcept:
    """One of our own codes alone. Raises KeyError for a code that we do not have."""
    display = _DISPLAYS[(fact, code)]
    return CodeableConcept(coding=[Coding(system=system_of(fact), code=code, display=display)], text=display)


def injection_code(*, steroid: bool | None) -> CodeableConcept:
    """What was done, as Procedure.code: an injection of a steroid, without one, or (None) not known."""
    return own_concept("injection", NOT_KNOWN if steroid is None else STEROID if steroid else NO_STEROID)


def report_code(report: Report) -> CodeableConcept:
    """The examination, as DiagnosticReport.code."""
    own = own_concept("modality", report.modality)
    published = coding_for("modality", report.modality)
    return CodeableConcept(coding=[*([published] if published else []), *(own.coding or ())], text=own.text)


def report_conclusions(report: Report) -> list[CodeableConcept]:
    """What a report found, as DiagnosticReport.conclusionCode: the area, the side where it is known, and each of the
    four things that every report here answers. Grade and size of a tear have no code.
    """
    return [*_conclusions(report)]


def _conclusions(report: Report) -> Iterator[CodeableConcept]:
    yield own_concept("area", report.area)
    if (side := side_concept(report.side)) is not None:
        yield side
    yield own_concept("finding", f"tendinopathy-{report.tendinopathy}")
    yield own_concept("finding", f"bursitis-{report.bursitis}")
    yield own_concept("finding", f"tear-{report.tear}")
    yield own_concept("finding", f"diagnosis-{report.other_diagnosis}")
