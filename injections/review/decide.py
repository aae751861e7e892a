"""A radiologist decides on a pending appointment: approve, override, delay, decline or ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from injections.assessment import reassess
from injections.assessment.coverage import COVERING, concern_as_dict, concerns_of, coverage
from injections.assessment.verdict import judge_all, newest_assessment
from injections.booking.cancel import end
from injections.booking.propose import propose_decision
from injections.facts.history import HOLDING_BACK, history_about, requests_of
from injections.messages import news
from injections.models import Assessment, Call, Decision
from injections.review.who_decides import check_may_decide, check_own_reason
from injections.safety.assess import CALL_RULES
from injections.safety.findings import Concern, Finding, Severity
from injections.safety.questions import QUESTIONS
from injections.words import REASON_CODES, rule_words
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import StaleRevision, check_revision, lock_appointment, use_case
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status, WrongState

OPEN_WARNING_SIGN = "open-warning-sign"
"""The rule that speaks for every open call which no finding shows as critical."""


class CriticalStands(Conflict):
    """A critical finding cannot be approved away; it needs an override."""

    code = "critical-stands"


class CallOpen(Conflict):
    """A ☎ finding can be overridden only after a clinician has spoken to the patient."""

    code = "call-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """What a radiologist wants: a Decision.Outcome, why, and for a delay the local date to come back on.

    To ask, `question` is what the patient reads, "" where that is the reason itself, and `ask_again` the codes of the
    questions that they shall answer again with it. `own_reason` is why the only radiologist of a clinic decides on what
    they asked for; None where `reason` says that too.
    """

    outcome: str
    reason: str
    reason_code: str = ""
    delay_until: date | None = None
    question: str = ""
    ask_again: tuple[str, ...] = ()
    own_reason: str | None = ""


def decide(
    appointment_id: int, ask: DecisionRequest, *, revision: int | None = None, by: Actor, now: datetime
) -> Decision:
    """Decide on an appointment that waits. It covers the concerns of the present assessment, and nothing later.

    approve, override → booked · ask → stays pending · delay, decline → cancelled; the patient is told each time.
    Raises: Forbidden, OwnRequest, Invalid (fields), Missing, StaleRevision, WrongState, CriticalStands, CallOpen.
    """
    _check_fields(ask, now)
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_decide(appointment, by=by)
        own_reason = check_own_reason(appointment, ask.own_reason, ask.reason, by=by)
        check_revision(appointment, revision)
        check_waits(appointment, now=now)
        assessment, standing = _present(appointment, by=by, now=now)
        covers = _covers(ask.outcome, appointment, standing)
        decision = Decision.objects.create(
            appointment=appointment,
            assessment=assessment,
            outcome=ask.outcome,
            reason=ask.reason.strip(),
            question=ask.question.strip(),
            reason_code=ask.reason_code,
            delay_until=ask.delay_until,
            for_day=clock.local_date(appointment.start_at),
            ask_again=list(ask.ask_again),
            own_reason=own_reason,
            covers=covers,
            at=now,
            by_id=by.user_id,
        )
        record(
            "appointment-decided",
            by=by,
            now=now,
            patients=[appointment.patient_id],
            subject=f"appointment:{appointment.pk}",
            detail={"outcome": ask.outcome, "reason_code": ask.reason_code},
        )
        _follow(decision, appointment, by=by, now=now)
        return decision


def check_waits(appointment: Appointment, *, now: datetime) -> None:
    """Raise WrongState unless the appointment waits for a decision. Boundary: from its start on, or from the
    `decide_by` of a walk-in, it is too late.
    """
    if appointment.status != Status.PENDING:
        raise WrongState("This appointment does not wait for a decision.")
    if (appointment.decide_by or appointment.start_at) <= now:
        raise WrongState("The time of this appointment has passed.")


def _check_fields(ask: DecisionRequest, now: datetime) -> None:
    problems = []
    if ask.outcome not in Decision.Outcome.values:
        problems.append(FieldError("#/outcome", f"Choose one of {', '.join(Decision.Outcome.values)}."))
    if not ask.reason.strip():
        problems.append(FieldError("#/reason", "Give the reason for this decision."))
    if ask.reason_code and ask.reason_code not in REASON_CODES:
        problems.append(FieldError("#/reason_code", f"Choose one of {', '.join(REASON_CODES)}."))
    if ask.outcome == Decision.Outcome.OVERRIDE and not ask.reason_code:
        problems.append(FieldError("#/reason_code", "An override needs a coded reason."))
    if ask.outcome == Decision.Outcome.DELAY:
        if ask.delay_until is None:
            problems.append(FieldError("#/delay_until", "Give the date to come back on."))
        elif ask.delay_until <= clock.local_date(now):
            problems.append(FieldError("#/delay_until", "Give a date after today."))
    elif ask.delay_until is not None:
        problems.append(FieldError("#/delay_until", "Only a delay has a date to come back on."))
    problems += _problems_of_asking(ask)
    if problems:
        raise Invalid(problems)


def _problems_of_asking(ask: DecisionRequest) -> list[FieldError]:
    if ask.outcome != Decision.Outcome.ASK:
        again = FieldError("#/ask_again", "Only a question to the patient can ask other questions again.")
        question = FieldError("#/question", "Only “Need information” can put a question to the patient.")
        return [*([again] if ask.ask_again else []), *([question] if ask.question.strip() else [])]
    unknown = sorted(set(ask.ask_again) - set(QUESTIONS))
    return [FieldError("#/ask_again", f"Choose from {', '.join(QUESTIONS)}.")] if unknown else []


def _present(appointment: Appointment, *, by: Actor, now: datetime) -> tuple[Assessment, Collection[Finding]]:
    """The stored assessment and its findings as they stand at this moment.

    Raises: StaleRevision (something has come up that the radiologist cannot have seen: a visit that is over by now, a
    new version of the rules).
    """
    stored = newest_assessment(appointment)
    history = history_about(appointment.patient, now=now)
    judged = judge_all(history.facts_of_visit(requests_of(appointment), appointment=appointment))
    if stored is None or not set(judged.concerns) <= concerns_of(stored):
        raise StaleRevision(
            "The facts have changed since this was assessed. Look at it again before you decide.",
            extra={"revision": appointment.revision, "assessment": judged.as_dict()},
        )
    return stored, judged.findings


def _covers(outcome: str, appointment: Appointment, findings: Collection[Finding]) -> list[dict[str, str]]:
    standing = [finding for finding in findings if finding.needs_decision]
    decisions = Decision.objects.filter(appointment=appointment).order_by("pk")
    earlier = coverage(decisions, on=clock.local_date(appointment.start_at)).concerns
    critical = _critical(standing, earlier)
    _check_critical(outcome, appointment, critical)
    if outcome not in COVERING:
        return []
    return [concern_as_dict(concern) for finding in standing for concern in finding.concerns]


def _check_critical(outcome: str, appointment: Appointment, critical: Collection[Finding]) -> None:
    """Raise CriticalStands of an approval, CallOpen of an override, each with the calls that are still to be made."""
    try:
        if outcome == Decision.Outcome.APPROVE:
            check_can_approve([finding.rule for finding in critical])
        if outcome == Decision.Outcome.OVERRIDE:
            check_calls_closed(appointment, critical)
    except (CriticalStands, CallOpen) as refusal:
        refusal.extra["calls"] = _open_calls(appointment, [finding.rule for finding in critical])
        raise


def _critical(standing: Collection[Finding], covered: Collection[Concern]) -> list[Finding]:
    return [one for one in standing if one.severity is Severity.CRITICAL and not one.is_covered(covered)]


def check_can_approve(critical: Collection[str]) -> None:
    """Raise CriticalStands while a critical rule stands that no decision covers."""
    if critical:
        named = ", ".join(rule_words(rule).lower() for rule in dict.fromkeys(critical))
        raise CriticalStands(f"A critical finding stands ({named}): override it, or choose another outcome.")


def check_calls_closed(appointment: Appointment, findings: Collection[Finding]) -> None:
    """Raise CallOpen while somebody still has to phone the patient about a critical ☎ finding among these."""
    critical = {finding.rule for finding in findings if finding.severity is Severity.CRITICAL}
    check_phoned(appointment, critical)


def check_phoned(appointment: Appointment, critical: Collection[str]) -> None:
    """Raise CallOpen unless the call about each ☎ rule among these critical ones is closed, or while any is open that
    `open-warning-sign` stands for.
    """
    if OPEN_WARNING_SIGN in critical:
        raise CallOpen("Phone the patient and record the call first (a call is open).")
    gated = CALL_RULES.intersection(critical)
    if not gated:
        return
    about = Call.objects.of_patient(appointment.patient_id).filter(rule__in=gated)
    phoned = {call.rule for call in about if call.closed_at} - {call.rule for call in about if not call.closed_at}
    if waiting := sorted(gated - phoned):
        named = ", ".join(rule_words(rule).lower() for rule in waiting)
        raise CallOpen(f"Phone the patient and record the call first ({named}).")


def _open_calls(appointment: Appointment, critical: Collection[str]) -> list[str]:
    """The ids of the calls about these rules that nobody has recorded yet, for programs. One query."""
    about = Q(rule__in=critical)
    if OPEN_WARNING_SIGN in critical:
        about |= Q(why__in=HOLDING_BACK)
    rows = Call.objects.of_patient(appointment.patient_id).filter(about, closed_at=None)
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def _follow(decision: Decision, appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Take the visit where the decision leads; the patient's others are judged by it too, as it is a fact of theirs."""
    outcome = Decision.Outcome(decision.outcome)
    proposal = propose_decision(appointment, outcome)
    if proposal.status is Status.BOOKED:
        writing.change(appointment, "confirm", proposal.status, by=by, now=now, reason=decision.reason)
        reassess.patients([appointment.patient], occasion=outcome.value, by=by, now=now, excluding=appointment.pk)
    elif proposal.status is Status.PENDING:
        writing.raise_revision(appointment)
    else:
        end(appointment, outcome.value, proposal.status, reason=decision.reason, by=by, now=now)
    values: dict[str, object] = {"delay_until": decision.delay_until} if decision.delay_until else {}
    if outcome is Decision.Outcome.ASK:
        values = {"question": " ".join(decision.asks.split())}
    is_asked = outcome is Decision.Outcome.ASK
    told = News(proposal.news, values=values, is_owed=True, is_asked=is_asked)
    news.announce(told, appointment=appointment, by=by, now=now)
