"""Rows that are corrected and withdrawn, as resources: the row that stands, and those that hold no more.

A correction is a new row, so it is a new resource. The old one stays readable as entered in error, with the time of
its correction, so that whoever holds a copy hears of it. A row that only says that another one is withdrawn is no
resource of its own.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from injections.models import Injection

_WITH = ("patient", "recorded_by", "superseded_by")


def all_versions(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of rows that can be corrected: each with what it takes to show it, and `changed_at`; withdrawals left out."""
    is_injection = rows.model is Injection
    withdrawal = {"status": Injection.Status.ENTERED_IN_ERROR} if is_injection else {"is_withdrawn": True}
    found: QuerySet[Any] = (
        rows.exclude(supersedes__isnull=False, **withdrawal)
        .select_related(*_WITH)
        .annotate(changed_at=Coalesce(F("superseded_by__recorded_at"), F("recorded_at")))
    )
    return found


def holds_no_more(row: Any) -> bool:
    """Whether it was corrected or withdrawn."""
    return not row.stands
