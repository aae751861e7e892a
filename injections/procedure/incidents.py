"""Incidents: what was out of the ordinary about a procedure and was recorded as it was, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from injections.assessment.fact_change import written
from injections.models import Incident, Injection
from pht_clinic.errors import FieldError
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted


def keep_incident(injection: Injection, what: Sequence[FieldError], *, by: Actor, now: datetime) -> Incident | None:
    """Store what was out of the ordinary, in the transaction that records the injection; None where nothing was."""
    if not what:
        return None
    return Incident.objects.create(
        patient=injection.patient,
        injection=injection,
        what=[{"pointer": one.pointer, "detail": one.detail} for one in what],
        reason_code=injection.reason_code,
        reason=injection.reason,
        **written(by=by, now=now),
    )


def incidents(*, by: Actor) -> QuerySet[Incident]:
    """All of them, newest first. Raises: Forbidden."""
    check_permitted("read-incidents", by)
    rows = Incident.objects.select_related("patient__merged_into", "injection__appointment", "recorded_by")
    return rows.order_by("-pk")
