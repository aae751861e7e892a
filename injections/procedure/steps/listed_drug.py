"""Choosing a drug of the clinic's list on the step of the injection, and what the form fills in from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict

from injections.facts.drugs import DrugList, boxes_in_use
from injections.models import Drug, Injection
from injections.procedure.listed import worked_out

OTHER: Final = "other"
"""The choice of a drug that is not in the list."""
NOT_BOTH: Final = "A drug on the list is chosen: leave this empty, or choose “Another drug”."


def listed_field(drugs: DrugList) -> forms.ChoiceField:
    """The drugs in use, and another one. With a script the fields fill as one is chosen, without it by a button."""
    choices = [(str(drug.pk), _label(drug)) for drug in drugs.in_use]
    fills = {"hx-post": "", "hx-trigger": "change consume", "hx-vals": '{"fill": "yes"}', "hx-target": "#what"}
    return forms.ChoiceField(
        label="Drug",
        required=False,
        choices=[("", "Choose one"), *choices, (OTHER, "Another drug")],
        widget=forms.Select(attrs={**fills, "hx-swap": "outerHTML"}),
        help_text="“Fill in from the list” fills in its strength, usual dose, batch and expiry.",
    )


def anaesthetic_field(drugs: DrugList) -> forms.ChoiceField:
    """The local anaesthetics in use, and another one."""
    kind = Drug.Kind.LOCAL_ANAESTHETIC
    choices = [(str(drug.pk), _label(drug)) for drug in drugs.in_use if drug.kind == kind]
    return forms.ChoiceField(
        label="Local anaesthetic", required=False, choices=[("", "None"), *choices, (OTHER, "Another one")]
    )


def _label(drug: Drug) -> str:
    return f"{drug.name} (particulate)" if drug.particulate else drug.name


def filled_in(typed: QueryDict, drugs: DrugList, *, on: date) -> QueryDict:
    """What was typed, with what the list says of the drug that is chosen in its place: whether it is a steroid, its
    strength and usual dose, the volume that these make, batch and expiry of the box in use on that day. Of another drug
    nothing is known: a box that is in use holds none of it.
    """
    fresh = typed.copy()
    drug, boxes = drugs.chosen(typed.get("listed", "")), boxes_in_use(on)
    if drug is None:
        if typed.get("batch") in {box.batch for box in boxes.values()}:
            fresh["batch"] = fresh["expires_on"] = ""
        return fresh
    box = boxes.get(drug.pk)
    dose, volume = worked_out(drug.usual_dose_mg, drug.strength_mg_ml, None)
    known = {
        "drug": "",
        "steroid": "yes" if drug.kind == Drug.Kind.STEROID else "no",
        "strength_mg_ml": drug.strength_mg_ml,
        "dose_mg": dose,
        "volume_ml": volume,
        "batch": box.batch if box else "",
        "expires_on": box.expires_on.isoformat() if box and box.expires_on else "",
    }
    for name, value in known.items():
        fresh[name] = "" if value is None else value if isinstance(value, str) else f"{value.normalize():f}"
    return fresh


def initial_drug(before: Injection | None, drugs: DrugList) -> dict[str, Any]:
    """What was drawn up last today: the same vial box is likely, the dose is asked afresh."""
    if before is None:
        return {}
    same = {name: getattr(before, name) for name in ("strength_mg_ml", "batch", "expires_on")}
    listed = drugs.by_id(before.listed_drug_id)
    if listed is not None and listed.active:
        same["listed"] = str(listed.pk)
    else:
        same |= {"drug": before.drug} | ({"listed": OTHER} if drugs.in_use else {})
    return same | {"steroid": "yes"} if before.steroid else same


def chosen_or_named(typed: Mapping[str, object], chosen: str, text: str) -> str:
    """The number of the drug that is chosen, else the name that is typed."""
    number = str(typed.get(chosen) or "")
    return number if number.isdigit() else str(typed.get(text) or "").strip()
