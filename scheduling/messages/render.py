"""A stored row becomes a letter: subject, text, HTML and calendar part, from one template.

Everything printed comes from the row's values and the clinic's settings. A value that a template names and the row
lacks is an error, never a gap in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

from django.conf import settings
from django.template import Context, Engine
from django.template.loader import render_to_string

from pht_clinic.clinic_words import clinic_words
from pht_clinic.mailboxes import bare
from scheduling.messages import blocks, calendar_part
from scheduling.messages.kinds import Enclosure, of_template
from scheduling.messages.wording import wordings
from scheduling.messages.wording.own_words import Words
from scheduling.models import Appointment, Message
from scheduling.patients import link

OWN_LINK = "[the patient's link]"


_ALSO_PRINTED: dict[str, Callable[[], object]] = {}


def also_prints(name: str, value: Callable[[], object]) -> None:
    """Let messages print another of the clinic's settings, as `clinic.<name>`; other apps call it from `ready()`."""
    _ALSO_PRINTED[name] = value


class MissingValue(LookupError):
    """A template names a value that the row does not have."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, ready to be handed over. `calendar` is None or the content and method of the calendar part,
    `enclosure` the file that goes with it.
    """

    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    calendar: tuple[str, str] | None = None
    enclosure: Enclosure | None = None


class _Missing(str):
    """Django formats this with the name of a variable it did not find."""

    __slots__ = ()

    def __mod__(self, name: object) -> NoReturn:
        raise MissingValue(str(name))


def letter(message: Message, *, now: datetime, is_preview: bool = False, words: Words | None = None) -> Letter:
    """Write a message: its calendar part carries `message.revision` as SEQUENCE, its link is the present one.

    In a preview words stand in the place of the patient's own link: whoever follows that speaks for the patient. What
    goes with it is made only as it leaves.

    `words` are the clinic's own; by default those that the row was claimed or typed with.

    Raises: UnknownKind, LookupError (a value is missing), and whatever a broken template raises.
    """
    own, kind = words or wordings.of(message), of_template(message.template)
    shown = own.filled(kind, {**message.values, "phone": settings.CLINIC_PHONE})
    subject = shown.subject_line
    hides_link = (is_preview and message.appointment is not None) or wordings.is_typed(message)
    found = _said(message, shown, link=OWN_LINK if hides_link else _link(message))
    if hides_link:
        found = tuple(replace(block, form="paragraph") if block.form == "link" else block for block in found)
    return Letter(
        recipient=message.recipient,
        subject=subject,
        text=blocks.as_text(found),
        html=render_to_string(
            "scheduling/mail/frame.html", {"subject_line": subject, "blocks": found, "clinic": clinic_words()}
        ),
        message_id=f"<{message.uid}@{domain()}>",
        calendar=_calendar(message, now=now),
        enclosure=kind.enclosure(message) if kind.enclosure and not is_preview else None,
    )


def on_paper(message: Message, *, words: Words, dear: str) -> tuple[str, tuple[blocks.Block, ...]]:
    """Subject and blocks for a letter that is printed, to `dear`: with the patient's own link, and no word of emails
    that nobody gets. Raises: as `letter`.
    """
    shown = words.filled(of_template(message.template), {**message.values, "phone": settings.CLINIC_PHONE})
    return shown.subject_line, _said(message, shown, link=_link(message), dear=dear, on_paper=True)


def _said(message: Message, shown: Words, **more: object) -> tuple[blocks.Block, ...]:
    own = {"opening": shown.opening, "closing": shown.closing}
    return content(message.template, {**message.values, **own, **more})


def _link(message: Message) -> str:
    """The patient's own page of this appointment; for staff, the page behind sign-in that the row names."""
    if message.appointment is not None:
        return link.address_of(message.appointment)
    return f"{settings.PUBLIC_BASE_URL}{message.values.get('page', '/')}"


def content(template: str, values: dict[str, object]) -> tuple[blocks.Block, ...]:
    """The blocks of a text template (named without ".txt"), for mails and for pages that show the same words."""
    clinic = {**clinic_words(), **{name: value() for name, value in _ALSO_PRINTED.items()}}
    context = Context({**values, "clinic": clinic}, autoescape=False)
    return blocks.read(_engine().get_template(f"{template}.txt").render(context))


def domain() -> str:
    """What stands behind the @ of ids that this clinic gives out: the domain it sends from."""
    return bare(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]


def _calendar(message: Message, *, now: datetime) -> tuple[str, str] | None:
    says = message.values.get("calendar")
    if not says:
        return None
    start, end = (datetime.fromisoformat(message.values[name]) for name in ("start_at", "end_at"))
    uid = message.appointment.calendar_uid if message.appointment else f"{message.uid}"  # a test of words has no visit
    entry = calendar_part.CalendarEntry(
        **_our_side(),
        says=says,
        uid=uid,
        sequence=message.revision or 0,
        start=start,
        end=end,
        written_at=now,
        attendee=message.recipient,
    )
    return calendar_part.calendar_text(entry), entry.method


def calendar_file(appointment: Appointment, *, now: datetime) -> str:
    """A visit as the file that its patient fetches: the same event as in the mails about it."""
    entry = calendar_part.CalendarEntry(
        **_our_side(),
        says="published",
        uid=appointment.calendar_uid,
        sequence=appointment.revision,
        start=appointment.start_at,
        end=appointment.end_at,
        written_at=now,
        attendee="",
    )
    return calendar_part.calendar_text(entry)


def _our_side() -> dict[str, str]:
    """What every event says of the clinic."""
    return {
        "clinic": settings.CLINIC_NAME,
        "place": f"{settings.CLINIC_NAME}, {settings.CLINIC_ADDRESS}",
        "organiser": bare(settings.DEFAULT_REPLY_TO),
        "sender": bare(settings.DEFAULT_FROM_EMAIL),
    }


@lru_cache(maxsize=1)
def _engine() -> Engine:
    """Templates of mails are plain text: nothing is escaped here, the HTML frame escapes every block."""
    return Engine(app_dirs=True, autoescape=False, string_if_invalid=_Missing("%s"))
