"""What somebody waits for, as a page or a program says it, and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from typing import Any, Final

from injections.booking.request import check_request
from injections.booking.wish import FURTHER, Wish
from injections.models import WaitingWish
from injections.models.waiting import LONGEST_NOTICE_HOURS
from injections.visit_kinds import KINDS
from injections.words import SIDES, SITE_NAMES
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.text import tidy, what_is_hidden
from scheduling.messages import words
from scheduling.models import Appointment, Practitioner
from scheduling.revisions import edits
from scheduling.states import WAITING_OR_BOOKED

LONGEST: Final = 2000
NOTICE_HOURS: Final = 24
"""How long before its start a time is offered at the latest, where nobody says."""
WHAT: Final = ("kind", "site", "side", "second", "third")
"""The fields that say what visit it is."""
NO_INJECTION: Final = "A visit of this kind has no injection."

LABELS: Final = {
    "kind": "Kind of visit",
    "site": "Site of the injection",
    "side": "Side",
    "second": "Second injection",
    "third": "Third injection",
    "replaces_id": "An earlier time than",
    "weekdays": "Weekdays",
    "after": "Starting at or after",
    "before": "Starting before",
    "practitioner_id": "With",
    "from_on": "First day",
    "to_on": "Last day",
    "notice_hours": "Notice in hours",
    "reach": "How they are told",
    "note": "Note",
}
"""What a page calls each column, in the order of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWish:
    """What somebody waits for, as in `WaitingWish`; `what` is the kind and the injections, as a booking names them.

    `reach` "" is by mail where the patient is written to, else by phone.
    """

    patient_id: int
    what: Wish
    weekdays: frozenset[int] = frozenset()
    after: time | None = None
    before: time | None = None
    practitioner_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None
    notice_hours: int = NOTICE_HOURS
    reach: str = WaitingWish.Reach.PHONE
    replaces: int | None = None
    note: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> NewWish:
        """By the names of its fields, what visit it is by those of `WHAT`."""
        what = Wish(**{name: said.get(name) or "" for name in WHAT})
        rest = {name: value for name, value in said.items() if name not in WHAT}
        return cls(what=what, **rest | {"weekdays": frozenset(said.get("weekdays") or ())})

    @classmethod
    def as_stored(cls, row: WaitingWish) -> NewWish:
        """What a wish on the list says."""
        what = Wish(kind=row.kind, site=row.site, side=row.side, second=row.second, third=row.third)
        same = {name: getattr(row, name) for name in _COLUMNS}
        return cls(what=what, weekdays=frozenset(row.weekdays), replaces=row.replaces_id, **same)

    def changed(self, said: Mapping[str, Any]) -> NewWish:
        """The same, but for what is named."""
        what = replace(self.what, **{name: said[name] or "" for name in WHAT if name in said})
        rest = {name: value for name, value in said.items() if name not in WHAT}
        if "weekdays" in rest:
            rest["weekdays"] = frozenset(rest["weekdays"] or ())
        return replace(self, what=what, **rest)

    def columns(self) -> dict[str, Any]:
        """As a row holds it."""
        same = {name: getattr(self, name) for name in _COLUMNS if name != "patient_id"}
        what = {name: getattr(self.what, name) for name in WHAT}
        listed = {"weekdays": sorted(self.weekdays), "replaces_id": self.replaces, "note": tidy(self.note)}
        return same | what | listed


_COLUMNS: Final = tuple(one.name for one in fields(NewWish) if one.name not in ("what", "weekdays", "replaces"))


def check_wished(new: NewWish, *, was: NewWish | None = None, now: datetime) -> None:
    """Raise Invalid naming every problem. `was` is what the wish said before: what stays as it was is not asked anew.

    Boundary: a last day that is today still counts.
    """
    problems = []
    try:
        check_request(new.what.ask(new.patient_id))
    except Invalid as refusal:
        problems += refusal.errors
    problems += _problems_of_values(new) + _problems_of_times(new, was, now=now) + _problems_of_rows(new, was)
    if problems:
        raise Invalid(problems)


def _problems_of_values(new: NewWish) -> list[FieldError]:
    hidden = what_is_hidden(new.note, lines=True)
    kind = KINDS.get(new.what.kind)
    has_one = kind is None or kind.injects
    wrong = {
        "second": bool(new.what.second) and not has_one and NO_INJECTION,
        "third": bool(new.what.third) and not has_one and NO_INJECTION,
        "weekdays": not new.weekdays <= set(range(7)) and "Choose days from 0 (Monday) to 6 (Sunday).",
        "notice_hours": not 0 <= new.notice_hours <= LONGEST_NOTICE_HOURS
        and f"Give whole hours from 0 to {LONGEST_NOTICE_HOURS}.",
        "reach": new.reach not in WaitingWish.Reach.values and f"Choose one of {', '.join(WaitingWish.Reach.values)}.",
        "note": f"This text {hidden}"
        if hidden
        else len(tidy(new.note)) > LONGEST and f"Use at most {LONGEST} characters.",
    }
    return [FieldError(f"#/{name}", said) for name, said in wrong.items() if said]


def _problems_of_times(new: NewWish, was: NewWish | None, *, now: datetime) -> list[FieldError]:
    problems = []
    if new.after is not None and new.before is not None and new.before <= new.after:
        problems.append(FieldError("#/before", "This must be later than the time from which they can come."))
    is_kept = was is not None and new.to_on == was.to_on
    if new.to_on is not None and new.from_on is not None and new.to_on < new.from_on:
        problems.append(FieldError("#/to", "The last day is before the first."))
    elif new.to_on is not None and not is_kept and new.to_on < clock.local_date(now):
        problems.append(FieldError("#/to", "This day is over."))
    return problems


def _problems_of_rows(new: NewWish, was: NewWish | None) -> list[FieldError]:
    problems = []
    is_same_kind = was is not None and was.what.kind == new.what.kind
    if new.practitioner_id is not None and not (is_same_kind and was and was.practitioner_id == new.practitioner_id):
        takers = Practitioner.objects.filter(active=True, kinds__contains=[new.what.kind])
        if not takers.filter(pk=new.practitioner_id).exists():
            problems.append(FieldError("#/practitioner", "Choose somebody who takes such visits."))
    if new.replaces is not None and not (is_same_kind and was and was.replaces == new.replaces):
        later = Appointment.objects.of_patient(new.patient_id).filter(kind=new.what.kind, status__in=WAITING_OR_BOOKED)
        if not later.filter(pk=new.replaces).exists():
            problems.append(FieldError("#/replaces", "Choose a visit of this kind that the patient is booked for."))
    return problems


def register_edits() -> None:
    """Wishes are records that several people edit; called once, when the apps are ready."""
    shown = {
        "weekdays": lambda numbers: ", ".join(words.WEEKDAYS[number] for number in numbers),
        "kind": lambda code: KINDS[code].name,
        "site": lambda code: str(SITE_NAMES[code]),
        "side": lambda code: SIDES[code],
        "second": lambda code: FURTHER[code],
        "third": lambda code: FURTHER[code],
        "reach": lambda code: str(WaitingWish.Reach(code).label),
    }
    edits.register(WaitingWish, LABELS, shown=shown)
