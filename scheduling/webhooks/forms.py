"""Forms of webhooks: what is told where, and from when on it is told again."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.moment import MomentForm
from scheduling.models import WebhookEndpoint
from scheduling.webhooks.endpoints import LONGEST_ADDRESS, LONGEST_USE, Subscription
from scheduling.webhooks.events import event_types, wanted_names


def _choices() -> list[tuple[str, str]]:
    return [(one.name, f"{one.words} ({one.name})") for one in event_types()]


class WebhookForm(ClinicForm):
    """What somebody wants told where. What is wrong with it the use case says, of all fields at once."""

    hides_optional = True

    url = forms.CharField(
        label="Address",
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="It begins with https:// and leads to a public address, or to a network that the settings allow.",
    )
    used_for = forms.CharField(
        label="Name of the system", required=False, max_length=LONGEST_USE, help_text="As “Record system”."
    )
    events = forms.MultipleChoiceField(
        label="Events",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=_choices,
        help_text="What it is told.",
    )

    def wanted(self) -> Subscription:
        """Once it is valid."""
        return Subscription(**self.cleaned_data)


def shown(row: WebhookEndpoint) -> dict[str, Any]:
    """What the form of a webhook opens with."""
    return {"url": row.url, "used_for": row.used_for, "events": wanted_names(row.verbs)}


class SinceForm(MomentForm):
    """From which moment on everything is sent again; refused at the time of the day."""

    pointer_fields: ClassVar[dict[str, str]] = {"since": "at"}
