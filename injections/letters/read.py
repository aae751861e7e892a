"""Letters as they were filed: those of a visit, and whether the newest still says what is recorded. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from injections.models import ClinicalLetter, Injection
from scheduling.diary.read import the


@dataclass(frozen=True, slots=True)
class FiledLetters:
    """The versions of one kind of letter, newest first. `is_stale`: the record was corrected or withdrawn since."""

    kind: str
    name: str
    versions: Sequence[ClinicalLetter]
    is_stale: bool


def find_letter(letter_id: int) -> ClinicalLetter:
    """One letter with its visit and who wrote it. Raises: Missing."""
    return the(
        ClinicalLetter.objects.select_related(
            "appointment__patient__merged_into", "patient__merged_into", "recorded_by"
        ),
        letter_id,
    )


def record_changed_at(appointment_id: int) -> datetime | None:
    """When anything that was injected at a visit was recorded, corrected or withdrawn last. One query."""
    found: datetime | None = Injection.objects.filter(appointment=appointment_id).aggregate(at=Max("recorded_at"))["at"]
    return found


def filed_about(appointment_id: int) -> QuerySet[ClinicalLetter]:
    """Every version of every letter about one visit."""
    return ClinicalLetter.objects.filter(appointment=appointment_id).select_related("recorded_by")


def letters_of_visit(appointment_id: int, standing: Injection | None) -> list[FiledLetters]:
    """What was filed about a visit, by kind; `standing` is its record as it stands now. Two queries."""
    listed = list(filed_about(appointment_id).order_by("-version"))
    changed_at = record_changed_at(appointment_id)
    found = []
    for kind, name in ClinicalLetter.Kind.choices:
        versions = [row for row in listed if row.kind == kind]
        if versions:
            is_of_it = standing is not None and versions[0].injection_id == standing.pk
            is_stale = not is_of_it or changed_at is None or versions[0].recorded_at < changed_at
            found.append(FiledLetters(kind, str(name), versions, is_stale))
    return found
