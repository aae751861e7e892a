"""The kinds of message: their words, and the states of the appointment in which they are still true. Data.

Other apps register theirs, and their own words for a kind of visit, from `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop as _

from scheduling.models import Message
from scheduling.states import Status

VISIT_EXAMPLE: Final[Mapping[str, object]] = MappingProxyType(
    {
        "when": "Tuesday 24 March 2026 at 09:20",
        "day": "Tuesday 24 March",
        "weekday": "Tuesday",
        "time": "09:20",
        "minutes": 30,
        "practitioner": "Dr Jo Example",
        "replaces": False,
        "was": "Monday 23 March 2026 at 14:00",
        "also_off": "",
        "ask_again": True,
    }
)
"""What a made-up visit prints, for previews and tests of a wording."""
SERIES_EXAMPLE: Final[Mapping[str, object]] = MappingProxyType(
    {
        **VISIT_EXAMPLE,
        "by_patient": False,
        "visits": [
            {"kind": "confirmed", **VISIT_EXAMPLE, "was": ""},
            {"kind": "moved", **VISIT_EXAMPLE, "when": "Tuesday 31 March 2026 at 09:20"},
            {"kind": "cancelled", **VISIT_EXAMPLE, "when": "Tuesday 7 April 2026 at 09:20"},
        ],
    }
)
"""What a made-up series prints: a visit of each sort."""
OF_A_VISIT: Final = ("when", "day", "weekday", "time")
"""The values of an appointment that a clinic's own words may print."""


class Enclosure(NamedTuple):
    """A file that goes with a mail; its name says nothing of anybody."""

    name: str
    content_type: str
    content: bytes


class Withheld(NamedTuple):
    """Why a message must not leave any more, in a sentence, and whether somebody has to see to it then."""

    why: str
    is_task: bool = False


Look = Callable[["Message"], Withheld | None]
"""What a kind looks at once more as a message is to leave."""


class OwnLink(NamedTuple):
    """Where a message about no visit leads its patient: the address by the stored row, and how long one is at most."""

    address: Callable[[Message], str]
    longest: Callable[[], int]


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message. `template` names its content (without ".txt") and is unique; `subject_line` and `opening`,
    the first paragraph, take the row's values. `true_while`: in any other state of its appointment it is not sent.
    `visits`: the kinds of visit that these words are for, empty for all that have none of their own.

    `calendar` is what its calendar part says: "", "confirmed", or, where the patient's calendar has heard of the
    appointment before, "tentative" or "cancelled". `placeholders` are the values that a clinic may print where it
    words the message itself, `example` those of a made-up patient; a message without an opening is not for patients,
    and nobody words it differently.

    What `is_optional` is not about a booked visit: it has a link that ends such mails, and who used it gets none.

    `own_link` is of a kind about no visit that has a page of its patient's all the same.

    `withheld` looks at a row once more when it is to leave, or to be tried again: None where it holds. `enclosure`
    makes the file that goes with it, at that moment; no preview asks for it.
    """

    name: str
    template: str
    subject_line: str
    true_while: frozenset[str]
    calendar: str = ""
    visits: frozenset[str] = frozenset()
    by_patient: bool = False
    is_optional: bool = False
    opening: str = ""
    placeholders: tuple[str, ...] = OF_A_VISIT
    example: Mapping[str, object] = field(default_factory=lambda: VISIT_EXAMPLE, hash=False)
    withheld: Look | None = None
    enclosure: Callable[[Message], Enclosure] | None = None
    own_link: OwnLink | None = None

    @property
    def code(self) -> str:
        """Its name in addresses."""
        return self.template.replace("/mail/", "-")

    @property
    def needs_its_start(self) -> bool:
        """Whether it speaks of a time that must still be the appointment's."""
        return bool(self.true_while & {Status.BOOKED, Status.PENDING})


class UnknownKind(LookupError):
    """Nobody registered such a message."""


_BY_TEMPLATE: dict[str, MessageKind] = {}
NAMES: Final[dict[str, str]] = {
    "confirmed": "Confirmation",
    "provisional": "We are checking the appointment",
    "moved": "Appointment moved",
    "cancelled": "Appointment cancelled",
    "missed": "Appointment missed",
    "series": "Appointments of a series",
    "series-changed": "Appointments of a series changed",
    "reminder-week": "Reminder 1 week before",
    "reminder-2-days": "Reminder 2 days before",
    "staff-wording": "To staff: test of message wording",
}
"""What pages call a kind of message, by its name, in the order in which they list them."""

