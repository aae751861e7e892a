"""Imaging reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.facts import sections
from injections.models import ImagingReport
from injections.patient.phone_at_once import phone_at_once
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted


def add_report(
    patient_id: int, *, report: Mapping[str, Any], reported_by: str = "", by: Actor, now: datetime
) -> FactChange:
    """Store an imaging report (a report of the batch check).

    Boundary: performed today is accepted, after today is not. Raises: Forbidden, Missing, Invalid.
    """
    check_permitted("record-report", by)
    parsed = sections.report(report)
    if parsed.performed_on > clock.local_date(now):
        raise Invalid.field("performed_on", "The date lies in the future.")
    with fact_about(patient_id) as patient:
        row = ImagingReport.objects.create(
            patient=patient,
            modality=parsed.modality,
            area=parsed.area,
            side=parsed.side,
            performed_on=parsed.performed_on,
            tendinopathy=parsed.tendinopathy,
            bursitis=parsed.bursitis,
            tear=parsed.tear,
            tear_grade=parsed.tear_grade or "",
            tear_size_mm=parsed.tear_size_mm,
            other_diagnosis=parsed.other_diagnosis,
            reported_by=reported_by.strip() or by.name,
            **written(by=by, now=now),
        )
        phone_at_once(patient, area=parsed.area, side=parsed.side, now=now)
        return settle(row, "report-recorded", patient, by=by, now=now)
