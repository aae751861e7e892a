"""How long each kind of thing is kept, what goes then, and why: the one table of it.

A source is named where there is one: NHS England's Records Management Code of Practice, quoted in docs/privacy.md with
where it was read. All other periods are the clinic's own choice, and settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """How the rows of a kind are found and go: SQL with `until` (exclusive), `now` and `most` (rows in one step).

    `until` says how far back from now; `count` answers one number, `remove` changes at most `most` rows. `rights` are
    what the role of retention needs for it, by table.
    """

    until: Callable[[datetime], datetime]
    count: str
    remove: str
    rights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKind:
    """`goes` is what is removed, `kept` for how long, both in words. What a task removes by itself within minutes names
    it in `by_task`, as the timetable of tasks does; what is proposed to managers is in `proposed`, SQL for their ids.
    """

    words: str
    goes: str
    kept: Callable[[], str]
    why: str
    removal: Removal | None = None
    by_task: str = ""
    proposed: str = ""


def before_patients(now: datetime) -> datetime:
    """Whose last activity is before this has been kept long enough."""
    return now - timedelta(days=settings.RETENTION_PATIENT_YEARS * 1461 // 4)


def _days(number: int) -> str:
    years, rest = divmod(number * 4, 1461)
    return f"{years} years" if years > 1 and rest < 4 else "1 day" if number == 1 else f"{number} days"


_OVER = """
FROM scheduling_message WHERE expires_at < %(until)s AND contents_removed_at IS NULL
 AND status NOT IN ('queued', 'sending') AND NOT (phone_task AND closed_at IS NULL)
"""
_MESSAGES: Final = Removal(
    until=lambda now: now - timedelta(days=settings.RETENTION_MESSAGE_DAYS),
    count=f"SELECT count(*) {_OVER}",
    # which text on the risks was sent is part of the consent
    remove=f"""
    UPDATE scheduling_message SET recipient = '', closed_reason = '', contents_removed_at = %(now)s,
        values = CASE WHEN values ? 'risks_version'
            THEN jsonb_build_object('risks_version', values -> 'risks_version') ELSE '{{}}' END
    WHERE id IN (SELECT id {_OVER} ORDER BY id LIMIT %(most)s)
    """,  # noqa: S608 - sentences of ours
    rights={"scheduling_message": "SELECT, UPDATE (recipient, closed_reason, contents_removed_at, values)"},
)
_VIEWS: Final = Removal(
    until=lambda now: now - timedelta(days=settings.RETENTION_VIEW_DAYS),
    count="SELECT count(*) FROM audit_entry WHERE verb = 'viewed' AND at < %(until)s",
    remove="SELECT forget_views(%(until)s, %(most)s)",
    rights={"audit_entry": "SELECT, INSERT"},
)
_TRIES_OVER = """
FROM web_guesscount g JOIN scheduling_appointment a ON a.id = g.about
WHERE g.place LIKE 'dates-of-birth-%%' AND a.end_at < %(until)s
"""
_LINK_TRIES: Final = Removal(
    until=lambda now: now - timedelta(days=settings.PATIENT_LINK_DAYS),
    count=f"SELECT count(*) {_TRIES_OVER}",
    remove=f"DELETE FROM web_guesscount WHERE id IN (SELECT g.id {_TRIES_OVER} ORDER BY g.id LIMIT %(most)s)",  # noqa: S608 - sentences of ours
    rights={"web_guesscount": "SELECT, DELETE", "scheduling_appointment": "SELECT (id, end_at)"},
)
_TOLD_OUTSIDE: Final = "FROM scheduling_webhookevent WHERE occurred_at < %(until)s"
_DELIVERIES: Final = Removal(
    until=lambda now: now - timedelta(days=settings.RETENTION_WEBHOOK_DAYS),
    count=f"SELECT count(*) {_TOLD_OUTSIDE}",
    remove=f"""
    WITH old AS (SELECT id {_TOLD_OUTSIDE} ORDER BY id LIMIT %(most)s),
    delivered AS (DELETE FROM scheduling_webhookdelivery WHERE event_id IN (SELECT id FROM old))
    DELETE FROM scheduling_webhookevent WHERE id IN (SELECT id FROM old)
    """,  # noqa: S608 - sentences of ours
    rights={"scheduling_webhookevent": "SELECT, DELETE", "scheduling_webhookdelivery": "SELECT, DELETE"},
)
_WITHOUT_ACTIVITY: Final = """
SELECT p.id FROM scheduling_patient p
WHERE p.merged_into_id IS NULL AND p.erasure_id IS NULL AND p.registered_at < %(until)s
 AND NOT EXISTS (SELECT FROM scheduling_patient m JOIN scheduling_appointment a ON a.patient_id = m.id
                 WHERE (m.id = p.id OR m.merged_into_id = p.id) AND a.end_at >= %(until)s)
 AND NOT EXISTS (SELECT FROM audit_entry e WHERE e.patient_ids @> ARRAY[p.id] AND e.at >= %(until)s
                 AND e.verb <> ALL (%(looks)s))
