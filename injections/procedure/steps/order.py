"""The steps in which a procedure is recorded, in their order: each with its name and its form. Data."""

from __future__ import annotations

from injections.procedure.steps.forms import AfterForm, ChecksForm, ConsentForm, IdentityForm, StepForm
from injections.procedure.steps.injection_form import InjectedForm
from injections.visit_kinds import KINDS

STEPS: dict[str, type[StepForm]] = {
    "identity": IdentityForm,
    "checks": ChecksForm,
    "consent": ConsentForm,
    "injection": InjectedForm,
    "aftercare": AfterForm,
}
SCAN = "scan"
"""The step of visits that include the scan: its form is the report, which is recorded at once."""
STEP_NAMES = {
    "identity": "Identity",
    SCAN: "Scan",
    "checks": "Checks today",
    "consent": "Consent",
    "injection": "Injection",
    "aftercare": "Aftercare",
}
STEP_ORDER = list(STEPS)


def rail_of(kind: str) -> list[str]:
    """The steps of a visit of this kind, in their order."""
    return [name for name in STEP_NAMES if name != SCAN or KINDS[kind].includes_scan]
