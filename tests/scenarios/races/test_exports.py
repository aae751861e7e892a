"""Workers that write long files at the same time never write a row twice; a short file does not wait for a long one."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection

from pht_clinic.audit.record import record
from pht_clinic.web import exports
from pht_clinic.web.models import Export
from tests.clinic import NOW, Clinic
from tests.together import at_once

EVERYTHING: dict[str, Any] = {"patient_id": None, "user_id": None, "since": None, "until": None}


@pytest.fixture
def tries(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of the last of 60 entries; a step writes 3."""
    monkeypatch.setattr(exports, "STEP_ROWS", 3)
    return max(record("tried", by=clinic.manager, now=NOW, subject=f"try:{number}").pk for number in range(60))


def test_four_workers_write_each_row_of_each_file_once(clinic: Clinic, tries: int) -> None:
    files = [
        exports.ask("audit", EVERYTHING | {"newest": tries}, by=by)
        for by in (clinic.manager, clinic.radiologist, clinic.second_radiologist)
    ]
    done = at_once(*[partial(exports.work, seconds=30)] * 4)
    assert all(isinstance(steps, int) for steps in done), done
    exports.work(seconds=30)  # whoever met only rows that others held went home early
    for file in files:
        file.refresh_from_db()
        assert file.finished_at is not None
        assert not file.failed
        _, *rows = csv.reader(io.StringIO("".join(exports.text_of(file))))
        numbers = [int(row[0]) for row in rows]
        assert len(numbers) == file.total == file.done
        assert numbers == sorted(set(numbers), reverse=True)


def test_a_short_file_does_not_wait_for_a_long_one(clinic: Clinic, tries: int) -> None:
    """They are written in turns: 3 rows are ready while 60 are not."""
    exports.ask("audit", EVERYTHING | {"newest": tries}, by=clinic.manager)
    short = exports.ask("audit", EVERYTHING | {"newest": tries, "user_id": 0}, by=clinic.radiologist)
    for _ in range(2):
        assert exports._step()
    short.refresh_from_db()
    assert short.finished_at is not None
    assert Export.objects.filter(finished_at__isnull=True).count() == 1


def test_asking_again_while_a_step_is_written_gives_the_new_file(
    clinic: Clinic, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again waits for the step; no part of it is left without its file."""
    is_writing = threading.Event()
    source = exports.source_of("audit")

    def read(asked: exports.Asked, position: int, limit: int) -> exports.ExportStep:
        is_writing.set()
        wait_until_somebody_waits_for_a_lock()
        return source.read(asked, position, limit)

    def ask_again() -> Export:
        assert is_writing.wait(20)
        return exports.ask("audit", EVERYTHING | {"newest": tries}, by=clinic.manager)

    exports.ask("audit", EVERYTHING | {"newest": tries}, by=clinic.manager)
    monkeypatch.setitem(exports._sources, "audit", replace(source, read=read))
    wrote, again = at_once(exports._step, ask_again)
    assert wrote is True
    assert isinstance(again, Export), again
    assert list(Export.objects.all()) == [again]
    assert not again.parts.exists()


def wait_until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT pg_sleep(0.01), EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[1]:
                return
    raise AssertionError("nobody waited")
