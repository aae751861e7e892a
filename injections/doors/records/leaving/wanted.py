"""What is wanted of the records: of whom, in which form, up to which rows; and how that is kept with a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from django.db.models import Max, Model

from injections.doors.records.leaving.as_fhir import RESOURCES
from injections.doors.records.leaving.kind import LineKind
from injections.doors.records.leaving.kinds import KINDS
from injections.patient.keeping.erase import records_of
from scheduling.models import Patient

JSON_LINES, CSV, FHIR = "jsonl", "csv", "fhir"
ENDINGS: Final[Mapping[str, str]] = {JSON_LINES: "jsonl", CSV: "csv", FHIR: "ndjson"}
"""The forms of a file, with how its name ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRecords:
    """`patient` is the one who is wanted, with `records`, theirs and those merged into it; None is the whole clinic.

    `type` is the one type of lines of a CSV. `newest` are the numbers of the newest rows when it was asked for, by
    table, and `made_at` when that was: what is recorded meanwhile makes no file longer, and no line speaks of somebody
    whose own line was written before they came.
    """

    form: str = JSON_LINES
    type: str = ""
    patient: int | None = None
    records: Sequence[int] = ()
    newest: Mapping[str, int] = field(default_factory=dict)
    made_at: str = ""

    @classmethod
    def now(cls, *, form: str, type_: str = "", patient_id: int | None = None, now: datetime) -> Self:
        """Everything that is there at this moment. One query for each table."""
        wanted = cls(form=form, type=type_, patient=patient_id)
        records = records_of(patient_id) if patient_id else ()
        models: set[type[Model]] = {Patient, *(kind.model for kind in wanted.kinds)}
        found = {model._meta.label: model._base_manager.aggregate(newest=Max("pk"))["newest"] or 0 for model in models}
        return cls(**{**asdict(wanted), "records": records, "newest": found, "made_at": now.isoformat()})

    @classmethod
    def stored(cls, asked: Mapping[str, Any]) -> Self:
        """As it was kept. Raises: TypeError (it was kept otherwise)."""
        return cls(**asked)

    def as_asked(self) -> dict[str, Any]:
        """To be kept, as plain JSON."""
        return asdict(self)

    @property
    def kinds(self) -> tuple[LineKind, ...]:
        """The types of lines that are wanted; of one patient nothing of the clinic's own."""
        known = RESOURCES if self.form == FHIR else KINDS
        named = [kind for kind in known if self.type in ("", kind.name)]
        return tuple(kind for kind in named if self.patient is None or kind.path is not None)
