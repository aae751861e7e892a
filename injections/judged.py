"""A verdict on its way into the books: judged from the history, kept with its facts, followed by the other bookings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections import judgement, reassess
from injections.gather import History
from injections.judgement import is_blocked
from injections.models import Assessment, Decision
from injections.safety import facts as safety
from injections.safety.findings import Assessment as Judgement
from injections.safety.findings import Concern
from pht_clinic.audit.record import record
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Judged:
    judgement: Judgement
    facts: safety.Facts
    history: History
    covered: set[Concern]

    @property
    def waiting_for(self) -> str:
        return judgement.waiting_for(self.judgement, self.covered)

    @property
    def news(self) -> str:
        """What the patient is told of a booking with this verdict."""
        if not self.waiting_for:
            return "confirmed"
        return judgement.news_while_pending(self.judgement, self.covered)

    @property
    def is_blocked(self) -> bool:
        """Whether a critical finding stands, and not everything that stands is covered by a decision."""
        return is_blocked(self.judgement) and bool(self.waiting_for)


def judge(
    history: History,
    request: safety.Request,
    *,
    appointment: Appointment | None = None,
    decisions: list[Decision] | None = None,
) -> Judged:
    facts = history.facts(request, appointment=appointment)
    covered = judgement.covered_concerns(decisions or [])
    return Judged(judgement.judge(facts), facts, history, covered)


def keep(
    judged: Judged,
    appointment: Appointment,
    occasion: str,
    override_reason: str,
    *,
    by: Actor,
    now: datetime,
) -> Assessment:
    return judgement.keep(
        judged.judgement, judged.facts, judged.history,
        appointment=appointment, waiting_for=judged.waiting_for, occasion=occasion,
        override_reason=override_reason.strip(), by=by, now=now,
    )  # fmt: skip


def keep_refusal(
    judged: Judged, occasion: str, *, by: Actor, now: datetime, appointment: Appointment | None = None
) -> Assessment:
    patient = judged.history.patient
    rules = [finding.rule for finding in judged.judgement.findings if finding.needs_decision]
    subject = f"appointment:{appointment.pk}" if appointment else f"patient:{patient.pk}"
    record(
        f"{occasion}-refused", by=by, now=now, patients=[patient.pk], subject=subject, detail={"rules": rules}
    )
    return judgement.keep(
        judged.judgement, judged.facts, judged.history, occasion=f"{occasion}-refused", by=by, now=now
    )


def keep_and_follow(
    judged: Judged | None,
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
    assessment = keep(judged, appointment, occasion, override_reason, by=by, now=now)
    reassess.patients([appointment.patient], occasion=occasion, by=by, now=now, excluding=appointment.pk)
    return assessment
