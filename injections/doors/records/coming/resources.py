"""FHIR resources as bodies of the record: what each type says of a patient, read by the one table of codes.

What is not understood is refused or passed over with why. An injection whose place is not coded counts for every area,
as in the batch check; what is left of a resource that comes in is said of its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.procedure import Procedure
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from injections.doors.coded.errors import CodedError
from injections.doors.coded.gathered import Gathered, status_code
from injections.doors.coded.people import reason_to_leave
from injections.doors.coded.procedures import read_procedure
from injections.doors.coded.reports import read_report
from injections.doors.coded.resources import parse_resource
from injections.doors.coded.table import rows_of
from injections.doors.coded.times import partial_date
from injections.doors.fhir.clinical.reports import said_beside
from injections.doors.records.coming.people import patient_bodies
from injections.doors.records.coming.resource_words import (
    NOT_NAMED,
    code_in,
    display_of,
    first,
    in_words,
    left_there,
    name_in,
    one_line,
    texts_of,
    who_said,
)
from injections.doors.records.coming.responses import response_bodies
from injections.facts.policy import effective_policy
from injections.facts.sections import field_errors
from injections.imaging.content import FIELDS
from injections.safety.facts import Request
from pht_clinic.errors import FieldError, Invalid

Found = tuple[list[tuple[str, dict[str, Any]]], tuple[str, ...]]
"""The bodies by types of line, and what is to be said of the line besides."""
KIND_OF: Final = {
    "Patient": "patient",
    "Procedure": "injection",
    "AllergyIntolerance": "allergy",
    "Condition": "condition",
    "MedicationStatement": "condition",
    "MedicationRequest": "condition",
    "DiagnosticReport": "report",
    "QuestionnaireResponse": "screening",
}
"""The type of line that each type of resource becomes; one that answers the pathway alone becomes that."""
_DOSE: Final = re.compile(r"Dose: (\d+(?:\.\d+)?) mg\b(?!/)")
_NOT_TAKEN: Final = ("completed", "stopped", "cancelled", "draft", "not-taken")
_IN_ERROR: Final = "It was corrected or withdrawn there."


class PassedOver(Exception):
    """Nothing to bring in; the text says why."""


def bodies_of(value: Mapping[str, Any], *, now: datetime) -> Found:
    """Raises: Invalid (every problem, or what is not understood), PassedOver."""
    reader = _READERS.get(str(value["resourceType"]))
    if reader is None:
        raise PassedOver(_why_no_record(value))
    try:
        resource = parse_resource(dict(value))
    except CodedError as error:
        raise Invalid(field_errors(error.problems)) from error
    if why := reason_to_leave(resource, None):
        raise Invalid(sentence=f"It cannot be read: {why}.")
    policy = effective_policy()
    asked = Request(start=now, end=now + timedelta(minutes=30))
    return reader(resource, Gathered(asked, policy.zone, policy))


def _why_no_record(value: Mapping[str, Any]) -> str:
    if value["resourceType"] == "Appointment" and value.get("status") in ("booked", "pending", "proposed"):
        return "Visits are not imported. If this one is still to come, book it here."
    return "Resources of this type are not imported."


def _unread(gathered: Gathered) -> list[str]:
    """In sentences; one that begins with the name of an element leaves it as it is spelled."""
    reasons = [one.reason for one in gathered.unread]
    return [f"{one}." if one.partition(" ")[0].endswith(":") else f"{one[:1].upper()}{one[1:]}." for one in reasons]


def _refuse(gathered: Gathered) -> None:
    raise Invalid([FieldError("#", reason) for reason in _unread(gathered)])


def _of(subject: Any, **said: Any) -> dict[str, Any]:
    return {"patient": name_in(subject) or None, **said}


def _patient(patient: Patient, gathered: Gathered) -> Found:
    if any(link.type == "replaced-by" for link in patient.link or ()):
        raise PassedOver("It was merged into another record there.")
    return patient_bodies(patient, gathered.policy), ()


# -- Injections ---------------------------------------------------------------------------------------------
def _injection(procedure: Procedure, gathered: Gathered) -> Found:
    """As one given elsewhere, or as the patient reports it."""
    if procedure.status == "entered-in-error":
        raise PassedOver(_IN_ERROR)
    if procedure.status == "not-done":
        raise PassedOver("It was not done.")
    read_procedure(procedure, "", gathered)
    if gathered.sheet.answers:
        raise Invalid(sentence="It is no injection. Record it in the answers to the safety questions.")
    if not gathered.injections:
        _refuse(gathered)
    given = gathered.injections[0][1]
    notes, dose = _notes_and_dose(procedure)
    body = _of(
        procedure.subject,
        site=given.site,
        side=given.side,
        given=given.given,
        steroid=given.steroid,
        origin="patient-reported" if name_in(procedure.asserter).startswith("Patient/") else "elsewhere",
        drug=_drug(procedure),
        dose_mg=dose,
        note="\n".join([*(["Given in part."] if given.status == "part-given" else []), *notes]),
    )
    return [("injection", body)], tuple(_unread(gathered))


def _notes_and_dose(procedure: Procedure) -> tuple[list[str], str | None]:
    """A note that says the dose alone is the dose; one that says more stays as well."""
    texts = texts_of(procedure.note)
    doses = [found for text in texts if (found := _DOSE.match(text))]
    said = [found.string for found in doses if found.end() == len(found.string)]
    return [text for text in texts if text not in said], first(found[1] for found in doses)


def _drug(procedure: Procedure) -> str:
    inside = [in_words(one.code) for one in procedure.contained or () if isinstance(one, Medication)]
    used = [in_words(one) for one in procedure.usedCode or ()]
    named = [one_line(one.display) for one in procedure.usedReference or () if one.display]
    return ", ".join(dict.fromkeys(filter(None, [*inside, *used, *named])))


# -- Allergies, conditions, medicines ------------------------------------------------------------------------
def _allergy(allergy: AllergyIntolerance, gathered: Gathered) -> Found:
    _check_is_so(allergy)
    if rows_of(allergy.code, "no-allergy"):
        raise PassedOver("It says that there is none. Ask, and answer the safety questions.")
    reactions = [in_words(what) for one in allergy.reaction or () for what in one.manifestation or ()]
    substances = [in_words(one.substance) for one in allergy.reaction or () if one.substance]
    said_by, notes = who_said(allergy.note, allergy.asserter, allergy.recorder)
    body = _of(
        allergy.patient,
        substance=in_words(allergy.code) or ", ".join(substances),
        reaction=", ".join(filter(None, reactions)),
        since=partial_date(allergy.onsetDateTime, gathered.zone),
        said_by=said_by,
    )
    return [("allergy", body)], tuple(left_there(notes))


def _condition(condition: Condition, gathered: Gathered) -> Found:
    """One that is over stays one that was: its name says so."""
    _check_is_so(condition)
    over = status_code(condition.clinicalStatus)
    name = in_words(condition.code)
    said_by, notes = who_said(condition.note, condition.asserter, condition.recorder)
    body = _of(
        condition.subject,
        kind="condition",
        name=f"{name} ({over} there)" if name and over in ("inactive", "remission", "resolved") else name,
        code=code_in(condition.code),
        since=partial_date(condition.onsetDateTime, gathered.zone),
        said_by=said_by,
    )
    return [("condition", body)], tuple(left_there(notes))


def _check_is_so(resource: AllergyIntolerance | Condition) -> None:
    """Raises: PassedOver (it never was)."""
    status = status_code(resource.verificationStatus)
    if status == "entered-in-error":
        raise PassedOver(_IN_ERROR)
    if status == "refuted":
        raise PassedOver("It was refuted there.")


def _medicine(medicine: MedicationStatement | MedicationRequest, gathered: Gathered) -> Found:
    """What is taken, or was prescribed and may be."""
    if medicine.status == "entered-in-error":
        raise PassedOver(_IN_ERROR)
    if medicine.status in _NOT_TAKEN or getattr(medicine, "doNotPerform", None):
        raise PassedOver(f"It is not taken: {medicine.status}.")
    since, who = _since_and_by(medicine)
    said_by, notes = who_said(medicine.note, who)
    concept = medicine.medicationCodeableConcept or _contained(medicine)
    body = _of(
        medicine.subject,
        kind="medicine",
        name=in_words(concept) or display_of(medicine.medicationReference),
        code=code_in(concept),
        since=partial_date(since, gathered.zone),
        said_by=said_by,
    )
    return [("condition", body)], tuple(left_there(notes))


def _since_and_by(medicine: MedicationStatement | MedicationRequest) -> tuple[Any, Any]:
    if isinstance(medicine, MedicationRequest):
        return medicine.authoredOn, medicine.requester
    period = medicine.effectivePeriod
    return medicine.effectiveDateTime or (period.start if period else None), medicine.informationSource


def _contained(medicine: Any) -> Any:
    wanted = name_in(medicine.medicationReference)
    inside = (one for one in medicine.contained or () if isinstance(one, Medication) and wanted == f"#{one.id}")
    return next((one.code for one in inside), None)


# -- Imaging reports -----------------------------------------------------------------------------------------
def _report(report: DiagnosticReport, gathered: Gathered) -> Found:
    """One that answers all that the rules ask; its words are its conclusion."""
    if report.status in ("entered-in-error", "cancelled"):
        raise PassedOver(_IN_ERROR)
    read_report(report, "", gathered)
    if not gathered.reports:
        _refuse(gathered)
    judged = gathered.reports[0]
    beside, unread = said_beside(report)
    body = {name: getattr(judged, name) for name in FIELDS if hasattr(judged, name)} | beside
    body |= {
        "performed_on": judged.performed_on.isoformat(),
        "conclusion": (report.conclusion or "").strip(),
        "reported_by": display_of(*(report.performer or ()), *(report.resultsInterpreter or ())) or NOT_NAMED,
    }
    return [("report", _of(report.subject, **body))], tuple(unread)


# -- Answers ------------------------------------------------------------------------------------------------
def _responded(response: QuestionnaireResponse, gathered: Gathered) -> Found:
    if response.status == "entered-in-error":
        raise PassedOver(_IN_ERROR)
    bodies = response_bodies(response, gathered)
    if not bodies:
        _refuse(gathered)
    return bodies, tuple(_unread(gathered))


_READERS: Final[Mapping[str, Callable[[Any, Gathered], Found]]] = {
    "Patient": _patient,
    "Procedure": _injection,
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
    "MedicationStatement": _medicine,
    "MedicationRequest": _medicine,
    "DiagnosticReport": _report,
    "QuestionnaireResponse": _responded,
}
