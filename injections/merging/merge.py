"""Two records turn out to be one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from injections.assessment.activity_calls import follow_activities
from injections.assessment.fact_change import FactChange, judged_anew, tell
from pht_clinic.audit.values import Changed
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing, pointer_step
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import writing
from scheduling.diary.locks import lock, use_case
from scheduling.messages import outbox, recipients
from scheduling.models import Appointment, Merge, Message, Patient
from scheduling.patients.joining import CHOSEN, OTHER, THIS, join, newest_ids
from scheduling.patients.restricted import check_not_restricted
from scheduling.revisions import edits


def merge_patients(
    patient_id: int,
    *,
    into_id: int,
    keep: Mapping[str, str] | None = None,
    revisions: Mapping[int, int] | None = None,
    by: Actor,
    now: datetime,
) -> FactChange:
    """Join the record of one person kept twice: everything counts for `into_id` from now on.

    Records stay where they were written and are read together; open bookings go over to the one that remains, and so
    does what it lacks of names, NHS number, ways to be reached, needs, GP and carer. `keep` says of details that differ
    whose stays: "this", of the record merged away, or "other", of the one that remains, as where nothing is said.
    `revisions` are those at which the two were compared, by id; where it names none, nobody asks.
    Raises: Forbidden, Missing, Invalid, Conflict (open bookings overlap; with the clashes; one of the two has died),
    IsRestricted (one was erased), StaleRevision.
    """
    check_permitted("merge-patients", by)
    chosen = keep or {}
    _check(patient_id, into_id, chosen)
    with use_case():
        pair = lock(patients=[patient_id, into_id]).patients
        source, target = pair[patient_id], pair[into_id]
        if source.merged_into_id is not None:
            raise Conflict("This record has already been merged into another.")
        if target.merged_into_id is not None:
            raise Invalid.field("into", "This record has already been merged into another.")
        check_not_restricted(source)
        check_not_restricted(target)
        check_both_alive_or_dead(source, target)
        for one in (source, target):
            edits.check_unchanged(one, (revisions or {}).get(one.pk))
        newest = newest_ids()
        brought = {Patient._meta.db_table: list(source.merged_from.values_list("pk", flat=True))}
        brought[Appointment._meta.db_table] = writing.hand_over(source, target, by=by, now=now)
        brought[Message._meta.db_table] = outbox.hand_over(source, target)
        before, after = join(source, target, chosen)
        changed = told_of(source, edits.raise_revision(source, before["source"], by=by, now=now))
        changed += told_of(target, edits.raise_revision(target, before["target"], by=by, now=now))
        recipients.readdress(target, now=now)
        Merge.objects.create(
            source=source,
            target=target,
            at=now,
            by_id=by.user_id,
            before=before,
            after=after,
            brought=brought,
            newest=newest,
        )
        follow_activities(target, by=by, now=now)
        detail = {"merged": patient_id, "into": into_id, "fields": _changed(before["target"], after)}
        tell(target, "patients-merged", target, source, by=by, now=now, detail=detail, changed=changed)
        return judged_anew(target, "patients-merged", target, source, by=by, now=now)


def _check(patient_id: int, into_id: int, keep: Mapping[str, str]) -> None:
    """Raise Missing, or Invalid with everything that is wrong."""
    known = set(Patient.objects.filter(pk__in=[patient_id, into_id]).values_list("pk", flat=True))
    if patient_id not in known:
        raise Missing("There is no such patient.")
    problems = list(_wrong_choices(keep))
    if patient_id == into_id:
        problems.append(FieldError("#/into", "A patient cannot be merged into itself."))
    elif into_id not in known:
        problems.append(FieldError("#/into", f"There is no patient {into_id}."))
    if problems:
        raise Invalid(problems)


def check_both_alive_or_dead(source: Patient, target: Patient) -> None:
    """Raise Conflict where one record says that the person has died: on the other its visits and messages go on."""
    if source.has_died != target.has_died:
        dead, alive = (source, target) if source.has_died else (target, source)
        raise Conflict(
            f"Record {dead.pk} says that the patient has died, record {alive.pk} does not. Record the death on record "
            f"{alive.pk} too, which ends its visits, or undo it on record {dead.pk}. Then merge them.",
            extra={"deceased": str(dead.pk)},
        )


def _wrong_choices(keep: Mapping[str, str]) -> Iterator[FieldError]:
    for name, whose in keep.items():
        if name not in CHOSEN:
            yield FieldError(f"#/keep/{pointer_step(name)}", "There is no such detail.")
        elif whose not in (THIS, OTHER):
            yield FieldError(f"#/keep/{name}", "Choose this or other.")


def told_of(patient: Patient, changed: Iterable[Changed]) -> list[Changed]:
    """What has changed of one of the two records, each field with the record's number."""
    return [(f"{name} of record {patient.pk}", old, new) for name, old, new in changed]


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return sorted(name for name, value in after.items() if value != before[name])
