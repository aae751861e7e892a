"""Who the patient is, and how to reach them: corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from injections.assessment.fact_change import FactChange, fact_about, judged_anew, tell
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.messages import recipients
from scheduling.models import Patient
from scheduling.patients.identity_checks import (
    MixedScripts,
    check_identity,
    check_number_free,
    check_whole,
    mixed_words,
)
from scheduling.patients.name_words import note_words
from scheduling.revisions import edits

NAMES = {"given_name", "family_name", "former_names"}


def correct_patient(
    patient_id: int,
    *,
    changes: Mapping[str, Any],
    confirm_spelling: bool = False,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> FactChange:
    """Change a patient's identity or contact; another date of birth is judged, another address reaches queued mails.

    `revision` is the one that was read, None for whoever changes only what they name. A first email address is one to
    write to, unless `email_opt_in` says otherwise.
    Raises: Forbidden, Missing, Invalid, StaleRevision, Conflict (the NHS number is another patient's), MixedScripts (a
    word of a name that changes) unless `confirm_spelling`.
    """
    check_permitted("correct-patient", by)
    values = check_identity(changes, now=now)
    with fact_about(patient_id) as patient:
        edits.check_unchanged(patient, revision)
        before = edits.details(patient)
        if values.get("email") and not patient.email:
            values.setdefault("email_opt_in", True)
        changed = sorted(name for name, value in values.items() if value != getattr(patient, name))
        if "nhs_number" in changed:
            check_number_free(values["nhs_number"])
        detail: dict[str, object] = {"fields": changed}
        if mixed := mixed_words({name: values[name] for name in NAMES & set(changed)}):
            if not confirm_spelling:
                raise MixedScripts.of(mixed)
            detail["spelling_confirmed"] = True
        for name in changed:
            setattr(patient, name, values[name])
        _store(patient, changed)
        told = edits.raise_revision(patient, before, by=by, now=now)
        if _REACHED_BY & set(changed):
            recipients.readdress(patient, now=now)
        tell(patient, "patient-corrected", patient, by=by, now=now, detail=detail, changed=told)
        return judged_anew(patient, "patient-corrected", patient, by=by, now=now)


_REACHED_BY = frozenset({"email", "email_opt_in", "phone", "preferred_contact", "given_name", "family_name"})
"""What a message to the patient hangs on."""


def _store(patient: Patient, changed: list[str]) -> None:
    check_whole(patient)
    fields = list(changed)
    if NAMES & set(changed):
        note_words(patient)
        fields.append("name_words")
    patient.save(update_fields=fields or None)
