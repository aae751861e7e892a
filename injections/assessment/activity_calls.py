"""Calls about what a patient plans too soon after an injection that was given: reception asks to move it (H23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from injections import words
from injections.assessment.fact_change import tell
from injections.assessment.open_calls import open_call
from injections.assessment.verdict import judge_facts
from injections.facts.history import History, history_about
from injections.facts.policy import effective_policy
from injections.models import Call, Injection, PlannedActivity
from injections.safety import facts as safety
from injections.safety.dates import in_words
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from pht_clinic.rows import Compiled, are_any
from scheduling.models import Patient

ASK = "Ask the patient to move it, and whether the leg is well; a pop, a bruise or weakness goes to a radiologist."
NOTHING_LEFT = "Closed automatically: nothing that is planned lies too soon after an injection any more."
SAID_ELSEWHERE = "Closed automatically: another call about this patient names the same plans."


_CALLS: Final = Compiled(lambda patient_id: Call.objects.of_patient(patient_id).filter(why=Call.Why.ACTIVITY), int)
_PLANS: Final = Compiled(lambda patient_id: PlannedActivity.objects.of_patient(patient_id), int)


def follow_activities(patient: Patient, *, by: Actor, now: datetime) -> None:
    """One call, open while a plan that nobody has phoned about lies too soon after a given injection.

    In the caller's transaction, once its rows are written. It names every such plan, and closes by itself when none is
    left. A plan that the patient agreed to move calls nobody. What was known before an injection given here had ended
    was judged at its visit, and a booked injection is judged at its booking. Boundary: what began longer ago than the
    first weeks after an injection is past. Nobody phones somebody who has died.
    """
    if not are_any((_CALLS, [patient.pk]), (_PLANS, [patient.pk])):
        return  # as of nearly everybody, and the history is dear to read
    calls = _CALLS(patient.pk)
    history = history_about(patient, now=now)
    wanted = _wanted(history, [call for call in calls if call.closed_at is not None and call.spoke_to], now=now)
    opened = [call for call in calls if call.closed_at is None]  # after a merge there may be two
    say = " ".join([*wanted, ASK])
    if wanted and not opened:
        open_call(patient, why=Call.Why.ACTIVITY, say=say, now=now)
    elif wanted:
        Call.objects.filter(pk=opened[0].pk).update(say=say)
    said = SAID_ELSEWHERE if wanted else NOTHING_LEFT
    _close(opened[1:] if wanted else opened, patient, said, by=by, now=now)


def _close(calls: list[Call], patient: Patient, said: str, *, by: Actor, now: datetime) -> None:
    for call in calls:
        call.closed_at, call.closed_by_id, call.said = now, by.user_id, said
        call.save(update_fields=["closed_at", "closed_by", "said"])
        tell(call, "call-closed", patient, by=by, now=now, detail={"with": "activity"})


def _wanted(history: History, heard: list[Call], *, now: datetime) -> list[str]:
    """What stands against the plans, the soonest first, but for what somebody phoned about since it was recorded."""
    if history.patient.has_died:
        return []
    return [
        sentence
        for activity in sorted(history.activities, key=lambda one: (one.start_at, one.pk))
        for sentence in _against(history, activity, now=now)
        if not any(sentence in call.say and _closed_since(call, activity) for call in heard)
    ]


def _against(history: History, activity: PlannedActivity, *, now: datetime) -> Iterator[str]:
    """What stands against a plan, in sentences; the rules judge it as they judge a booked physiotherapy."""
    policy = effective_policy()
    if activity.start_at <= now - timedelta(hours=policy.early_load_hours):
        return
    asked = safety.Request(
        kind=activity.kind, start=activity.start_at, end=activity.start_at, agreed_to_move=activity.agreed_to_move
    )
    known_at = activity.recorded_at
    given_before = replace(
        history,
        injections=[row for row in history.injections if _is_unjudged(row, known_at)],
        visits=[visit for visit in history.visits if visit.end_at <= known_at],
    )
    starts = activity.start_at.astimezone(clock.zone())
    for finding in judge_facts(given_before.facts(asked)).findings:
        if finding.needs_decision:
            what = words.ACTIVITIES.get(activity.kind, activity.kind)
            yield f"{what} on {in_words(starts.date())} at {starts:%H:%M}: {finding.message}"


def _is_unjudged(row: Injection, known_at: datetime) -> bool:
    """Whether a plan that became known then was judged at no visit of this injection."""
    return row.origin != Injection.Origin.OWN or (row.ended_at is not None and row.ended_at <= known_at)


def _closed_since(call: Call, activity: PlannedActivity) -> bool:
    return call.closed_at is not None and call.closed_at >= activity.recorded_at
