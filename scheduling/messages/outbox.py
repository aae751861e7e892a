"""Planning what must leave the building, in the transaction of whoever changes something.

An announcement takes back what its appointment still has queued and plans what follows from the news: at most three
statements. What a person does with a message (retry, send now, …) is in `desk.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from django.db.models import Case, DateTimeField, F, Q, QuerySet, TextField, Value, When

from pht_clinic import clock
from pht_clinic.people.actors import Actor
from pht_clinic.rows import store_where_absent
from scheduling.availability.bank_holidays import bank_holidays_after
from scheduling.messages import plan, words
from scheduling.messages.kinds import MessageKind, kind_of
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import DECEASED, NO_ADDRESS, NOT_SENT_YET, address_of
from scheduling.models import Appointment, Message, Patient

HOLDS: Final[set[str]] = {DECEASED}
"""The sentences with which messages are held back. Other apps add theirs by `register_hold`, from `ready()`."""
_REPLACED = "Replaced by later news."
_LEAVING = Q(status=Message.State.SENDING, handed_over_at__isnull=False)
# a worker that has claimed a message and not begun to hand it over finds that it has lost it
_WAITING = Q(status=Message.State.QUEUED) | Q(status=Message.State.SENDING, handed_over_at__isnull=True)
_TOLD = (
    NOT_SENT_YET
    | Q(status__in=[Message.State.SENT, Message.State.UNKNOWN])
    | Q(closed_by__isnull=False, retries__isnull=True)
)
_REMEMBERED_BY_CALENDARS = ("confirmed", "moved")


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell about an appointment; `kind` is one of plan.NEWS.

    Without `tell_patient` nothing is said of the news itself; reminders are planned all the same. `values` are further
    things to print; dates may be dates. `occasion` is by default the revision, so the same news at the same revision is
    told once. With `phone_first`, a sentence, the news is not mailed: somebody phones.
    """

    kind: str
    _: KW_ONLY
    tell_patient: bool = True
    values: Mapping[str, object] = field(default_factory=dict)
    occasion: str = ""
    phone_first: str = ""


def announce(news: News, *, appointment: Appointment, by: Actor, now: datetime) -> None:
    """Plan the messages that follow from news about an appointment, and take back what the news replaces.

    Call it after the change, in its transaction.
    Raises: UnknownKind.
    """
    known = is_in_a_calendar(news.kind, appointment, now=now)
    rows = draft(news, appointment=appointment, is_in_a_calendar=known, by=by, now=now)
    if not _is_new(appointment, now=now):
        take_back(Message.objects.filter(subject=_subject(appointment)), reason=_REPLACED, now=now)
    post(rows)


def is_in_a_calendar(kind: str, appointment: Appointment, *, now: datetime) -> bool:
    """Whether this news changes what the patient's calendar has got from us before."""
    if kind in plan.REMINDED or _is_new(appointment, now=now):
        return False
    known = Message.objects.filter(subject=_subject(appointment), kind__in=_REMEMBERED_BY_CALENDARS)
    return known.exists()


def _is_new(appointment: Appointment, *, now: datetime) -> bool:
    """Whether it is just being asked for, so that nothing can have been said of it."""
    return appointment.pk is None or (appointment.revision == 1 and appointment.asked_at == now)


def knows(appointment: Appointment, kind: str) -> bool:
    """Whether this news is what the patient was told last of the appointment as it stands, or is about to be.

    By mail or by a person. Ask before the next announcement: that takes back what still waits.
    """
    last = Message.objects.filter(_TOLD, subject=_subject(appointment), kind__in=plan.NEWS).order_by("-pk").first()
    if last is None or last.values.get("start_at") != _utc(appointment.start_at):
        return False
    return last.kind == kind or {last.kind, kind} <= plan.REMINDED


def draft(
    news: News, *, appointment: Appointment, is_in_a_calendar: bool = False, by: Actor, now: datetime
) -> list[Message]:
    """The rows that an announcement stores, unstored: the news first. A preview shows them. Reads no message.

    `is_in_a_calendar`: the patient's calendar has got this appointment from us before.
    """
    zone = clock.zone()
    planned: list[Planned] = []
    if news.tell_patient:
        is_answer = by.kind == "patient" or (plan.NEWS[news.kind].answers_a_request and appointment.asked_at == now)
        planned.append(
            plan.news(
                news.kind,
                start=appointment.start_at,
                is_answer=is_answer,
                now=now,
                zone=zone,
                bank_holidays=bank_holidays_after(clock.local_date(now)),
            )
        )
    if news.kind in plan.REMINDED:
        planned += plan.reminders(start=appointment.start_at, asked_at=appointment.asked_at, now=now, zone=zone)
    shown = _printed(appointment, news.values)
    about = About(
        patient=appointment.patient,
        appointment=appointment,
        subject=_subject(appointment),
        occasion=news.occasion or f"revision:{appointment.revision}",
    )
    rows = []
    for message in planned:
        kind = kind_of(message.kind, visit=appointment.kind, by_patient=by.kind == "patient")
        calendar = kind.calendar if kind.calendar == "confirmed" or is_in_a_calendar else ""
        values = {**shown, "calendar": calendar, "replaces": is_in_a_calendar}
        rows.append(row_for(kind, message, about, values=values, now=now))
    if news.phone_first and news.tell_patient and rows[0].status == Message.State.QUEUED:
        rows[0].status, rows[0].phone_task, rows[0].reason = Message.State.SKIPPED, True, news.phone_first
    return rows


