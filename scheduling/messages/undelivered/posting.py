"""The letters of the day: what goes on paper and nobody has posted yet, printed together and posted together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.availability.sessions import without_place
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.messages import desk, outbox
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.messages.sending.still_true import withheld
from scheduling.messages.undelivered import by_post
from scheduling.messages.undelivered.paper import Paper, paper_of
from scheduling.messages.wording import wordings
from scheduling.messages.wording.own_words import STANDARD
from scheduling.models import Appointment, Message, Patient

MOST: Final = 100
"""Letters of one file, the oldest first."""


class NotPrintable(Conflict):
    """One of the letters cannot be printed: somebody sees to it, and the others are printed without it."""

    code = "not-printable"


class NoLetter(Conflict):
    """This message cannot go on paper."""

    code = "no-letter"


@dataclass(frozen=True, slots=True)
class Posted:
    """What was marked as posted, and what was not: it was taken back, or seen to, since it was printed."""

    letters: tuple[Message, ...]
    gone: tuple[Message, ...]


def letters_to_post() -> QuerySet[Message]:
    """The letters that wait, those that have waited longest first."""
    rows = Message.objects.filter(Message.TO_POST).order_by("due_at", "pk")
    return rows.select_related("patient__merged_into", "appointment__practitioner", "appointment__room", "wording")


def why_not_printed(rows: Sequence[Message]) -> dict[int, str]:
    """Of these letters those that would say what is no longer true, or of a time at which nobody works: why, in a
    sentence. A fixed number of queries.
    """
    spoken_of = set[int]().union(*map(outbox.said_to_stand, rows))
    visits = Appointment.objects.filter(pk__in=spoken_of).select_related("practitioner", "room")
    homeless = {visit.pk for visit in without_place(list(visits.order_by("start_at", "pk")))}
    found: dict[int, str] = {}
    for row in rows:
        if no_longer := withheld(row):
            found[row.pk] = no_longer.why
        elif outbox.said_to_stand(row) & homeless:
            found[row.pk] = TO_BE_MOVED
    return found


def papers_of(ids: Iterable[int], *, now: datetime) -> tuple[list[Message], list[Paper]]:
    """These letters as they are printed now; a fixed number of queries.

    Raises: Invalid (none was chosen), NotPrintable (names each that cannot be printed, and why).
    """
    rows = list(letters_to_post().filter(pk__in=_chosen(ids)))
    own = {template: wordings.words_of(version) for template, version in wordings.all_current().items()}
    why_not = why_not_printed(rows)
    papers, problems = [], []
    for row in rows:
        if row.pk in why_not:
            problems.append(f"{row.patient}: {why_not[row.pk]}")
            continue
        try:
            papers.append(paper_of(row, now=now, words=own.get(row.template, STANDARD)))
        except (LookupError, ValueError):
            problems.append(f"{row.patient}: {desk.Unwritable.sentence}")
    if problems:
        raise NotPrintable(" ".join(problems))
    if not papers:
        raise NotPrintable("None of these letters still needs posting.")
    return rows, papers


def mark_all_posted(ids: Iterable[int], *, by: Actor, now: datetime) -> Posted:
    """These letters are in the post: their patients count as told, with who and when.

    What was taken back since it was printed is left alone, and named: it has to come out of the pile.
    Raises: Forbidden, Invalid (none was chosen).
    """
    check_permitted("send-messages", by)
    chosen = _chosen(ids)
    with use_case():
        rows = Message.objects.select_for_update(of=("self",)).select_related("patient").order_by("pk")
        found = [row for row in rows.filter(pk__in=chosen) if row.is_letter]
        letters = tuple(row for row in found if row.is_open_task)
        for row in letters:
            desk.end_as_posted(row, by=by, now=now)
        return Posted(letters, tuple(row for row in found if row not in letters))


def check_may_go_by_letter(message: Message, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or NoLetter unless what somebody was to say on the phone may be posted instead."""
    check_permitted("send-messages", by)
    if message.patient is None or not message.is_open_task or message.is_letter:
        raise NoLetter("Only what somebody has to phone about is sent as a letter instead.")
    if not message.patient.kept.address:
        raise NoLetter("No postal address is on record. Ask for it, or keep phoning.")
    if by_post.arrives_at(now) >= message.expires_at:
        raise NoLetter("A letter would come too late. Keep phoning.")


def send_by_letter(message_id: int, *, by: Actor, now: datetime) -> Message:
    """Nobody was reached on the phone: it waits with the letters to post. Raises: Forbidden, Missing, NoLetter."""
    check_permitted("send-messages", by)
    with use_case():
        rows = Message.objects.select_for_update(of=("self",)).select_related("patient__merged_into")
        message = the(rows, message_id)
        check_may_go_by_letter(message, by=by, now=now)
        message.channel, message.reason = Patient.Contact.LETTER, by_post.TO_POST
        message.save(update_fields=["channel", "reason"])
        desk.tell("message-to-post", message, by=by, now=now)
        return message


def _chosen(ids: Iterable[int]) -> Sequence[int]:
    chosen = sorted(set(ids))
    if not chosen:
        raise Invalid.field("letter", "Choose at least one letter.")
    return chosen
