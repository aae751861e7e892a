"""What the second implementation of the rules says of the diary as it stands, against what the product has stored.

The lines it reads are made from the bare rows here, not by the product's gathering.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from injections.models import Call, Decision, ImagingReport, Injection, Pathway, PlannedActivity, Screening
from scheduling.models import Appointment, Patient
from tests.trials.history import INJECTING, History
from tests.trials.invariants import HOLD_TIME
from tests.trials.oracle import naive
from tests.trials.oracle.answers import is_about, screening_of
from tests.trials.oracle.days import local_day
from tests.trials.oracle.words import AREAS

ABOUT_AN_INJECTION = ("warning-sign", "complication")
LOADING = ("physiotherapy", "exercise-class")
BY_TIME_ALONE = frozenset({"injection-history-unknown", "repeat-number", "repeat-without-physiotherapy"})
"""What comes up because a visit is over and nobody has said yet what became of it: no change of a fact calls for it.

For the same reason a visit that is over counts here only for what was asked for after it, as when it was to come.
"""


def unseen_findings(history: History) -> Iterator[str]:
    """A coming visit that is booked, and a warning or worse which its stored assessment does not name."""
    rows = Rows(history)
    for visit in history.coming:
        if visit.kind == "follow-up":
            continue
        stored = history.assessments[visit.pk].findings
        known = {(finding["rule"], finding["severity"]) for finding in stored}
        for finding in rows.findings_of(visit):
            found = finding["rule"], finding["severity"]
            if found[1] != "info" and found[0] not in BY_TIME_ALONE and found not in known:
                yield f"appointment {visit.pk}: {found[0]} ({found[1]}) is not in its assessment"


class Rows:
    """Everything clinical, by the patient for whom it counts."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.kept = {pk: into or pk for pk, into in Patient.objects.values_list("pk", "merged_into")}
        self.injections = self._by_patient(
            Injection.objects.filter(superseded_by__isnull=True).exclude(status="entered-in-error")
        )
        self.screenings = self._by_patient(Screening.objects.all())
        self.pathways = self._by_patient(Pathway.objects.all())
        self.reports = self._by_patient(ImagingReport.objects.current())
        self.activities = self._by_patient(PlannedActivity.objects.filter(withdrawn_at=None))
        self.calls = self._by_patient(Call.objects.filter(closed_at=None))
        self.decisions = self._decisions()
        self.visits = self._by_patient(Appointment.objects.filter(status__in=HOLD_TIME))

    def _by_patient(self, rows: Any) -> dict[int, list[Any]]:
        found = defaultdict(list)
        for row in rows.order_by("pk"):
            found[self.kept[row.patient_id]].append(row)
        return found

    def _decisions(self) -> dict[int, list[Decision]]:
        found = defaultdict(list)
        rows = Decision.objects.exclude(outcome="ask").exclude(appointment__status="entered-in-error")
        for row in rows.select_related("appointment__injection_request").order_by("pk"):
            found[self.kept[row.appointment.patient_id]].append(row)
        return found

    def findings_of(self, visit: Appointment) -> list[dict[str, Any]]:
        """What stands against it; a call about a red flag that its own findings do not show stands for itself."""
        line = self.line_of(visit)
        findings: list[dict[str, Any]] = naive.judge(line)["findings"]
        shown = {finding["rule"] for finding in findings if finding["severity"] == "critical"}
        patient = visit.patient.merged_into or visit.patient
        if {call.rule for call in self.calls[patient.pk] if call.why == "red-flag"} - shown:
            line["patient"]["open_warning_sign"] = True
            findings = naive.judge(line)["findings"]
        return findings

    def line_of(self, visit: Appointment) -> dict[str, Any]:
        """The visit and its patient as a line of the batch check."""
        patient = visit.patient.merged_into or visit.patient
        others = self._asked_before(visit, patient)
        injecting = [one for one in others if one.kind in INJECTING]
        over = [one for one in injecting if one.end_at <= self.history.now]
        booked = [one for one in injecting if one.end_at > self.history.now]
        request, area = self._request(visit)
        return {
            "id": str(visit.pk),
            "request": request,
            "patient": {
                "date_of_birth": patient.date_of_birth.isoformat(),
                "open_warning_sign": any(call.why in ABOUT_AN_INJECTION for call in self.calls[patient.pk]),
            },
            "injections": [*map(given, self.injections[patient.pk]), *map(self._as_given, over)],
            "booked": [*map(self._as_booked, booked)],
            "loading": [{"kind": one.kind, "start": text(one.start_at)} for one in others if one.kind in LOADING],
            "activities": [*map(activity, self.activities[patient.pk])],
            "screening": screening_of(self.screenings[patient.pk], area, request.get("side")),
            "pathway": pathway(self.pathways[patient.pk], area, request.get("side")),
            "reports": [*map(report, self._performed_before(visit, patient))],
            "decisions": [*map(decision, self.decisions[patient.pk])],
        }

    def _asked_before(self, visit: Appointment, patient: Patient) -> list[Appointment]:
        """The patient's visits that were asked for before this one."""
        return [one for one in self.visits[patient.pk] if (one.asked_at, one.pk) < (visit.asked_at, visit.pk)]

    def _performed_before(self, visit: Appointment, patient: Patient) -> list[ImagingReport]:
        """The patient's imaging up to the day of the visit."""
        return [one for one in self.reports[patient.pk] if one.performed_on <= local_day(visit.start_at)]

    def _request(self, visit: Appointment) -> tuple[dict[str, Any], str]:
        if visit.kind not in INJECTING:
            return {"kind": visit.kind, "start": text(visit.start_at)}, ""
        wish = self.history.requests[visit.pk]
        request = {
            "kind": "injection",
            **self._site(visit),
            "start": text(visit.start_at),
            "end": text(visit.end_at),
            "targets": wish.targets,
            "ultrasound_guided": True,
            "includes_scan": visit.kind != "injection",
        }
        return request, AREAS[wish.site]

    def _site(self, visit: Appointment) -> dict[str, str]:
        wish = self.history.requests[visit.pk]
        return {"site": wish.site, "side": wish.side}

    def _as_booked(self, visit: Appointment) -> dict[str, Any]:
        return {**self._site(visit), "start": text(visit.start_at), "end": text(visit.end_at), "rest_hours": None}

    def _as_given(self, visit: Appointment) -> dict[str, Any]:
        day = local_day(visit.start_at).isoformat()
        return {
            **self._site(visit),
            "given": day,
            "steroid": None,
            "status": "given",
            "ended_at": text(visit.end_at),
            "recorded_on": day,
            "rest_hours": None,
            "rest_reason": None,
        }


