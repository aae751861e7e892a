"""Use cases on the clinic's own wording of its messages: a new version, a preview, a test to oneself. For managers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import IntegrityError, transaction

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import Difference, StaleRevision, use_case
from scheduling.messages import kinds, outbox
from scheduling.messages import words as printing
from scheduling.messages.kinds import MessageKind
from scheduling.messages.render import Letter, letter
from scheduling.messages.wording import own_words, wordings
from scheduling.messages.wording.own_words import Words, standard
from scheduling.models import Message, Patient, Wording

TEST = "staff-wording"
MADE_UP, NOBODY = "Alex Example", "alex@patient.example"
LONGEST_REASON = 200
_USELESS_AFTER = timedelta(hours=1)


class SameWords(Conflict):
    """Nothing would be different."""

    code = "same-words"
    sentence = "Nothing is different from the wording in use."


@dataclass(frozen=True, slots=True)
class InUse:
    """The whole words of a message at a version; revision 0 are the standard ones, before any version."""

    words: Words
    revision: int


class ChangedMeanwhile(StaleRevision):
    """Somebody else saved a version after this one was opened."""

    @classmethod
    def after(cls, revision: int, version: Wording, kind: MessageKind) -> ChangedMeanwhile:
        """The refusal, with which parts differ between this revision and the version in use, and whose they are."""
        at = printing.when(version.at, clock.zone())
        stale = cls(
            f"{version.by_name} saved version {version.version} on {at}. Look at it below, then save yours again.",
            extra={"revision": version.version},
        )
        rows = wordings.versions(kind.template)
        read = next((row for row in rows if row.version == revision), None)
        stale.seen = InUse(wordings.words_of(read).over(standard(kind)), revision)
        stale.present = InUse(wordings.words_of(version).over(standard(kind)), version.version)
        stale.differ = list(_differ(stale.seen.words, stale.present.words, rows))
        return stale


def _differ(seen: Words, present: Words, rows: Sequence[Wording]) -> Iterator[Difference]:
    """What two wordings say otherwise; `rows` are all versions, the one in use first."""
    for name, label in own_words.NAMES.items():
        was, is_now = getattr(seen, name), getattr(present, name)
        if was != is_now:
            _, same = next(groupby(rows, key=attrgetter(name)))
            *_, last = same
            yield Difference(name, label.capitalize(), _quoted(was), _quoted(is_now), last.by_name, last.at)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "empty"


def worded_kinds() -> list[MessageKind]:
    """The kinds of message that a clinic may word itself."""
    return [kind for kind in kinds.registered() if kind.opening]


def worded_kind(code: str) -> MessageKind:
    """The one with this code. Raises: Missing."""
    found = next((kind for kind in worded_kinds() if kind.code == code), None)
    if found is None:
        raise Missing("There is no such message.")
    return found


def checked(words: Words, kind: MessageKind) -> Words:
    """The words as they would be stored; a part that is the standard one is empty. Raises: Invalid (fields)."""
    if problems := own_words.problems(words, kind):
        raise Invalid(problems)
    return words.tidy().apart_from(standard(kind))


def reword(kind: MessageKind, words: Words, *, reason: str, revision: int, by: Actor, now: datetime) -> Wording:
    """Store a new version of the clinic's words for this kind; messages sent from now on carry it.

    `revision` is the version that was in use when the manager began, 0 for none. Back to an earlier version or to the
    standard words is a new version like any other. Raises: Forbidden (nobody signed in), Invalid (fields), SameWords,
    ChangedMeanwhile.
    """
    check_permitted("word-messages", by)
    assert by.user_id is not None  # noqa: S101 - only who signs in has a role
    own, reason = checked(words, kind), _sensible(reason)
    with use_case():
        present = wordings.current(kind.template)
        newest = present.version if present else 0
        if present is not None and newest != revision:
            raise ChangedMeanwhile.after(revision, present, kind)
        if own == wordings.words_of(present):
            raise SameWords
        row = _stored(
            Wording(
                template=kind.template,
                version=newest + 1,
                reason=reason,
                at=now,
                by_id=by.user_id,
                by_name=by.name,
                **asdict(own),
            ),
            kind,
        )
        was = asdict(wordings.words_of(present))
        record(
            "wording-changed",
            by=by,
            now=now,
            subject=f"wording:{row.pk}",
            detail={"message": kind.template, "version": row.version, "reason": reason, **asdict(own)},
            changed=[(part, was[part], text) for part, text in asdict(own).items()],
        )
        return row


def preview(kind: MessageKind, words: Words, *, language: str = "", now: datetime) -> Letter:
    """The letter of a made-up patient with these words, in another language with its own. Stores nothing.

    Raises: Invalid (fields).
    """
    return letter(example(kind, checked(words, kind), language=language, now=now), now=now, is_preview=True)


def send_test(kind: MessageKind, words: Words, *, to: User, by: Actor, now: datetime) -> Message:
    """Plan one mail with these words, saved or not, to the manager's own address; it leaves by the outbox.

    Raises: Forbidden, Invalid (fields).
    """
    check_permitted("word-messages", by)
    own = checked(words, kind)
    with use_case():
        whole = own.over(standard(kind))
        row = example(kind, replace(own, subject_line=f"Test: {whole.subject_line}"), now=now)
        row.recipient, row.values = to.email, {**row.values, "is_test": True}
        outbox.post([row])
        stored = Message.objects.get(uid=row.uid)
        record("wording-tested", by=by, now=now, subject=f"message:{stored.pk}", detail={"message": kind.template})
        return stored


def _sensible(reason: str) -> str:
    reason = printing.clean(reason)
    if not reason:
        raise Invalid([FieldError("#/reason", "Say why the wording changes.")])
    if len(reason) > LONGEST_REASON:
        raise Invalid([FieldError("#/reason", f"The reason may have {LONGEST_REASON} characters.")])
    return reason


def _stored(row: Wording, kind: MessageKind) -> Wording:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # somebody saved this very version since we looked
        present = wordings.current(row.template)
        if present is None:
            raise
        raise ChangedMeanwhile.after(row.version - 1, present, kind) from None
    return row


def example(kind: MessageKind, own: Words, *, language: str = "", now: datetime) -> Message:
    """An unstored row of a made-up patient's message, without link, visit and calendar entry; with `language`, the code
    of one, of somebody who reads it.
    """
    first, last = MADE_UP.split()
    reader = Patient(given_name=first, family_name=last, written_language=language) if language else None
    return Message(
        patient=reader,
        kind=TEST,
        template=kind.template,
        subject="staff:wording",
        occasion=f"{kind.code}/{now.isoformat()}",
        recipient=NOBODY,
        due_at=now.astimezone(UTC),
        expires_at=(now + _USELESS_AFTER).astimezone(UTC),
        keeps_quiet_hours=False,
        planned_at=now,
        values={**kind.example, "dear": MADE_UP, wordings.TYPED: asdict(own)},
    )
