"""Every rule with its threshold, source and version, straight from the registry."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse

from injections.assessment import outdated
from injections.assessment.forms import TryForm
from injections.assessment.trying import NAMES, try_threshold
from injections.facts.policy import effective_policy
from injections.safety.document import GROUPS
from injections.safety.policy import thresholds
from injections.safety.rules import RULES
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page


@permitted("read-rules")
def rules(request: HttpRequest) -> HttpResponse:
    """How a verdict is computed."""
    policy = effective_policy()
    ordered = sorted(RULES, key=lambda rule: rule.group)
    context = {
        "groups": [
            (GROUPS.get(letter, letter), list(group)) for letter, group in groupby(ordered, lambda rule: rule.group)
        ],
        "thresholds": [
            {
                "name": one.name.replace("_", " "),
                "value": getattr(policy, one.name),
                "default": one.default,
                "unit": one.metadata["unit"],
                "source": one.metadata["source"].cite,
            }
            for one in thresholds()
        ],
        "version": policy.rules_version,
        "progress": outdated.progress(now=clock.now()),
        "trying": TryForm(),
    }
    return page(request, "injections/assessment/rules.html", context)


@permitted("try-threshold")
def try_page(request: HttpRequest) -> HttpResponse:
    """Which verdicts would change by a tighter threshold; whatever is asked, nothing is stored."""
    form = TryForm(request.GET or None)
    context: dict[str, Any] = {"form": form}
    shows: set[int] = set()
    if form.is_valid():
        with form.refusals():
            said = form.cleaned_data
            tried = try_threshold(said["threshold"], said["value"], by=actor_of(request.user), now=clock.now())
            context["tried"] = tried
            context["values"] = [
                (NAMES[name], value, getattr(effective_policy(), name)) for name, value in tried.changes.items()
            ]
            shows = {one.appointment.patient_id for one in tried.listed}
    return page(request, "injections/assessment/try.html", context, shows=shows)
