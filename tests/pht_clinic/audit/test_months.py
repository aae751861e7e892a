"""The trail by months: where an entry lies, that months are made ahead, what has none, and how a month goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, connections, transaction

from pht_clinic.audit.models import Entry
from pht_clinic.audit.months import AT_ONCE, entries_without_month, locks_and_room, make_months, months_missing
from pht_clinic.audit.record import record, viewed
from pht_clinic.audit.tasks import make_audit_months, seal_audit
from pht_clinic.audit.verify import verify
from pht_clinic.demo.postgresql import OWNER, PostgresServer
from pht_clinic.people.actors import SYSTEM
from scheduling.models import WebhookEndpoint, WebhookEvent
from tests.clinic import open_clinic

OLD = datetime(2009, 2, 1, tzinfo=UTC)
"""No other test has entries of then."""
MARCH = datetime(2009, 3, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
Owner = psycopg.Connection


def month(at: datetime, later: int = 0) -> datetime:
    """The first instant of the month of `at`, or of one so much later."""
    years, index = divmod(at.month - 1 + later, 12)
    return datetime(at.year + years, index + 1, 1, tzinfo=UTC)


def lies_in(entry: Entry) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_entry WHERE id = %s", [entry.pk])
        return str(cursor.fetchone()[0])


def deed(at: datetime) -> Entry:
    return record("booked", by=SYSTEM, now=at, patients=[7], changed=[("name", "Ash", "Elm")])


def view(at: datetime) -> Entry:
    return viewed(by=SYSTEM, now=at, patients=[7], what="patient")


def tables(owner: Owner) -> set[str]:
    return {name for (name,) in owner.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")}


def forget(until: datetime, most: int = 1000) -> int:
    with transaction.atomic(using="retention"), connections["retention"].cursor() as cursor:
        cursor.execute("SELECT forget_views(%s, %s)", [until, most])
        return int(cursor.fetchone()[0])


@pytest.fixture
def months(committed_db: None, owner_connection: Owner) -> Iterator[Owner]:
    """What the owner sees; months that a test makes are gone after it."""
    before = tables(owner_connection)
    make_months()
    yield owner_connection
    connections.close_all()
    for name in tables(owner_connection) - before:
        owner_connection.execute(f"DROP TABLE {name}")


def test_an_entry_lies_in_the_month_of_its_instant_in_utc(months: Owner) -> None:
    """The last microsecond of a month and the first of the next, also where the clinic's own day is another."""
    for later in (0, 1):
        first = month(datetime.now(UTC), later)
        end = month(first, 1)
        for entry, kind in ((deed(first), "deeds"), (deed(end - MOMENT), "deeds"), (view(first), "views")):
            assert lies_in(entry) == f"audit_entry_{kind}_{first:%Y_%m}"
        assert lies_in(view(end)) == f"audit_entry_views_{end:%Y_%m}"
    assert entries_without_month() == 0


def test_the_task_makes_the_months_to_come(months: Owner) -> None:
    coming = [f"audit_entry_{kind}_{month(datetime.now(UTC), 1):%Y_%m}" for kind in ("deeds", "views")]
    assert months_missing() == 0
    for name in coming:
        months.execute(f"DROP TABLE {name}")
    assert months_missing() == 2
    make_audit_months()
    assert months_missing() == 0
    assert tables(months) >= set(coming)
    assert make_months() == 0, "what is there is not made again"


