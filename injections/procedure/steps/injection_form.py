"""The form of what was injected, and the procedure that the steps make together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from injections import words
from injections.facts.drugs import NOTHING_LISTED, DrugList
from injections.messages.risks import RISKS_VERSION
from injections.models import Injection
from injections.procedure.steps.forms import ReasonedForm
from injections.procedure.steps.listed_drug import NOT_BOTH, OTHER, anaesthetic_field, chosen_or_named, listed_field
from injections.procedure.technique import AT_THE_INJECTION, technique_fields, technique_in
from injections.procedure.values import Procedure
from injections.safety.codes import REQUEST_SIDES, TARGETS
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.safety.sites import BOOKABLE_SITES
from pht_clinic.web.forms.fields import AmountField, DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment

_CHECK_VALUES: dict[str, object] = {"yes": True, "no": False, "not-applicable": "not-applicable"}


RESULTS = [(Injection.Status.GIVEN, "Given"), (Injection.Status.PART_GIVEN, "Given in part")]
_AS_TYPED = (*("started_at", "ended_at", "site", "side"), *("dose_mg", "strength_mg_ml", "volume_ml", "expires_on"))

_CHOSEN_IN = {"drug": "listed", "anaesthetic": "listed_anaesthetic"}
"""The name of a drug outside the list → where one of the list is chosen."""
_HANGS_ON_ANOTHER = ("listed", "drug", "dose_mg")
"""Neither always needed nor ever free to stay empty: the label says neither, the hint says when."""


def _number(label: str, help_text: str = "") -> AmountField:
    return AmountField(label=label, required=False, max_digits=7, decimal_places=2, help_text=help_text)


class InjectedForm(ReasonedForm):
    """What was injected, where, and when. What is wrong or out of the ordinary about it is said here, at its field."""

    pointer_fields: ClassVar[dict[str, str]] = {
        "started_at": "started",
        "ended_at": "ended",
        "local_anaesthetic": "anaesthetic",
        "local_anaesthetic/dose_mg": "anaesthetic_mg",
    }

    remembered: Injection | None = None
    """The injection of today whose drug and batch the form opens with."""
    opens_like_before = False
    """Whether they are those of the injection before this one, at the same visit."""

    result = forms.ChoiceField(label="Result", widget=forms.RadioSelect, choices=RESULTS)
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
        label="A different site or side from the one booked was injected on purpose", required=False
    )
    confirm_day_change = forms.BooleanField(label="It was given on a different day from the visit", required=False)
    steroid = forms.ChoiceField(
        label="Was steroid injected?", widget=forms.RadioSelect, choices=[("yes", "Yes"), ("no", "No")]
    )
    drug = forms.CharField(label="Drug", max_length=100)
    weight_kg = AmountField(label="Weight of the patient in kg", required=False, max_digits=5, decimal_places=1)
    dose_mg = _number("Dose in mg", "Needed for a steroid, unless it follows from strength and volume.")
    strength_mg_ml = _number("Strength in mg/ml")
    volume_ml = _number("Volume in ml", "If left empty, it is worked out from dose and strength.")
    batch = forms.CharField(label="Batch", required=False, max_length=50)
    expires_on = DateField(label="Expiry date of the batch", required=False)
    anaesthetic = forms.CharField(label="Local anaesthetic", required=False, max_length=100)
    anaesthetic_mg = _number("Local anaesthetic in mg")

    def __init__(
        self, *args: Any, drugs: DrugList = NOTHING_LISTED, is_one_of_several: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_one_of_several = is_one_of_several
        self.drugs = drugs
        if drugs.in_use:
            self.fields["drug"].label = "Another drug: its name"
            self.fields["drug"].required = False
            self.fields["drug"].help_text = "Needed if the drug is not on the list."
            self.fields["anaesthetic"].label = "Another local anaesthetic: its name"
            self.fields |= {"listed": listed_field(drugs), "listed_anaesthetic": anaesthetic_field(drugs)}
        for name in _HANGS_ON_ANOTHER:
            if name in self.fields:
                self.fields[name].hangs_on_another = True  # type: ignore[attr-defined]  # for the template alone
        self.add_fields(technique_fields(AT_THE_INJECTION))
        if is_one_of_several:
            self._may_be_left_out()

    def _may_be_left_out(self) -> None:
        """Of a visit with several injections one may not be given: then nothing but the reason is asked of it."""
        result = self.fields["result"]
        assert isinstance(result, forms.ChoiceField)  # noqa: S101 - declared above
        result.choices = [*RESULTS, (Injection.Status.NOT_GIVEN, "Not given")]
        self.fields["reason"].help_text = "If it was not given, or not as it should be"
        if self.data.get("result") == Injection.Status.NOT_GIVEN:
            for name in self.fields.keys() - {"result"}:
                self.fields[name].required = False

    @property
    def technique(self) -> list[forms.BoundField]:
        return [self[name] for name in AT_THE_INJECTION]

    @property
    def shows_technique(self) -> bool:
        """Whether anything of it is filled in or wrong; else it lies folded."""
        return any(field.errors or field.value() not in (None, "") for field in self.technique)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("started", "ended"):
            if cleaned.get("on") and cleaned.get(name):
                try:
                    cleaned[f"{name}_at"] = local_moment(cleaned["on"], cleaned[name])
                except NoSuchTime as error:
                    self.add_error(name, str(error))
        for text, chosen in _CHOSEN_IN.items():
            if cleaned.get(chosen, "").isdigit() and cleaned.get(text):
                self.add_error(text, NOT_BOTH)
        return cleaned

    def _field_of(self, pointer: str) -> str | None:
        """Of a drug it is said where it is chosen, but where another one than those of the list is."""
        named = super()._field_of(pointer)
        chosen = _CHOSEN_IN.get(named or "")
        return chosen if chosen in self.fields and self[chosen].value() != OTHER else named


def procedure_of(done: Mapping[str, Mapping[str, Any]], number: int = 0) -> Procedure:
    """The procedure that the cleaned data of these steps make, or of some of them: what is missing was not said.

    `number` is that of the injection, from 0, at a visit with several.
    """
    checks, consent, injected, after = (done.get(name, {}) for name in ("checks", "consent", "injection", "aftercare"))
    said: dict[str, Any] = {name: injected.get(name) for name in _AS_TYPED}
    if injected.get("result") == Injection.Status.NOT_GIVEN:
        why, code = injected.get("reason") or "", injected.get("reason_code") or ""
        return Procedure(result=Injection.Status.NOT_GIVEN, number=number, reason=why, reason_code=code)
    return Procedure(
        number=number,
        result=injected.get("result") or Injection.Status.GIVEN,
        **said,
        confirm_site_change=bool(injected.get("confirm_site_change")),
        confirm_day_change=bool(injected.get("confirm_day_change")),
        targets=tuple(injected.get("targets") or ()),
        steroid={"yes": True, "no": False}.get(injected.get("steroid", "")),
        drug=chosen_or_named(injected, "listed", "drug"),
        weight_kg=injected.get("weight_kg"),
        batch=injected.get("batch") or "",
        local_anaesthetic=_anaesthetic(
            chosen_or_named(injected, "listed_anaesthetic", "anaesthetic"), injected.get("anaesthetic_mg")
        ),
        checked_today=_answers(checks, CHECKED_TODAY),
        checked_at=checks.get("checked_at"),
        checks_seen_by=checks.get("checks_seen_by") or "",
        time_out_with=checks.get("time_out_with") or "",
        sign_out_with=after.get("sign_out_with") or "",
        precautions=tuple(checks.get("precautions") or ()),
        technique=technique_in({**injected, **after}),
        consent=_answers(consent, {**CONSENT, **words.CONSENT_MORE}) | _consent_more(consent),
        complications=after.get("complications") or "",
        rest_hours=after.get("rest_hours"),
        rest_reason=after.get("rest_reason") or "",
        note=after.get("note") or "",
        reason_code=next((one["reason_code"] for one in (injected, checks, consent) if one.get("reason_code")), ""),
        reason="\n".join(one["reason"] for one in (checks, consent, injected) if one.get("reason")),
    )


def _consent_more(consent: Mapping[str, Any]) -> dict[str, object]:
    """Which text of the risks was given when and how, who explained and interpreted."""
    if not consent:
        return {}
    said = {name: consent[name] for name in ("how", "given_on", "explained_by", "interpreter") if consent.get(name)}
    return {**said, "risks_version": RISKS_VERSION}


def _answers(step: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, object]:
    return {name: _CHECK_VALUES[step[name]] for name in asked if step.get(name)}


def initial_injection(*, site: str, side: str, targets: list[str], on: date) -> dict[str, Any]:
    """What was booked, for the radiologist to change if something else was done."""
    return {"site": site, "side": side, "targets": targets, "on": on}


def _anaesthetic(drug: str, dose_mg: Decimal | None) -> dict[str, object] | None:
    return {"drug": drug.strip(), "dose_mg": dose_mg} if drug.strip() or dose_mg is not None else None
