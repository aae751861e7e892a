"""Group A: what stands from before: a call that is not closed, a decision not to inject yet."""

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import DECLINE, DELAY
from injections.safety.dates import add_months, in_words
from injections.safety.findings import Severity
from injections.safety.registry import Outcome, critical, outcome_of, rule, warning


@rule(
    "open-warning-sign",
    group="A",
    severities=(Severity.CRITICAL,),
    sources=(sources.ours("no further injection while a call about a warning sign is open"),),
    clears="A clinician who reached the patient has closed the call; a call opened by a report alone closes when the "
    "report is withdrawn.",
    action="Do not book. A clinician first reaches the patient about the open call.",
)
def open_warning_sign(case: Case) -> Outcome | None:
    """A call is not closed: one opened by a warning sign or a complication after an earlier injection, or by a ☎
    finding, for whatever area and side, that this assessment does not show as critical itself. A call that nobody
    answered is not closed.
    """
    patient = case.facts.patient
    waiting = sorted({rule_id for rule_id in patient.open_calls if not _is_shown_as_critical(rule_id, case)})
    if not patient.open_warning_sign and not waiting:
        return None
    evidence: dict[str, object] = {"open_warning_sign": True}
    if waiting:
        evidence["open_calls"] = waiting
    return critical("A call about a warning sign, a complication or a red flag is not closed yet.", evidence)


def _is_shown_as_critical(rule_id: str, case: Case) -> bool:
    found = outcome_of(rule_id, case)
    return found is not None and found.severity is Severity.CRITICAL


@rule(
    "earlier-decision",
    group="A",
    thresholds=("decision_months",),
    severities=(Severity.WARNING,),
    sources=(sources.ours("a decision not to inject is remembered"),),
    clears="A later decision that approves or overrides, or a date after the one that the decision names.",
)
def earlier_decision(case: Case) -> Outcome | None:
    """The newest decision on this area and side, by its day and of one day the later in order, is a decline of less
    than 12 months before the start date, or a delay until a day after the start date. A later approval or override
    there is the newest one, so it is silent then.
    """
    decision, start_on = case.newest_decision(), case.start_on
    if decision is None:
        return None
    evidence = {
        "outcome": decision.outcome,
        "decided_on": decision.decided_on.isoformat(),
        "until": decision.until.isoformat() if decision.until else None,
    }
    day, months = in_words(decision.decided_on), case.policy.decision_months
    if decision.outcome == DECLINE and add_months(decision.decided_on, months) > start_on:
        return warning(f"An injection here was declined on {day}, less than {months} months before.", evidence)
    if decision.outcome == DELAY and decision.until is not None and start_on < decision.until:
        return warning(f"An injection here was delayed on {day}: not before {in_words(decision.until)}.", evidence)
    return None
