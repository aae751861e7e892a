"""Writes audit rows. One is written in the same transaction as the thing it tells of."""

import datetime as dt
from collections.abc import Iterable, Mapping

from pht_clinic.audit.door import door_of
from pht_clinic.audit.models import Entry
from pht_clinic.audit.request_id import request_id
from pht_clinic.people.actors import Actor
from pht_clinic.rows import store


def record(
    verb: str,
    *,
    by: Actor,
    now: dt.datetime,
    patients: Iterable[int] = (),
    subject: str = "",
    detail: Mapping[str, object] | None = None,
) -> Entry:
    """Append one row: `by` did `verb` (a past participle) to `subject`; `detail` must be plain JSON."""
    row = entry(verb, by=by, now=now, patients=patients, subject=subject, detail=detail)
    store(row)
    return row


def entry(
    verb: str,
    *,
    by: Actor,
    now: dt.datetime,
    patients: Iterable[int] = (),
    subject: str = "",
    detail: Mapping[str, object] | None = None,
) -> Entry:
    """The row that `record` would append, for whoever stores it together with what it tells of."""
    return Entry(
        at=now,
        actor_kind=by.kind,
        user_id=by.user_id,
        actor_name=by.name[:150],
        verb=verb,
        subject=subject,
        patient_ids=sorted(set(patients)),
        detail=dict(detail or {}),
        door=door_of(by),
        request_id=request_id.get(),
    )


def viewed(*, by: Actor, now: dt.datetime, patients: Iterable[int], what: str) -> Entry:
    """Append the one row of a response that shows patients; `what` names the page or endpoint."""
    return record("viewed", by=by, now=now, patients=patients, subject=what)
