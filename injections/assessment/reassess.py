"""A verdict on its way into the books: judged from the history, kept with its facts, followed by the other bookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from injections.assessment.verdict import (
    JudgedVisit,
    judge_visit,
    keep_judgement,
    keep_verdict,
    news_while_pending,
    waiting_for,
)
from injections.facts.history import History, histories_about, request_of
from injections.messages import news
from injections.models import Assessment, Decision, WaitingFor
from injections.safety.findings import Concern, Judgement
from injections.visit_kinds import KINDS
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.messages.outbox import News
from scheduling.models import Appointment, Patient
from scheduling.states import HOLDING, Status


def keep_and_follow(
    judged: JudgedVisit | None,
    appointment: Appointment,
    occasion: str,
    override_reason: str,
    *,
    by: Actor,
    now: datetime,
) -> Assessment | None:
    """Store the verdict on the new place and judge the patient's other bookings by it."""
    if judged is None:
        return None
    assessment = keep_verdict(judged, appointment, occasion, override_reason, by=by, now=now)
    patients([appointment.patient], occasion=occasion, by=by, now=now, excluding=appointment.pk)
    return assessment


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What became of one open booking."""

    appointment_id: int
    verdict: str
    status: str


def patients(
    changed: Collection[Patient], *, occasion: str, by: Actor, now: datetime, excluding: int | None = None
) -> list[Reassessed]:
    """Judge the open bookings of these patients again, in the order they were asked for, and settle each.

    Call it inside the transaction of the change, with the patients locked. `excluding` is an appointment that the
    caller settles itself.
    """
    histories = histories_about(changed, now=now)
    bookings = [
        visit
        for visit in _open_bookings(histories)
        if visit.pk != excluding and visit.end_at > now and KINDS[visit.kind].needs_check
    ]
    present = _present_assessments(bookings)
    decisions = _decisions(bookings)
    return [
        _settle(
            booking,
            histories[booking.patient_id],
            present.get(booking.pk),
            decisions[booking.pk],
            occasion=occasion,
            by=by,
            now=now,
        )
        for booking in sorted(bookings, key=lambda booking: (booking.asked_at, booking.pk))
    ]


def _open_bookings(histories: dict[int, History]) -> list[Appointment]:
    """Locked after the patients, so that a decision on one of them waits."""
    rows = Appointment.objects.filter(patient__in=list(histories), status__in=HOLDING)
    locked = rows.select_for_update(no_key=True, of=("self",)).select_related(
        "patient", "practitioner", "room", "injection_request"
    )
    return list(locked.order_by("pk"))


def _present_assessments(bookings: Collection[Appointment]) -> dict[int, Assessment]:
    rows = Assessment.objects.filter(appointment__in=[booking.pk for booking in bookings])
    newest = rows.order_by("appointment_id", "-pk").distinct("appointment_id")
    return {row.appointment_id: row for row in newest if row.appointment_id is not None}


def _decisions(bookings: Collection[Appointment]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(appointment__in=[booking.pk for booking in bookings]).order_by("pk"):
        found[decision.appointment_id].append(decision)
    return found


def _settle(
    booking: Appointment,
    history: History,
    present: Assessment | None,
    decisions: list[Decision],
    *,
    occasion: str,
    by: Actor,
    now: datetime,
) -> Reassessed:
    visit = judge_visit(history, request_of(booking), appointment=booking, decisions=decisions)
    judged, covered = visit.judgement, visit.covered
    waited_for = present.waiting_for if present else ""
    waits_for = _whose_turn(booking, judged, covered, waited_for)
    is_unsettled = booking.status == Status.BOOKED and bool(waits_for) and booking.start_at > now
    if present is None or is_unsettled or _differs(judged, present, waits_for):
        keep_judgement(
            visit,
            appointment=booking,
            waiting_for=waits_for,
            override_reason=present.override_reason if present and booking.status == Status.PENDING else "",
            occasion=occasion,
            by=by,
            now=now,
        )
        _follow(booking, judged, covered, present, waits_for, by=by, now=now)
    return Reassessed(booking.pk, judged.verdict.value, booking.status)


def _whose_turn(booking: Appointment, judged: Judgement, covered: Collection[Concern], waited_for: str) -> str:
    """What is in a radiologist's queue stays there until a radiologist decides, even if nothing stands any more."""
    waits_for = waiting_for(judged, covered)
    if booking.status == Status.PENDING and waited_for == WaitingFor.REVIEW:
        return WaitingFor.REVIEW
    return waits_for


def _differs(judged: Judgement, present: Assessment, waits_for: str) -> bool:
    return (
        [finding.as_dict() for finding in judged.findings] != present.findings
        or judged.rules_version != present.rules_version
        or waits_for != present.waiting_for
    )


def _follow(
    booking: Appointment,
    judged: Judgement,
    covered: Collection[Concern],
    present: Assessment | None,
    waits_for: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    if booking.status == Status.BOOKED and waits_for and booking.start_at > now:
        named = ", ".join(finding.rule for finding in judged.findings if finding.needs_decision)
        writing.change(booking, "question", Status.PENDING, by=by, now=now, reason=f"The facts changed: {named}.")
        news.announce(News(news_while_pending(judged, covered)), appointment=booking, by=by, now=now)
    elif booking.status == Status.PENDING and not waits_for:
        writing.change(booking, "confirm", Status.BOOKED, by=by, now=now, reason="The missing answers are there.")
        news.announce(News("confirmed"), appointment=booking, by=by, now=now)
    elif present is None or [finding.as_dict() for finding in judged.findings] != present.findings:
        writing.raise_revision(booking)
