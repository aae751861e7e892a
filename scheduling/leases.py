"""What every row that workers lease has in common: nobody waits for one that another holds, and one over which workers
vanish is pushed back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Greatest, Least

_A_TRY = timedelta(minutes=1)
_MOST_TRIES_WAITED_FOR = 10


def update_free(rows: QuerySet[Any], **values: Any) -> int:
    """Change those that nobody else holds at this moment, so that it never waits; others come with the next round."""
    with transaction.atomic():
        free = rows.select_for_update(skip_locked=True, of=("self",)).order_by()
        changed: int = rows.model._default_manager.filter(pk__in=free.values("pk")).update(**values)
        return changed


def due_after_a_vanished_worker(*, now: datetime, unless: Q | None = None) -> Case:
    """When a row is due that a vanished worker left, by its `due_at` and `attempts`.

    One that was tried before, too, may be what makes workers vanish: it is queued behind the others, a minute for each
    try, at most 10. `unless` are those that are not queued again.
    """
    tries = Least("attempts", _MOST_TRIES_WAITED_FOR)
    waits = ExpressionWrapper(Value(now) + tries * Value(_A_TRY), output_field=DateTimeField())
    again = Q(attempts__gte=2) if unless is None else ~unless & Q(attempts__gte=2)
    return Case(When(again, then=Greatest("due_at", waits)), default=F("due_at"))
