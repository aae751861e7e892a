"""The call list: whom a finding or a warning sign puts on it, which calls are open, and which of them comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from injections.facts.history import ABOUT_THE_INJECTION, OPENED_BY_THE_INJECTION, History
from injections.facts.policy import effective_policy
from injections.messages import aftercare, news, staff
from injections.models import Call
from injections.safety import facts as safety
from injections.safety.findings import Finding, Judgement
from injections.safety.visit import assess_visit
from scheduling.models import Appointment, OfPatientQuerySet, Patient

IN_ORDER: Final = ("urgency", "opened_at", "pk")
"""Emergencies first, then what came after an injection, red flags, the rest; of each the longest waiting first."""
EMERGENCY_RULES: Final = frozenset({"saddle-or-bladder"})
"""☎ rules whose action is 999 or A&E now, whatever else is known."""


def open_calls() -> OfPatientQuerySet[Call]:
    """Who must be phoned, the most urgent first."""
    return Call.objects.filter(closed_at__isnull=True).select_related("patient", "appointment").order_by(*IN_ORDER)


def open_calls_about(patient_id: int) -> OfPatientQuerySet[Call]:
    """Those about one patient, on whichever of their records."""
    return open_calls().of_patient(patient_id)


def open_for_findings(
    judgement: Judgement,
    facts: Sequence[safety.Facts],
    history: History,
    *,
    appointment: Appointment | None,
    now: datetime,
) -> bool:
    """Open one call for each ☎ rule nobody has phoned about since the facts were last recorded.

    Call it with the patient locked, so that the calls seen here are all there are. True where one was opened: it is a
    fact of this history from now on. Each notes whether imaging reports alone call for it; one that is open is of
    reports alone no longer once anything else says the same. What is recorded while one is open, and says more, is
    added to it and told again. Nobody phones somebody who has died.
    """
    wanted = {finding.rule: finding for finding in reversed(judgement.calls)}
    if not wanted or history.patient.has_died:
        return False
    without_reports = _without_reports(facts) if facts[0].reports else set(wanted)
    known_at = history.last_recorded_at()
    for call in Call.objects.of_patient(history.patient.pk).filter(rule__in=list(wanted)):
        if call.closed_at is None:
            _follow(call, wanted[call.rule], of_reports=call.rule not in without_reports, known_at=known_at, now=now)
    heard = Call.objects.of_patient(history.patient.pk).values_list("rule", "closed_at")
    for rule, closed_at in heard:
        if closed_at is None or (known_at is not None and closed_at >= known_at):
            wanted.pop(rule, None)
    return _open_all(wanted.values(), without_reports, history, appointment=appointment, now=now)


def _follow(call: Call, finding: Finding, *, of_reports: bool, known_at: datetime | None, now: datetime) -> None:
    """What the facts say now of an open call: whether reports alone call for it, and what came since."""
    if call.is_of_reports and not of_reports:
        Call.objects.filter(pk=call.pk).update(is_of_reports=False)
    if known_at is not None and known_at > call.opened_at and _add(call, finding.message, now=now):
        staff.call_opened(call.patient_id, now=now)


def _open_all(
    findings: Iterable[Finding],
    without_reports: set[str],
    history: History,
    *,
    appointment: Appointment | None,
    now: datetime,
) -> bool:
    opened = [
        Call(
            patient=history.patient,
            appointment=appointment,
            why=Call.Why.RED_FLAG,
            rule=finding.rule,
            say=" ".join(filter(None, (finding.action, finding.message))),
            is_of_reports=finding.rule not in without_reports,
            is_emergency=finding.rule in EMERGENCY_RULES,
            opened_at=now,
        )
        for finding in findings
    ]
    history.open_calls.extend(Call.objects.bulk_create(opened))
    if opened:
        news.red_flag_opened(history.patient)
        staff.call_opened(history.patient.pk, now=now)
    return bool(opened)


def _without_reports(facts: Sequence[safety.Facts]) -> set[str]:
    """The ☎ rules that would put the patient on the list if there were no imaging report."""
    judged = assess_visit([replace(one, reports=()) for one in facts], policy=effective_policy())
    return {finding.rule for finding in judged.calls}


def open_call(
    patient: Patient,
    *,
    why: Call.Why,
    say: str,
    appointment: Appointment | None = None,
    is_emergency: bool = False,
    now: datetime,
) -> None:
    """Put a patient on the call list, in the caller's transaction, the patient locked.

    One open call for one reason is enough: what comes while it is open is added to it, and makes it an emergency where
    it is one. A warning sign or a complication is told to the staff each time. Nobody phones somebody who has died or
    was erased.
    """
    if patient.has_died or patient.is_restricted:
        return
    standing = open_calls_about(patient.pk).filter(why=why, rule="").first()
    if standing is not None:
        _add(standing, say, is_emergency=is_emergency, now=now)
    else:
        call = Call(patient=patient, appointment=appointment, why=why, say=say, is_emergency=is_emergency)
        call.opened_at = now
        Call.objects.bulk_create([call], ignore_conflicts=True)
    if why in ABOUT_THE_INJECTION:
        aftercare.hold_back(patient, now=now)
    if why in OPENED_BY_THE_INJECTION:
        staff.call_opened(patient.pk, now=now)


def _add(call: Call, say: str, *, is_emergency: bool = False, now: datetime) -> bool:
    """Add to an open call what it does not say yet; whether it was news. An emergency stays one. Hazard H12."""
    is_news = all(say not in reason.text for reason in call.reasons)
    if is_news:
        call.later = [*call.later, {"at": now.isoformat(), "text": say}]
    if is_news or (is_emergency and not call.is_emergency):
        said = {"later": call.later, "is_emergency": call.is_emergency or is_emergency}
        Call.objects.filter(pk=call.pk).update(**said)
    return is_news
