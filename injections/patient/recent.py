"""The patients whose page somebody opened last, read from the trail of that very person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pht_clinic.audit.models import Entry
from pht_clinic.people.actors import Actor
from scheduling.models import Patient

MOST: Final = 8
WITHIN: Final = timedelta(days=14)
_ROWS_READ: Final = 100
"""Views looked at, the newest first: somebody who goes back and forth between two records has opened two."""


def recently_opened(*, by: Actor, now: datetime) -> list[Patient]:
    """At most eight, the one opened last in front; a record that was merged since leads to the one that stands.

    Boundary: within 14 days. Whoever was erased is left out, whoever asks. Two queries; one where nobody was opened.
    """
    opened = _numbers(by, since=now - WITHIN)
    if not opened:
        return []
    rows = Patient.objects.filter(pk__in=opened).select_related("merged_into")
    by_number = {row.pk: row.kept for row in rows if not row.kept.is_restricted}
    return list(dict.fromkeys(by_number[number] for number in opened if number in by_number))[:MOST]


def _numbers(by: Actor, *, since: datetime) -> list[int]:
    """Each once, the last one in front."""
    views = Entry.objects.filter(user=by.user_id, at__gt=since, verb="viewed", detail__has_key="page_of")
    rows = views.order_by("-at", "-pk").values_list("detail__page_of", flat=True)[:_ROWS_READ]
    return list(dict.fromkeys(rows))
