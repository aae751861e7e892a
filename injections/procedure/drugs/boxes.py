"""Which box of a drug is in use today: its batch and expiry, with which the form of the next injection opens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from injections.models import Drug, DrugBox, Injection
from injections.safety.dates import in_words
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import what_is_hidden
from scheduling.clinic.consequences import find_row
from scheduling.diary.locks import use_case

LONGEST_BATCH: Final = 50


def use_box(drug_id: int, batch: str, expires_on: date | None, *, by: Actor, now: datetime) -> DrugBox:
    """Say which box of a drug is in use on this local day, from now on; one that was in use stays on record.

    Boundary: a batch can be used on its last day. Raises: Forbidden, Missing, Invalid (every problem).
    """
    check_permitted("use-box", by)
    with use_case():
        drug = find_row(Drug, drug_id, lock=True)
        if problems := box_problems(batch, expires_on, on=clock.local_date(now)):
            raise Invalid(problems)
        return put_in_use(drug.pk, batch, expires_on, by=by, now=now)


def box_problems(batch: str, expires_on: date | None, *, on: date) -> list[FieldError]:
    """What is wrong with a box that is to be used on this day."""
    problems = []
    if not batch.strip():
        problems.append(FieldError("#/batch", "Give the batch."))
    elif why := what_is_hidden(batch.strip()):
        problems.append(FieldError("#/batch", f"The batch {why}"))
    if expires_on is not None and expires_on < on:
        problems.append(FieldError("#/expires_on", f"This box was good until {in_words(expires_on)}: take another."))
    return problems


def use_what_was_drawn_up(injection: Injection, *, by: Actor, now: datetime) -> None:
    """What was drawn up today of a listed drug is in use from now on, unless its batch had expired."""
    today = clock.local_date(now)
    if injection.listed_drug_id is None or not injection.batch or injection.given != today.isoformat():
        return
    if box_problems(injection.batch, injection.expires_on, on=today):
        return
    put_in_use(injection.listed_drug_id, injection.batch, injection.expires_on, by=by, now=now)


def put_in_use(drug_id: int, batch: str, expires_on: date | None, *, by: Actor, now: datetime) -> DrugBox:
    """Store that this box is in use from now on; one that is already is stored once. For use cases, inside theirs."""
    today = clock.local_date(now)
    newest = DrugBox.objects.filter(drug=drug_id, on=today).last()
    if newest is not None and (newest.batch, newest.expires_on) == (batch.strip(), expires_on):
        return newest
    box = DrugBox(drug_id=drug_id, on=today, batch=batch.strip(), expires_on=expires_on)
    box.recorded_at, box.recorded_by_id = now, by.user_id
    box.save()
    record("box-in-use", by=by, now=now, subject=f"drug:{drug_id}", detail={"batch": box.batch})
    return box
