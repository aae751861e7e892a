"""Whatever may come from the replica comes from there, and says the same as the primary.

Of a clinic with a row of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.kinds import types
from injections.doors.records.leaving.wanted import CSV, FHIR, JSON_LINES, WantedRecords
from injections.statistics import STATISTICS, period_of
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.replica import reading
from pht_clinic.web import exports
from pht_clinic.web.models import Export
from scheduling.audit.export import asked_of
from tests.clinic import Clinic, local, open_clinic
from tests.pht_clinic.replica.test_reading import counted_since, outcomes
from tests.scenarios.queries_world import Filled
from tests.standby import Standby, assert_as_far

ALL: Final = {"patient_id": None, "user_id": None, "kind": None, "since": None, "until": None}


@pytest.fixture
def filled(replica: Standby, clock_offset: Any) -> Clinic:
    """It is there on both."""
    clinic = open_clinic()
    Filled(clinic).more_of_the_first()
    clinic.now = local("2026-03-02", "16:00")
    assert_as_far(replica)
    return clinic


def records(clinic: Clinic, form: str, type_: str = "") -> Iterator[str]:
    return texts(WantedRecords.now(form=form, type_=type_, now=clinic.now))


def of_statistics(_: Clinic) -> list[object]:
    period = period_of(None, None, today=clock.today())
    return [
        reading.read_aside(lambda named=named: (named.count(period), named.year(period)))  # type: ignore[misc]
        for named in STATISTICS.values()
    ]


READS: Final[dict[str, Callable[[Clinic], object]]] = {
    "lines": lambda clinic: list(records(clinic, JSON_LINES)),
    "FHIR": lambda clinic: list(records(clinic, FHIR)),
    "tables": lambda clinic: [list(records(clinic, CSV, type_)) for type_ in types()],
    "the trail": lambda _: exports.at_once("audit", asked_of(**ALL), 2_000),
    "statistics": of_statistics,
}


def test_it_is_read_there_and_says_the_same(filled: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of a long file is locked, and its parts are stored, in the primary meanwhile."""
    export = exports.ask("audit", asked_of(**ALL), by=actor_of(filled.users["manager"]))
    before = outcomes()
    assert exports.work(seconds=10) >= 1
    aside = {what: read(filled) for what, read in READS.items()}
    assert set(counted_since(before)) == {"replica"}
    written = Export.objects.get(pk=export.pk)
    assert (written.done, written.failed) == (written.total, False)
    assert written.total > 0
    monkeypatch.setattr(reading, "_is_worth_asking", lambda: False)
    for what, read in READS.items():
        assert read(filled) == aside[what], what
        assert aside[what], what
