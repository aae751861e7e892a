"""The four steps of a procedure as forms; what they hold together is what `record_procedure` takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from injections import words
from injections.models import Injection
from injections.procedure.values import Procedure
from injections.safety.codes import REQUEST_SIDES, TARGETS
from injections.safety.gates import CHECKED_TODAY, CONSENT, MAY_NOT_APPLY
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import BOOKABLE_SITES
from injections.words import REASON_CODES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import AmountField, DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment

_CHECK_CHOICES = [("yes", "Yes"), ("no", "No"), ("not-applicable", "Does not apply")]
_CHECK_VALUES: dict[str, object] = {"yes": True, "no": False, "not-applicable": "not-applicable"}


def _number(label: str) -> AmountField:
    return AmountField(label=label, required=False, max_digits=7, decimal_places=2)


class IdentityForm(ClinicForm):
    """Is this the person, the site and the side."""

    is_the_patient = forms.BooleanField(label="The patient said their full name and date of birth, and both fit")
    is_the_site = forms.BooleanField(label="The patient named the site and the side, and both fit")


class ChecksForm(ClinicForm):
    """The checks of the day and the consent, nothing pre-ticked; a "no" means that it cannot go ahead now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in {**words.CHECKS_TODAY, **words.CONSENT}.items():
            choices = _CHECK_CHOICES if name in MAY_NOT_APPLY else _CHECK_CHOICES[:2]
            self.fields[name] = forms.ChoiceField(
                label=label,
                widget=forms.RadioSelect,
                choices=choices,
                error_messages={"required": {**CHECKED_TODAY, **CONSENT}[name]},
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, value in list(cleaned.items()):
            if value == "no":
                self.add_error(name, f"“No” to “{self.fields[name].label}”: put it right, or choose “Cannot go ahead”.")
        return cleaned


class InjectedForm(ClinicForm):
    """What was injected, where, and when. The volume, strength and dose are checked against each other."""

    pointer_fields: ClassVar[dict[str, str]] = {
        "started_at": "started",
        "ended_at": "ended",
        "local_anaesthetic": "anaesthetic",
        "steroid": "steroid",
    }

    remembered: Injection | None = None
    """The injection of today whose drug and batch the form opens with."""

    result = forms.ChoiceField(
        label="Result",
        widget=forms.RadioSelect,
        choices=[(Injection.Status.GIVEN, "Given"), (Injection.Status.PART_GIVEN, "Given in part")],
    )
    on = DateField(label="Date")
    started = TimeField(label="Started at")
    ended = TimeField(label="Ended at")
    site = forms.ChoiceField(
        label="Site", widget=forms.RadioSelect, choices=words.choices(words.SITE_NAMES, BOOKABLE_SITES)
    )
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect, choices=words.choices(words.SIDES, REQUEST_SIDES))
    targets = forms.MultipleChoiceField(
        label="Target",
        widget=forms.CheckboxSelectMultiple,
        choices=words.choices(words.TARGETS, TARGETS),
        error_messages={"required": "Choose the target."},
    )
    confirm_site_change = forms.BooleanField(
        label="Another site or side than booked was injected on purpose", required=False
    )
    steroid = forms.ChoiceField(
        label="Was steroid injected", widget=forms.RadioSelect, choices=[("yes", "Yes"), ("no", "No")]
    )
    drug = forms.CharField(label="Drug", max_length=100)
    dose_mg = _number("Dose in mg")
    strength_mg_ml = _number("Strength in mg/ml")
    volume_ml = _number("Volume in ml")
    batch = forms.CharField(label="Batch", required=False, max_length=50)
    expires_on = DateField(label="Expiry date of the batch", required=False)
    anaesthetic = forms.CharField(label="Local anaesthetic", required=False, max_length=100)
    anaesthetic_mg = _number("Local anaesthetic in mg")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("started", "ended"):
            if cleaned.get("on") and cleaned.get(name):
                try:
                    cleaned[f"{name}_at"] = local_moment(cleaned["on"], cleaned[name])
                except NoSuchTime as error:
                    self.add_error(name, str(error))
        return cleaned


class AfterForm(ClinicForm):
    """How it went, how long to rest, and, where a critical finding stands, why it was done all the same."""

    complications = forms.CharField(
        label="Complications",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Leave it empty if there were none. Whatever stands here puts the patient on the call list.",
    )
    rest_hours = forms.IntegerField(
        label="Hours of rest",
        required=False,
        min_value=1,
        max_value=LONGEST_REST_HOURS,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
    )
    rest_reason = forms.CharField(label="Reason for another length of rest", required=False, max_length=500)
    reason_code = forms.ChoiceField(
        label="Kind of reason, where a critical finding stands",
        required=False,
        choices=[("", "Not needed"), *REASON_CODES.items()],
    )
    reason = forms.CharField(
        label="In words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class CannotForm(ClinicForm):
    """Why nothing was injected."""

    reason = forms.CharField(label="Why it cannot go ahead", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def procedure_of(done: Mapping[str, Mapping[str, Any]]) -> Procedure:
    """The procedure that the cleaned data of all four steps make."""
    checks, injected, after = done["checks"], done["injection"], done["aftercare"]
    return Procedure(
        result=injected["result"],
        started_at=injected["started_at"],
        ended_at=injected["ended_at"],
        site=injected["site"],
        side=injected["side"],
        targets=tuple(injected["targets"]),
        confirm_site_change=injected["confirm_site_change"],
        steroid=injected["steroid"] == "yes",
        drug=injected["drug"],
        dose_mg=injected["dose_mg"],
        strength_mg_ml=injected["strength_mg_ml"],
        volume_ml=injected["volume_ml"],
        batch=injected["batch"],
        expires_on=injected["expires_on"],
        local_anaesthetic=_anaesthetic(injected["anaesthetic"], injected["anaesthetic_mg"]),
        checked_today={name: _CHECK_VALUES[checks[name]] for name in CHECKED_TODAY},
        consent={name: _CHECK_VALUES[checks[name]] for name in CONSENT},
        complications=after["complications"],
        rest_hours=after["rest_hours"],
        rest_reason=after["rest_reason"],
        reason_code=after["reason_code"],
        reason=after["reason"],
    )


def initial_injection(*, site: str, side: str, targets: list[str], on: date) -> dict[str, Any]:
    """What was booked, for the radiologist to change if something else was done."""
    return {"site": site, "side": side, "targets": targets, "on": on}


def initial_drug(before: Injection | None) -> dict[str, Any]:
    """What was drawn up last today: the same vial box is likely, the dose is asked afresh."""
    if before is None:
        return {}
    return {name: getattr(before, name) for name in ("drug", "strength_mg_ml", "batch", "expires_on")}


def _anaesthetic(drug: str, dose_mg: Decimal | None) -> dict[str, object] | None:
    return {"drug": drug.strip(), "dose_mg": dose_mg} if drug.strip() or dose_mg is not None else None
