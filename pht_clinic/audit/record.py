"""Writes audit rows. One is written in the same transaction as the thing it tells of."""

import datetime as dt
from collections.abc import Iterable, Mapping

from pht_clinic.audit.door import COMMAND, door_of, way
from pht_clinic.audit.models import Entry
from pht_clinic.audit.request_id import request_id
from pht_clinic.audit.values import Changed, store_with, sums_of, told
from pht_clinic.people.actors import Actor, at_the_server


def record(
    verb: str,
    *,
    by: Actor,
    now: dt.datetime,
    patients: Iterable[int] = (),
    subject: str = "",
    detail: Mapping[str, object] | None = None,
    changed: Iterable[Changed] = (),
) -> Entry:
    """Append one row: `by` did `verb` (a past participle) to `subject`; `detail` must be plain JSON.

    `changed` says of each field what it said before and after; what a person is or says belongs there and not into
    `detail`, which a seal covers for ever.
    """
    row = entry(verb, by=by, now=now, patients=patients, subject=subject, detail=detail)
    values = told(changed)
    row.sums = sums_of(values)
    store_with(row, values)
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
    came = way.get()
    who = at_the_server() if by.kind == "system" and came.door == COMMAND else by
    return Entry(
        at=now,
        actor_kind=who.kind,
        user_id=who.user_id,
        actor_name=who.name[:150],
        verb=verb,
        subject=subject,
        patient_ids=sorted(set(patients)),
        detail=dict(detail or {}),
        door=door_of(by),
        request_id=request_id.get(),
        network=came.network,
        device=came.device,
        in_clinic=came.in_clinic,
    )


def viewed(*, by: Actor, now: dt.datetime, patients: Iterable[int], what: str, opened: int | None = None) -> Entry:
    """Append the one row of a response that shows patients; `what` names the page or endpoint, `opened` is the patient
    whose own page it is.
    """
    detail = {} if opened is None else {"page_of": opened}
    return record("viewed", by=by, now=now, patients=patients, subject=what, detail=detail)
