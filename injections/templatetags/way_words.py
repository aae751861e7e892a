"""Where the pages of findings lead to clear them: the ways of `assessment/ways.py` as addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from injections.assessment import ways
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.permissions import is_permitted
from scheduling.states import WAITING_OR_BOOKED, Status

register = template.Library()

SCAN_AND_INJECTION: Final = "scan-and-injection"


@dataclass(frozen=True, slots=True)
class ShownFor:
    """What a finding was found for: a patient, and the visit (`appointment`) or the booking on its way (`wish`).

    `about` is the number, from 1, of the injection that it is found of.
    """

    patient_id: int
    appointment: Any
    wish: Any
    about: int

    @property
    def query(self) -> dict[str, str]:
        """The kind, area and side for a form on the way, and where to go back to."""
        if self.appointment is not None:
            return self._of_visit()
        if self.wish is None:
            return {}
        given = {name: getattr(self.wish, name) for name in _OF_A_WISH}
        back = {"back": "check"} if self.wish.says_when else {}
        return {name: value for name, value in given.items() if value} | self._about() | back

    def _of_visit(self) -> dict[str, str]:
        asked = getattr(self.appointment, "injection_request", None)
        place = {"kind": self.appointment.kind, "site": asked.site, "side": asked.side} if asked else {}
        further = zip(("second", "third"), asked.wanted[1:], strict=False) if asked else ()
        return place | {name: f"{one.site}:{one.side}" for name, one in further} | self._about() | {"visit": self.id}

    def _about(self) -> dict[str, str]:
        return {"about": str(self.about)} if self.about > 1 else {}

    @property
    def id(self) -> str:
        return str(self.appointment.pk)


_OF_A_WISH: Final = ("kind", "site", "side", "second", "third", "start", "practitioner", "room")
_OF_THE_PLACE: Final = ("kind", "site", "side", "second", "third")


def _form(name: str, *, only: str = "") -> Callable[[ShownFor], str]:
    def address(shown: ShownFor) -> str:
        query = shown.query | ({"only": only} if only else {})
        return f"{reverse(name, args=[shown.patient_id])}{'?' if query else ''}{urlencode(query)}"

    return address


def _time(shown: ShownFor) -> str:
    if shown.appointment is not None:
        may_move = shown.appointment.status in WAITING_OR_BOOKED
        return reverse("appointment-move", args=[shown.id]) if may_move else ""
    return _booking("booking-when", shown, _OF_THE_PLACE)


def _what(shown: ShownFor) -> str:
    return "" if shown.appointment is not None else _booking("booking-what", shown, _OF_A_WISH)


def _scan(shown: ShownFor) -> str:
    """The same with its scan: at the time that is looked at, where there is one. A visit is no wish: it stays."""
    if shown.appointment is not None or shown.wish is None:
        return ""
    has_time = shown.wish.says_when
    page, names = ("booking-check", _OF_A_WISH) if has_time else ("booking-when", _OF_THE_PLACE)
    return _booking(page, shown, names, kind=SCAN_AND_INJECTION)


def _booking(page: str, shown: ShownFor, names: tuple[str, ...], **instead: str) -> str:
    if shown.wish is None:
        return ""
    given = {name: getattr(shown.wish, name) for name in names} | instead
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{reverse(page, args=[shown.patient_id])}?{query}"


def _patient_part(part: str) -> Callable[[ShownFor], str]:
    return lambda shown: f"{reverse('patient', args=[shown.patient_id])}#{part}"


def _decide(shown: ShownFor) -> str:
    is_waiting = shown.appointment is not None and shown.appointment.status == Status.PENDING
    return f"{reverse('decision', args=[shown.id])}#decision-title" if is_waiting else ""


_PLACES: Final[Mapping[str, tuple[str, Callable[[ShownFor], str]]]] = {
    ways.QUESTIONS: ("answer-screening", _form("screening")),
    ways.OPEN_QUESTIONS: ("answer-screening", _form("screening", only="open")),
    ways.PATHWAY: ("record-pathway", _form("pathway")),
    ways.REPORT: ("record-report", _form("report-add")),
    ways.EARLIER: ("record-injection", _form("injection-add")),
    ways.TIME: ("book", _time),
    ways.WHAT: ("book", _what),
    ways.SCAN: ("book", _scan),
    ways.PLANS: ("plan-activity", _patient_part("plans-title")),
    ways.RECORD: ("correct-injection", _patient_part("injections-title")),
    ways.DETAILS: ("correct-patient", lambda shown: f"{reverse('patient-correct', args=[shown.patient_id])}"),
    ways.CALLS: ("read-calls", lambda shown: reverse("call-list")),
    ways.DECIDE: ("decide", _decide),
}
"""By where a way leads: what one must be permitted there, and its address, "" where there is no such page."""
_CHOICES: Final = ("injury_on", "surgery_on", "next_event_on")
"""Fields of one box; every other one on which a way opens is a row of choices, of which the first has the focus."""


@register.simple_tag(takes_context=True)
def ways_to_clear(context: template.Context, finding: Any, visit: Any = None) -> list[tuple[str, str]]:
    """The words and the address of each way to clear a finding, a stored one (a mapping) or a fresh one, that whoever
    looks may go; `visit` is what it is of, where the page is about several. A page with `is_deciding` is the decision.
    None leads to other times from the page that shows them.
    """
    user = context.get("user")
    shown = _shown_for(context, finding, visit) if user is not None and user.is_authenticated else None
    if shown is None:
        return []
    besides = {ways.DECIDE} if context.get("is_deciding") else set()
    if _time(shown).partition("?")[0] == getattr(context.get("request"), "path", None):
        besides.add(ways.TIME)  # the times stand on this very page
    return list(_ways(finding, shown, besides=besides, by=actor_of(context["user"])))


def _ways(finding: Any, shown: ShownFor, *, besides: set[str], by: Actor) -> Iterator[tuple[str, str]]:
    for way in ways.WAYS.get(_of(finding, "rule"), ()):
        action, address_of = _PLACES[way.to]
        address = address_of(shown) if way.to not in besides and is_permitted(action, by) else ""
        if address:
            field = way.field(_of(finding, "evidence"))
            anchor = f"#id_{field}{'' if field in _CHOICES else '_0'}" if field else ""
            yield way.words, address + anchor


def _shown_for(context: template.Context, finding: Any, visit: Any) -> ShownFor | None:
    appointment = visit or context.get("appointment")
    patient_id = appointment.patient_id if appointment is not None else getattr(context.get("patient"), "pk", None)
    if patient_id is None:
        return None
    found_of = _of(finding, "of") or ()
    first = found_of[0] if found_of else None
    number = 0 if first is None else (first["number"] if isinstance(first, dict) else first.number)
    return ShownFor(patient_id, appointment, context.get("wish"), int(number) + 1)


def _of(finding: Any, name: str) -> Any:
    return finding.get(name) if isinstance(finding, dict) else getattr(finding, name)
