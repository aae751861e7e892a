"""Revisions in the API: read with each record, optional when it is changed; a stale one is a 409 with both versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pht_clinic.web.api.endpoint import Answer
from pht_clinic.web.api.fields import LARGEST_REVISION, Whole
from scheduling.diary.locks import StaleRevision


class Revision(Whole):
    """Which revision of a record the caller read. Left out, what is named is changed whatever happened since."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = {"required": False, "allow_null": True, "min_value": 1, "max_value": LARGEST_REVISION}
        super().__init__(**{**bounds, "help_text": "as it was read; a stale one is a 409", **kwargs})


@contextmanager
def both_versions(answer: Answer, **renamed: str) -> Iterator[None]:
    """Add to a stale revision the record as it was `seen` and as it is at `present`, both as a GET answers them, and
    to each of its `changes` what the field said and says, in words where a GET does not answer it. `renamed` is what
    answers call a column that is called otherwise there.
    """
    try:
        yield
    except StaleRevision as stale:
        seen, present = answer(stale.seen).data, answer(stale.present).data
        changes: Any = stale.extra["changes"]
        named = [{**one, "field": renamed.get(one["field"], one["field"])} for one in changes]
        told = [
            {**one, "from": seen.get(one["field"], one["from"]), "to": present.get(one["field"], one["to"])}
            for one in named
        ]
        stale.extra |= {"changes": told, "seen": seen, "present": present}
        raise
