"""The refusal of an injection against what its patient said last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from injections.visit.consent.withdrawal import Withdrawn, withdraw_consent
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import PROCEDURE
from tests.scenarios.api_bodies import procedure_at
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row


@row("consent-withdrawn")
def consent_withdrawn(world: World) -> Iterator[Door]:
    """Said at the step that asks for consent, and to a program that records the injection."""
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient(), local("2026-03-02", "10:00")).appointment
    assert visit is not None
    withdraw_consent(visit.pk, Withdrawn("The patient", "phone"), by=clinic.reception, now=clinic.now)
    world.at(visit.start_at + timedelta(hours=1))
    client, says = at(world, "radiologist"), "The patient withdrew consent to this injection."
    yield ByPage(client=client, name="procedure-step", args=[visit.pk, "consent"], data=PROCEDURE["consent"], says=says)
    path = f"/appointments/{visit.pk}/procedure/"
    yield ByApi(api=world.radiologist, path=path, body=procedure_at(), says=says)
