"""The services of this door, what each wants to know beforehand, and the document by which others discover them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_OF_PATIENT: Final = "patient={{context.patientId}}"


@dataclass(frozen=True, slots=True)
class Service:
    """One service: the hook that calls it, and its prefetch templates by their keys.

    Without what is `required` nothing can be said; whatever else is missing is unknown to the rules.
    """

    id: str
    hook: str
    title: str
    description: str
    prefetch: Mapping[str, str]
    required: frozenset[str]

    def as_dict(self) -> dict[str, object]:
        """As the discovery document has it."""
        return {
            "hook": self.hook,
            "title": self.title,
            "description": self.description,
            "id": self.id,
            "prefetch": dict(self.prefetch),
            "usageRequirements": "A signed token of a listed issuer. Without Patient and Procedure there is no answer; "
            "whatever else is missing counts as unknown, never as no.",
        }


_DATES: Final = {
    "patient": "Patient/{{context.patientId}}",
    "procedures": f"Procedure?{_OF_PATIENT}",
    "appointments": f"Appointment?{_OF_PATIENT}&status=booked,pending,arrived",
}
_EVERYTHING: Final = {
    **_DATES,
    "allergies": f"AllergyIntolerance?{_OF_PATIENT}",
    "medicationRequests": f"MedicationRequest?{_OF_PATIENT}&status=active",
    "medicationStatements": f"MedicationStatement?{_OF_PATIENT}&status=active",
    "conditions": f"Condition?{_OF_PATIENT}",
    "reports": f"DiagnosticReport?{_OF_PATIENT}",
    "answers": f"QuestionnaireResponse?{_OF_PATIENT}",
}
_REQUIRED: Final = frozenset({"patient", "procedures"})

BOOKING: Final = Service(
    id="injection-booking",
    hook="appointment-book",
    title="Steroid injection check",
    description="Checks a proposed ultrasound-guided steroid injection of the hip region: interval, rest, red flags, "
    "medicines, imaging. Suggests a later date where it is too soon.",
    prefetch=_EVERYTHING,
    required=_REQUIRED,
)
VIEW: Final = Service(
    id="injection-next-dates",
    hook="patient-view",
    title="Next steroid injection",
    description="From which day on a steroid injection may be given again, by area and side.",
    prefetch=_DATES,
    required=_REQUIRED,
)
SERVICES: Final[Mapping[str, Service]] = {one.id: one for one in (BOOKING, VIEW)}


def discovery() -> dict[str, object]:
    """The document at the root of the door."""
    return {"services": [one.as_dict() for one in SERVICES.values()]}
