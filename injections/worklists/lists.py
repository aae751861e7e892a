"""Lists that need a person today, counted for Home."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet, Value

from scheduling.models import Message


def phone_tasks() -> QuerySet[Message]:
    """Messages that did not reach their patient: somebody phones."""
    return Message.objects.filter(Message.OPEN_TASK).select_related("patient")


def counts(**lists: QuerySet[Any]) -> dict[str, int]:
    """How many rows each of these lists has, under its name. One query."""
    numbered = [
        rows.order_by().annotate(of_list=Value(name)).values("of_list").annotate(number=Count("pk"))
        for name, rows in lists.items()
    ]
    found = numbered[0].union(*numbered[1:], all=True).values_list("of_list", "number")
    return {**dict.fromkeys(lists, 0), **dict(found)}
