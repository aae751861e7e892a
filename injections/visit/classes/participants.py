"""Who takes part in a class, who left it, and what whoever changes it as a whole has to have seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, appointments, with_assessments
from pht_clinic.errors import Conflict, Missing
from scheduling.diary.read import Places, the
from scheduling.models import Appointment, GroupVisit
from scheduling.states import HOLDING, Status


class ClassChanged(Conflict):
    """Whoever changes a whole class has not seen who takes part in it now."""

    code = "class-changed"
    sentence = "Who takes part in this class changed since you opened it. Look at it again before you go on."


@dataclass(frozen=True, slots=True)
class ClassShown:
    """A class with those who take part, or took, in order of place, and those who left it."""

    group: GroupVisit
    present: list[Visit]
    left: list[Visit]

    @property
    def holding(self) -> list[Appointment]:
        """The visits that hold a place."""
        return [one.appointment for one in self.present if one.appointment.status in HOLDING]

    @property
    def places_left(self) -> int:
        return self.group.seats - len(self.holding)

    @property
    def places(self) -> Places:
        """How many of its places visits have."""
        return Places(len(self.holding), self.group.seats)

    @property
    def version(self) -> str:
        return version_of_class(self.holding)

    @property
    def shows(self) -> set[int]:
        """The patients whom a page of it shows."""
        return {one.appointment.patient_id for one in (*self.present, *self.left)}


def class_of(visit: Appointment) -> int:
    """The id of the class in which a visit takes part. Raises: Missing (in none)."""
    if visit.group_id is None:
        raise Missing("There is no such class.")
    return visit.group_id


def find_class(group_id: int) -> GroupVisit:
    """One class. Raises: Missing."""
    return the(GroupVisit.objects.select_related("practitioner", "room"), group_id)


def show_class(group: GroupVisit, *, now: datetime) -> ClassShown:
    """Its participants with verdicts, last changes and alerts. Four queries, however many take part."""
    rows = appointments().filter(group=group).exclude(status=Status.ENTERED_IN_ERROR)
    visits = with_assessments(rows.order_by("seat", "pk"), with_changes=True)
    note_alerts(visits, now=now)
    left = [one for one in visits if one.appointment.status == Status.CANCELLED]
    return ClassShown(group, [one for one in visits if one not in left], left)


def holding_in(group_id: int) -> ClassShown:
    """A class with those alone who hold a place, without their verdicts. One query, two where nobody does.

    Raises: Missing.
    """
    rows = list(
        appointments().select_related("group").filter(group=group_id, status__in=HOLDING).order_by("seat", "pk")
    )
    group = rows[0].group if rows else find_class(group_id)
    assert group is not None  # noqa: S101 - the rows are those of a class
    if rows:
        group.practitioner, group.room = rows[0].practitioner, rows[0].room
    return ClassShown(group, [Visit(row) for row in rows], [])


def version_of_class(holding: Iterable[Appointment]) -> str:
    """What differs as soon as somebody joined or left, or was changed in it."""
    marks = sorted((one.pk, one.revision) for one in holding)
    return sha256(repr(marks).encode()).hexdigest()[:16]


def check_version(holding: Iterable[Appointment], version: str | None) -> None:
    """Raise ClassChanged unless this is how it stands; None is of whoever says nothing of it."""
    if version is not None and version != version_of_class(holding):
        raise ClassChanged
