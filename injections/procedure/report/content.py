"""What the report of a procedure says, for its page and its PDF: one value and one template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.template.loader import render_to_string

from injections import words
from injections.models import Incident, Injection
from injections.procedure.next_dates import After, after_all
from injections.procedure.reasons import INCIDENT_REASONS
from injections.procedure.technique import said_of
from injections.procedure.versions import versions_of
from injections.safety.gates import CHECKED_TODAY
from scheduling.messages.wording.clinic_versions import in_force_at
from scheduling.models import Appointment

_TEMPLATE: Final = "injections/procedure/_report.html"
_CHECKED = {True: "Yes", False: "No", "not-applicable": "Does not apply", None: "Not answered"}


@dataclass(frozen=True, slots=True)
class OnReport:
    """What is recorded of one injection of a visit: the row that stands, or says that it was withdrawn, those before it
    and what follows it.
    """

    stands: Injection
    earlier: list[Injection]
    technique: list[tuple[str, str]]
    after: After

    @property
    def was_given(self) -> bool:
        return self.stands.status in Injection.GIVEN


def report_content(appointment: Appointment, *, now: datetime) -> dict[str, Any]:
    """Everything that is recorded of the procedure as it stands, of each injection, corrections old beside new; at its
    head the clinic as it called itself when what stands was recorded.

    Raises: Missing (nothing is recorded).
    """
    recorded = _recorded(appointment, now=now)
    of_visit = next((one.stands for one in recorded if one.was_given), recorded[0].stands)
    asked = {**words.CONSENT, **words.CONSENT_MORE}
    return {
        "appointment": appointment,
        "letterhead": in_force_at(of_visit.recorded_at),
        "recorded": recorded,
        "injection": of_visit,
        "was_given": of_visit.status in Injection.GIVEN,
        "checks": [(words.CHECKS_TODAY[name], _CHECKED[of_visit.checked_today.get(name)]) for name in CHECKED_TODAY],
        "consent": [(label, _CHECKED[of_visit.consent.get(name)]) for name, label in asked.items()],
        "how": words.RISKS_GIVEN.get(of_visit.consent.get("how", ""), ""),
        "precautions": [words.PRECAUTIONS[code] for code in of_visit.precautions],
        "complications": appointment.complications.select_related("recorded_by"),
        "incidents": _incidents(appointment),
        "reasons": INCIDENT_REASONS,
    }


def report_html(content: Mapping[str, Any]) -> str:
    """The report alone, as it stands on its page."""
    return render_to_string(_TEMPLATE, dict(content))


def _incidents(appointment: Appointment) -> QuerySet[Incident]:
    rows = Incident.objects.filter(injection__appointment=appointment)
    return rows.select_related("recorded_by", "injection").order_by("pk")


def _recorded(appointment: Appointment, *, now: datetime) -> list[OnReport]:
    """Each injection of a visit that anything is recorded of. Raises: Missing."""
    found = []
    for *earlier, stands in versions_of(appointment):
        given = [stands] if stands.status in Injection.GIVEN else []
        found.append(OnReport(stands, earlier, said_of(stands.technique), after_all(given, now=now)))
    return found