def text(instant: datetime) -> str:
    return instant.isoformat()


def given(row: Injection) -> dict[str, Any]:
    return {
        "site": row.site,
        "side": row.side,
        "given": row.given or None,
        "steroid": row.steroid,
        "status": row.status,
        "ended_at": row.ended_at and text(row.ended_at),
        "recorded_on": row.recorded_on.isoformat(),
        "rest_hours": row.rest_hours,
        "rest_reason": row.rest_reason or None,
    }


def activity(row: PlannedActivity) -> dict[str, Any]:
    return {"kind": row.kind, "start": text(row.start_at), "agreed_to_move": row.agreed_to_move}


def report(row: ImagingReport) -> dict[str, Any]:
    return {
        "modality": row.modality,
        "area": row.area,
        "side": row.side,
        "performed_on": row.performed_on.isoformat(),
        "tendinopathy": row.tendinopathy or "no",
        "bursitis": row.bursitis or "no",
        "tear": row.tear or "none",
        "tear_grade": row.tear_grade or None,
        "tear_size_mm": row.tear_size_mm and float(row.tear_size_mm),
        "other_diagnosis": row.other_diagnosis,
    }


def decision(row: Decision) -> dict[str, Any]:
    asked = row.appointment.injection_request
    return {
        "outcome": row.outcome,
        "decided_on": local_day(row.at).isoformat(),
        "until": row.delay_until and row.delay_until.isoformat(),
        "area": AREAS[asked.site],
        "side": asked.side,
    }


def pathway(rows: list[Pathway], area: str, side: str | None) -> dict[str, Any] | None:
    """The newest that fits, with the reason of a clinician alone."""
    fitting = [row for row in rows if is_about(row, area, side)]
    if not fitting:
        return None
    row = fitting[-1]
    found = {**row.content, "treatments_tried": row.treatments_tried, "loading_stage": row.loading_stage}
    return found if row.reason_is_clinicians else {**found, "not_possible_reason": None}
