"""A verdict on its way into the books: judged from the history, kept with its facts, followed by the other bookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from injections.assessment import open_calls
from injections.assessment.verdict import JudgedVisit, judge_visit, keep_judgement, keep_verdict
from injections.assessment.visits import newest_assessments
from injections.facts.history import History, histories_about, requests_of
from injections.messages import news
from injections.models import Assessment, Decision, WaitingFor
from injections.safety.findings import Judgement
from injections.visit_kinds import KINDS
from injections.words import rule_words
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.messages.drafts import News
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


def keep_each_and_follow(
    judged: Iterable[tuple[JudgedVisit | None, Appointment]], occasion: str, *, by: Actor, now: datetime
) -> None:
    """The same of several visits of one patient; the bookings are judged again once, by all of them."""
    kept = [(one, appointment) for one, appointment in judged if one is not None]
    for one, appointment in kept:
        keep_verdict(one, appointment, occasion, "", by=by, now=now)
    if kept:
        patients([kept[0][1].patient], occasion=occasion, by=by, now=now)


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
    bookings.sort(key=lambda booking: (booking.asked_at, booking.pk))
    present = {one.appointment_id: one for one in newest_assessments(booking.pk for booking in bookings)}
    judged = _judged(bookings, histories, now=now)
    return [
        _settle(booking, visit, present.get(booking.pk), occasion=occasion, by=by, now=now) for booking, visit in judged
    ]


def _judged(
    bookings: Collection[Appointment], histories: Mapping[int, History], *, now: datetime
) -> list[tuple[Appointment, JudgedVisit]]:
    """Each booking with its verdict once the calls are open that any of them asks for: those stand against the rest."""
    decisions = _decisions(bookings)

    def judge() -> list[tuple[Appointment, JudgedVisit]]:
        return [
            (
                booking,
                judge_visit(
                    histories[booking.patient_id],
                    requests_of(booking),
                    appointment=booking,
                    decisions=decisions[booking.pk],
                ),
            )
            for booking in bookings
        ]

    judged = judge()
    opened = [
        booking
        for booking, visit in judged
        if open_calls.open_for_findings(visit.judgement, visit.facts, visit.history, appointment=booking, now=now)
    ]
    return judge() if opened else judged


def _open_bookings(histories: dict[int, History]) -> list[Appointment]:
    """Locked after the patients, so that a decision on one of them waits."""
    rows = Appointment.objects.filter(patient__in=list(histories), status__in=HOLDING)
    locked = rows.select_for_update(no_key=True, of=("self",)).select_related(
        "patient", "practitioner", "room", "injection_request"
    )
    return list(locked.order_by("pk"))


def _decisions(bookings: Collection[Appointment]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(appointment__in=[booking.pk for booking in bookings]).order_by("pk"):
        found[decision.appointment_id].append(decision)
    return found


def _settle(
    booking: Appointment, visit: JudgedVisit, present: Assessment | None, *, occasion: str, by: Actor, now: datetime
) -> Reassessed:
    waits_for = _whose_turn(booking, visit, present)
    is_unsettled = booking.status == Status.BOOKED and bool(waits_for) and booking.start_at > now
    if present is None or is_unsettled or _differs(visit.judgement, present, waits_for):
        keep_judgement(
            visit,
            appointment=booking,
            waiting_for=waits_for,
            override_reason=present.override_reason if present and booking.status == Status.PENDING else "",
            occasion=occasion,
            by=by,
            now=now,
        )
        _follow(booking, visit, present, waits_for, is_unsettled=is_unsettled, by=by, now=now)
    return Reassessed(booking.pk, visit.judgement.verdict.value, booking.status)


def _whose_turn(booking: Appointment, visit: JudgedVisit, present: Assessment | None) -> WaitingFor:
    """What is in a radiologist's queue, or was asked by one, stays there until a radiologist decides, even if nothing
    stands any more.
    """
    is_theirs = visit.coverage.is_asked or (present is not None and present.waiting_for == WaitingFor.REVIEW)
    if booking.status == Status.PENDING and is_theirs:
        return WaitingFor.REVIEW
    return visit.waiting_for


def _differs(judged: Judgement, present: Assessment, waits_for: str) -> bool:
    return (
        _says_otherwise(judged, present)
        or judged.rules_version != present.rules_version
        or waits_for != present.waiting_for
    )


def _says_otherwise(judged: Judgement, present: Assessment) -> bool:
    said: list[dict[str, object]] = present.findings
    return [finding.as_dict() for finding in judged.findings] != said


def _follow(
    booking: Appointment,
    visit: JudgedVisit,
    present: Assessment | None,
    waits_for: WaitingFor,
    *,
    is_unsettled: bool,
    by: Actor,
    now: datetime,
) -> None:
    if is_unsettled:
        named = ", ".join(
            rule_words(finding.rule).lower() for finding in visit.judgement.findings if finding.needs_decision
        )
        writing.change(booking, "question", Status.PENDING, by=by, now=now, reason=f"The facts changed: {named}.")
        news.announce(News(visit.news), appointment=booking, by=by, now=now)
    elif booking.status == Status.PENDING and not waits_for:
        writing.change(booking, "confirm", Status.BOOKED, by=by, now=now, reason="The missing answers are there.")
        news.announce(News(visit.news), appointment=booking, by=by, now=now)
    elif present is None or _says_otherwise(visit.judgement, present):
        writing.raise_revision(booking)
