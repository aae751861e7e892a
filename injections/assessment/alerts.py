"""The alerts at the top of every page about a patient: one value, one place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from injections.facts.alerts import alerts_of
from injections.facts.history import History, history_to_show
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from scheduling.patients.death import check_may_take_back_death


def alerts_about(patient_id: int, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What a page needs to show a patient's alerts, to whoever sees the page. One query."""
    return alerts_on_page(history_to_show(patient_id, now=now), by=by)


def alerts_on_page(history: History, *, by: Actor) -> dict[str, Any]:
    """The same of a history that was read already; no query."""
    return {"about": "injections/assessment/_alerts.html", **alerts_in_page(history, by=by)}


def alerts_in_page(history: History, *, by: Actor) -> dict[str, Any]:
    """The same for a page that has a place of its own for them."""
    alerts = alerts_of(history)
    why = why_not(check_may_take_back_death, alerts.death, by=by, now=history.now)
    return {"alerts": alerts, "may_take_back_death": not why}