@pytest.mark.parametrize("at", [OLD, datetime(2199, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
def test_no_entry_is_refused_for_its_time(months: Owner, at: datetime) -> None:
    """A clock that jumped: the entry lies with the rest, and a gauge says so."""
    assert lies_in(deed(at)) == "audit_entry_deeds_other"
    assert lies_in(view(at)) == "audit_entry_views_other"
    assert entries_without_month() == 2


def test_what_has_no_month_is_moved_into_one_as_it_was_sealed(months: Owner) -> None:
    """The newest month first, one at a call; each row to the microsecond, and nobody is told of it a second time."""
    open_clinic().webhook()
    WebhookEndpoint.objects.update(verbs=["booked"])
    stood = [deed(OLD), deed(MARCH - MOMENT), deed(MARCH), view(MARCH)]
    seal_audit()
    rows, seals, told = list(Entry.objects.values()), verify(), WebhookEvent.objects.filter(verb="booked").count()
    assert told == 3
    while make_months():
        pass
    places = [lies_in(entry).removeprefix("audit_entry_") for entry in stood]
    assert places == ["deeds_2009_02", "deeds_2009_02", "deeds_2009_03", "views_2009_03"]
    assert list(Entry.objects.values()) == rows
    assert verify() == seals
    assert seals.wrong == ()
    assert WebhookEvent.objects.filter(verb="booked").count() == told


def test_what_is_older_than_thirty_years_makes_no_tables(months: Owner) -> None:
    """Whoever may write entries of any time cannot have a table made for each."""
    for year in (1, 1800, 1990, 2099, 9999):
        deed(datetime(year, 6, 1, tzinfo=UTC))
    before = tables(months)
    assert make_months() == 0
    assert tables(months) == before
    assert entries_without_month() == 5


def test_while_somebody_reads_for_long_months_wait_for_the_next_time(months: Owner, postgres: PostgresServer) -> None:
    entry = deed(OLD)
    with psycopg.connect(postgres.url(OWNER)) as reader:
        reader.execute("SELECT count(*) FROM audit_entry_deeds_other")
        assert make_months() == 0
    assert lies_in(entry) == "audit_entry_deeds_other"
    assert make_months() == 1
    assert lies_in(entry) == "audit_entry_deeds_2009_02"


@pytest.fixture
def february(months: Owner) -> Owner:
    """Views of two months, three in February, and a deed of then."""
    for at in (OLD, MARCH - 2 * MOMENT, MARCH - MOMENT, MARCH, MARCH + MOMENT):
        view(at)
    deed(OLD)
    seal_audit()
    while make_months():
        pass
    return months


def views() -> int:
    return Entry.objects.filter(verb="viewed").count()


def test_a_month_goes_whole_when_its_last_moment_is_due(february: Owner) -> None:
    """Nothing of the next month with it, no deed, and what is sealed is as it was."""
    assert forget(MARCH, most=1) == 3
    assert "audit_entry_views_2009_02" not in tables(february)
    assert tables(february) >= {"audit_entry_views_2009_03", "audit_entry_deeds_2009_02"}
    assert (views(), Entry.objects.exclude(verb="viewed").count()) == (2, 1)
    assert verify().wrong == ()
    assert forget(MARCH) == 0


def test_of_a_month_that_is_due_in_part_only_what_is_due_goes(february: Owner) -> None:
    """Exact to the microsecond, row by row: the period is days and not months."""
    assert forget(MARCH - MOMENT) == 2
    assert views() == 3
    assert "audit_entry_views_2009_02" in tables(february)
    assert forget(MARCH + MOMENT, most=1) == 2, "the month, and one row of the next"
    assert views() == 1


def test_a_month_that_somebody_reads_for_long_goes_row_by_row(february: Owner, postgres: PostgresServer) -> None:
    """Nobody waits for a backup, and what is due goes all the same."""
    with psycopg.connect(postgres.url(OWNER)) as reader:
        reader.execute("SELECT count(*) FROM audit_entry_views")
        assert [forget(MARCH, most=2), forget(MARCH, most=2)] == [2, 1]
    assert views() == 2
    assert "audit_entry_views_2009_02" in tables(february)
    assert forget(MARCH) == 0
    assert "audit_entry_views_2009_02" not in tables(february)


def test_several_months_that_are_due_go_at_once(february: Owner) -> None:
    assert forget(month(MARCH, 1), most=1) == 5
    assert not {name for name in tables(february) if name.startswith("audit_entry_views_2009")}
    assert views() == 0


def test_a_view_of_a_month_that_went_is_not_refused(february: Owner) -> None:
    forget(MARCH)
    assert lies_in(view(OLD)) == "audit_entry_views_other"


@pytest.mark.parametrize("asked", ["a week", "the present month"])
def test_a_question_with_times_reads_those_months_alone(months: Owner, asked: str) -> None:
    """And of all the others no page; the rest, which may have anything, is looked into."""
    now = datetime.now(UTC)
    first = month(now) if asked == "the present month" else now - timedelta(days=7)
    until = min(month(now, 1), first + timedelta(days=31))
    rows: Any = Entry.objects.filter(verb="viewed", at__gte=first, at__lt=until)
    read = {line.split(" on ")[1].split()[0] for line in rows.explain().splitlines() if " on audit_entry" in line}
    assert f"audit_entry_views_{now:%Y_%m}" in read
    assert not {name for name in read if "deeds" in name or f"{month(now, 1):%Y_%m}" in name}


def test_the_role_of_retention_may_nothing_by_the_name_of_a_month(february: Owner) -> None:
    role = settings.DATABASES["retention"]["USER"]
    asked = "SELECT count(*) FROM pg_class WHERE relname ~ '^audit_entry_.*[0-9]$' AND has_table_privilege(%s, oid, %s)"
    for rights in ("SELECT", "INSERT", "UPDATE", "DELETE, TRUNCATE"):
        assert february.execute(asked, [role, rights]).fetchone() == (0,), rights


@pytest.mark.parametrize(("at_once", "found"), [(10, []), (10_000, ["clinic.W104"])], ids=["room", "no room"])
def test_a_start_says_when_the_trail_takes_more_locks_than_there_is_room_for(
    months: Owner, monkeypatch: pytest.MonkeyPatch, at_once: int, found: list[str]
) -> None:
    monkeypatch.setattr("pht_clinic.audit.months.AT_ONCE", at_once)
    assert [one.id for one in run_checks(databases=["default"])] == found


def test_a_question_takes_as_many_locks_as_are_counted(months: Owner) -> None:
    """One for each partition and each of its indexes."""
    with transaction.atomic(), connection.cursor() as cursor:
        list(Entry.objects.all()[:1])
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^audit_'"
        )
        taken = cursor.fetchone()[0]
    assert locks_and_room()[0] == AT_ONCE * taken
