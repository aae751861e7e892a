"""Every rule with its threshold, source and version, straight from the registry."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse

from injections.assessment import outdated
from injections.facts.policy import effective_policy
from injections.safety.document import GROUPS
from injections.safety.policy import thresholds
from injections.safety.rules import RULES
from pht_clinic import clock
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
    }
    return page(request, "injections/assessment/rules.html", context)
