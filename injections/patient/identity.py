"""Who the patient is, and how to reach them: corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from injections.assessment.fact_change import FactChange, fact_about, settle
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.messages import outbox
from scheduling.patients.identity import check_identity, check_number_free

# -- Who the patient is ------------------------------------------------------------------------------------


def correct_patient(patient_id: int, *, changes: Mapping[str, Any], by: Actor, now: datetime) -> FactChange:
    """Change a patient's identity or contact; another date of birth is judged, another address reaches queued mails.

    Raises: Forbidden, Missing, Invalid, Conflict (the NHS number is another patient's).
    """
    check_permitted("correct-patient", by)
    values = check_identity(changes, now=now)
    with fact_about(patient_id) as patient:
        before = {name: getattr(patient, name) for name in values}
        changed = sorted(name for name, value in values.items() if value != before[name])
        if "nhs_number" in changed:
            check_number_free(values["nhs_number"])
        for name in changed:
            setattr(patient, name, values[name])
        patient.save(update_fields=changed or None)
        if {"email", "email_opt_in", "given_name", "family_name"} & set(changed):
            outbox.readdress(patient, now=now)
        return settle(patient, "patient-corrected", patient, by=by, now=now, detail={"fields": changed})
