"""The way to the injection: assessment, physiotherapy, what was tried."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from injections.answers.phone_at_once import check_area_and_side, phone_at_once
from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.facts import sections
from injections.facts.answers import newest_that_fits
from injections.facts.examination import found_in
from injections.models import Pathway
from injections.safety.codes import REQUEST_SIDES
from injections.words import LOADING_STAGES, TREATMENTS
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted, is_permitted
from scheduling.models import Patient


def newest_pathway(patient_id: int, *, area: str | None, side: str | None) -> Pathway | None:
    """The pathway that counts for an area and side now; None asks for any."""
    return newest_that_fits(Pathway.objects.of_patient(patient_id), area, side)


def place_of_last_pathway(patient_id: int) -> tuple[str, str]:
    """The area and side that a pathway was recorded for last, "" for all or both."""
    last = Pathway.objects.of_patient(patient_id).order_by("-pk").values_list("area", "side").first()
    area, side = last or ("", "")
    return area, side if side in REQUEST_SIDES else ""


def pathway_versions(patient_id: int) -> list[Pathway]:
    """Every pathway that was recorded of a patient, newest first; merged records count in."""
    rows = Pathway.objects.of_patient(patient_id)
    return list(rows.select_related("recorded_by").order_by("-pk"))


@dataclass(frozen=True, slots=True)
class PathwayNotes:
    """What a pathway carries beside the rules' object; of it only an earlier injection that was tried is judged.

    `loading_stage`: 1 (isometric) to 4 (energy storage and release), None unknown. `treatments_tried`: keys of
    TREATMENTS. `examined_by` and `examined_on`: who found what an examination found, and when; "" and None where it is
    whoever recorded it.
    """

    loading_stage: int | None = None
    treatments_tried: Collection[str] = ()
    examined_by: str = ""
    examined_on: date | None = None

    @classmethod
    def of(cls, row: Pathway | None) -> PathwayNotes:
        """As a version has them; empty without one."""
        return cls(**{name: getattr(row, name) for name in NOTES}) if row else cls()


NOTES = tuple(PathwayNotes.__dataclass_fields__)
_EXAMINED = {"examined_by": "", "examined_on": None}


def set_pathway(
    patient_id: int,
    *,
    pathway: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    notes: PathwayNotes = PathwayNotes(),
    by: Actor,
    now: datetime,
) -> FactChange:
    """Store a new version of the pathway (the pathway section of the batch check) in place of the present one.

    Raises: Forbidden, Missing, Invalid.
    """
    check_permitted("record-pathway", by)
    sections.pathway(pathway)
    check_area_and_side(area, side)
    with fact_about(patient_id) as patient:
        _check_notes(notes, patient, now)
        return _store(patient, area, side, pathway, notes, by=by, now=now)


def change_pathway(
    patient_id: int,
    *,
    pathway: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    notes: Mapping[str, Any],
    by: Actor,
    now: datetime,
) -> FactChange:
    """Store a new version in which what is named is changed and the rest stays; `notes` names fields of PathwayNotes.

    Other findings of an examination than before are those of whoever records them, unless it is named who examined.

    Raises: Forbidden, Missing, Invalid.
    """
    check_permitted("record-pathway", by)
    check_area_and_side(area, side)
    with fact_about(patient_id) as patient:
        before = newest_pathway(patient.pk, area=area or "", side=side or "") or Pathway(content={})
        content = {**before.content, **pathway}
        sections.pathway(content)
        kept = asdict(PathwayNotes.of(before))
        if found_in(content) != found_in(before.content):
            kept |= _EXAMINED
        merged = PathwayNotes(**kept | dict(notes))
        _check_notes(merged, patient, now)
        return _store(patient, area, side, content, merged, by=by, now=now)


def _store(
    patient: Patient,
    area: str | None,
    side: str | None,
    content: Mapping[str, Any],
    notes: PathwayNotes,
    *,
    by: Actor,
    now: datetime,
) -> FactChange:
    before = newest_pathway(patient.pk, area=area or "", side=side or "")
    row = Pathway.objects.create(
        patient=patient,
        area=area or "",
        side=side or "",
        content=dict(content),
        **{**asdict(notes), "treatments_tried": sorted(set(notes.treatments_tried))},
        reason_is_clinicians=_is_clinicians(content.get("not_possible_reason"), before, by=by),
        **written(by=by, now=now),
    )
    phone_at_once(patient, area=area, side=side, now=now)
    return settle(row, "pathway-recorded", patient, by=by, now=now)


def _is_clinicians(reason: object, before: Pathway | None, *, by: Actor) -> bool:
    """Whose reason why physiotherapy is not possible it is; it keeps its author while its words stay."""
    if before and reason == before.content.get("not_possible_reason"):
        return before.reason_is_clinicians
    return bool(reason) and is_permitted("excuse-physiotherapy", by)


def _check_notes(notes: PathwayNotes, patient: Patient, now: datetime) -> None:
    problems = []
    if notes.loading_stage is not None and notes.loading_stage not in LOADING_STAGES:
        problems.append(FieldError("#/loading_stage", "Give a stage from 1 to 4."))
    if unknown := [name for name in notes.treatments_tried if name not in TREATMENTS]:
        problems.append(FieldError("#/treatments_tried", f"{unknown[0]} is not one of {', '.join(TREATMENTS)}."))
    if notes.examined_on and notes.examined_on > clock.local_date(now):
        problems.append(FieldError("#/examined_on", "The day of the examination is in the future."))
    if notes.examined_on and notes.examined_on < patient.date_of_birth:
        problems.append(FieldError("#/examined_on", "The day of the examination is before the date of birth."))
    if problems:
        raise Invalid(problems)
