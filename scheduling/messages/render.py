"""A stored row becomes a letter: subject, text, HTML and calendar part, from one template.

Everything printed comes from the row's values and the clinic's settings. A value that a template names and the row
lacks is an error, never a gap in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from django.conf import settings
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from pht_clinic import languages
from pht_clinic.clinic_words import clinic_words, dialled, words_in_force
from pht_clinic.mailboxes import bare
from scheduling.messages import blocks, calendar_part
from scheduling.messages.bounces import opt_out
from scheduling.messages.channels import sms
from scheduling.messages.kinds import Enclosure, of_template
from scheduling.messages.wording import wordings
from scheduling.messages.wording.clinic_versions import as_sent
from scheduling.messages.wording.own_words import STANDARD, Words
from scheduling.messages.wording.said import said
from scheduling.models import Appointment, Message, Patient
from scheduling.patients import link, short_link

OWN_LINK = "[the patient's link]"
OWN_OPT_OUT = "[the patient's link to stop these emails]"
_OPT_OUT = "scheduling/mail/_opt_out"


_ALSO_PRINTED: dict[str, Callable[[], object]] = {}


def also_prints(name: str, value: Callable[[], object]) -> None:
    """Let messages print another of the clinic's settings, as `clinic.<name>`; other apps call it from `ready()`."""
    _ALSO_PRINTED[name] = value


class MissingValue(LookupError):
    """A template names a value that the row does not have."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, ready to be handed over. `calendars` are the content and method of each calendar part,
    `enclosure` the file that goes with it, `language` the code of the one that it is in, `opt_out` the address that
    ends such mails, "" where there is none. A text message has its text alone. `on_paper`: it is posted.
    """

    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    calendars: tuple[tuple[str, str], ...] = ()
    enclosure: Enclosure | None = None
    language: str = languages.ENGLISH
    opt_out: str = ""
    on_paper: bool = False

    @property
    def calendar(self) -> tuple[str, str] | None:
        """The only calendar part, or the first."""
        return self.calendars[0] if self.calendars else None


class _Missing(str):
    """Django formats this with the name of a variable it did not find."""

    __slots__ = ()

    def __mod__(self, name: object) -> NoReturn:
        raise MissingValue(str(name))


def letter(message: Message, *, now: datetime, is_preview: bool = False, words: Words | None = None) -> Letter:
    """Write a message: its calendar part carries `message.revision` as SEQUENCE, its link is the present one.

    One that goes on paper, or that somebody says, has no word of emails and no calendar part. In a preview words stand
    in the place of the patient's own link: whoever follows that speaks for the patient. What goes with it is made only
    as it leaves.

    It is in the language of `language_of`, and says of the clinic what `as_sent` says. `words` are the clinic's own; by
    default those that the row was claimed or typed with.

    Raises: UnknownKind, LookupError (a value is missing), and whatever a broken template raises.
    """
    with as_sent(message), languages.speaking(language_of(message)):
        return _letter(message, words or wordings.of(message), now=now, is_preview=is_preview)


def language_of(message: Message) -> str:
    """The code of the language that a message was handed over in; before that, of the one in which it would be now:
    what its patient reads, where the wording in it is signed. To staff and to colleagues everything is in English.
    """
    if message.handovers:
        return message.language or languages.ENGLISH  # those of before there was another one say nothing of it
    return languages.ENGLISH if message.patient is None else languages.used_for(message.patient.kept.written_language)


def _letter(message: Message, words: Words, *, now: datetime, is_preview: bool) -> Letter:
    kind = of_template(message.template)
    shown = _filled(message, words)
    subject = shown.subject_line
    leads_patient = message.appointment is not None or kind.own_link is not None
    hides_link = (is_preview and leads_patient) or wordings.is_typed(message)
    is_mail = message.channel not in (Patient.Contact.LETTER, Patient.Contact.PHONE)
    stops_at = _opt_out(message) if kind.is_optional and is_mail and not hides_link else ""
    found = _said(
        message, shown, link=OWN_LINK if hides_link else _link(message), **({} if is_mail else {"on_paper": True})
    )
    if kind.is_optional and is_mail:
        found += content(_OPT_OUT, {"opt_out": stops_at or OWN_OPT_OUT})
    if hides_link:
        found = _without_links(found)
    return Letter(
        recipient=message.recipient,
        subject=subject,
        text=blocks.as_text(found),
        html=_html(subject, found),
        message_id=f"<{message.uid}@{domain()}>",
        calendars=_calendars(message, now=now) if is_mail else (),
        on_paper=message.is_letter,
        enclosure=kind.enclosure(message) if kind.enclosure and not is_preview else None,
        language=languages.spoken(),
        opt_out=stops_at,
    )


def _html(subject: str, found: tuple[blocks.Block, ...]) -> str:
    phone = words_in_force().phone
    shown = [_html_of(block, phone) for block in found]
    return render_to_string("scheduling/mail/frame.html", {"subject_line": subject, "blocks": shown})


@lru_cache(maxsize=256)  # most paragraphs are the same in every mail of a kind
def _html_of(block: blocks.Block, phone: str) -> SafeString:
    clinic = {"phone": phone, "dialled": dialled(phone)}
    return render_to_string("scheduling/mail/_block.html", {"block": block, "clinic": clinic})


