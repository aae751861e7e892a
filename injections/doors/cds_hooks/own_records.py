"""The clinic's own records of the patient whom a call is about, where there are any: they count too.

Known is the patient by NHS number and date of birth together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fhir.resources.R4B.patient import Patient as FhirPatient
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.people import NHS_NUMBER
from injections.facts.history import History, history_about
from scheduling.models import Patient


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """What the clinic has. `is_doubtful`: the number is known here with another date of birth, so nothing of it counts;
    somebody has to look. `is_closed`: of somebody who has died, or was erased.
    """

    patient: Patient
    history: History | None
    is_doubtful: bool = False
    is_closed: bool = False


def own_records(resources: Iterable[Resource], *, now: datetime) -> OwnRecords | None:
    """What this clinic has of the Patient among these resources; None where it knows nobody by that number."""
    found = next((one for one in resources if isinstance(one, FhirPatient)), None)
    number = _nhs_number(found) if found else ""
    known = Patient.objects.filter(nhs_number=number).first() if number else None
    if found is None or known is None:
        return None
    kept = known.kept
    if found.birthDate != kept.date_of_birth:
        return OwnRecords(kept, None, is_doubtful=True)
    is_closed = kept.is_restricted or kept.has_died
    return OwnRecords(kept, history_about(kept, now=now), is_closed=is_closed)


def _nhs_number(patient: FhirPatient) -> str:
    """Its NHS number; "" where it has none, or several that differ."""
    found = {one.value.replace(" ", "") for one in patient.identifier or () if one.system == NHS_NUMBER and one.value}
    return found.pop() if len(found) == 1 else ""
