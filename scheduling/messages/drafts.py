"""News about a visit becomes rows, unstored: what an announcement stores is what a preview shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime

from pht_clinic import clock
from pht_clinic.people.actors import Actor
from scheduling.availability.bank_holidays import working_days_after
from scheduling.messages import plan, words
from scheduling.messages.kinds import MessageKind, kind_of
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import NO_ADDRESS, route_of
from scheduling.messages.told import NOTHING, Saying, Told, what_to_say
from scheduling.messages.undelivered import by_post
from scheduling.models import Appointment, Message, Patient

_KNOWS = "The patient knows."


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell about an appointment; `kind` is one of plan.NEWS.

    Without `tell_patient` the patient knows it: it is noted as told by whoever does it, and nothing is sent of it;
    reminders are planned all the same. `values` are further things to print, dates may be dates, and `values_of` those
    of one kind of message alone. `occasion` is by default the revision, so the same news at the same revision is told
    once. With `phone_first`, a sentence, the news is not mailed: somebody phones.
    What `is_owed` is told by a person even to somebody who has heard nothing of the visit, what `is_asked` is said even
    to somebody who knows it. What is done `by_patient` on the phone is worded as what they did by their link.
    """

    kind: str
    _: KW_ONLY
    tell_patient: bool = True
    values: Mapping[str, object] = field(default_factory=dict)
    values_of: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    occasion: str = ""
    phone_first: str = ""
    is_owed: bool = False
    is_asked: bool = False
    by_patient: bool = False

    def is_patients(self, by: Actor) -> bool:
        """Whether it was the patient's own doing, by their link or told to whoever enters it."""
        return self.by_patient or by.kind == "patient"


def draft(news: News, *, appointment: Appointment, told: Told = NOTHING, by: Actor, now: datetime) -> list[Message]:
    """The rows that an announcement stores, unstored: the news first, if there is anything to say (`news_in`). A
    preview shows them. Reads no message.
    """
    zone = clock.zone()
    shown = _printed(appointment, news.values)
    said = what_to_say(
        news.kind, told, shown, by_patient=news.is_patients(by), is_asked=news.is_asked, is_owed=news.is_owed
    )
    about = About(
        patient=appointment.patient,
        appointment=appointment,
        subject=subject_of(appointment),
        occasion=news.occasion or f"revision:{appointment.revision}",
    )
    rows, last_at = [], told.at
    has_begun = appointment.start_at <= now and plan.says(news.kind) in (plan.Says.STANDS, plan.Says.WAITS)
    if said.kind and not has_begun:  # whoever is here, or was, hears at the desk that the visit stands
        first = _news_row(news, said, about, shown, told=told, by=by, now=now)
        last_at = first.due_at
        rows.append(first)
    if plan.stands(news.kind):
        planned = plan.reminders(
            start=appointment.start_at, asked_at=appointment.asked_at, now=now, zone=zone, last_at=last_at
        )
        rows += [
            row_for(kind_of(one.kind, visit=appointment.kind), one, about, values=shown, now=now) for one in planned
        ]
    return rows


def _news_row(
    news: News, said: Saying, about: About, shown: Mapping[str, object], *, told: Told, by: Actor, now: datetime
) -> Message:
    """The row that says it, to be sent, phoned, or, where the patient knows it already, as told by whoever does it."""
    visit = about.appointment
    assert visit is not None  # noqa: S101 - news is about a visit
    planned = plan.news(
        said.kind,
        start=visit.start_at,
        is_answer=by.kind == "patient" or (plan.NEWS[said.kind].answers_a_request and visit.asked_at == now),
        now=now,
        zone=clock.zone(),
        working_days=working_days_after(clock.local_date(now)),
    )
    kind = kind_of(said.kind, visit=visit.kind, by_patient=news.is_patients(by))
    is_off = plan.says(said.kind) is plan.Says.IS_OFF
    values = {
        **shown,
        **news.values_of.get(said.kind, {}),
        **(told.of_its_time if is_off else {}),
        "calendar": kind.calendar if kind.calendar == "confirmed" or told.is_in_a_calendar else "",
        "replaces": told.says in (plan.Says.STANDS, plan.Says.WAITS),
        "was": _was(told),
        "also_off": told.also_when if told.also_when != _was(told) else "",
        "may_know_another_time": is_off and not told.is_certain,
    }
    row = row_for(kind, planned, about, values=values, now=now)
    if row.status != Message.State.QUEUED:
        return row
    if not news.tell_patient:
        row.status, row.reason, row.channel = Message.State.TOLD, _KNOWS, Patient.Contact.PHONE
        row.told_at, row.closed_at, row.closed_by_id = now, now, by.user_id
    elif why := news.phone_first or said.phone_first:
        row.status, row.phone_task, row.reason = Message.State.SKIPPED, True, why
        row.channel = Patient.Contact.PHONE
    else:
        phone_where_nobody_is_mailed(row)
    return row


def phone_where_nobody_is_mailed(row: Message) -> None:
    """What is due at once and has no recipient is for a person: to phone, or to post. Later ones wait: an address may
    come.
    """
    if row.status == Message.State.QUEUED and not row.recipient and row.due_at <= row.planned_at:
        usual = by_post.TO_POST if row.is_letter else NO_ADDRESS
        row.status, row.phone_task, row.reason = Message.State.SKIPPED, True, row.reason or usual


def _was(told: Told) -> str:
    """The time for which the visit was told to stand or to be held; "" where it was not, or was taken back."""
    return str(told.values.get("when", "")) if told.says in (plan.Says.STANDS, plan.Says.WAITS) else ""


def news_in(rows: Iterable[Message]) -> Message | None:
    """Of drafted rows the one that tells the news; None where there is nothing to say."""
    return next((row for row in rows if row.kind in plan.NEWS), None)


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
    route = by_post.in_time(route_of(patient), message)
    return Message(
        kind=kind.name,
        template=kind.template,
        subject=about.subject,
        occasion=about.occasion,
        appointment=appointment,
        patient=patient,
        channel=route.channel,
        recipient=route.recipient,
        status=Message.State.CANCELLED if patient.has_died else Message.State.QUEUED,
        reason=route.why,
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
        "practitioner_id": appointment.practitioner_id,
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


def subject_of(appointment: Appointment) -> str:
    return f"appointment:{appointment.pk}"
