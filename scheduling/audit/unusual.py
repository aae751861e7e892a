"""Who does far more than they usually do: read from the trail, told to the managers, closed by one of them.

Looked at is the hour that has just passed. It stands out where it is more than a fixed number, and more than so many
times what is usual for that very person: of each of their last 28 days the busiest hour, and of those the middle one.
A day that stood out is no usual day before a manager has closed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.account_news import UNUSUAL, tell
from pht_clinic.people.actors import SYSTEM, Actor
from pht_clinic.people.models import User
from pht_clinic.people.roles import MANAGER
from pht_clinic.permissions import check_permitted
from pht_clinic.rows import fetch_all
from pht_clinic.text import what_is_hidden
from scheduling.audit.words import TAKEN_OUT
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import UnusualUse

HOUR: Final = timedelta(hours=1)
USUAL_OF: Final = timedelta(days=28)
OF_ONE: Final = 2
"""Patients of one view, at most, that count as opened one by one: a record, and one merged into it."""
LISTS_TIMES: Final = 5
"""How many times more patients may be shown by lists than are opened: a week of the diary names many at once."""
_PATIENTS: Final = "count(DISTINCT patient)"
_VIEWS: Final = "CROSS JOIN unnest(e.patient_ids) AS patient WHERE e.verb = 'viewed'"
_OUT: Final = "(e.verb = ANY(%(out)s) OR e.verb = 'viewed' AND e.subject = ANY(%(out)s))"
_COUNTED: Final = {
    UnusualUse.What.EXPORTED: ("count(*)", f"WHERE {_OUT}"),
    UnusualUse.What.OPENED: (_PATIENTS, f"{_VIEWS} AND cardinality(e.patient_ids) <= %(of_one)s"),
    UnusualUse.What.SHOWN: (_PATIENTS, _VIEWS),
}
"""What is counted, and among which entries `e`; what weighs most comes first."""
_OF_THE_HOUR: Final = """
SELECT e.user_id, {count} FROM audit_entry e {among}
AND e.user_id IS NOT NULL AND e.at > %(since)s AND e.at <= %(until)s
GROUP BY e.user_id HAVING {count} > %(floor)s ORDER BY e.user_id
"""
_USUAL: Final = """
SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY busiest), 0) FROM (
    SELECT max(counted) AS busiest FROM (
        SELECT (e.at AT TIME ZONE %(zone)s)::date AS day, {count} AS counted FROM audit_entry e {among}
        AND e.user_id = %(user)s AND e.at > %(since)s AND e.at <= %(until)s
        GROUP BY day, date_trunc('hour', e.at)
    ) AS by_hour
    WHERE day NOT IN (SELECT u.day FROM scheduling_unusualuse u WHERE u.user_id = %(user)s AND u.closed_at IS NULL)
    GROUP BY day
) AS by_day
"""


class NotYourOwn(Conflict):
    """Nobody explains away what they did themselves while somebody else can look at it."""

    code = "not-your-own"
    sentence = "This is about you. Another manager must look at it and close it."


class LookedAtAlready(Conflict):
    """Somebody said already what it was."""

    code = "unusual-use-closed"
    sentence = "Another manager has already closed this."


@dataclass(frozen=True, slots=True)
class _Found:
    user_id: int
    what: UnusualUse.What
    count: int
    usual: int


def look(*, now: datetime) -> int:
    """Find who stands out within the last hour; each person once a day of the clinic. Returns how many were found.

    Boundary: as many as the fixed number, or exactly so many times the usual, do not stand out.
    """
    day = clock.local_date(now)
    known = set(UnusualUse.objects.filter(day=day).values_list("user_id", flat=True))
    count = 0
    for found in _standing_out(now=now):
        if found.user_id not in known:
            known.add(found.user_id)
            count += _keep(found, now=now)
    return count


def open_uses() -> QuerySet[UnusualUse]:
    """What no manager has closed, the newest first."""
    return UnusualUse.objects.filter(closed_at=None).select_related("user").order_by("-pk")


def closed_uses() -> QuerySet[UnusualUse]:
    """What managers have said something about, closed last first."""
    rows = UnusualUse.objects.filter(closed_at__isnull=False)
    return rows.select_related("user", "closed_by").order_by("-closed_at", "-pk")


def find(use_id: int) -> UnusualUse:
    """One of them, with whose it is. Raises: Missing."""
    return the(UnusualUse.objects.select_related("user"), use_id)


def check_may_close(use: UnusualUse, *, by: Actor) -> None:
    """Raise Forbidden, LookedAtAlready, or NotYourOwn where another manager can look at what this one did."""
    check_permitted("close-unusual-use", by)
    if use.closed_at is not None:
        raise LookedAtAlready
    others = User.objects.filter(role=MANAGER, is_active=True).exclude(pk=use.user_id)
    if use.user_id == by.user_id and others.exists():
        raise NotYourOwn


def close(use_id: int, *, word: str, by: Actor, now: datetime) -> UnusualUse:
    """Say what it was. Raises: Forbidden, Missing, Invalid (a word is required), LookedAtAlready, NotYourOwn."""
    word = word.strip()
    with use_case():
        use = the(UnusualUse.objects.select_for_update(), use_id)
        check_may_close(use, by=by)
        if problem := _problem_of(word):
            raise Invalid.field("word", problem)
        use.closed_at, use.closed_by_id, use.word = now, by.user_id, word
        use.save(update_fields=["closed_at", "closed_by", "word"])
        record("unusual-use-closed", by=by, now=now, subject=f"unusualuse:{use.pk}", detail={"word": word})
        return use


def _problem_of(word: str) -> str:
    if not word:
        return "Say what it was."
    if len(word) > 500:
        return "Say it in at most 500 characters."
    why = what_is_hidden(word)
    return f"What it was {why}" if why else ""


def _standing_out(*, now: datetime) -> Iterator[_Found]:
    """Who did more than the fixed number and more than usual; usually nobody, and then nothing else is read."""
    for what, (count, among) in _COUNTED.items():
        values = {"out": sorted(TAKEN_OUT), "of_one": OF_ONE, "floor": _floor(what)}
        over = fetch_all(_OF_THE_HOUR.format(count=count, among=among), {**values, "since": now - HOUR, "until": now})
        for user_id, counted in over:
            of = {"user": user_id, "since": now - USUAL_OF, "until": now - HOUR, "zone": str(clock.zone())}
            [(usual,)] = fetch_all(_USUAL.format(count=count, among=among), {**values, **of})
            if counted > settings.UNUSUAL_TIMES_USUAL * usual:
                yield _Found(user_id, what, counted, usual)


def _floor(what: UnusualUse.What) -> int:
    hourly: int = settings.UNUSUAL_PATIENTS_AN_HOUR
    exports: int = settings.UNUSUAL_EXPORTS_AN_HOUR
    return {UnusualUse.What.OPENED: hourly, UnusualUse.What.SHOWN: LISTS_TIMES * hourly}.get(what, exports)


def _keep(found: _Found, *, now: datetime) -> bool:
    """Whether it was new: of two workers that look at once one tells the managers."""
    with use_case():
        use, is_new = UnusualUse.objects.get_or_create(
            user_id=found.user_id,
            day=clock.local_date(now),
            defaults={"found_at": now, "what": found.what, "count": found.count, "usual": found.usual},
        )
        if is_new:
            detail = {"user": found.user_id, "what": str(found.what), "count": found.count, "usual": found.usual}
            record("unusual-use-found", by=SYSTEM, now=now, subject=f"unusualuse:{use.pk}", detail=detail)
            tell(UNUSUAL, use.user, SYSTEM, now)
        return is_new
