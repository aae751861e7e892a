"""What is the clinic's own, as lines: people and rooms, hours, drugs, classes, words. Data, with the shape of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import models

from injections.doors.records.leaving.columns import ByColumns
from injections.doors.records.leaving.kind import Line, LineKind, Shown
from injections.models import Drug
from injections.procedure.drugs.api import DrugAnswer, with_batches
from scheduling.clinic.api import ClosureAnswer, PractitionerAnswer, RoomAnswer, ScheduleAnswer
from scheduling.models import ClinicVersion, Closure, GroupVisit, Practitioner, Room, Schedule, Wording

_DRUG = Shown(DrugAnswer)
_WHAT_A_CHANGE_HITS: Final = ("to_be_moved",)


def _drugs(found: Sequence[Any]) -> Iterator[Line]:
    return _DRUG(with_batches(found))


def _by_answer(name: str, about: str, model: type[models.Model], shown: Shown) -> LineKind:
    rows = model._default_manager.all
    return LineKind(name=name, about=about, rows=rows, shape=shown, columns=shown.columns, path=None)


def _by_columns(name: str, about: str, model: type[models.Model]) -> LineKind:
    shown = ByColumns(model)
    return LineKind(name=name, about=about, rows=shown.rows, shape=shown, columns=shown.columns, path=None)


OF_CLINIC: Final = (
    _by_columns("clinic-version", "What the clinic says of itself", ClinicVersion),
    _by_columns("wording", "The clinic’s own wording of messages", Wording),
    _by_answer("practitioner", "Practitioners", Practitioner, Shown(PractitionerAnswer)),
    _by_answer("room", "Rooms", Room, Shown(RoomAnswer)),
    _by_answer("schedule", "Weekly sessions", Schedule, Shown(ScheduleAnswer, without=_WHAT_A_CHANGE_HITS)),
    _by_answer("closure", "Closures", Closure, Shown(ClosureAnswer, without=_WHAT_A_CHANGE_HITS)),
    LineKind(name="drug", about="Drugs", rows=Drug.objects.all, shape=_drugs, columns=_DRUG.columns, path=None),
    _by_columns("class", "Classes", GroupVisit),
)
