"""The verdict on a visit: judged from the facts, compared with what a radiologist has covered, and stored."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from prometheus_client import Counter

from injections.assessment import open_calls
from injections.assessment.coverage import Covered, coverage
from injections.facts.history import History
from injections.facts.policy import effective_policy
from injections.models import Assessment, Decision, WaitingFor
from injections.safety import assess as rules
from injections.safety import facts as safety
from injections.safety.findings import Concern, Judgement, Owner, Verdict
from injections.safety.stored import visit_as_json
from injections.safety.visit import assess_visit
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.people.actors import Actor
from pht_clinic.replica.scope import check_primary
from pht_clinic.rows import store
from pht_clinic.watching.counts import COUNTED
from scheduling.models import Appointment

FINDINGS: Final = Counter(
    "findings", "Findings of stored assessments, by rule and severity.", ("rule", "severity"), registry=COUNTED
)


@dataclass(frozen=True, slots=True)
class JudgedVisit:
    """The one verdict on all injections of a visit; `facts` has those of each, in their order."""

    judgement: Judgement
    facts: tuple[safety.Facts, ...]
    history: History
    coverage: Covered

    @property
    def covered(self) -> frozenset[Concern]:
        return self.coverage.concerns

    @property
    def waiting_for(self) -> WaitingFor:
        """Whose turn it would be."""
        return waiting_for(self.judgement, self.covered)

    @property
    def news(self) -> str:
        """What the patient is told of a booking with this verdict."""
        if not self.waiting_for:
            return "confirmed"
        return news_while_pending(self.judgement, self.covered)

    @property
    def lapsed(self) -> Decision | None:
        """The decision that would cover what stands, if only it reached this day; None where there is none."""
        left = self.judgement.uncovered(self.covered)
        return self.coverage.lapsed_for(concern for finding in left for concern in finding.concerns)

    @property
    def is_blocked(self) -> bool:
        """Whether a critical finding stands, and not everything that stands is covered by a decision."""
        return is_blocked(self.judgement) and bool(self.waiting_for)


def judge_visit(
    history: History,
    requests: Sequence[safety.Request],
    *,
    appointment: Appointment | None = None,
    decisions: list[Decision] | None = None,
) -> JudgedVisit:
    """The verdict on a visit with these injections (or on one without any), each judged with the others as booked."""
    facts = history.facts_of_visit(requests, appointment=appointment)
    on = clock.local_date(min(request.start for request in requests))
    return JudgedVisit(judge_all(facts), facts, history, coverage(decisions or [], on=on))


def keep_verdict(
    judged: JudgedVisit, appointment: Appointment, occasion: str, override_reason: str, *, by: Actor, now: datetime
) -> Assessment:
    return keep_judgement(
        judged,
        appointment=appointment,
        waiting_for=judged.waiting_for,
        occasion=occasion,
        override_reason=override_reason.strip(),
        by=by,
        now=now,
    )


def keep_refusal(
    judged: JudgedVisit, occasion: str, *, by: Actor, now: datetime, appointment: Appointment | None = None
) -> Assessment:
    patient = judged.history.patient
    rules = [finding.rule for finding in judged.judgement.findings if finding.needs_decision]
    subject = f"appointment:{appointment.pk}" if appointment else f"patient:{patient.pk}"
    record(f"{occasion}-refused", by=by, now=now, patients=[patient.pk], subject=subject, detail={"rules": rules})
    return keep_judgement(judged, occasion=f"{occasion}-refused", by=by, now=now)


def judge_facts(facts: safety.Facts) -> Judgement:
    """The verdict on these facts by the clinic's effective policy."""
    check_primary()
    return rules.assess(facts, policy=effective_policy())


def judge_all(facts: Sequence[safety.Facts]) -> Judgement:
    """The one verdict on the injections of a visit, by the same policy."""
    check_primary()
    return assess_visit(facts, policy=effective_policy())


def keep_judgement(
    judged: JudgedVisit,
    *,
    occasion: str,
    by: Actor,
    now: datetime,
    appointment: Appointment | None = None,
    waiting_for: str = WaitingFor.NOBODY,
    override_reason: str = "",
) -> Assessment:
    """Store a verdict with the facts it saw, and put the patient on the call list where a ☎ rule asks for it."""
    judgement = judged.judgement
    row = Assessment(
        patient=judged.history.patient,
        appointment=appointment,
        at=now,
        by_id=by.user_id,
        occasion=occasion,
        override_reason=override_reason,
        facts=visit_as_json(judged.facts),
        verdict=judgement.verdict.value,
        findings=[finding.as_dict() for finding in judgement.findings],
        review_from=judgement.review_from,
        clear_from=judgement.clear_from,
        waiting_for=waiting_for,
        rules_version=judgement.rules_version,
    )
    store(row)
    transaction.on_commit(partial(_count, judgement))
    open_calls.open_for_findings(judgement, judged.facts, judged.history, appointment=appointment, now=now)
    return row


def _count(judgement: Judgement) -> None:
    for finding in judgement.findings:
        FINDINGS.labels(finding.rule, finding.severity.value).inc()


def waiting_for(judgement: Judgement, covered: Collection[Concern] = ()) -> WaitingFor:
    """Whose turn it is: answers, when only reception's and the patient's warnings stand."""
    if not judgement.uncovered(covered):
        return WaitingFor.NOBODY
    return WaitingFor.ANSWERS if judgement.waits_for_answers(covered) else WaitingFor.REVIEW


def news_while_pending(judgement: Judgement, covered: Collection[Concern] = ()) -> str:
    """What to tell the patient of a pending booking: that it is checked, or, when answers of theirs are missing,
    that we need those, whatever else a radiologist looks at meanwhile.
    """
    asks = any(finding.owner is Owner.PATIENT for finding in judgement.uncovered(covered))
    return "information-needed" if asks else "provisional"


def newest_assessment(appointment: Appointment) -> Assessment | None:
    """The present assessment of an appointment."""
    return Assessment.objects.filter(appointment=appointment).order_by("-pk").first()


def is_blocked(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.BLOCKED


def json_able(value: Any) -> Any:
    """Plain JSON of frozen values, dates, decimals and tuples."""
    return json.loads(json.dumps(value, cls=_Encoder))


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        if is_dataclass(value):
            return {one.name: getattr(value, one.name) for one in fields(value)}
        return super().default(value)
