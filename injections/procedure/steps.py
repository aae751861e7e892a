"""The steps in which a procedure is recorded, in their order: each with its name and its form. Data."""

from __future__ import annotations

from injections.procedure.forms import AfterForm, ChecksForm, ConsentForm, IdentityForm, StepForm
from injections.procedure.injection_form import InjectedForm

STEPS: dict[str, type[StepForm]] = {
    "identity": IdentityForm,
    "checks": ChecksForm,
    "consent": ConsentForm,
    "injection": InjectedForm,
    "aftercare": AfterForm,
}
STEP_NAMES = {
    "identity": "Identity",
    "checks": "Checks today",
    "consent": "Consent",
    "injection": "Injection",
    "aftercare": "Aftercare",
}
STEP_ORDER = list(STEPS)
