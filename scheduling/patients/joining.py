"""Two records of one person become one that stands, and two again: what of their details goes where.

What the record that stands lacks is carried over; where both have something else, somebody chooses. What is not
chosen stays on the record that is merged away, by which the person is found too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import connection, models
from django.db.models import Max

from pht_clinic.errors import FieldError, Invalid
from scheduling.models import Merge, Patient
from scheduling.patients.contact import GROUPS, columns_of, contradictions, pointer_to
from scheduling.patients.identity_checks import MOST_FORMER_NAMES, check_number_free
from scheduling.patients.name_words import note_words

CHOSEN: Final = (
    *("given_name", "family_name", "date_of_birth", "nhs_number", "phone", "email", "email_opt_in"),
    *("address", "preferred_contact", "language", "written_language", "needs", "gp", "carer"),
)
"""The details of which one of two is chosen; a GP and a carer as a whole."""
KEPT: Final = (*CHOSEN, "former_names")
"""The details that a merge may change, and taking it back restores."""
THIS, OTHER = "this", "other"
"""Whose detail is kept: of the record that is merged away, or of the one that stands."""


def differing(source: Patient, target: Patient) -> list[str]:
    """The details that both records have and that are not the same; capital letters make no difference.

    Whether somebody wants emails is a question of its own only where both have one address: else it goes with that.
    """
    found = [
        name for name in CHOSEN if _said(source, name) and _said(target, name) and not _agree(source, target, name)
    ]
    is_one_address = bool(source.email) and _agree(source, target, "email")
    return [name for name in found if name != "email_opt_in"] + (
        ["email_opt_in"] if is_one_address and source.email_opt_in != target.email_opt_in else []
    )


def carried(source: Patient, target: Patient) -> list[str]:
    """The details that only the record has which is merged away: they go over."""
    return [name for name in CHOSEN if _said(source, name) and not _said(target, name) and name != "email_opt_in"]


def join(source: Patient, target: Patient, keep: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mark one locked record as merged into another, with their details as chosen; what was merged into it goes along.

    Returns the details of both before, and of the one that stands afterwards. An NHS number stands on one record alone:
    where that of the record merged away is kept the two change places. Raises: Invalid (a choice where there is none).
    """
    _check_choices(keep, differing(source, target))
    before = {"source": details(source), "target": details(target)}
    taken = [*carried(source, target), *(name for name, whose in keep.items() if whose == THIS)]
    values = {column: getattr(source, column) for name in taken for column in columns_of(name)}
    if "email" in values:
        values["email_opt_in"] = source.email_opt_in
    names = dict.fromkeys([*target.former_names, *source.former_names])
    values["former_names"] = list(names)[:MOST_FORMER_NAMES]
    replaced = target.nhs_number
    Patient.objects.filter(merged_into=source).update(merged_into=target)
    source.merged_into = target
    if "nhs_number" in values:
        _free_numbers(source, target)
        source.nhs_number = replaced
    _store(target, values)
    source.save(update_fields=["merged_into", "nhs_number"])
    return before, details(target)


def part(merge: Merge, source: Patient, target: Patient) -> None:
    """Two records again, with their details as they were; what was changed since on the one that stands stays so.

    Both are locked. Raises: NumberTaken (the NHS number has been given to somebody else).
    """
    back, now = _to_restore(merge, target), details(target)
    number = merge.before["source"]["nhs_number"]
    _free_numbers(source, target)
    target.nhs_number = back.get("nhs_number", now["nhs_number"])
    _store(target, {**_read(back), "nhs_number": target.nhs_number})
    check_number_free(number)
    source.merged_into, source.nhs_number = None, number
    source.save(update_fields=["merged_into", "nhs_number"])
    Patient.objects.filter(pk__in=merge.brought[Patient._meta.db_table]).update(merged_into=source)


def _to_restore(merge: Merge, target: Patient) -> dict[str, Any]:
    """What the merge changed of the record that stands and nobody has since, as it was before.

    A preferred contact that somebody chose since, by what the merge had brought, leads nowhere then and goes too. A
    merge that was made before a detail was kept says nothing of it.
    """
    was, left, now = merge.before["target"], merge.after, details(target)
    back: dict[str, Any] = {}
    for columns in map(columns_of, KEPT):
        if all(one in was and now[one] == left[one] for one in columns):
            back |= {one: was[one] for one in columns if was[one] != left[one]}
    leads_nowhere = any(one.pointer == pointer_to("preferred_contact") for one in contradictions(now | back))
    return back | ({"preferred_contact": ""} if leads_nowhere else {})


def details(patient: Patient) -> dict[str, Any]:
    """What a merge may change of a record, by column, as JSON."""
    shown = {column: getattr(patient, column) for name in KEPT for column in columns_of(name)}
    return {**shown, "date_of_birth": patient.date_of_birth.isoformat(), "former_names": list(patient.former_names)}


def _read(shown: Mapping[str, Any]) -> dict[str, Any]:
    born = {"date_of_birth": date.fromisoformat(shown["date_of_birth"])} if "date_of_birth" in shown else {}
    return {**shown, **born}


def newest_ids() -> dict[str, int]:
    """The highest id in each table of what belongs to patients, by the table's name."""
    found = {}
    for model in of_patients():
        found[model._meta.db_table] = model._base_manager.aggregate(newest=Max("pk"))["newest"] or 0
    return found


@cache
def of_patients() -> list[type[models.Model]]:
    """The models whose rows belong to a patient, by their column `patient`."""
    found = [
        model
        for model in apps.get_models()
        if any(field.name == "patient" and field.related_model is Patient for field in model._meta.concrete_fields)
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def give_back(merge: Merge, model: type[models.Model], ids: Collection[int]) -> None:
    """Give rows that were written since a merge to the record that was merged away, append-only ones too.

    The database's own function does it (migration 0003): for a merge that holds, of rows that came after it, and of
    them nothing but whose they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT give_back_after_merge(%s, %s, %s)", [merge.pk, model._meta.db_table, list(ids)])


def _check_choices(keep: Mapping[str, str], differ: Collection[str]) -> None:
    problems = [
        FieldError(f"#/keep/{name}", "The two records do not differ in this.") for name in keep if name not in differ
    ]
    if problems:
        raise Invalid(problems)


def _store(patient: Patient, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(patient, name, value)
    note_words(patient)
    patient.save(update_fields=[*values, "name_words"])


def _free_numbers(*patients: Patient) -> None:
    """Take the NHS numbers off these records in the database, so that they can change places."""
    Patient.objects.filter(pk__in=[one.pk for one in patients]).update(nhs_number=None)


def _said(patient: Patient, name: str) -> bool:
    values = [getattr(patient, column) for column in columns_of(name)]
    return any(values) if name in GROUPS else values[0] not in ("", None)


def _agree(one: Patient, other: Patient, name: str) -> bool:
    return all(_folded(one, column) == _folded(other, column) for column in columns_of(name))


def _folded(patient: Patient, column: str) -> str:
    return str(getattr(patient, column) or "").casefold()
