"""What reception corrects or withdraws so that a verdict becomes milder: a radiologist sees it, whatever follows.

Reception cannot unlock an interval unseen. Hazard H4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models

from injections.assessment.everywhere import judged_everywhere
from injections.facts.history import history_about
from injections.models import MilderVerdict
from injections.safety.findings import Owner, Severity
from pht_clinic.people.actors import IMPORT, Actor
from pht_clinic.permissions import is_permitted
from scheduling.models import Patient

_WEIGHT = {Severity.INFO.value: 0, Severity.WARNING.value: 1, Severity.CRITICAL.value: 2}
_Place = tuple[str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What stands against a patient: the severity of each finding, by area, side, visit and rule."""

    severities: Mapping[_Place, str] = field(default_factory=dict)


def weighed(patient: Patient, *, by: Actor, now: datetime) -> Weighed:
    """What stands now for a radiologist to weigh, before a correction. One query.

    Nothing where whoever makes it would have to see it, or is not of the staff: what patients answer is theirs. An
    import acts for one of the staff.
    """
    if by.kind not in ("user", IMPORT) or is_permitted("see-milder", by):
        return Weighed()
    history = history_about(patient, now=now)
    return Weighed(
        {
            (judged.area, judged.side, judged.visit, finding.rule): finding.severity.value
            for judged in judged_everywhere(history)
            for finding in judged.judgement.findings
            if finding.owner is Owner.RADIOLOGIST
        }
    )


def note_if_milder(
    before: Weighed, row: models.Model, patient: Patient, *, what: str, reason: str, by: Actor, now: datetime
) -> MilderVerdict | None:
    """Put the change to `row` on the radiologists' list if a warning or a critical finding went or grew weaker by it.

    `what` says in words what was changed. Judged as if an injection were asked for now, everywhere, and at each visit
    that is booked: a finding that others hide in the verdict counts too.
    """
    if not before.severities:
        return None
    after = weighed(patient, by=by, now=now).severities
    gone = {
        (area, side, rule): {"area": area, "side": side, "rule": rule, "before": was, "after": after.get(place)}
        for place, was in before.severities.items()
        for area, side, _, rule in [place]
        if _WEIGHT[was] > _WEIGHT.get(after.get(place, ""), 0)
    }
    if not gone:
        return None
    return MilderVerdict.objects.create(
        patient=patient,
        subject=f"{row._meta.model_name}:{row.pk}",
        what=what,
        reason=reason.strip(),
        findings=list(gone.values()),
        at=now,
        by_id=by.user_id,
    )
