"""All that is held about one patient, as one value that is written as JSON and set as a PDF: the patient's own copy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.db import models

from injections.models import Drug
from injections.patient.keeping.erase import records_of
from injections.patient.keeping.going import rows_of
from injections.patient.keeping.held import HELD
from injections.patient.keeping.held_shape import Held
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.clinic_words import words_in_force
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.people.roles import ROLE_CHOICES
from pht_clinic.permissions import check_permitted
from scheduling.audit.words import entry_words
from scheduling.models import Patient, Practitioner, Room
from scheduling.patients.identity import find_patient

_ROLES: Final[Mapping[str, str]] = dict(ROLE_CHOICES)
_OTHERS: Final[Mapping[str, str]] = {"patient": "you, by a link", "system": "the clinic’s computer"}
_NAMED: Final = (Practitioner, Room, Drug)
"""What is called by its name; whatever else a row names is one of the patient's own, and called by its number."""
NOBODY: Final = "somebody who no longer works here"


def copy_of(patient_id: int, *, by: Actor, now: datetime) -> dict[str, Any]:
    """Everything held about this patient, on whichever of their records, as plain JSON; the audit trail is told.

    `held` is by table, of the rows that are there; instants are clinic-local with their offset, days ISO 8601. Whoever
    works here is called by their role. Nothing is of another patient.
    Raises: Forbidden, Missing, Conflict (merged into another record).
    """
    check_permitted("copy-patient", by)
    patient = find_patient(patient_id)
    if patient.merged_into_id is not None:
        into = {"into": str(patient.merged_into_id)}
        raise Conflict("This record was merged into another. Make the copy of that one.", extra=into)
    records = records_of(patient.pk)
    record("patient-copied", by=by, now=now, patients=records, subject=f"patient:{patient.pk}")
    trail = Entry.objects.filter(patient_ids__overlap=records).select_related("user").order_by("pk")
    return {
        "clinic": words_in_force().name,
        "made_at": _plain(now),
        "patient": patient.pk,
        "name": f"{patient}",
        "held": dict(_tables(records)),
        "who_looked": [_told(entry) for entry in trail.filter(verb="viewed")],
        "what_was_done": [_told(entry) for entry in trail.exclude(verb="viewed")],
    }


def name_of(model: type[models.Model]) -> str:
    """What a copy calls the rows of a table: "Imaging reports"."""
    words = str(model._meta.verbose_name_plural)
    return words[:1].upper() + words[1:]


def _tables(records: Collection[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for label, held in HELD.items():
        if held.paths and not held.not_copied:
            model = apps.get_model(label)
            rows = rows_of(model, records, "default").select_related(*named_in(model))
            if shown := [dict(columns_of(row, held, records)) for row in rows]:
                yield name_of(model), shown


def named_in(model: type[models.Model]) -> list[str]:
    """What is read along with each row, so that no row costs a query of its own."""
    fields = (one for one in model._meta.concrete_fields if isinstance(one, models.ForeignKey))
    return [one.name for one in fields if one.related_model in (User, *_NAMED)]


def columns_of(row: models.Model, held: Held, records: Collection[int] | None) -> Iterator[tuple[str, Any]]:
    """What a row says, as plain JSON, by its columns; of patients that it names those of `records` alone, None: all.

    Whoever works here is called by their role.
    """
    for field in row._meta.concrete_fields:
        if field.name not in held.secret:
            yield field.name, _shown(row, field, records)


def _shown(row: models.Model, field: Any, records: Collection[int] | None) -> Any:
    if not isinstance(field, models.ForeignKey):
        return _plain(getattr(row, field.attname))
    if getattr(row, field.attname) is None:
        return None
    if field.related_model is User:
        return _role(getattr(row, field.name))
    if field.related_model in _NAMED:
        return f"{getattr(row, field.name)}"
    number = getattr(row, field.attname)
    is_theirs = records is None or field.related_model is not Patient or number in records
    return number if is_theirs else None


def _role(user: User) -> str:
    return _ROLES.get(user.role, NOBODY)


def _told(entry: Entry) -> dict[str, Any]:
    """When, who by their role, and what; nothing of whom else it was about."""
    who = _role(entry.user) if entry.user else _OTHERS.get(entry.actor_kind, NOBODY)
    return {"at": _plain(entry.at), "who": who, "what": entry_words(entry.verb, entry.subject)}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(clock.zone()).isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case Decimal():
            return f"{value}"
    return value if isinstance(value, str | int | float | bool | list | dict | None) else f"{value}"