def post(rows: list[Message]) -> None:
    """Store rows; one that stands already for its (subject, kind, occasion) stays as it is.

    News that nobody can be sent is not queued: it becomes a phone task at once. What is for somebody who has died is
    no task either: it stands as cancelled, with why (`row_for`).
    """
    for row in rows:
        if row.status == Message.State.QUEUED and not row.recipient and row.due_at <= row.planned_at:
            row.status, row.phone_task = Message.State.SKIPPED, True
            row.reason = row.reason or NO_ADDRESS
    if rows:
        store_where_absent(rows)


def withdraw(appointment: Appointment, *, reason: str, now: datetime) -> None:
    """Take back everything that is queued because of this appointment, before and after it; `reason` in words."""
    take_back(Message.objects.filter(appointment=appointment), reason=_sentence(reason), now=now)


def take_back(rows: QuerySet[Message], *, reason: str, now: datetime) -> None:
    """Cancel those that wait or are held back, and close the phone tasks among them: there is nothing to say any more.

    One that is just being handed over may still arrive, but is not tried again (`closed_at`).
    """
    over = Message.OPEN_TASK | _LEAVING
    rows.filter(_WAITING | _is_held() | over).update(
        **_cancelled(reason),
        closed_at=Case(When(over, then=Value(now)), default=F("closed_at")),
        closed_reason=Case(When(over, then=Value(reason)), default=F("closed_reason"), output_field=TextField()),
    )


def register_hold(why: str) -> None:
    """Make a sentence known with which messages are held back."""
    HOLDS.add(why)


def reopen_tasks(rows: QuerySet[Message], *, why: str) -> None:
    """Phone tasks that were closed with this sentence, by nobody, are open again."""
    rows.filter(phone_task=True, closed_by=None, closed_reason=why).update(closed_at=None, closed_reason="")


def hold(rows: QuerySet[Message], *, why: str) -> None:
    """Keep back those that wait, until somebody releases them (`held`); what is taken back meanwhile stays so."""
    rows.filter(_WAITING).update(**_cancelled(why))


def held(rows: QuerySet[Message], *, why: str) -> QuerySet[Message]:
    """Those of the rows that are held back with this sentence and were not taken back since."""
    return rows.filter(_is_held(), reason=why)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom and what a message is about, and what called for it; of each kind that is told once."""

    patient: Patient
    appointment: Appointment | None
    subject: str
    occasion: str


def row_for(
    kind: MessageKind, message: Planned, about: About, *, values: Mapping[str, object], now: datetime
) -> Message:
    """An unstored row of this kind for this patient, or for the record that theirs was merged into.

    For somebody who has died it is cancelled as it is planned, and held back like what was planned before (`held`).
    """
    patient, appointment = about.patient.kept, about.appointment
    recipient, reason = address_of(patient)
    return Message(
        kind=kind.name,
        template=kind.template,
        subject=about.subject,
        occasion=about.occasion,
        appointment=appointment,
        patient=patient,
        recipient=recipient,
        status=Message.State.CANCELLED if patient.has_died else Message.State.QUEUED,
        reason=reason,
        values={**{name: _shown(value) for name, value in values.items()}, "dear": words.clean(str(patient))},
        due_at=message.due_at.astimezone(UTC),
        expires_at=message.expires_at.astimezone(UTC),
        keeps_quiet_hours=message.keeps_quiet_hours,
        revision=appointment.revision if appointment else None,
        planned_at=now,
    )


def _printed(appointment: Appointment, values: Mapping[str, object]) -> dict[str, object]:
    zone = clock.zone()
    local_day = clock.local_date(appointment.start_at)
    return {
        "when": words.when(appointment.start_at, zone),
        "day": words.day(local_day),
        "weekday": words.weekday(local_day),
        "time": words.clock_time(appointment.start_at, zone),
        "minutes": appointment.kind_of_visit.minutes,
        "practitioner": str(appointment.practitioner),
        "start_at": _utc(appointment.start_at),
        "end_at": _utc(appointment.end_at),
        **values,
    }


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return words.when(value, clock.zone())
    if isinstance(value, date):
        return words.full_date(value)
    return words.clean(value) if isinstance(value, str) else value


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _subject(appointment: Appointment) -> str:
    return f"appointment:{appointment.pk}"


def _sentence(text: str) -> str:
    text = words.clean(text).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."[:200]
