"""The calendar of a week with 200 visits against a bare template loop that prints the same rows."""

import datetime as dt
import time
from collections.abc import Callable

from bench import measure
from bench.house import house
from bench.pages import TIMES, VISITS, build, week_of

ROUNDS = 11
AT_MOST = 3.0
# The words that the page prints of a visit, by the filters it uses, and nothing around them.
BARE = """{% load clinic_words injection_words %}<ol>{% for visit in visits %}{% with appointment=visit.appointment %}
<li>{{ appointment.start_at|clock_time }} {{ appointment.patient }} {{ appointment.kind|kind_name }}
{{ appointment.injection_request|where|lower }} {{ appointment.practitioner }}, {{ appointment.room }}
{{ appointment.status }} {{ visit.verdict|verdict_words }}</li>{% endwith %}{% endfor %}</ol>"""


def main() -> None:
    """Fill the week, then show it both ways."""
    with house() as found:
        monday = build(found)
        page, bare = week_of(monday), _bare(monday)
        assert bare().count("Number ") >= VISITS
        measure.say_machine()
        ways = {"page": page, "bare": bare}
        took = measure.interleaved({name: measure.repeated(one, TIMES) for name, one in ways.items()}, rounds=ROUNDS)
        busy = measure.interleaved(
            {name: measure.repeated(one, TIMES, clock=time.process_time) for name, one in ways.items()}, rounds=ROUNDS
        )
    measure.say_about(f"Pages: the calendar of a week with {VISITS} visits")
    measure.say_time("the whole request: session, view, page, audit row", took["page"])
    measure.say_time("reading the same rows and printing them in a bare loop", took["bare"])
    measure.say_ratio("a page's time, times the bare loop's", took["page"] / took["bare"], at_most=AT_MOST)
    measure.say_ratio("… processor time, the database's aside", busy["page"] / busy["bare"])


def _bare(monday: dt.date) -> Callable[[], str]:
    from django.template import engines

    from injections.assessment.visits import appointments, with_assessments
    from pht_clinic import clock
    from pht_clinic.periods import local_days

    template = engines["django"].from_string(BARE)
    shown = local_days(monday, monday + dt.timedelta(days=6), clock.zone())

    def bare() -> str:
        rows = appointments().filter(start_at__gte=shown.start, start_at__lt=shown.end).order_by("start_at", "pk")
        return str(template.render({"visits": with_assessments(rows)}))

    return bare
