"""Keeping the clinic's list of drugs: what a manager adds, changes and takes out of use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from injections.models import Drug
from injections.procedure.drugs.boxes import box_problems, put_in_use
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import what_is_hidden
from scheduling.clinic.consequences import find_row, store_changed
from scheduling.diary.locks import use_case
from scheduling.revisions import edits

LABELS: Final = {
    "kind": "Kind",
    "name": "Name",
    "substance": "Substance",
    "strength_mg_ml": "Strength in mg/ml",
    "usual_dose_mg": "Usual dose in mg",
    "max_injection_mg": "Maximum per injection in mg",
    "max_day_mg": "Maximum per day in mg",
    "max_mg_per_kg": "Maximum per day in mg per kg",
    "as_methylprednisolone": "1mg equals how many mg of methylprednisolone",
    "particulate": "Particulate",
    "source": "Where the maxima and the equivalent come from",
    "active": "In use",
}
"""What a page calls each column that a manager keeps, in the order of the form."""
AMOUNTS: Final = (
    *("strength_mg_ml", "usual_dose_mg", "max_injection_mg", "max_day_mg", "max_mg_per_kg"),
    "as_methylprednisolone",
)
_ORDERED: Final = (
    ("usual_dose_mg", "max_injection_mg", "The usual dose is above the maximum per injection."),
    ("max_injection_mg", "max_day_mg", "The maximum per injection is above the maximum per day."),
)


def save_drug(
    pk: int | None, values: Mapping[str, Any], *, revision: int | None = None, by: Actor, now: datetime
) -> Drug:
    """Add (`pk` None) or change a drug of the list: the columns of `LABELS`, each only where it is named; and
    `batches` [{"batch", "expires_on"}]: at most one, the box in use today.

    A drug that was injected is never removed: out of use it is offered no more, and what was given of it still counts.
    Raises: Forbidden, Missing, Invalid (every problem), StaleRevision.
    """
    check_permitted("keep-drugs", by)
    with use_case():
        row = find_row(Drug, pk, lock=True) if pk is not None else Drug()
        whole = {name: getattr(row, name) for name in LABELS} | dict(values)
        boxes = values.get("batches", ())
        if problems := [*_problems_of(whole, pk), *_problems_of_boxes(boxes, on=clock.local_date(now))]:
            raise Invalid(problems)
        columns = {name: value for name, value in values.items() if name in LABELS}
        saved = store_changed(Drug, pk, columns, revision=revision, by=by, now=now)
        for one in boxes:
            put_in_use(saved.pk, one["batch"], one.get("expires_on"), by=by, now=now)
        return saved


def _problems_of_boxes(boxes: Sequence[Mapping[str, Any]], *, on: date) -> list[FieldError]:
    return [
        FieldError(f"#/batches/{number}/{problem.pointer.removeprefix('#/')}", problem.detail)
        for number, one in enumerate(boxes)
        for problem in box_problems(one["batch"], one.get("expires_on"), on=on)
    ]


def _problems_of(values: Mapping[str, Any], pk: int | None) -> list[FieldError]:
    checks: dict[str, Callable[[Mapping[str, Any], int | None], str]] = {
        "kind": _of_kind,
        "name": _of_name,
        "substance": lambda values, _: _of_text(values["substance"], "Give the substance.", "substance"),
        "as_methylprednisolone": _of_equivalent,
    }
    found = {name: check(values, pk) for name, check in checks.items()}
    for name in AMOUNTS:
        amount = values[name]
        if amount is not None and Decimal(str(amount)) <= 0:
            found[name] = "Give a number above 0."
    for less, more, sentence in _ORDERED:
        if None not in (values[less], values[more]) and values[less] > values[more]:
            found.setdefault(less, sentence)
    return [FieldError(f"#/{name}", sentence) for name, sentence in found.items() if sentence]


def _of_kind(values: Mapping[str, Any], pk: int | None) -> str:
    return "" if values["kind"] in Drug.Kind.values else f"Choose one of {', '.join(Drug.Kind.values)}."


def _of_name(values: Mapping[str, Any], pk: int | None) -> str:
    name = values["name"].strip()
    if why := _of_text(name, "Give a name.", "name"):
        return why
    if name.isdigit():
        return "A name cannot be just a number: a number stands for a drug on the list."
    is_taken = Drug.objects.filter(name__iexact=name).exclude(pk=pk or 0).exists()
    return "That name is taken." if is_taken else ""


def _of_text(text: str, demand: str, named: str) -> str:
    if not text.strip():
        return demand
    why = what_is_hidden(text.strip())
    return f"The {named} {why}" if why else ""


def _of_equivalent(values: Mapping[str, Any], pk: int | None) -> str:
    is_steroid = values["kind"] == Drug.Kind.STEROID
    return "" if is_steroid or values["as_methylprednisolone"] is None else "Only a steroid equals methylprednisolone."


def register_edits() -> None:
    """Drugs are records that several people edit; called once, when the apps are ready."""
    shown = {"kind": lambda kind: str(Drug.Kind(kind).label)}
    edits.register(Drug, LABELS, shown=shown)
