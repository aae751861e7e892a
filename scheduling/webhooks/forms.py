"""Forms of webhooks: what is told where, and from when on it is told again."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.web.forms.moment import MomentForm
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.models import WebhookEndpoint
from scheduling.webhooks.endpoints import LABELS, LONGEST_ADDRESS, LONGEST_USE, Subscription, wanted_now
from scheduling.webhooks.events import event_types


def _choices() -> list[tuple[str, str]]:
    return [(one.name, f"{one.words} ({one.name})") for one in event_types()]


class WebhookForm(RevisedForm):
    """What somebody wants told where. What is wrong with it the use case says, of all fields at once."""

    hides_optional = True
    pointer_fields: ClassVar[dict[str, str]] = {"verbs": "events"}

    url = forms.CharField(
        label=LABELS["url"],
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="It begins with https:// and leads to a public address, or to a network that the settings allow.",
    )
    used_for = forms.CharField(
        label=LABELS["used_for"], required=False, max_length=LONGEST_USE, help_text="As “Record system”."
    )
    events = forms.MultipleChoiceField(
        label=LABELS["verbs"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=_choices,
        help_text="What it is told.",
    )

    def shown(self, row: WebhookEndpoint) -> dict[str, Any]:
        return wanted_now(row)

    def wanted(self) -> Subscription:
        """Once it is valid."""
        return Subscription(**self.values())


class SinceForm(MomentForm):
    """From which moment on everything is sent again; refused at the time of the day."""

    pointer_fields: ClassVar[dict[str, str]] = {"since": "at"}
