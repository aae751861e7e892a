"""What every page and every list costs the database: at most 12 queries, and as many for many rows as for few."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.clinic.closures import save_closure
from tests.api_world import World
from tests.clinic import local
from tests.conftest import Share
from tests.scenarios.every_ask import ADMIN, Ask, Everybody
from tests.scenarios.queries_world import NOON, REVIEW_DAY, Filled
from tests.trials.every_url import OPEN, OWN_ACCOUNT, SIGNING_IN

MOST: Final = 12
MOST_OF: Final = {"fhir-patient-everything": 21}
"""What is a list of each type that it holds, one after the other."""
LEADS_ON: Final = {
    *("patient-code", "procedure", "procedure-scan", "statistics", "audit-export-file", "clinic-export-file")
}


def sent(ask: Ask) -> tuple[int, list[str]]:
    """The status of the answer, and its statements but for noting, once a minute, that a session is in use.

    Several that go to the database in one round trip count one by one.
    """
    with CaptureQueriesContext(connection) as captured:
        response = ask.answer()
    statements = [sql for query in captured for sql in str(query["sql"]).split(";") if sql.strip()]
    return response.status_code, [sql for sql in statements if not is_upkeep(sql)]


def is_upkeep(sql: str) -> bool:
    return sql.startswith(('UPDATE "django_session"', "SAVEPOINT", "RELEASE SAVEPOINT"))


def told(what: str, statements: list[str]) -> str:
    """Line by line, for whoever looks for the one in a loop."""
    return "\n".join([f"{what} ({len(statements)}):", *(f"- {sql[:300]}" for sql in statements)])


def costs(asks: dict[str, Ask]) -> dict[str, list[str]]:
    """The statements of each request that shows something; what only takes POSTs shows nothing."""
    found = {}
    for name, ask in asks.items():
        status, statements = sent(ask)
        if status == 405:
            continue
        plain = name.split(" by ")[0]
        if plain not in OWN_ACCOUNT | SIGNING_IN | OPEN and not plain.startswith(ADMIN):
            assert status == (302 if plain in LEADS_ON else 200), (name, status)
        found[name] = statements
    return found


def test_every_page_and_list_takes_at_most_12_queries_however_much_there_is(
    world: World, settings: Any, share: Share, subtests: pytest.Subtests
) -> None:
    """For everybody who may see it; first with one or two of everything, then with some more of everything."""
    settings.METRICS_TOKEN = "known"
    filled = Filled(world.clinic)
    world.at(NOON)
    everybody = Everybody(world, filled)
    asks = {f"{name} by {ask.who}": ask for name, ask in everybody.asks()}
    for who in ("reception", "radiologist", "manager"):
        asks[f"patient by {who}"].answer()  # each opened somebody before, whom the search names
    asks = dict(share.of(asks.items(), one_in=8))
    few = costs(asks)
    for _ in range(2):
        filled.fill()
    filled.more_of_the_first()
    many = costs(asks)
    assert len(few) > share.at_least(200, one_in=8)
    assert few.keys() == many.keys()
    for name in few:
        with subtests.test(name):
            plain = name.split(" by ")[0]
            assert len(many[name]) <= MOST_OF.get(plain, MOST), told("too many queries", many[name])
            more = [sql for sql in many[name] if sql not in few[name]] or many[name]
            assert len(many[name]) == len(few[name]), told("with more rows there are more queries; not before", more)


def test_pages_that_offer_times_take_at_most_12_queries_where_the_next_one_is_far(
    world: World, subtests: pytest.Subtests
) -> None:
    """Everybody is away for three months: all looks at the diary are needed, four for the next time, three for days."""
    filled = Filled(world.clinic)
    clinic = world.clinic
    away = {"starts_at": local(REVIEW_DAY, "20:00"), "ends_at": local("2026-06-20", "08:00"), "reason": "Away"}
    save_closure(None, away, confirm=True, by=clinic.manager, now=clinic.now)
    world.at(local(REVIEW_DAY, "18:00"))
    everybody = Everybody(world, filled)
    asks = dict(everybody.asks())
    more = {name: {"from_on": REVIEW_DAY} for name in ("booking-when", "part of booking-when")}
    for name in ("booking-when", "part of booking-when", "api-slots", "patient-change"):
        with subtests.test(name):
            ask = asks[name]
            status, statements = sent(replace(ask, query=ask.query | more.get(name, {})))
            assert status == 200
            assert len([sql for sql in statements if "range_agg" in sql]) == (4 if name == "api-slots" else 3), (
                statements
            )
            assert len(statements) <= MOST, told("too many queries", statements)
