"""The call list: whom a finding or a warning sign puts on it, and which calls are open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from injections.facts.history import ABOUT_THE_INJECTION, History
from injections.facts.policy import effective_policy
from injections.messages import aftercare, news, staff
from injections.models import Call
from injections.safety import assess as rules
from injections.safety import facts as safety
from injections.safety.findings import Judgement
from scheduling.models import Appointment, OfPatientQuerySet, Patient


def open_calls() -> OfPatientQuerySet[Call]:
    """Who must be phoned, the longest waiting first."""
    return (
        Call.objects.filter(closed_at__isnull=True).select_related("patient", "appointment").order_by("opened_at", "pk")
    )


def open_calls_about(patient_id: int) -> OfPatientQuerySet[Call]:
    """Those about one patient, on whichever of their records."""
    return open_calls().of_patient(patient_id)


def open_for_findings(
    judgement: Judgement, facts: safety.Facts, history: History, *, appointment: Appointment | None, now: datetime
) -> bool:
    """Open one call for each ☎ finding nobody has phoned about since the facts were last recorded.

    Call it with the patient locked, so that the calls seen here are all there are. True where one was opened: it is a
    fact of this history from now on. Each notes whether imaging reports alone call for it; one that is open is of
    reports alone no longer once anything else says the same. Nobody phones somebody who has died.
    """
    wanted = {finding.rule: finding for finding in judgement.calls}
    if not wanted or history.patient.has_died:
        return False
    without_reports = _without_reports(facts) if facts.reports else set(wanted)
    known_at = history.last_recorded_at()
    for call in Call.objects.of_patient(history.patient.pk):
        if call.closed_at is None and call.is_of_reports and call.rule in without_reports:
            Call.objects.filter(pk=call.pk).update(is_of_reports=False)
        if call.closed_at is None or (known_at is not None and call.closed_at >= known_at):
            wanted.pop(call.rule, None)
    opened = [
        Call(
            patient=history.patient,
            appointment=appointment,
            why=Call.Why.RED_FLAG,
            rule=finding.rule,
            say=finding.action or finding.message,
            is_of_reports=finding.rule not in without_reports,
            opened_at=now,
        )
        for finding in wanted.values()
    ]
    history.open_calls.extend(Call.objects.bulk_create(opened))
    if opened:
        news.red_flag_opened(history.patient)
        staff.call_opened(history.patient.pk, now=now)
    return bool(opened)


def _without_reports(facts: safety.Facts) -> set[str]:
    """The ☎ rules that would put the patient on the list if there were no imaging report."""
    judged = rules.assess(replace(facts, reports=()), policy=effective_policy())
    return {finding.rule for finding in judged.calls}


def open_call(
    patient: Patient, *, why: Call.Why, say: str, appointment: Appointment | None = None, now: datetime
) -> None:
    """Put a patient on the call list, in the caller's transaction; one open call for one reason is enough.

    Nobody phones somebody who has died.
    """
    if patient.has_died:
        return
    Call.objects.bulk_create(
        [Call(patient=patient, appointment=appointment, why=why, say=say, opened_at=now)], ignore_conflicts=True
    )
    if why in ABOUT_THE_INJECTION:
        aftercare.hold_back(patient, now=now)
    if why == Call.Why.WARNING_SIGN:
        staff.call_opened(patient.pk, now=now)
