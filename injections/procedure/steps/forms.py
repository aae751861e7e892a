"""The steps of a procedure as forms, but for what was injected; `drawn_from_steps` makes a procedure of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from injections import words
from injections.models import Injection
from injections.procedure.reasons import INCIDENT_REASONS, NOT_GIVEN_REASONS
from injections.procedure.remarks import Looked
from injections.procedure.second_person import SIGN_OUT, TIME_OUT, second_person_fields
from injections.procedure.steps.on_record import OnRecord
from injections.procedure.technique import BEFORE_LEAVING, technique_fields
from injections.safety.gates import CHECKED_TODAY, MAY_NOT_APPLY
from injections.safety.policy import LONGEST_REST_HOURS
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment

_CHECK_CHOICES = [("yes", "Yes"), ("no", "No"), ("not-applicable", "Does not apply")]
CHECKS = tuple(CHECKED_TODAY)


class StepForm(ClinicForm):
    """What one step asks. `asks_reason` says whether the step shows why something is out of the ordinary; `looked` is
    what was found as it was sent.
    """

    is_reason_needed = False
    looked: Looked | None = None

    def ask_reason(self) -> None:
        """Something is out of the ordinary: the fields of the reason are shown, and have to be filled in."""
        self.is_reason_needed = True
        for name in ("reason_code", "reason"):
            self.fields[name].required = True

    @property
    def asks_reason(self) -> bool:
        fields = [self[name] for name in ("reason_code", "reason") if name in self.fields]
        return self.is_reason_needed or any(field.errors or field.value() for field in fields)


class ReasonedForm(StepForm):
    """A step that can be as it should not be: then with the kind of reason and the reason."""

    reason_code = forms.ChoiceField(
        label="Kind of reason", required=False, choices=[("", "Choose one"), *INCIDENT_REASONS.items()]
    )
    reason = forms.CharField(
        label="Reason in words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_fields({})

    def add_fields(self, more: Mapping[str, forms.Field]) -> None:
        """The reason is asked last."""
        self.fields.update(more)
        for name in ("reason_code", "reason"):
            self.fields[name] = self.fields.pop(name)


class GoOnForm(ReasonedForm):
    """Why it goes on though the scan shows what speaks against it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_reason()


class IdentityForm(StepForm):
    """Is this the person, the site and the side."""

    is_the_patient = forms.BooleanField(label="The patient said their full name and date of birth, and both match")
    is_the_site = forms.BooleanField(label="The patient named the site and the side, and both match")


def _asked(labels: Mapping[str, str]) -> Mapping[str, forms.Field]:
    return {
        name: forms.ChoiceField(
            label=label,
            required=False,
            widget=forms.RadioSelect,
            choices=_CHECK_CHOICES if name in MAY_NOT_APPLY else _CHECK_CHOICES[:2],
        )
        for name, label in labels.items()
    }


class ChecksForm(ReasonedForm):
    """The checks of the day, nothing pre-ticked. Recorded on a later day they say who made them, and when."""

    pointer_fields: ClassVar[dict[str, str]] = {"checked_at": "checked_on", "checked_today": "checked_on"}

    checked_on = DateField(label="Day on which the checks were made")
    checked_time = TimeField(label="Time at which the checks were made")
    checks_seen_by = forms.CharField(label="Who made the checks", max_length=200)
    precautions = forms.MultipleChoiceField(
        label="Falls, and the way home",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(words.PRECAUTIONS.items()),
    )

    def __init__(self, *args: Any, is_late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_late = is_late
        if not is_late:
            for name in ("checked_on", "checked_time", "checks_seen_by"):
                del self.fields[name]
        self.add_fields({**_asked(words.CHECKS_TODAY), **second_person_fields(TIME_OUT)})

    def beside(self, recorded: Mapping[str, OnRecord]) -> list[tuple[forms.BoundField, OnRecord, bool]]:
        """Each check with what is recorded about it, and whether it stands open: answered, refused or contradicted."""
        fields = [self[name] for name in CHECKS]
        return [
            (field, recorded[field.name], bool(field.errors or field.value() or recorded[field.name].speaks_against))
            for field in fields
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("checked_on") and cleaned.get("checked_time"):
            try:
                cleaned["checked_at"] = local_moment(cleaned["checked_on"], cleaned["checked_time"])
            except NoSuchTime as error:
                self.add_error("checked_time", str(error))
        return cleaned


class ConsentForm(ReasonedForm):
    """The consent that was taken: what was said and asked, when and how the risks were given, and who explained."""

    how = forms.ChoiceField(
        label="How were the risks given?", widget=forms.RadioSelect, choices=list(words.RISKS_GIVEN.items())
    )
    given_on = DateField(label="Day on which the risks were given")
    explained_by = forms.CharField(label="Who explained", max_length=200)
    interpreter = forms.CharField(
        label="Interpreter", required=False, max_length=200, help_text="Who interpreted, if anybody did"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_fields(_asked({**words.CONSENT, **words.CONSENT_MORE}))
        for name in words.CONSENT_MORE:
            self.fields[name].required = True

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in (*words.CONSENT, *words.CONSENT_MORE)]


class AfterForm(StepForm):
    """How it went, and how long to rest."""

    complications = forms.CharField(
        label="Complications",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Leave it empty if there were none. Anything written here puts the patient on the call list.",
    )
    rest_hours = forms.IntegerField(
        label="Hours of rest",
        required=False,
        min_value=1,
        max_value=LONGEST_REST_HOURS,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
    )
    rest_reason = forms.CharField(label="Reason for a different length of rest", required=False, max_length=500)
    note = forms.CharField(label="Note", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update({**technique_fields(BEFORE_LEAVING), **second_person_fields(SIGN_OUT)})
        self.fields["rest_reason"].hangs_on_another = True  # type: ignore[attr-defined]  # for the template alone

    @property
    def before_leaving(self) -> list[forms.BoundField]:
        return [self[name] for name in BEFORE_LEAVING]

    @property
    def shows_before_leaving(self) -> bool:
        """Whether anything of it is filled in or wrong; else it lies folded."""
        return any(field.errors or field.value() not in (None, "") for field in self.before_leaving)


class CannotForm(ClinicForm):
    """Why nothing was injected: the kind of reason, and words where they say more."""

    reason_code = forms.ChoiceField(
        label="Why it cannot go ahead", widget=forms.RadioSelect, choices=list(NOT_GIVEN_REASONS.items())
    )
    reason = forms.CharField(
        label="In words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed if it is another reason.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].hangs_on_another = True  # type: ignore[attr-defined]  # for the template alone

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason_code") == Injection.NotGivenBecause.OTHER and not cleaned.get("reason"):
            self.add_error("reason", "Say in words why it cannot go ahead.")
        return cleaned
