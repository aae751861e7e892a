"""What holds of a visit, in words for everybody who sees it: who decided what, and how far that reaches."""

from __future__ import annotations

from typing import Final

from injections import words
from injections.assessment.coverage import last_day
from injections.models import Decision
from injections.safety.dates import in_words
from injections.safety.findings import Finding
from pht_clinic import clock

_DECIDED: Final = {
    Decision.Outcome.APPROVE: "Approved by {who} on {on}",
    Decision.Outcome.OVERRIDE: "Overridden by {who} on {on}",
    Decision.Outcome.DELAY: "Delayed by {who} on {on}: not before {until}",
    Decision.Outcome.DECLINE: "Declined by {who} on {on}: do not inject",
    Decision.Outcome.ASK: "{who} asked the patient on {on}",
}
_LAPSED: Final = {Decision.Outcome.APPROVE: "The approval", Decision.Outcome.OVERRIDE: "The override"}


def decided(decision: Decision) -> str:
    """Who decided what and when, without the reason: "Delayed by Dr Ray on 3 March 2026: not before 1 June 2026"."""
    return _DECIDED[Decision.Outcome(decision.outcome)].format(
        who=decision.by or "the system",
        on=in_words(clock.local_date(decision.at)),
        until=in_words(decision.delay_until) if decision.delay_until else "",
    )


def found_of(finding: Finding) -> str:
    """Of which injections of a visit with several something is found: "left hip joint, right hip joint"; else ""."""
    places = [(words.SIDES[one.side], words.AREA_NAMES[one.area].partition(" (")[0]) for one in finding.of]
    return ", ".join(f"{side} {area}".lower() for side, area in places)


def why(decision: Decision) -> str:
    """The reason in the words of whoever decided, of an override with the kind of reason."""
    code = words.REASON_CODES.get(decision.reason_code, "")
    return f"{decision.reason} ({code})" if code else decision.reason


def reach(decision: Decision) -> str:
    """Why an approval or override does not hold for another day, and what comes of that."""
    what = _LAPSED[Decision.Outcome(decision.outcome)]
    made = f"{what} by {decision.by or 'the system'} on {in_words(clock.local_date(decision.at))}"
    days = f"{in_words(decision.for_day)} to {in_words(last_day(decision))}"
    return f"{made} is for visits from {days}. For another day a radiologist is asked again."
