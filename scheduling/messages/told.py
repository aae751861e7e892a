"""What the patient was told of a visit, and what has to be said on top of it: the one home of that rule.

Told is what was sent, or may have been (it was handed over, and nobody knows how that ended), and what a person said.
What is merely planned was told to nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Q

from scheduling.messages import plan
from scheduling.messages.plan import Says
from scheduling.models import Appointment, Message, Patient

NEVER_TOLD: Final = "Phone first: no message about this visit has reached the patient."
LEAVING: Final = Q(status=Message.State.SENDING, handed_over_at__isnull=False)
"""It may be with the patient before anything can be taken back."""
_MAY_HAVE_ARRIVED: Final = Q(handovers__gt=1) | Q(handovers=1) & ~Q(status=Message.State.FAILED)
"""Also one of whose content nobody knows whether the server has it, and that was queued again, or taken back, since."""
_TOLD: Final = Q(status__in=[Message.State.SENT, Message.State.UNKNOWN]) | _MAY_HAVE_ARRIVED | Q(told_at__isnull=False)
_OF_THE_TIME: Final = ("start_at", "end_at", "when", "day", "weekday", "time")


@dataclass(frozen=True, slots=True)
class Told:
    """What a patient was told last of one visit: by which kind of message, with what it printed, and when.

    `kind` "" is nothing yet. Not `is_certain`: it may not have arrived, so that it is said again whatever it was, and
    `also_when` are the other times for which the visit may have been told to stand or to be held ("" is none), joined
    for the sentence that takes them back.
    `is_in_a_calendar`: an email has put the visit into the patient's calendar.
    """

    kind: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None
    is_in_a_calendar: bool = False
    is_certain: bool = True
    also_when: str = ""

    @property
    def says(self) -> Says | None:
        return plan.says(self.kind) if self.kind else None

    @property
    def of_its_time(self) -> dict[str, object]:
        """What it printed of the visit's time."""
        return {name: self.values[name] for name in _OF_THE_TIME if name in self.values}

    def is_of(self, shown: Mapping[str, object]) -> bool:
        """Whether it was told at this very time, with this very person."""
        who = "practitioner_id" if "practitioner_id" in self.values else "practitioner"
        return all(self.values.get(name) == shown[name] for name in ("start_at", who))


NOTHING: Final = Told()


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said now: `kind` "" is nothing; with `phone_first`, a sentence, somebody phones instead of a mail."""

    kind: str = ""
    phone_first: str = ""


def told_of(appointment: Appointment) -> Told:
    """What the patient of a stored visit was told of it, by itself or with the others of its series. One query."""
    return told_of_each([appointment])[appointment.pk]


def told_of_each(appointments: Sequence[Appointment]) -> dict[int, Told]:
    """The same of each of these visits, by its id. One query."""
    subjects = {f"appointment:{one.pk}": [one] for one in appointments}
    for one in appointments:
        if one.series_id is not None:
            subjects.setdefault(subject_of_series(one.series_id), []).append(one)
    rows = Message.objects.filter(_TOLD, subject__in=list(subjects))
    found: dict[int, list[Message]] = defaultdict(list)
    for row in rows.filter(kind__in=[*plan.NEWS, *plan.REMINDERS, *plan.TOGETHER]):
        for one in subjects[row.subject]:
            found[one.pk] += _of_visit(row, one.pk)
    return {one.pk: _newest(found[one.pk]) for one in appointments}


def subject_of_series(series_id: int) -> str:
    return f"series:{series_id}"


def _of_visit(row: Message, appointment_id: int) -> list[Message]:
    """What a row says of one visit, as a row of its own: that of a series has news of some of its visits."""
    if row.kind not in plan.TOGETHER:
        return [row]
    alone = copy(row)
    for said in row.values.get("visits", ()):
        if said["appointment"] == appointment_id:
            alone.kind, alone.values = said["kind"], said
            return [alone]
    return []


def _newest(rows: Iterable[Message]) -> Told:
    told = sorted(rows, key=lambda row: (_told_at(row), row.pk))
    if not told:
        return NOTHING
    last = told[-1]
    mailed = {row.kind for row in told if row.told_at is None and row.channel == Patient.Contact.EMAIL}
    return Told(
        last.kind,
        last.values,
        _told_at(last),
        is_in_a_calendar=bool(mailed & {"confirmed", "moved"}),
        is_certain=_is_certain(last),
        also_when=", nor on ".join(_also_kept(told)),
    )


def _also_kept(told: list[Message]) -> list[str]:
    """The other times that the visit may have been told to keep, the newest first: back to what certainly arrived."""
    last, times = told[-1], list[str]()
    if _is_certain(last):
        return times
    for row in reversed(told[:-1]):
        kept = _time_kept(row)
        if kept and kept not in (*times, _time_kept(last)):
            times.append(kept)
        if _is_certain(row):
            break
    return times


def _is_certain(row: Message) -> bool:
    return row.status == Message.State.SENT or row.told_at is not None


def _time_kept(row: Message) -> str:
    return str(row.values.get("when", "")) if plan.says(row.kind) in (Says.STANDS, Says.WAITS) else ""


def _told_at(row: Message) -> datetime:
    return row.told_at or row.sent_at or row.handed_over_at or row.planned_at


def what_to_say(
    kind: str, told: Told, shown: Mapping[str, object], *, by_patient: bool, is_asked: bool, is_owed: bool
) -> Saying:
    """What is to be told of news of this kind about a visit whose present time and person are `shown`.

    Nothing, where the patient knows that already; of two kinds that say the same the one that fits what they know: what
    was never told is confirmed, not moved. What is off and was never told is told to nobody, unless it `is_owed` to
    them, and then by a person. `by_patient`: they did it themselves. What `is_asked` is said again all the same, and so
    is what nobody knows to have arrived.
    """
    present, is_asked = plan.NEWS[kind], is_asked or not told.is_certain
    if present.says is Says.STANDS:
        return _that_it_stands(told, shown, is_asked=is_asked)
    if present.says is Says.WAITS:
        knows = told.kind == kind and told.is_of(shown)
        return Saying() if knows and not is_asked else Saying(kind)
    if present.says is Says.IS_OVER:
        return Saying(kind, "" if told.says is Says.STANDS and told.is_of(shown) else NEVER_TOLD)
    if told.says in (Says.STANDS, Says.WAITS) or by_patient or not told.is_certain:
        return Saying(kind)
    return Saying(kind, NEVER_TOLD) if is_owed and told.says is None else Saying()


def _that_it_stands(told: Told, shown: Mapping[str, object], *, is_asked: bool) -> Saying:
    if told.says is not Says.STANDS:
        return Saying("confirmed")
    if not told.is_of(shown):
        return Saying("moved")
    return Saying("confirmed") if is_asked else Saying()
