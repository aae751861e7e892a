"""A merge is taken back: two people after all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from injections.assessment.activity_calls import follow_activities
from injections.assessment.fact_change import FactChange, judged_anew, tell
from injections.merging.between import Between, by_model, name_of, rows_between
from injections.merging.merge import told_of
from injections.merging.words import what_it_is
from injections.models import Call
from pht_clinic.audit.values import Changed
from pht_clinic.errors import Busy, Conflict, FieldError, Invalid, pointer_step
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import writing
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.messages import recipients
from scheduling.models import Appointment, Death, Merge, Message, Patient
from scheduling.patients.joining import give_back, part
from scheduling.patients.restricted import check_not_restricted
from scheduling.revisions import edits


class Undecided(Conflict):
    """Of some rows nobody has said whose they are; `extra["undecided"]` names each."""

    code = "undecided"


@dataclass(frozen=True, slots=True)
class Undoing:
    """A merge that may be taken back, and what came between."""

    merge: Merge
    between: Between


def undoing_of(patient_id: int, *, now: datetime) -> Undoing:
    """What taking back the merge of this record would do. Raises: Missing, Conflict (it cannot be taken back)."""
    merge = _merge_of(the(Patient, patient_id), now=now)
    return Undoing(merge, rows_between(merge))


def unmerge_patients(
    patient_id: int, *, assign: Mapping[str, int] | None = None, by: Actor, now: datetime
) -> FactChange:
    """Take the merge of this record back: both stand again, with their details and histories as they were.

    What was written since goes to the one it belongs to; `assign` says so of rows that do not say it themselves, by
    their name (`appointment:12`). Both patients' open bookings are judged again.
    Raises: Forbidden, Missing, Invalid, Undecided, Conflict (not merged, more than 30 days ago, merged further since, a
    death was recorded since).
    """
    check_permitted("unmerge-patients", by)
    seen = _merge_of(the(Patient, patient_id), now=now)
    chosen = assign or {}
    with use_case():
        merge = _locked(seen, now=now)
        source, target = merge.source, merge.target
        between = rows_between(merge)
        _check_assigned(chosen, between, merge)
        given = [*between.source, *_chosen(chosen, between, source.pk)]
        _check_calls(given, source)
        _give(merge, given, by=by, now=now)
        read = [(patient, edits.details(patient)) for patient in (source, target)]
        part(merge, source, target)
        changed: list[Changed] = []
        for patient, was in read:
            changed += told_of(patient, edits.raise_revision(patient, was, by=by, now=now))
            recipients.readdress(patient, now=now)
            follow_activities(patient, by=by, now=now)
        merge.undone_at, merge.undone_by_id = now, by.user_id
        merge.save(update_fields=["undone_at", "undone_by"])
        detail = {"apart": source.pk, "from": target.pk, "given_back": [name_of(row) for row in given]}
        tell(source, "merge-undone", source, target, by=by, now=now, detail=detail, changed=changed)
        return judged_anew(source, "merge-undone", source, target, by=by, now=now)


def _merge_of(patient: Patient, *, now: datetime) -> Merge:
    """The merge that holds, of a record that was merged away. Raises: Conflict."""
    if patient.merged_into_id is None:
        raise Conflict("This record has not been merged into another.")
    merge = Merge.objects.select_related("source", "target", "by").filter(source=patient, undone_at=None).first()
    check_not_restricted(patient)
    if merge is None:
        raise Conflict("This merge was made before merges could be undone.")
    if merge.target.merged_into_id is not None:
        raise Conflict(
            f"The record it was merged into was itself merged, into record {merge.target.merged_into_id}, since. "
            "Undo that first.",
            extra={"first": str(merge.target_id)},
        )
    if (merge.target.death_id or 0) > merge.newest.get(Death._meta.db_table, 0):
        raise Conflict(
            "A death has been recorded since. Undo that first, then the merge, and record it for the one who died."
        )
    if now > merge.undone_until:
        raise Conflict("A merge can be undone within 30 days, and this one is older.")
    return merge


def _locked(seen: Merge, *, now: datetime) -> Merge:
    """The merge with both patients locked, as it stands then. Raises: Busy (it is another one by then), Conflict."""
    pair = lock(patients=[seen.source_id, seen.target_id]).patients
    merge = _merge_of(pair[seen.source_id], now=now)
    if merge.pk != seen.pk:
        raise Busy("Somebody else is changing this right now. Try again in a moment.")
    merge.source, merge.target = pair[seen.source_id], pair[seen.target_id]
    return merge


def _check_assigned(assign: Mapping[str, int], between: Between, merge: Merge) -> None:
    """Raise Invalid for what is said of rows that are not asked about, Undecided for those of which nothing is said."""
    asked = {name_of(row): row for row in between.asked}
    if problems := list(_assigned_wrongly(assign, asked, merge)):
        raise Invalid(problems)
    if undecided := [row for name, row in asked.items() if name not in assign]:
        raise Undecided(
            "For each record made since the merge, say whose it is.",
            extra={"undecided": [{"row": name_of(row), "what": what_it_is(row)} for row in undecided]},
        )


def _assigned_wrongly(assign: Mapping[str, int], asked: Collection[str], merge: Merge) -> Iterator[FieldError]:
    pair = (merge.source_id, merge.target_id)
    for name, patient_id in assign.items():
        if name not in asked:
            yield FieldError(f"#/assign/{pointer_step(name)}", "There is nothing to decide about this.")
        elif patient_id not in pair:
            yield FieldError(f"#/assign/{pointer_step(name)}", f"Choose record {pair[0]} or {pair[1]}.")


def _chosen(assign: Mapping[str, int], between: Between, patient_id: int) -> list[models.Model]:
    """What was given to this patient, with all that goes along."""
    return [row for name, whose in assign.items() if whose == patient_id for row in between.followers[name]]


def _check_calls(given: Iterable[models.Model], source: Patient) -> None:
    """Raise Conflict where both records have an open call for one reason: there may be one for each alone."""
    ours = set(Call.objects.filter(patient=source, closed_at=None).values_list("why", "rule"))
    for row in given:
        if isinstance(row, Call) and row.closed_at is None and (row.why, row.rule) in ours:
            raise Conflict(
                f"Both records have an open call about {row.get_why_display()}. Record one of them first.",
                extra={"call": str(row.pk)},
            )


def _give(merge: Merge, rows: Sequence[models.Model], *, by: Actor, now: datetime) -> None:
    """Make these rows the source's; a visit gets a line in its history."""
    for model, ids in by_model(rows).items():
        if model is Appointment:
            visits = list(Appointment.objects.filter(pk__in=ids).order_by("pk"))
            writing.give(visits, merge.source, by=by, now=now)
        elif model is Message:
            Message.objects.filter(pk__in=ids).update(patient=merge.source)
        else:
            give_back(merge, model, ids)
