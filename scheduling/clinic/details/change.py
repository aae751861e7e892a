"""Use case of managers: what the clinic says of itself changes, for every page and mail from that moment on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, transaction

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.clinic_words import FIRST, ClinicWords, first_words
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy
from scheduling.clinic.details.sense import LABELS, problems
from scheduling.diary.locks import Difference, StaleRevision, use_case
from scheduling.messages import words as printing
from scheduling.messages.wording.clinic_versions import newest, versions, words_of
from scheduling.messages.wording.rewording import SameWords
from scheduling.models import ClinicVersion


@dataclass(frozen=True, slots=True)
class Opened:
    """What a form begins from, and the version in force when it was opened."""

    words: ClinicWords
    revision: int


def change_details(words: ClinicWords, *, revision: int, by: Actor, now: datetime) -> ClinicVersion:
    """Store a new version of what the clinic says of itself. What is queued leaves with it, what left stays as it was.

    `revision` is the version that was in force when the manager began, 0 for the environment's. Back to an earlier one
    is a new version like any other. Raises: Forbidden, Invalid (every field that is wrong), SameWords, StaleRevision.
    """
    check_permitted("change-details", by)
    assert by.user_id is not None  # noqa: S101 - only who signs in has a role
    own = checked(words)
    with use_case():
        present = newest()
        if present is not None and present.version != revision:
            raise _changed_since(revision, present)
        before = words_of(present)
        changes = differences(before, own)
        if not changes:
            raise SameWords("Nothing is different from what the clinic says about itself now.")
        row = _stored(
            ClinicVersion(**asdict(replace(own, version=before.version + 1)), at=now, by_id=by.user_id, by_name=by.name)
        )
        detail = {"version": row.version, "changes": [{"field": a, "old": b, "new": c} for a, b, c in changes]}
        record("details-changed", by=by, now=now, subject=f"clinic:{row.version}", detail=detail)
        return row


def checked(words: ClinicWords) -> ClinicWords:
    """As they would be stored: lines without white space that nobody sees. Raises: Invalid (every field)."""
    lines: dict[str, Any] = {name: tidy(getattr(words, name)) for name in LABELS}
    own = ClinicWords(**lines)
    if found := problems(own):
        raise Invalid(found)
    return own


def differences(before: ClinicWords, after: ClinicWords) -> list[tuple[str, str, str]]:
    """Each field that says otherwise, with what it said and says."""
    both = ((name, getattr(before, name), getattr(after, name)) for name in LABELS)
    return [(name, was, is_now) for name, was, is_now in both if was != is_now]


def history() -> list[tuple[ClinicVersion, list[tuple[str, str, str]]]]:
    """Every version, the one in force first, with what each changed: the label, what it said until then, and since."""
    rows = versions()
    before = [*map(words_of, rows[1:]), first_words()]
    return [
        (row, [(LABELS[name], was, is_now) for name, was, is_now in differences(earlier, words_of(row))])
        for row, earlier in zip(rows, before, strict=False)
    ]


def _changed_since(revision: int, present: ClinicVersion) -> StaleRevision:
    at = printing.when(present.at, clock.zone())
    stale = StaleRevision(
        f"{present.by_name} saved version {present.version} on {at}. Look at what changed, then save yours again.",
        extra={"revision": present.version},
    )
    rows = versions()
    read = next((row for row in rows if row.version == revision), None)
    stale.seen, stale.present = Opened(words_of(read), revision), Opened(words_of(present), present.version)
    stale.differ = list(_since(stale.seen.words, stale.present.words, rows))
    return stale


def _since(seen: ClinicWords, present: ClinicWords, rows: Sequence[ClinicVersion]) -> Iterator[Difference]:
    """What differs, and who said it so first; `rows` are all versions, the one in force first."""
    for name, was, is_now in differences(seen, present):
        _, same = next(groupby(rows, key=attrgetter(name)))
        *_, last = same
        yield Difference(name, LABELS[name], _quoted(was), _quoted(is_now), last.by_name, last.at)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "empty"


def _stored(row: ClinicVersion) -> ClinicVersion:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody saved this very version since we looked
        present = newest()
        if present is None or present.version < row.version:
            raise
        raise _changed_since(row.version - 1, present) from None
    return row


def words_asked_for(wanted: str, rows: Sequence[ClinicVersion]) -> ClinicWords | None:
    """Those of the version of this number, 0 being the environment's; None where there is no such version."""
    if wanted == str(FIRST):
        return first_words()
    return next((words_of(row) for row in rows if str(row.version) == wanted), None)
