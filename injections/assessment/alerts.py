"""The alerts at the top of every page about a patient, and in short on every line of a list: one value, one place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from injections.assessment.visits import Visit
from injections.facts.alerts import Alerts, alerts_of
from injections.facts.history import History, histories_to_warn, history_to_show
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from scheduling.models import Patient
from scheduling.patients.death import check_may_take_back_death


def alerts_about(patient_id: int, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What a page needs to show a patient's alerts, to whoever sees the page. One query."""
    return alerts_on_page(history_to_show(patient_id, now=now), by=by)


def alerts_of_many(patients: Iterable[Patient], *, now: datetime) -> dict[int, Alerts]:
    """The alerts of several patients, without notes, by the id of each record asked for. One query.

    Whoever looks reads none of somebody who was erased and whom they may not know.
    """
    listed = list(patients)
    none = {one.pk: Alerts((), ()) for one in listed if not one.may_be_known}
    asked = {one.pk: one.kept_id for one in listed if one.pk not in none}
    known = histories_to_warn(set(asked.values()), now=now) if asked else {}
    found = {kept: alerts_of(history) for kept, history in known.items()}
    return none | {pk: found[kept] for pk, kept in asked.items()}


def note_alerts(visits: Iterable[Visit], *, now: datetime) -> None:
    """Put the alerts of its patient on each visit of a list. One query."""
    listed = list(visits)
    found = alerts_of_many((visit.appointment.patient for visit in listed), now=now)
    for visit in listed:
        visit.alerts = found[visit.appointment.patient_id]


def alerts_on_page(history: History, *, by: Actor) -> dict[str, Any]:
    """The same of a history that was read already; no query."""
    return {"about": "injections/assessment/_alerts.html", **alerts_in_page(history, by=by)}


def alerts_in_page(history: History, *, by: Actor) -> dict[str, Any]:
    """The same for a page that has a place of its own for them."""
    alerts = alerts_of(history)
    why = why_not(check_may_take_back_death, alerts.death, by=by, now=history.now)
    return {"alerts": alerts, "may_take_back_death": not why}
