"""The steps in which a procedure is recorded, in their order: each with its name and its form. Data."""

from __future__ import annotations

from injections.procedure.forms import AfterForm, ChecksForm, IdentityForm, InjectedForm
from pht_clinic.web.forms.base import ClinicForm

STEPS: dict[str, type[ClinicForm]] = {
    "identity": IdentityForm,
    "checks": ChecksForm,
    "injection": InjectedForm,
    "aftercare": AfterForm,
}
STEP_NAMES = {"identity": "Identity", "checks": "Checks today", "injection": "Injection", "aftercare": "Aftercare"}
STEP_ORDER = list(STEPS)
