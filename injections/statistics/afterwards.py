"""What reached the patients, and what they answered after an injection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from injections.models import RecoveryAnswer
from injections.statistics.charts import Chart, Series, bars, columns
from injections.statistics.months import Figure, Months
from injections.statistics.shapes import CountedDays, Statistic, headings, local_month, months_of, percent, select
from pht_clinic import clock
from scheduling.messages.kinds import NAMES
from scheduling.messages.words import counted
from scheduling.models import Message


def messages(period: CountedDays) -> Statistic:
    """What was due in the period, by kind and by what became of it. Withdrawn ones were replaced by other news."""
    first, end = period.edges
    state = Message.State
    found = (
        Message.objects.filter(due_at__gte=first, due_at__lt=end)
        .values("kind")
        .order_by("kind")
        .annotate(
            sent=Count("pk", filter=Q(status=state.SENT)),
            failed=Count("pk", filter=Q(status__in=(state.FAILED, state.UNKNOWN))),
            skipped=Count("pk", filter=Q(status=state.SKIPPED)),
            waiting=Count("pk", filter=Q(status__in=(state.QUEUED, state.SENDING))),
            withdrawn=Count("pk", filter=Q(status=state.CANCELLED)),
        )
    )
    rows = [
        (row["kind"], row["sent"], row["failed"], row["skipped"], row["waiting"], row["withdrawn"]) for row in found
    ]
    sent, failed, skipped = (sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows))
    tried = sent + failed + skipped
    return Statistic(
        f"Of {counted(tried, 'message')} that came due, {sent} delivered ({percent(sent, tried)}), {failed} failed, "
        f"{skipped} not sent, each with its reason.",
        headings(
            kind="Message",
            sent="Delivered",
            failed="Failed",
            not_sent="Not sent",
            waiting="Waiting",
            withdrawn="Withdrawn",
        ),
        rows,
        _came_to_be_sent(rows),
    )


def _came_to_be_sent(rows: Sequence[tuple[str, int, int, int, int, int]]) -> Chart | None:
    """A bar for each kind of which any message came to be sent; None when none did."""
    shown = [row for row in rows if sum(row[1:4])]
    if not shown:
        return None
    return bars(
        [NAMES.get(row[0], row[0]) for row in shown],
        [
            Series("Delivered", [row[1] for row in shown]),
            Series("Failed", [row[2] for row in shown]),
            Series("Not sent", [row[3] for row in shown]),
        ],
    )


_PAIN_BY_QUESTION = """
    WITH newest AS (
        SELECT DISTINCT ON (appointment_id, question) question, pain, change
        FROM injections_recoveryanswer
        WHERE answered_at >= %s AND answered_at < %s
        ORDER BY appointment_id, question, id DESC
    )
    SELECT question, count(*),
           percentile_cont(0.25) WITHIN GROUP (ORDER BY pain),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY pain),
           percentile_cont(0.75) WITHIN GROUP (ORDER BY pain),
           count(*) FILTER (WHERE change = 'better'),
           count(*) FILTER (WHERE change = 'same'),
           count(*) FILTER (WHERE change = 'worse')
    FROM newest GROUP BY question
"""
_NOBODY_ANSWERED = (0, None, None, None, 0, 0, 0)


def recovery(period: CountedDays) -> Statistic:
    """What patients answered in the period after an injection, by question; of several answers the newest counts."""
    rows = _by_question(period)
    answered = [row for row in rows if row[1]]
    total = sum(row[1] for row in answered)
    path = ", ".join(f"{row[0].lower()}: {row[3]:g}" for row in answered)
    return Statistic(
        f"{counted(total, 'answer')}. {f'Median pain from 0 to 10 – {path}.' if answered else ''}".strip(),
        headings(
            asked="Asked",
            answers="Answers",
            pain_lower_quartile="Pain, lower quartile",
            pain_median="Pain, median",
            pain_upper_quartile="Pain, upper quartile",
            better="Better",
            same="The same",
            worse="Worse",
        ),
        rows,
        columns([row[0] for row in rows], [Series("Median pain", [row[3] or 0 for row in rows])], highest=10)
        if answered
        else None,
    )


def _by_question(period: CountedDays) -> list[tuple[Any, ...]]:
    """Every question in its order, with what `_PAIN_BY_QUESTION` counted of its answers."""
    found = {question: figures for question, *figures in select(_PAIN_BY_QUESTION, period.edges)}
    return [
        (question.label.capitalize(), *found.get(question, _NOBODY_ANSWERED)) for question in RecoveryAnswer.Question
    ]


_PAIN_BY_MONTH = f"""
    WITH newest AS (
        SELECT DISTINCT ON (appointment_id, question) answered_at, pain
        FROM injections_recoveryanswer
        WHERE answered_at >= %s AND answered_at < %s
        ORDER BY appointment_id, question, id DESC
    )
    SELECT {local_month("answered_at")}, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY pain)
    FROM newest GROUP BY 1
"""  # noqa: S608 - nothing of anybody's is put in


def _recovery_by_month(period: CountedDays) -> dict[date, tuple[Any, ...]]:
    return months_of(select(_PAIN_BY_MONTH, [*period.edges, str(clock.zone())]))


def _messages_by_month(period: CountedDays) -> dict[date, tuple[Any, ...]]:
    first, end = period.edges
    state = Message.State
    return months_of(
        Message.objects.filter(due_at__gte=first, due_at__lt=end)
        .values(month=TruncMonth("due_at", tzinfo=clock.zone()))
        .order_by("month")
        .annotate(
            sent=Count("pk", filter=Q(status=state.SENT)),
            failed=Count("pk", filter=Q(status__in=(state.FAILED, state.UNKNOWN))),
            skipped=Count("pk", filter=Q(status=state.SKIPPED)),
        )
        .values_list("month", "sent", "failed", "skipped")
    )


MESSAGES_BY_MONTH = Months(
    (Figure("sent", "Delivered"), Figure("failed", "Failed"), Figure("not_sent", "Not sent")), _messages_by_month
)
RECOVERY_BY_MONTH = Months(
    (Figure("answers", "Answers", is_drawn=False), Figure("pain_median", "Median pain, 0 to 10", adds_up=False)),
    _recovery_by_month,
    highest=10,
)
