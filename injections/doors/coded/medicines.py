"""Medicines that are taken as answers: blood thinners and their kind, antibiotics, medicines that interact."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.reference import Reference

from injections.doors.coded.gathered import Gathered, in_words
from injections.doors.coded.table import rows_of
from injections.doors.coded.times import FhirTime, latest_instant
from injections.safety.codes import YES

Medicine = MedicationRequest | MedicationStatement

_NOT_TAKEN: Final = ("entered-in-error", "cancelled", "draft", "not-taken")
_OVER: Final = ("completed", "stopped")
_THINNERS: Final = {"doac": "doac", "warfarin": "warfarin", "antiplatelet": "antiplatelet", "anticoagulant": None}
"""The kind of blood thinner that each drug is; None is another one."""
_INTERACTING, _ANTIBIOTIC = "interacting", "antibiotic"
_MEANS_NOTHING_TAKEN: Final = ("steroid", "local-anaesthetic", "no-steroid", "skin-product")


def keep_medication(medication: Medication, gathered: Gathered) -> None:
    """A medicine that others refer to, with what it consists of."""
    if medication.id:
        parts = (part.itemCodeableConcept for part in medication.ingredient or () if part.itemCodeableConcept)
        gathered.medications[medication.id] = [*([medication.code] if medication.code else []), *parts]


def read_medicine(medicine: Medicine, name: str, gathered: Gathered) -> None:
    """What is taken or paused is a "yes". What is over says nothing, but for an antibiotic: until the clinic's wait
    after an infection has passed before the start, that is a "yes" of the day it ended, or of an unknown one.
    """
    if medicine.status in _NOT_TAKEN or getattr(medicine, "doNotPerform", None):
        return
    concepts = _concepts(medicine, gathered)
    drugs = {row.value for row in rows_of(concepts, "drug")} - {*_MEANS_NOTHING_TAKEN}
    if not drugs:
        said = concepts[0] if concepts else None
        gathered.leave(name, f"medication: {in_words(said)} answers no question by the table of codes")
    is_over = medicine.status in _OVER
    if _ANTIBIOTIC in drugs:
        _antibiotic(medicine, gathered, is_over=is_over)
    if is_over:
        return
    if _INTERACTING in drugs:
        gathered.sheet.say("interacting_medicine", YES)
    for drug in drugs & set(_THINNERS):
        gathered.sheet.say("blood_thinner", YES)
        gathered.blood_thinners.add(_THINNERS[drug])


def _antibiotic(medicine: Medicine, gathered: Gathered, *, is_over: bool) -> None:
    ended = _last_known(medicine, gathered) if is_over else None
    wait = timedelta(hours=gathered.policy.infection_hours)
    if ended is None or gathered.request.start - ended < wait:
        gathered.sheet.say("infection_or_antibiotics", YES, ended)


def _last_known(medicine: Medicine, gathered: Gathered) -> datetime | None:
    """The end of the course. None where none is said: the day of the prescription is not its end."""
    said: list[FhirTime | None]
    if isinstance(medicine, MedicationStatement):
        period = medicine.effectivePeriod
        said = [period.end if period else None]
    else:
        supply = medicine.dispenseRequest
        said = [supply.validityPeriod.end if supply and supply.validityPeriod else None]
    known = [found for value in said if (found := latest_instant(value, gathered.zone)) is not None]
    return max(known, default=None)


def _concepts(medicine: Medicine, gathered: Gathered) -> list[CodeableConcept]:
    if medicine.medicationCodeableConcept is not None:
        return [medicine.medicationCodeableConcept]
    return _referred(medicine.medicationReference, medicine.contained or (), gathered)


def _referred(reference: Reference | None, contained: Iterable[object], gathered: Gathered) -> list[CodeableConcept]:
    wanted = ((reference.reference if reference else None) or "").rpartition("/")[2]
    for inner in contained:
        if isinstance(inner, Medication) and wanted == f"#{inner.id}":
            return [inner.code] if inner.code else []
    return gathered.medications.get(wanted.removeprefix("urn:uuid:"), [])