BOOKED = frozenset({Status.BOOKED.value})
PENDING = frozenset({Status.PENDING.value})
CANCELLED = frozenset({Status.CANCELLED.value})
OF_A_SERIES = frozenset({Status.BOOKED.value, Status.PENDING.value, Status.CANCELLED.value})
TAKEN_BACK = frozenset({Status.CANCELLED.value, Status.ENTERED_IN_ERROR.value})


def register(kinds: Iterable[MessageKind], names: Mapping[str, str] | None = None) -> None:
    """Make kinds known, and what pages call those whose names are new; registering one again replaces it."""
    _BY_TEMPLATE.update((kind.template, kind) for kind in kinds)
    NAMES.update(names or {})


def kind_of(name: str, *, visit: str = "", by_patient: bool = False) -> MessageKind:
    """The kind with these words for this kind of visit, else its words for all. Raises: UnknownKind."""
    named = [kind for kind in _BY_TEMPLATE.values() if kind.name == name and (by_patient or not kind.by_patient)]
    fitting = [kind for kind in named if not kind.visits or visit in kind.visits]
    if not fitting:
        raise UnknownKind(name)
    return max(fitting, key=lambda kind: (kind.by_patient, bool(kind.visits)))


def of_template(template: str) -> MessageKind:
    """The kind that a stored row belongs to. Raises: UnknownKind."""
    try:
        return _BY_TEMPLATE[template]
    except KeyError:
        raise UnknownKind(template) from None


def is_optional(template: str) -> bool:
    """Whether a stored row is of a kind that is not about a booked visit; an unknown one is not."""
    kind = _BY_TEMPLATE.get(template)
    return kind is not None and kind.is_optional


def registered() -> list[MessageKind]:
    """Every kind, in the order in which they were made known."""
    return list(_BY_TEMPLATE.values())


register(
    [
        MessageKind(
            "confirmed",
            "scheduling/mail/confirmed",
            _("Your appointment on {day}"),
            BOOKED,
            "confirmed",
            opening=_("Your appointment is booked for {when}."),
        ),
        MessageKind(
            "provisional",
            "scheduling/mail/provisional",
            _("We are checking your appointment"),
            PENDING,
            "tentative",
            opening=_("We are holding {when} for you, and we are checking whether that time is right for you."),
        ),
        MessageKind(
            "moved",
            "scheduling/mail/moved",
            _("Your appointment has changed"),
            BOOKED,
            "confirmed",
            opening=_("Your appointment is now on {when}."),
        ),
        MessageKind(
            "cancelled",
            "scheduling/mail/cancelled",
            _("We have cancelled your appointment"),
            TAKEN_BACK,
            "cancelled",
            opening=_("We have cancelled your appointment on {when}."),
        ),
        MessageKind(
            "cancelled",
            "scheduling/mail/cancelled_by_patient",
            _("Your appointment is cancelled"),
            CANCELLED,
            "cancelled",
            by_patient=True,
            opening=_("Your appointment on {when} is cancelled, as you asked."),
        ),
        MessageKind(
            "reminder-week",
            "scheduling/mail/reminder_week",
            _("Your appointment on {day}"),
            BOOKED,
            opening=_("Your appointment is on {when}."),
        ),
        MessageKind(
            "reminder-2-days",
            "scheduling/mail/reminder_2_days",
            _("Your appointment on {weekday} at {time}"),
            BOOKED,
            opening=_("Your appointment is on {when}."),
        ),
        MessageKind(
            "missed",
            "scheduling/mail/missed",
            _("Sorry we missed you"),
            frozenset({Status.NOSHOW.value}),
            is_optional=True,
            opening=_("You had an appointment with us on {when}, and we did not see you. We hope that all is well."),
        ),
        MessageKind(
            "series",
            "scheduling/mail/series",
            _("Your appointments"),
            OF_A_SERIES,
            opening=_("Your appointments with us are booked, the first of them on {when}."),
            example=SERIES_EXAMPLE,
        ),
        MessageKind(
            "series-changed",
            "scheduling/mail/series_changed",
            _("Your appointments have changed"),
            OF_A_SERIES,
            opening=_("Your appointments with us have changed, beginning with the one on {when}."),
            example=SERIES_EXAMPLE,
        ),
    ]
)
