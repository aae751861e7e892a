"""Adding a target to what a visit is to inject."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from injections.assessment.reassess import keep_and_follow
from injections.assessment.verdict import keep_refusal
from injections.booking.book import BookingOutcome
from injections.booking.propose import Proposal, place_of, propose_as
from injections.messages.news import announce
from injections.models import InjectionRequest
from injections.safety.codes import TARGETS
from injections.safety.visit import Wanted
from injections.visit_kinds import KINDS
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling import states
from scheduling.diary import writing
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.patients.death import check_alive
from scheduling.states import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreTargets:
    """What is added: targets, at the injection of this number, from 0. `override_reason` is as in BookingRequest."""

    targets: tuple[str, ...]
    injection: int = 0
    override_reason: str = ""


def check_may_add_targets(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, HasDied or WrongState unless something may be added: it waits or is booked."""
    check_permitted("add-target", by)
    check_alive(appointment.patient)
    states.check_can("add-target", appointment.status)


def add_targets(
    appointment_id: int, more: MoreTargets, *, revision: int | None = None, by: Actor, now: datetime
) -> BookingOutcome:
    """Add targets to a visit and judge it afresh, asked for now by whoever adds them; blocked changes nothing and is
    returned, with its assessment stored. Time and place stay, and so the patient is told only where it now waits.

    Raises: Missing, StaleRevision, those of check_may_add_targets, Invalid (unknown, or there already), Busy.
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_revision(appointment, revision)
        check_may_add_targets(appointment, by=by, now=now)
        request = _with(appointment, more)
        proposal = propose_as(_asking_for(appointment, request, now=now), now=now)
        judged = proposal.judged
        if judged is not None and proposal.needs_override and not more.override_reason.strip():
            return BookingOutcome(None, keep_refusal(judged, "target", appointment=appointment, by=by, now=now))
        return _added(appointment, request, proposal, more, by=by, now=now)


def _with(appointment: Appointment, more: MoreTargets) -> InjectionRequest:
    """What the visit would be to inject, unstored. Raises: Invalid."""
    if not KINDS[appointment.kind].injects:
        raise Invalid.field("targets", f"A visit of the kind {appointment.kind} has no targets.")
    wanted = list(appointment.injection_request.wanted)
    if more.injection >= len(wanted):
        raise Invalid.field("injection", f"This visit has {len(wanted)}, counted from 0.")
    known = wanted[more.injection].targets
    if problem := _problem_of(more.targets, known):
        raise Invalid.field("targets", problem)
    wanted[more.injection] = replace(wanted[more.injection], targets=(*known, *more.targets))
    return InjectionRequest.of(tuple[Wanted, ...](wanted))


def _problem_of(targets: Sequence[str], known: Sequence[str]) -> str:
    if not targets:
        return "Name what to add."
    for one in targets:
        if one not in TARGETS:
            return f"{one} is not one of {', '.join(TARGETS)}."
        if one in known:
            return f"{one} is already there."
    return ""


def _asking_for(appointment: Appointment, request: InjectionRequest, *, now: datetime) -> Appointment:
    """The visit as it would stand, unstored."""
    visit = copy(appointment)
    visit.revision += 1
    visit.asked_at = now
    visit.injection_request = request
    return visit


def _added(
    appointment: Appointment,
    request: InjectionRequest,
    proposal: Proposal,
    more: MoreTargets,
    *,
    by: Actor,
    now: datetime,
) -> BookingOutcome:
    was = appointment.status
    stored = appointment.injection_request
    stored.targets, stored.further = request.targets, request.further
    stored.save(update_fields=["targets", "further"])
    asked = writing.Asked(now, by.user_id)
    place = place_of(appointment)
    writing.move(appointment, place, status=proposal.status, asked=asked, verb="add-target", by=by, now=now)
    assessment = keep_and_follow(proposal.judged, appointment, "target", more.override_reason, by=by, now=now)
    if (was, proposal.status) != (Status.BOOKED, Status.BOOKED):
        announce(News(proposal.news), appointment=appointment, by=by, now=now)
    return BookingOutcome(appointment, assessment)
