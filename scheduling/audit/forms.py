"""Which entries of the trail: the filter of its page, of its file and of its copy for a patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms

from pht_clinic import clock
from pht_clinic.people.models import User
from pht_clinic.periods import wall_to_utc
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from scheduling.audit.read import EntryKind

_FILTERS: Final = ("patient", "user", "kind", "from", "to")


class AuditForm(ClinicForm):
    """Which entries; the fields are called as in the API. Both days are clinic-local and included."""

    patient = forms.IntegerField(
        label="Patient’s number", required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    user = forms.ChoiceField(label="Who", required=False)
    kind = forms.ChoiceField(label="What", required=False, choices=[("", "Everything"), *EntryKind.choices])

    def __init__(self, *args: Any, users: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = DateField(label="From", required=False)
        self.fields["to"] = DateField(label="To", required=False)
        who = self.fields["user"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 - declared above
        who.choices = [("", "Everybody"), *((str(user.pk), f"{user}") for user in users)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        check_order(self, cleaned, "from", "to")
        return cleaned


def check_order(form: ClinicForm, cleaned: Mapping[str, Any], first: str, last: str) -> None:
    """Say so at the last day where it is before the first."""
    if cleaned.get(first) and cleaned.get(last) and cleaned[last] < cleaned[first]:
        form.add_error(last, "The last day is before the first. Choose a later one.")


def edges_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What `audit_entries` takes."""
    return {
        "patient_id": wanted.get("patient") or None,
        "user_id": int(wanted["user"]) if wanted.get("user") else None,
        "kind": wanted.get("kind") or None,
        "since": start_of(wanted["from"]) if wanted.get("from") else None,
        "until": start_of(wanted["to"] + timedelta(days=1)) if wanted.get("to") else None,
    }


def start_of(day: date) -> datetime:
    """The instant at which a clinic-local day begins."""
    return wall_to_utc(day, time.min, clock.zone(), fold=0)


def kept(query: Mapping[str, Any]) -> dict[str, Any]:
    """The filters of an address or a form, for the next one."""
    return {name: query[name] for name in _FILTERS if query.get(name)}
