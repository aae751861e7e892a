"""Imaging reports as DiagnosticReport, what they say beside the rules' own findings as Observations in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db.models import QuerySet
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.quantity import Quantity
from fhir.resources.R4B.reference import Reference

from injections import words
from injections.doors.coded.concepts import report_code, report_conclusions
from injections.doors.fhir import systems
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.clinical.versions import all_versions, holds_no_more
from injections.doors.fhir.references import to_patient
from injections.facts import values
from injections.models import ImagingReport

_SECTIONS: Final = "http://terminology.hl7.org/CodeSystem/v2-0074"
_CATEGORY: Final = {
    "ultrasound": Coding(system=_SECTIONS, code="RUS", display="Radiology Ultrasound"),
    "mri": Coding(system=_SECTIONS, code="NMR", display="Nuclear Magnetic Resonance"),
}
_BESIDE: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "tendinopathy_grade": ("Grade of the tendinopathy", words.TENDINOPATHY_GRADES),
    "tear_grade": ("Grade of the tear", {}),
    **{
        name: (label, words.OSTEOARTHRITIS if name == "osteoarthritis" else words.YES_NO)
        for name, label in words.JOINT_FINDINGS.items()
    },
    "tendon": ("Tendon", {}),
    "other_diagnosis_text": ("Other diagnosis", {}),
}
"""What a report may say beside the rules' own findings, by the name of its field, and the words of its values."""
_SIZE: Final = "tear_size_mm"


def reports() -> QuerySet[ImagingReport]:
    """Every report with what its resource shows, in one query."""
    return all_versions(ImagingReport.objects.all())


def report_resource(row: ImagingReport) -> DiagnosticReport:
    """One report. Area, side and what the rules judge are its conclusion codes; its words are its conclusion.

    One that took the place of another is "corrected"; one that was corrected or withdrawn is "entered-in-error".
    """
    judged, beside = values.report(row), list(_observations(row))
    return DiagnosticReport(
        id=str(row.pk),
        contained=[*beside] or None,
        status=_status(row),
        category=[CodeableConcept(coding=[_CATEGORY[row.modality]])],
        code=report_code(judged),
        subject=to_patient(row.patient),
        effectiveDateTime=elements.day(row.performed_on),
        issued=row.recorded_at,
        performer=[performer] if (performer := elements.named(row.reported_by)) else None,
        result=[Reference(reference=f"#{one.id}") for one in beside] or None,
        conclusion="\n\n".join(filter(None, (row.findings.strip(), row.conclusion.strip()))) or None,
        conclusionCode=report_conclusions(judged),
    )


def _status(row: ImagingReport) -> str:
    if holds_no_more(row):
        return "entered-in-error"
    return "final" if row.supersedes_id is None else "corrected"


def _observations(row: ImagingReport) -> Iterator[Observation]:
    """What is said beside the rules' own findings: grades, the size of a tear, findings of a joint, words."""
    for name, (label, known) in _BESIDE.items():
        if value := getattr(row, name):
            said = elements.text_only(known.get(value, value))
            yield _observation(row, name, label, valueCodeableConcept=said)
    if row.tear_size_mm is not None:
        size = Quantity(value=row.tear_size_mm, unit="mm", system="http://unitsofmeasure.org", code="mm")
        yield _observation(row, _SIZE, "Size of the tear", valueQuantity=size)


def _observation(row: ImagingReport, name: str, label: str, **value: Any) -> Observation:
    return Observation(
        id=name.replace("_", "-"),
        status="final",
        code=elements.concept(systems.IMAGING, name, label),
        subject=to_patient(row.patient),
        **value,
    )


def said_beside(report: DiagnosticReport) -> tuple[dict[str, Any], list[str]]:
    """What Observations inside a report say beside the rules' own findings, by the names of its fields; and what is not
    understood of them, in sentences.
    """
    found: dict[str, Any] = {}
    unread: list[str] = []
    for one in report.contained or ():
        if not isinstance(one, Observation):
            continue
        name = next((coding.code for coding in one.code.coding or () if coding.system == systems.IMAGING), None)
        value = _read_observation(name or "", one)
        if name is None or value is None:
            unread.append(f"An observation is not understood: {one.code.text or name or 'it has no code of ours'}.")
        else:
            found[name] = value
    strangers = [one for one in report.result or () if not (one.reference or "").startswith("#")]
    return found, [*unread, *(["Observations outside of the report are not read."] if strangers else [])]


def _read_observation(name: str, observation: Observation) -> Any:
    """Its value as the field of this name has it; None where it has none, or not this."""
    if name == _SIZE:
        size = observation.valueQuantity
        return float(size.value) if size and size.value is not None and size.code == "mm" else None
    said = observation.valueCodeableConcept
    if name not in _BESIDE or said is None or not said.text:
        return None
    known = _BESIDE[name][1]
    return {words: code for code, words in known.items()}.get(said.text) if known else said.text
