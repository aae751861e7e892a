"""Every table is thought about: what it holds of whom, how long, what goes with an erasure, what a patient is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model

from injections.patient.keeping.data_map import rows_of_data, rows_of_periods
from injections.patient.keeping.going import APPEND_ONLY, rows_of
from injections.patient.keeping.held import HELD
from injections.patient.keeping.held_shape import Held
from injections.patient.keeping.table import KINDS, RIGHTS
from scheduling.models import Patient

PRIVACY = Path(__file__).parents[4] / "docs" / "privacy.md"


def leads_to_a_patient(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    """Whether a row hangs on a patient, by itself or by what it hangs on; not by what merely lists it."""
    if model is Patient:
        return True
    named = (field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey))
    return any(leads_to_a_patient(one, seen | {model}) for one in named if one not in seen | {model})  # type: ignore[arg-type]


def held() -> Iterator[tuple[type[Model], Held]]:
    return ((apps.get_model(label), one) for label, one in HELD.items())


def test_every_model_is_in_the_list_and_nothing_else() -> None:
    assert sorted(HELD) == sorted(model._meta.label for model in apps.get_models())


def test_whatever_hangs_on_a_patient_says_how_and_what_an_erasure_does() -> None:
    found = {model._meta.label for model in apps.get_models() if leads_to_a_patient(model)}
    assert len(found) > 35
    silent = {label for label in found if not HELD[label].paths}
    assert silent == set()
    assert not {label for label, one in HELD.items() if one.paths and not one.stays}


def test_a_model_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setitem(globals(), "HELD", {label: one for label, one in HELD.items() if label != "injections.Note"})
    with pytest.raises(AssertionError):
        test_every_model_is_in_the_list_and_nothing_else()


@pytest.mark.django_db
def test_every_path_and_column_that_is_named_is_there() -> None:
    for model, one in held():
        names = {field.name for field in model._meta.concrete_fields}
        assert {*one.erased, *one.secret} <= names, model
        if one.paths:
            assert list(rows_of(model, [1], "default")) == []


def test_every_table_is_kept_by_a_kind_of_the_table_of_periods() -> None:
    assert {one.kept for one in HELD.values()} <= KINDS.keys()
    assert KINDS.keys() - {one.kept for one in HELD.values()} == {"patients", "views"}, (
        "people, and entries of the trail"
    )


def test_what_may_only_be_added_to_is_emptied_by_the_other_role_which_may() -> None:
    emptied = {model for model, one in held() if one.erased and getattr(model, "append_only", False)}
    assert emptied == set(APPEND_ONLY)
    for model in APPEND_ONLY:
        rights = RIGHTS[model._meta.db_table]
        assert all(name in rights for name in HELD[model._meta.label].erased)


def test_the_data_map_says_what_the_product_goes_by() -> None:
    said = PRIVACY.read_text(encoding="utf-8").splitlines()
    rows = [line for line in said if line.startswith("| ") and not line.startswith(("| What |", "| Table |"))]
    assert rows == [*rows_of_periods(), *rows_of_data()]