def _without_links(found: tuple[blocks.Block, ...]) -> tuple[blocks.Block, ...]:
    """With the words that stand in a link's place as a paragraph."""
    return tuple(replace(block, form="paragraph") if block.form == "link" else block for block in found)


def text_message(message: Message, *, is_preview: bool = False, words: Words | None = None) -> Letter:
    """Write a message as the text message that it is: one sentence and the patient's own link, or in a preview words in
    its place. It has no subject, nothing beside the text, and no calendar part. Where nobody knows of which time the
    patient has heard last, what is off is said without one.

    Raises: as `letter`; LookupError for a message about no visit, to which no link leads.
    """
    own_link = of_template(message.template).own_link
    if message.appointment is None and own_link is None:
        raise LookupError("there is no page of the patient's to lead to")
    with as_sent(message), languages.speaking(language_of(message)):
        shown = _filled(message, words or wordings.of(message))
    names_no_time = bool(message.values.get("may_know_another_time"))
    sentences = (shown.subject_line,) if names_no_time else (shown.opening, shown.subject_line)
    to = OWN_LINK if is_preview else _link(message)
    return Letter(
        recipient=message.recipient,
        subject="",
        text=sms.text_of(sentences, to, longest_link=own_link.longest() if own_link else link.longest()),
        html="",
        message_id=f"<{message.uid}@{domain()}>",
        language=language_of(message),
    )


def on_paper(message: Message, *, words: Words, dear: str) -> tuple[str, tuple[blocks.Block, ...]]:
    """Subject and blocks for a letter that is printed, to `dear`: with the patient's own link as it is typed, and no
    word of emails that nobody gets. Raises: as `letter`.
    """
    with languages.speaking(language_of(message)):
        shown = _filled(message, words)
        return shown.subject_line, _said(message, shown, link=_printed_link(message), dear=dear, on_paper=True)


def _filled(message: Message, words: Words) -> Words:
    """The clinic's own words with the values of a row. They are English: another language has the standard ones."""
    own = words if languages.is_english() else STANDARD
    values = {name: said(value) for name, value in message.values.items()}
    return own.filled(of_template(message.template), {**values, "phone": words_in_force().phone})


def _said(message: Message, shown: Words, **more: object) -> tuple[blocks.Block, ...]:
    own = {"opening": shown.opening, "closing": shown.closing}
    return content(message.template, {**message.values, **own, **more})


def _link(message: Message) -> str:
    """The patient's own page of this appointment; for staff, the page behind sign-in that the row names."""
    if message.appointment is not None:
        return link.address_of(message.appointment)
    if own_link := of_template(message.template).own_link:
        return own_link.address(message)
    return f"{settings.PUBLIC_BASE_URL}{message.values.get('page', '/')}"


def _printed_link(message: Message) -> str:
    """The same for somebody who has to type it."""
    return short_link.address_of(message.appointment) if message.appointment is not None else _link(message)


def _opt_out(message: Message) -> str:
    """Where the patient ends such mails; "" where it is to nobody who is a patient."""
    return opt_out.address_of(message.patient) if message.patient is not None else ""


def content(template: str, values: dict[str, object]) -> tuple[blocks.Block, ...]:
    """The blocks of a text template (named without ".txt"), for mails and for pages that show the same words, in the
    language that is spoken now.
    """
    clinic = {**clinic_words(), **{name: value() for name, value in _ALSO_PRINTED.items()}}
    context = Context({**{name: said(value) for name, value in values.items()}, "clinic": clinic}, autoescape=False)
    return blocks.read(_engine().get_template(f"{template}.txt").render(context))


def domain() -> str:
    """What stands behind the @ of ids that this clinic gives out: the domain it sends from."""
    return bare(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]


def _calendars(message: Message, *, now: datetime) -> tuple[tuple[str, str], ...]:
    """A part for each visit of which it puts something into the patient's calendar, or takes it out."""
    if said := message.values.get("visits"):
        parts = (_calendar(message, one, uid=one.get("uid", ""), revision=one.get("revision"), now=now) for one in said)
        return tuple(part for part in parts if part)
    uid = message.appointment.calendar_uid if message.appointment else f"{message.uid}"  # a test of words has no visit
    part = _calendar(message, message.values, uid=uid, revision=message.revision, now=now)
    return (part,) if part else ()


def _calendar(
    message: Message, values: Mapping[str, Any], *, uid: str, revision: int | None, now: datetime
) -> tuple[str, str] | None:
    says = values.get("calendar")
    if not says:
        return None
    start, end = (datetime.fromisoformat(values[name]) for name in ("start_at", "end_at"))
    entry = calendar_part.CalendarEntry(
        **_our_side(),
        says=says,
        uid=uid,
        sequence=revision or 0,
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
    clinic = words_in_force()
    return {
        "clinic": clinic.name,
        "place": f"{clinic.name}, {clinic.address}",
        "organiser": bare(settings.DEFAULT_REPLY_TO),
        "sender": bare(settings.DEFAULT_FROM_EMAIL),
        "called": gettext("Appointment"),
    }


@lru_cache(maxsize=1)
def _engine() -> Engine:
    """Templates of mails are plain text: nothing is escaped here, the HTML frame escapes every block."""
    libraries = {"i18n": "django.templatetags.i18n"}
    return Engine(app_dirs=True, autoescape=False, string_if_invalid=_Missing("%s"), libraries=libraries)
