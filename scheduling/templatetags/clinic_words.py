"""How pages print dates, times and states: the clinic's wall clock, numerals, British order. Text only, no HTML."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context

from pht_clinic import clock
from scheduling.clinic.closed_words import closed_when
from scheduling.clinic.tabs import more_tabs
from scheduling.kinds import KINDS
from scheduling.messages import blocks, outbox, words
from scheduling.messages.kinds import NAMES, MessageKind, registered
from scheduling.messages.wording.said import said_text
from scheduling.models import Closure, Message, Patient
from scheduling.patients.phones import dialled_phone, shown_phone
from scheduling.states import WORDS, Status, can

register = template.Library()

_STATUS_KIND = {
    Status.PENDING: "review",
    Status.BOOKED: "clear",
    Status.ARRIVED: "info",
    Status.FULFILLED: "neutral",
    Status.CANCELLED: "neutral",
    Status.NOSHOW: "blocked",
    Status.ENTERED_IN_ERROR: "neutral",
}
_MESSAGE_KIND = {
    Message.State.QUEUED: "info",
    Message.State.SENDING: "info",
    Message.State.SENT: "clear",
    Message.State.FAILED: "blocked",
    Message.State.UNKNOWN: "blocked",
    Message.State.CANCELLED: "neutral",
    Message.State.SKIPPED: "review",
    Message.State.TOLD: "clear",
}
_MESSAGE_WORDS = {
    Message.State.CANCELLED: "withdrawn",
    Message.State.SKIPPED: "not sent",
    Message.State.TOLD: "told in person",
    Message.State.UNKNOWN: "not known if sent",
}


def local(value: date | datetime) -> date:
    """A moment on the clinic's clock; a date is itself."""
    return value.astimezone(clock.zone()) if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """12 March 2026."""
    return said_text(words.full_date(local(value))) if value else ""


@register.filter
def weekday_day(value: date | datetime | None) -> str:
    """Tuesday 12 March 2026."""
    return said_text(f"{words.weekday(local(value))} {words.full_date(local(value))}") if value else ""


@register.filter
def birth_date(patient: Patient) -> str:
    """When somebody was born, as a day in words, where whoever looks may know who it is."""
    return day(patient.date_of_birth) if patient.may_be_known else "(not shown)"


@register.filter
def phone(kept: str) -> str:
    """A phone number as people write it: 020 7946 0958 ext 12."""
    return shown_phone(kept)


@register.filter
def dialled(kept: str) -> str:
    """The same for a link that dials it."""
    return dialled_phone(kept)


