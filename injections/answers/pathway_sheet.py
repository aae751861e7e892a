"""The pathway as a form that opened with what is recorded: what was changed in it is stored, the rest stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from injections.answers.pathway import NOTES, PathwayNotes, change_pathway
from injections.assessment.fact_change import FactChange, fact_about
from injections.facts.answers import newest_that_fits
from injections.facts.examination import found_in
from injections.models import Pathway
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwaySheet:
    """The pathway section of the batch check and what is noted beside it, for which area and side.

    `shown`: the version that it opened with (its id), None where nothing was recorded.
    `replace_newer`: it is known that it replaces what somebody else has recorded since then.
    """

    content: Mapping[str, Any]
    notes: PathwayNotes
    area: str | None
    side: str | None
    shown: int | None = None
    replace_newer: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """All of it by name, as `_fields` of a version."""
        return {**self.content, **asdict(self.notes)}


class PathwayChanged(Conflict):
    """Fields of a pathway that somebody else changed while it was open: their names, and the version that says so."""

    code = "changed-meanwhile"
    sentence = "Somebody else has changed this pathway since the page was opened."

    def __init__(self, fields: list[str], version: Pathway) -> None:
        super().__init__()
        self.fields = fields
        self.version = version


def record_pathway_sheet(patient_id: int, sheet: PathwaySheet, *, by: Actor, now: datetime) -> FactChange | None:
    """Store a new version with what a sheet changed in what it was shown; None when that is nothing.

    Raises: Forbidden, Missing, Invalid, PathwayChanged (unless the sheet passes it).
    """
    check_permitted("record-pathway", by)
    with fact_about(patient_id) as patient:
        versions = list(Pathway.objects.of_patient(patient.pk).select_related("recorded_by"))
        shown = _fields(next((one for one in versions if one.pk == sheet.shown), None))
        changed = _differing(sheet.fields, shown)
        if not changed:
            return None
        if not sheet.replace_newer:
            newest = newest_that_fits(versions, sheet.area or "", sheet.side or "")
            _check_unchanged(newest, shown, changed)
        return change_pathway(
            patient.pk,
            pathway={name: value for name, value in changed.items() if name in sheet.content},
            notes=_examined(sheet, shown) | {name: value for name, value in changed.items() if name in NOTES},
            area=sheet.area,
            side=sheet.side,
            by=by,
            now=now,
        )


def _examined(sheet: PathwaySheet, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Who examined, as it stood on the sheet beside findings that it changes."""
    if found_in(sheet.content) == found_in(shown):
        return {}
    return {"examined_by": sheet.notes.examined_by, "examined_on": sheet.notes.examined_on}


def _check_unchanged(newest: Pathway | None, shown: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Raises: PathwayChanged, where one of these fields was changed to something else since it was shown."""
    stands = _fields(newest)
    others = _differing(stands, shown).keys() & _differing(changed, stands).keys()
    if newest and others:
        raise PathwayChanged([name for name in changed if name in others], newest)


def _differing(fields: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Those of these fields that say something else there."""
    return {name: value for name, value in fields.items() if not _same(value, others.get(name))}


def _fields(version: Pathway | None) -> dict[str, Any]:
    if version is None:
        return {}
    return {**version.content, **asdict(PathwayNotes.of(version))}


def _same(one: Any, other: Any) -> bool:
    """Whether two values say the same: of lists the order says nothing, and nothing is nothing."""
    if isinstance(one, list | tuple) or isinstance(other, list | tuple):
        return set(one or ()) == set(other or ())
    return (one or None) == (other or None)
