"""Lists that need a person today, counted for Home."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast, Length

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


def newest(*, said: QuerySet[Any], **lists: QuerySet[Any]) -> list[tuple[Any, ...]]:
    """How many rows each of these lists has and the highest id in it; of the open calls in `said` also how much they
    say and how urgent they are. One query.
    """
    says = {"said": Sum((Length("say") + Length(Cast("later", TextField()))) * 10 + F("urgency"))}
    numbered = [
        _newest("said", said, **says),
        *(_newest(name, rows, said=Sum(Value(0))) for name, rows in lists.items()),
    ]
    return sorted(numbered[0].union(*numbered[1:], all=True))


def _newest(name: str, rows: QuerySet[Any], **more: Any) -> QuerySet[Any]:
    named = rows.order_by().annotate(of_list=Value(name)).values("of_list")
    counted: QuerySet[Any] = named.annotate(number=Count("pk"), newest=Max("pk"), **more)
    return counted.values_list("of_list", "number", "newest", "said")
