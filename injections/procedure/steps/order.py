"""The steps in which a procedure is recorded, in their order: each with its name and its form. Data."""

from __future__ import annotations

from injections.procedure.steps.forms import AfterForm, ChecksForm, ConsentForm, IdentityForm, StepForm
from injections.procedure.steps.injection_form import InjectedForm
from injections.visit_kinds import KINDS
from scheduling.models import Appointment

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
FIRST, LAST = "identity", "aftercare"
INJECTION = "injection"


def steps_of(appointment: Appointment) -> list[str]:
    """The steps of a visit in their order, but for the scan: one for each of its injections."""
    asked = getattr(appointment, "injection_request", None)
    many = len(asked.wanted) if asked else 1
    panels = [INJECTION, *(f"{INJECTION}-{number}" for number in range(2, many + 1))]
    return [step for name in STEPS for step in (panels if name == INJECTION else [name])]


def kind_of_step(step: str) -> str:
    """The name in STEPS of a step: "injection" of "injection-2"."""
    return step.partition("-")[0]


def number_of(step: str) -> int:
    """The number of the injection, from 0, that a step is of."""
    return int(step.partition("-")[2] or 1) - 1


def rail_of(appointment: Appointment) -> list[tuple[str, str]]:
    """The steps of a visit with their names, in their order."""
    steps = steps_of(appointment)
    is_one = INJECTION in steps and f"{INJECTION}-2" not in steps
    named = [(step, _name(step, is_one=is_one)) for step in steps]
    if KINDS[appointment.kind].includes_scan:
        named.insert(1, (SCAN, STEP_NAMES[SCAN]))
    return named


def _name(step: str, *, is_one: bool) -> str:
    name = STEP_NAMES[kind_of_step(step)]
    return name if is_one or kind_of_step(step) != INJECTION else f"{name} {number_of(step) + 1}"