ORDER BY p.id
"""

_CODE = "Records Management Code of Practice (NHS England): 8 years"
KINDS: Final[Mapping[str, KeptKind]] = {
    "messages": KeptKind(
        words="Contents of messages",
        goes="what a message said and to which address it went; that it went, and when, stays",
        kept=lambda: f"{_days(settings.RETENTION_MESSAGE_DAYS)} after it could last be sent",
        why="The clinic’s choice: after a year nobody asks any more what a reminder said.",
        removal=_MESSAGES,
    ),
    "views": KeptKind(
        words="Who looked at whom",
        goes="the entry in the audit trail; entries of what was done stay",
        kept=lambda: _days(settings.RETENTION_VIEW_DAYS),
        why="The clinic’s choice: as long as the record that was looked at.",
        removal=_VIEWS,
    ),
    "link-tries": KeptKind(
        words="Wrong dates of birth at links",
        goes="how many there were at the links of one visit",
        kept=lambda: f"as long as the link, {_days(settings.PATIENT_LINK_DAYS)} after the visit",
        why="The clinic’s choice: a link that is over cannot be tried.",
        removal=_LINK_TRIES,
    ),
    "deliveries": KeptKind(
        words="What was told to other systems by webhooks",
        goes="the event and its deliveries, which hold numbers alone",
        kept=lambda: _days(settings.RETENTION_WEBHOOK_DAYS),
        why="The clinic’s choice: long enough to send it again to a system that was away.",
        removal=_DELIVERIES,
    ),
    "patients": KeptKind(
        words="Patients without activity",
        goes="nothing by itself: each is proposed to a manager, who erases them or does not",
        kept=lambda: f"{settings.RETENTION_PATIENT_YEARS} years after the last visit or deed",
        why=f"{_CODE} after the last treatment.",
        proposed=_WITHOUT_ACTIVITY,
    ),
    "record": KeptKind(
        words="Clinical record, with answers given by links",
        goes="nothing: an erasure takes the contact data and restricts the rest to few",
        kept=lambda: "for good, restricted once the person is erased",
        why=f"{_CODE} at least. That it is kept for good is clinic policy awaiting a signature: whoever injects again "
        "must know what was injected, where and when.",
    ),
    "trail": KeptKind(
        words="Audit trail of what was done",
        goes="nothing",
        kept=lambda: "for good",
        why="It proves who did what to a record that is kept, and is sealed.",
    ),
    "clinic": KeptKind(
        words="The clinic itself: rooms, sessions, drugs, wordings",
        goes="nothing",
        kept=lambda: "for good",
        why="Earlier visits and messages name them.",
    ),
    "accounts": KeptKind(
        words="People who work here",
        goes="nothing: an account is shut, never removed",
        kept=lambda: "for good",
        why="What they did bears their name; the trail must be able to say whose it is.",
    ),
    "exports": KeptKind(
        words="Files that somebody asked for",
        goes="the file",
        kept=lambda: "24 hours after it was finished",
        why="The clinic’s choice: long enough to fetch it.",
        by_task="tidy-up",
    ),
    "imports": KeptKind(
        words="Files of records on their way in",
        goes="the file; what became of each line stays",
        kept=lambda: "until it is brought in, or 24 hours after it was read",
        why="The clinic’s choice: long enough to try it and to name its columns.",
        by_task="bring-in-records",
    ),
    "retry-keys": KeptKind(
        words="Answers kept for programs that ask twice",
        goes="the key and the answer",
        kept=lambda: "24 hours",
        why="The contract of the API: a repeated request within 24 hours gets the first answer.",
        by_task="tidy-up",
    ),
    "typed-work": KeptKind(
        words="What was typed as a session ended",
        goes="what was typed, which is encrypted",
        kept=lambda: "24 hours",
        why="The clinic’s choice: until whoever typed it has signed in again.",
        by_task="tidy-up",
    ),
    "guesses": KeptKind(
        words="Counts of wrong passwords and addresses, and of requests",
        goes="the count, which names digests alone",
        kept=lambda: "until the waiting time that it is for has passed",
        why="It is of no use afterwards.",
        by_task="tidy-up",
    ),
    "sessions": KeptKind(
        words="Sessions of people who are signed in",
        goes="the session",
        kept=lambda: "until it ends",
        why="It is of no use afterwards.",
        by_task="tidy-up",
    ),
    "drafts": KeptKind(
        words="Procedures that were begun and left",
        goes="the draft",
        kept=lambda: "until it is recorded, or 3 days after somebody last worked on it",
        why="A draft is no record.",
        by_task="drop-old-drafts",
    ),
}
"""By the name under which reports count them."""

RIGHTS: Final[Mapping[str, str]] = {
    "audit_value": "SELECT, DELETE",
    "injections_retentionrun": "SELECT, UPDATE (removed, finished_at)",
    "injections_clinicalletter": "SELECT, UPDATE (content)",
    "scheduling_erasure": "SELECT, UPDATE (finished_at)",
    "scheduling_mailnews": "SELECT, UPDATE (said)",
    "scheduling_patient": "SELECT (id, merged_into_id, erasure_id)",
    "scheduling_recordedit": "SELECT, UPDATE (before, after)",
    **{
        table: rights
        for kind in KINDS.values()
        if kind.removal is not None
        for table, rights in kind.removal.rights.items()
    },
}
"""All that the role of retention may do, by table; that it may also call `forget_views` the grants say."""