@register.filter
def clock_time(value: datetime | None) -> str:
    """09:20."""
    return words.clock_time(value, clock.zone()) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Tuesday 12 March 2026 at 09:20."""
    return said_text(words.when(value, clock.zone())) if value else ""


@register.simple_tag(takes_context=True)
def ago(context: Context, value: date | datetime | None) -> str:
    """How far a day lies from today: today, tomorrow, in 5 days, in almost 4 months, 3 months ago."""
    if value is None:
        return ""
    there = local(value)
    there = there.date() if isinstance(there, datetime) else there
    return from_today(there, today=context["clinic_now"].date())


def from_today(there: date, *, today: date) -> str:
    """How far a day lies from today, so that nobody comes too early: what lies ahead is never said to be nearer, and
    what is past never to be longer ago, than it is. Pure.

    Ahead: days up to 99, whole weeks and months as such, else "in almost 4 months". Past: whole units alone.
    """
    days = (there - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return _ago(there, today) if days < 0 else f"in {_ahead(there, today)}"


def _ahead(there: date, today: date) -> str:
    days, months = (there - today).days, _whole_months(today, there)
    is_whole = there.day == today.day
    if days >= 14 and days % 7 == 0 and months < 2:
        return words.counted(days // 7, "week")
    if is_whole and 2 <= months < 24:
        return words.counted(months, "month")
    if days < 100:
        return words.counted(days, "day")
    if months < 24:
        return f"almost {words.counted(months + 1, 'month')}"
    years, left = divmod(months, 12)
    if is_whole and not left:
        return words.counted(years, "year")
    return f"almost {words.counted(years + 1, 'year')}"


def _ago(there: date, today: date) -> str:
    days, months = (today - there).days, _whole_months(there, today)
    if days < 14:
        distance = words.counted(days, "day")
    elif months < 2:
        distance = words.counted(days // 7, "week")
    elif months < 24:
        distance = words.counted(months, "month")
    else:
        distance = words.counted(months // 12, "year")
    return f"{distance} ago"


def _whole_months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


@register.filter
def lasting(span: timedelta) -> str:
    """How long it is in whole minutes, hours and minutes from 2 hours on, never more than it is: 3 hours 5 minutes."""
    minutes = span // timedelta(minutes=1)
    if minutes < 120:
        return words.counted(minutes, "minute")
    hours, left = divmod(minutes, 60)
    return words.counted(hours, "hour") + (f" {words.counted(left, 'minute')}" if left else "")


@register.filter
def counted(number: int, noun: str) -> str:
    """3 days, 1 day."""
    return words.counted(number, noun)


@register.filter
def kind_name(code: str) -> str:
    """What a kind of visit is called."""
    return KINDS[code].name if code in KINDS else code


@register.filter
def status_words(status: str) -> str:
    """What a page calls the state of an appointment."""
    return WORDS.get(status, status)


@register.filter
def allows(status: str, verb: str) -> bool:
    """Whether an appointment in this state can be moved, cancelled and so on at all."""
    return can(verb, status)


@register.filter
def status_kind(status: str) -> str:
    """Which tag goes with the state of an appointment."""
    return _STATUS_KIND.get(Status(status), "neutral")


@register.filter
def message_words(status: str) -> str:
    """What a page calls the state of a message."""
    return _MESSAGE_WORDS.get(Message.State(status), status)


@register.filter
def message_state(message: Message) -> str:
    """The same of a whole message, which may be for a person: a letter to post, or something to say on the phone."""
    if outbox.state_of(message) == outbox.HELD:
        return "held back"
    if message.status != Message.State.SKIPPED or not message.phone_task:
        return message_words(message.status)
    if message.is_open_task:
        return "to post" if message.is_letter or message.is_to_a_colleague else "to phone"
    if message.told_at is None:
        return message_words(message.status)
    return "posted" if message.is_letter else "told in person"


@register.filter
def message_kind(status: str) -> str:
    """Which tag goes with the state of a message."""
    return _MESSAGE_KIND.get(Message.State(status), "neutral")


@register.filter
def message_name(kind: str) -> str:
    """What a kind of message is called."""
    return NAMES.get(kind, kind.replace("-", " ").capitalize())


@register.filter
def worded_name(kind: MessageKind) -> str:
    """What a kind of message is called where its words are chosen: two of one name are told apart."""
    name = message_name(kind.name)
    alike = [one for one in registered() if one.name == kind.name]
    if len(alike) == 1:
        return name
    if any(one.by_patient for one in alike):
        return f"{name} by {'the patient' if kind.by_patient else 'us'}"
    return f"{name}: {', '.join(kind_name(code).lower() for code in sorted(kind.visits)) or 'other visits'}"


@register.filter
def plain(value: Decimal | float | None) -> str:
    """A number without trailing zeros: 40, 0.5."""
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The value of a mapping at a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.filter
def split_at(text: str, part: str) -> list[str]:
    """What stands before, between and after each place of a part of a text."""
    return text.split(part)


@register.filter
def closed_words(closure: Closure) -> str:
    """When something is closed: "7 and 8 December 2026, all day"."""
    return closed_when(closure.starts_at, closure.ends_at)


@register.filter
def iso_day(value: date | datetime) -> str:
    """2026-03-12, the clinic-local day, for addresses and attributes."""
    there = local(value)
    return (there.date() if isinstance(there, datetime) else there).isoformat()


@register.simple_tag
def clinic_tabs() -> list[tuple[str, str]]:
    """Addresses and words of what other apps list among what the clinic consists of."""
    return more_tabs()


@register.filter
def as_blocks(text: str) -> tuple[blocks.Block, ...]:
    """The plain text of a mail as headings, paragraphs and lists again, without its line breaks."""
    chunks = []
    for chunk in text.split("\n\n"):
        *lines, last = chunk.strip().split("\n")
        is_heading = bool(lines) and set(last.strip()) == {"-"}
        chunks.append(f"## {' '.join(lines)}" if is_heading else chunk)
    return blocks.read("\n\n".join(chunks))
