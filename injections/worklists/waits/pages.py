"""How long is the wait: for each kind of visit the next free time, and how long others waited."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from injections.statistics import period_of
from injections.statistics.waits import Waited, waited_by_kind
from injections.visit_kinds import KINDS, VisitKind
from injections.worklists.waits.ordinary import LOOKED_WEEKS, next_clear
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.availability.slots import Slot


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one kind of visit the next free time, None where there is none so soon, and how long others waited."""

    kind: VisitKind
    next: Slot | None
    waited: Waited


@permitted("read-diary")
def waiting_times(request: HttpRequest) -> HttpResponse:
    """What to say when somebody asks; nobody has to be named for it."""
    now = clock.now()
    period = period_of(None, None, today=clock.local_date(now))
    waited = {one.kind: one for one in waited_by_kind(period)}
    found = next_clear(now=now)
    rows = [Wait(kind, found[code], waited[code]) for code, kind in KINDS.items()]
    context = {"rows": rows, "period": period, "weeks": LOOKED_WEEKS}
    return page(request, "injections/worklists/waiting_times.html", context)
