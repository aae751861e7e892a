"""A file brought in from beginning to end, as the page and the command do it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from injections.doors.records.coming import runs, steps
from injections.doors.records.coming.runs import Stage
from injections.models import RecordImport
from tests.clinic import Clinic

_TICKS = count()
PATIENTS = "given_name,family_name,date_of_birth,nhs_number,email\r\n"
ANN = "Ann,Example,1961-04-02,9990000018,ann@mail.example\r\n"


def _tick(clinic: Clinic) -> datetime:
    """Now, later than any tick before."""
    return clinic.now + timedelta(microseconds=next(_TICKS))


def read(clinic: Clinic, text: str | bytes, name: str = "old.csv") -> RecordImport:
    content = text.encode() if isinstance(text, str) else text
    return runs.take_in(io.BytesIO(content), name=name, by=clinic.manager, now=_tick(clinic))


def begun(clinic: Clinic, run: RecordImport, stage: Stage = Stage.BRINGING) -> None:
    """As from a page, where it is tried first."""
    run.refresh_from_db()
    if stage == Stage.BRINGING and run.stage == Stage.READY:
        worked(clinic, run, Stage.TRYING)
    runs.begin_tried(run.pk, stage, by=clinic.manager, now=clinic.now)


def worked(clinic: Clinic, run: RecordImport, stage: Stage) -> RecordImport:
    """To the end of a stage, by steps, while the clock ticks."""
    begun(clinic, run, stage)
    while steps.step(run.pk, clock=lambda: _tick(clinic)):
        pass
    run.refresh_from_db()
    assert not run.is_worked_on
    return run


def brought(clinic: Clinic, text: str | bytes, stage: Stage = Stage.BRINGING) -> RecordImport:
    return worked(clinic, read(clinic, text), stage)


def imports(clinic: Clinic) -> None:
    """One that was tried, whose columns may still be named, with a line of every outcome; and one that is in."""
    clinic.patient("Imported", given_name="Ida", date_of_birth=date(1944, 3, 3))
    told = PATIENTS + "Ida,Importet,1944-03-03,,\r\nNora,New,1950-01-01,,\r\nBad,,1950-99-01,,\r\n"
    brought(clinic, told, Stage.TRYING)
    brought(clinic, PATIENTS + "Olive,Oldfield,1930-01-01,,\r\n")


def json_lines(lines: Iterable[Mapping[str, Any]]) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def outcomes(run: RecordImport) -> list[str]:
    return list(run.lines.order_by("number").values_list("outcome", flat=True))


def said(run: RecordImport) -> list[str]:
    return [" ".join(line.said) for line in run.lines.order_by("number")]
