"""Lists that need a person today, counted for Home."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet, Value

from scheduling.messages.undelivered import alarms
from scheduling.models import Message


def phone_tasks() -> QuerySet[Message]:
    """Messages that somebody says on the phone; what did not reach a colleague somebody posts."""
    return Message.objects.filter(Message.TO_PHONE).select_related("patient")


def letters_to_post() -> QuerySet[Message]:
    """Messages to patients that go on paper, and that nobody has posted yet."""
    return Message.objects.filter(Message.TO_POST)


def lost_alarms(*, now: datetime) -> QuerySet[Message]:
    """Mails to the staff that did not leave: whoever sees it here is told."""
    return Message.objects.filter(alarms.not_delivered(now=now))


def counts(**lists: QuerySet[Any]) -> dict[str, int]:
    """How many rows each of these lists has, under its name. One query."""
    numbered = [
        rows.order_by().annotate(of_list=Value(name)).values("of_list").annotate(number=Count("pk"))
        for name, rows in lists.items()
    ]
    found = numbered[0].union(*numbered[1:], all=True).values_list("of_list", "number")
    return {**dict.fromkeys(lists, 0), **dict(found)}


def newest(**lists: QuerySet[Any]) -> dict[str, tuple[int, int]]:
    """How many rows each of these lists has and the highest id in it, under its name. One query."""
    numbered = [
        rows.order_by().annotate(of_list=Value(name)).values("of_list").annotate(number=Count("pk"), newest=Max("pk"))
        for name, rows in lists.items()
    ]
    found = numbered[0].union(*numbered[1:], all=True).values_list("of_list", "number", "newest")
    return {name: (number, last) for name, number, last in found}
