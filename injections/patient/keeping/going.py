"""What goes with an erasure, table by table: the columns that the list of what is held names, emptied.

In two halves: what the application's role may change, with the erasure itself, and rows that may only be added to, by
the role of retention. Both can be run again: what is empty stays so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connections, models
from django.db.models import Q

from injections.models import ClinicalLetter, ImportLine, WaitingWish
from injections.patient.keeping.held import HELD
from pht_clinic.web.models import Export, IdempotencyKey
from scheduling.models import MailNews, Merge, Message, Patient, RecordEdit
from scheduling.models.message import TO_A_COLLEAGUE

CONTACT: Final = frozenset(HELD[Patient._meta.label].erased)
"""The columns of a patient that say how somebody is reached, or who else is."""
APPEND_ONLY: Final = (MailNews, RecordEdit, ClinicalLetter)
"""What the application's role cannot change."""
ADDRESS: Final = "Address"
"""What letters call the line that bears it."""
_Change = Callable[[Any, datetime], dict[str, Any]]
_PART_OF_CONSENT: Final = "risks_version"


def empty_now(records: Collection[int], *, now: datetime) -> None:
    """The first half, in the caller's transaction: everything but what may only be added to."""
    for label, held in HELD.items():
        model = apps.get_model(label)
        if held.erased and model not in APPEND_ONLY:
            _empty(rows_of(model, records, "default"), now=now)
    letters = ClinicalLetter.objects.filter(patient__in=records).values_list("pk", flat=True)
    _empty(Message.objects.filter(subject__in=[f"{TO_A_COLLEAGUE}{pk}" for pk in letters]), now=now)
    for pk in records:
        IdempotencyKey.objects.filter(patient_ids__contains=pk).delete()
    Export.objects.filter(parts__patient_ids__overlap=list(records)).delete()
    # of a line without a patient these are records; else they are injections
    lines = Q(patient__in=records) | Q(patient=None, alike__overlap=list(records))
    ImportLine.objects.filter(lines).update(said=[], source_id="")


def empty_later(records: Collection[int], *, alias: str, now: datetime) -> None:
    """The second half, as the role of retention, in the caller's transaction."""
    for model in APPEND_ONLY:
        _empty(rows_of(model, records, alias), now=now)


def rows_of(model: type[models.Model], records: Collection[int], alias: str) -> models.QuerySet[Any]:
    """The rows of one table that belong to a person's records, each once, in the order of their ids."""
    rows = model._base_manager.using(alias)
    if model is RecordEdit:
        wishes = WaitingWish.objects.filter(patient__in=records).values_list("pk", flat=True)
        edited = [*(f"patient:{pk}" for pk in records), *(f"waitingwish:{pk}" for pk in wishes)]
        return rows.filter(record__in=edited).order_by("pk")
    wanted = Q(pk__in=())
    for path in HELD[model._meta.label].paths:
        wanted |= Q(**{f"{path}__in": list(records)})
    return rows.filter(wanted).distinct().order_by("pk")


def _empty(rows: models.QuerySet[Any], *, now: datetime) -> None:
    """SQL of our own: the classes of rows that may only be added to have no way to change one."""
    change: _Change = _CHANGES.get(rows.model, _emptied)
    with connections[rows.db].cursor() as cursor:
        for row in rows:
            values = {name: value for name, value in change(row, now).items() if getattr(row, name) != value}
            if values:
                columns = ", ".join(f'"{name}" = %s' for name in values)
                said = [json.dumps(value) if isinstance(value, dict) else value for value in values.values()]
                cursor.execute(f'UPDATE "{row._meta.db_table}" SET {columns} WHERE id = %s', [*said, row.pk])  # noqa: S608 - names of models


def _emptied(row: models.Model, now: datetime) -> dict[str, Any]:
    """Each column that is named empty, as its field has it."""
    fields = [row._meta.get_field(name) for name in HELD[row._meta.label].erased]
    return {field.name: _nothing(field) for field in fields}


def _nothing(field: Any) -> Any:
    if field.null:
        return None
    return False if isinstance(field, models.BooleanField) else ""


def _message(row: Message, now: datetime) -> dict[str, Any]:
    if row.contents_removed_at:
        return {}
    kept = {name: value for name, value in row.values.items() if name == _PART_OF_CONSENT}
    return {"values": kept, "recipient": "", "closed_reason": "", "contents_removed_at": now}


def _merge(row: Merge, now: datetime) -> dict[str, Any]:
    before = {whose: _without_contact(details) for whose, details in row.before.items()}
    return {"before": before, "after": _without_contact(row.after)}


def _edit(row: RecordEdit, now: datetime) -> dict[str, Any]:
    return {"before": _without_contact(row.before), "after": _without_contact(row.after)}


def _without_contact(details: Mapping[str, Any]) -> dict[str, Any]:
    """Of a patient, or of a wish, whose only text is its note."""
    return {name: value for name, value in details.items() if name not in CONTACT and name != "note"}


def _letter(row: ClinicalLetter, now: datetime) -> dict[str, Any]:
    """The patient's address goes, and the addressee's below their name."""
    about = [pair for pair in row.content["about"] if pair[0] != ADDRESS]
    return {"content": {**row.content, "to": row.content["to"][:1], "about": about}}


_CHANGES: Final[Mapping[type[models.Model], _Change]] = {
    ClinicalLetter: _letter,
    Merge: _merge,
    Message: _message,
    RecordEdit: _edit,
}
