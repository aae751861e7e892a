"""Planning what must leave the building, in the transaction of whoever changes something.

An announcement takes back what its appointment still has queued and plans what the patient needs on top of what they
were told: at most three statements, five where it has to look whether the visit still has a place. What a person does
with a message (retry, send now, …) is in `desk.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db.models import Case, DateTimeField, F, Q, QuerySet, TextField, Value, When
from django.db.models.base import ModelState

from pht_clinic.people.actors import Actor
from pht_clinic.rows import store_where_absent
from scheduling.availability.sessions import without_place
from scheduling.messages import plan, words
from scheduling.messages.drafts import News, draft, of_first, phone_where_nobody_is_mailed, subject_of
from scheduling.messages.recipients import DECEASED, NOT_SENT_YET, TO_BE_MOVED
from scheduling.messages.told import LEAVING, NOTHING, subject_of_series, told_of
from scheduling.models import Appointment, Message, Patient

HOLDS: Final[set[str]] = {DECEASED, TO_BE_MOVED}
"""The sentences with which messages are held back. Other apps add theirs by `register_hold`, from `ready()`."""
REPLACED = "Replaced by later news."
# a worker that has claimed a message and not begun to hand it over finds that it has lost it
_WAITING = Q(status=Message.State.QUEUED) | Q(status=Message.State.SENDING, handed_over_at__isnull=True)


def announce(news: News, *, appointment: Appointment, by: Actor, now: datetime) -> None:
    """Plan the messages that follow from news about an appointment, and take back what the news replaces.

    What is said is what the patient needs on top of what they were told (`told.py`): that may be nothing. Call it
    after the change, in its transaction.
    Raises: UnknownKind.
    """
    rows = what_follows(news, appointment=appointment, by=by, now=now)
    if not _is_new(appointment, now=now):
        leave_out([appointment], reason=REPLACED, now=now)
        take_back(Message.objects.filter(subject=subject_of(appointment)), reason=REPLACED, now=now)
    post(rows)


def what_follows(news: News, *, appointment: Appointment, by: Actor, now: datetime) -> list[Message]:
    """The rows that an announcement stores, unstored: on top of what the patient was told, and held back as it would.

    What says that a visit stands, or is kept, is held back while it has to be moved (`to_be_moved.py`).
    """
    told = NOTHING if _is_new(appointment, now=now) else told_of(appointment)
    rows = draft(news, appointment=appointment, told=told, by=by, now=now)
    speaking = [row for row in rows if row.kind in kinds_of_a_time() and row.status == Message.State.QUEUED]
    is_just_placed = appointment.asked_at == now
    if speaking and not is_just_placed and appointment.start_at > now and without_place([appointment]):
        for row in speaking:
            row.status, row.reason = Message.State.CANCELLED, TO_BE_MOVED
    return rows


def kinds_of_a_time() -> frozenset[str]:
    """The kinds of message that say that a visit stands, or that its time is kept."""
    return plan.REMINDERS | {
        kind for kind, news in plan.NEWS.items() if news.says in (plan.Says.STANDS, plan.Says.WAITS)
    }


def said_to_stand(row: Message) -> set[int]:
    """The visits of which a message says that they stand, or that their time is kept: its own, or those of a series."""
    said = row.values.get("visits") or [{"appointment": row.appointment_id, "kind": row.kind}]
    return {one["appointment"] for one in said if one["kind"] in kinds_of_a_time()}


def _is_new(appointment: Appointment, *, now: datetime) -> bool:
    """Whether it is just being asked for, so that nothing can have been said of it."""
    return appointment.pk is None or (appointment.revision == 1 and appointment.asked_at == now)


def post(rows: list[Message]) -> None:
    """Store rows; one that stands already for its (subject, kind, occasion) stays as it is."""
    for row in rows:
        phone_where_nobody_is_mailed(row)
    if rows:
        store_where_absent(rows)


def withdraw(appointment: Appointment, *, reason: str, now: datetime) -> None:
    """Take back everything that is queued because of this appointment, before and after it; `reason` in words."""
    leave_out([appointment], reason=_sentence(reason), now=now)
    take_back(Message.objects.filter(appointment=appointment), reason=_sentence(reason), now=now)


def take_back(rows: QuerySet[Message], *, reason: str, now: datetime) -> None:
    """Cancel those that wait or are held back, and close the phone tasks among them: there is nothing to say any more.

    One that is just being handed over may still arrive, but is not tried again (`closed_at`).
    """
    over = Message.OPEN_TASK | LEAVING
    rows.filter(_WAITING | _is_held() | over).update(
        **_cancelled(reason),
        closed_at=Case(When(over, then=Value(now)), default=F("closed_at")),
        closed_reason=Case(When(over, then=Value(reason)), default=F("closed_reason"), output_field=TextField()),
    )


def leave_out(appointments: Collection[Appointment], *, reason: str, now: datetime) -> None:
    """What still waits to be said of these visits in messages of their series is not said there any more; of the other
    visits in them it is said all the same. One query for a series, none for other visits.
    """
    subjects = {subject_of_series(one.series_id) for one in appointments if one.series_id is not None}
    if not subjects:
        return
    gone = {one.pk for one in appointments}
    unsaid = Message.objects.filter(_WAITING | _is_held() | Message.OPEN_TASK, subject__in=subjects)
    named = [row for row in unsaid.select_related("patient") if _names(row, gone)]
    take_back(unsaid.filter(pk__in=[row.pk for row in named]), reason=reason, now=now)
    rest = list(filter(None, (_without(row, gone, now=now) for row in named)))
    _let_go(rest)
    post(rest)


def _let_go(unstored: Collection[Message]) -> None:
    """Of these rows those wait again that were held back for a visit that they say nothing of any more."""
    rows = [row for row in unstored if row.reason == TO_BE_MOVED]
    if not rows:
        return
    visits = Appointment.objects.filter(pk__in=set[int]().union(*map(said_to_stand, rows)))
    homeless = {
        one.pk for one in without_place(list(visits.select_related("practitioner", "room").order_by("start_at")))
    }
    for row in rows:
        if not said_to_stand(row) & homeless:
            row.status, row.reason = Message.State.QUEUED, ""


def _names(row: Message, appointments: Collection[int]) -> bool:
    return any(said["appointment"] in appointments for said in row.values["visits"])


def _without(row: Message, gone: Collection[int], *, now: datetime) -> Message | None:
    """A row like this one that says nothing of these visits; None where that is nothing at all."""
    left = [said for said in row.values["visits"] if said["appointment"] not in gone]
    if not left:
        return None
    rest = copy(row)
    rest.pk, rest.uid, rest.planned_at, rest._state = None, uuid4(), now, ModelState()
    rest.occasion = f"without:{row.pk}"
    rest.values = {**row.values, **of_first(left), "visits": left}
    rest.appointment_id = rest.values["appointment"]
    rest.lease_expires_at = None
    if row.phone_task:
        rest.status = Message.State.SKIPPED
    elif row.status == Message.State.SENDING:
        rest.status = Message.State.QUEUED
    return rest


def register_hold(why: str) -> None:
    """Make a sentence known with which messages are held back."""
    HOLDS.add(why)


def release(rows: QuerySet[Message]) -> None:
    """What was held back waits again for its time; what came due meanwhile goes out with the next round."""
    rows.filter(_is_held()).update(status=Message.State.QUEUED, reason="")


def reopen_tasks(rows: QuerySet[Message], *, why: str) -> None:
    """Phone tasks that were closed with this sentence, by nobody, are open again."""
    rows.filter(phone_task=True, closed_by=None, closed_reason=why).update(closed_at=None, closed_reason="")


def hold(rows: QuerySet[Message], *, why: str) -> None:
    """Keep back those that wait, until somebody releases them (`held`); what is taken back meanwhile stays so."""
    rows.filter(_WAITING).update(**_cancelled(why))


def held(rows: QuerySet[Message], *, why: str) -> QuerySet[Message]:
    """Those of the rows that are held back with this sentence and were not taken back since."""
    return rows.filter(_is_held(), reason=why)


HELD: Final = "held"
"""What the state of a message is called that is held back: its row is cancelled, for one of the reasons of `HOLDS`."""
STATES: Final = (*Message.State.values, HELD)


def in_state(state: str) -> Q:
    """The messages in one of `STATES`: what is held back is not among those that were taken back."""
    if state == HELD:
        return _is_held()
    found = Q(status=state)
    return found & ~_is_held() if state == Message.State.CANCELLED else found


def state_of(message: Message) -> str:
    """In which of `STATES` it is."""
    is_held = message.status == Message.State.CANCELLED and message.reason in HOLDS
    return HELD if is_held else str(message.status)


def _is_held() -> Q:
    return Q(status=Message.State.CANCELLED, reason__in=HOLDS)


def _cancelled(reason: str) -> dict[str, Case]:
    return {
        "status": Case(When(_WAITING, then=Value(Message.State.CANCELLED.value)), default=F("status")),
        "reason": Case(When(_WAITING | _is_held(), then=Value(reason)), default=F("reason")),
        "lease_expires_at": Case(
            When(_WAITING, then=Value(None)), default=F("lease_expires_at"), output_field=DateTimeField()
        ),
    }


def hand_over(source: Patient, target: Patient) -> list[int]:
    """Two records turn out to be one person: whatever is not sent yet for `source` goes to `target`. Returns which.

    Ask `recipients.readdress` for the address when it is settled.
    """
    ours = list(Message.objects.filter(NOT_SENT_YET, patient=source).values_list("pk", flat=True))
    Message.objects.filter(pk__in=ours).update(patient=target)
    return ours


def _sentence(text: str) -> str:
    text = words.clean(text).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."[:200]
