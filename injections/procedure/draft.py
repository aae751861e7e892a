"""A procedure that is begun and not yet recorded: what its steps hold is kept beside the visit, and is no record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from injections.models import ProcedureDraft
from injections.procedure.checks import check_may_record
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.models import Appointment
from scheduling.states import WORDS, Status, WrongState

KEPT_FOR = timedelta(days=3)
"""A draft that nobody touched for so long is forgotten: by then the visit is among those without an outcome."""
NOT_TAKEN_OVER = frozenset({"identity"})
"""Steps that count only for whoever took them: who the patient is, each radiologist asks for themselves."""
OF_THE_DAY = frozenset({"identity", "scan", "checks", "consent"})
"""Steps that count only on the day they were asked, or from the day of the visit on: the day before says nothing."""

Sent = dict[str, list[str]]
"""What the form of a step sent, field by field."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is kept of a procedure. `finished` are the steps that were accepted; another was left in the middle."""

    steps: Mapping[str, Sent] = field(default_factory=dict)
    finished: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    changed_by: str = ""
    is_own: bool = True
    made: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    """When each step was kept, and by whom."""

    @property
    def kept_until(self) -> datetime | None:
        return self.changed_at and self.changed_at + KEPT_FOR


def draft_of(appointment_id: int, *, by: Actor, now: datetime) -> Draft:
    """The draft of a visit as this radiologist takes it up; an empty one where nothing is kept. One query."""
    found = _kept(appointment_id, now=now)
    if found is None:
        return Draft()
    steps = _counting(found, by=by, now=now)
    return Draft(
        steps={name: step["sent"] for name, step in steps.items()},
        finished=frozenset(name for name, step in steps.items() if step["finished"]),
        changed_at=found.changed_at,
        changed_by=str(found.changed_by),
        is_own=found.changed_by_id == by.user_id,
        made={name: (datetime.fromisoformat(step["at"]), step.get("by", "")) for name, step in steps.items()},
    )


def _kept(appointment_id: int, *, now: datetime) -> ProcedureDraft | None:
    row = ProcedureDraft.objects.filter(appointment=appointment_id, changed_at__gt=now - KEPT_FOR)
    return row.select_related("changed_by", "appointment").first()


def _counting(found: ProcedureDraft, *, by: Actor, now: datetime) -> dict[str, dict[str, Any]]:
    """The steps as they are stored, without those that count no more: another's, or asked before the visit's day.

    What was asked today counts today, also of somebody who came before their day.
    """
    is_own = found.changed_by_id == by.user_id
    day = min(clock.local_date(found.appointment.start_at), clock.local_date(now))
    return {
        name: step
        for name, step in found.steps.items()
        if (is_own or name not in NOT_TAKEN_OVER)
        and not (name in OF_THE_DAY and clock.local_date(datetime.fromisoformat(step["at"])) < day)
    }


def keep_step(appointment_id: int, step: str, sent: Sent, *, is_finished: bool, by: Actor, now: datetime) -> None:
    """Keep what one step holds; whoever keeps one after somebody else takes the draft over.

    Raises: Forbidden, Missing, WrongState (only what is booked or arrived has a procedure to come).
    """
    check_permitted("record-procedure", by)
    assert by.user_id is not None  # noqa: S101 - only who signs in has a role
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        if why_not(check_may_record, appointment, by=by, now=now):
            words = WORDS[Status(appointment.status)]
            raise WrongState(f"Nothing was saved: the appointment is {words}.")
        before = _kept(appointment_id, now=now)
        steps = _counting(before, by=by, now=now) if before else {}
        steps[step] = {"sent": sent, "finished": is_finished, "at": now.isoformat(), "by": by.name}
        ProcedureDraft.objects.update_or_create(
            appointment=appointment, defaults={"steps": steps, "changed_at": now, "changed_by_id": by.user_id}
        )


def drop(appointment: Appointment) -> None:
    """The procedure is recorded: there is nothing left to take up."""
    ProcedureDraft.objects.filter(appointment=appointment).delete()


def drop_old(*, now: datetime) -> int:
    """Forget what nobody touched for `KEPT_FOR`; returns how many there were."""
    return ProcedureDraft.objects.filter(changed_at__lte=now - KEPT_FOR).delete()[0]
