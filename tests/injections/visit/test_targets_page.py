"""The page that adds a target: what may be added, judged afresh; what is blocked changes nothing and says why."""

from __future__ import annotations

from typing import Any

from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import Browser


def test_a_target_is_added_from_the_page_of_the_visit(world: World, reception: Browser) -> None:
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    assert "Add a target" in reception.get("appointment", visit["id"])
    said = reception.get("appointment-targets", visit["id"])
    assert "Bursa" in said
    assert "Beside the tendon (peritendinous)" not in [words for _, words in choices(reception)]
    said = reception.post("appointment-targets", visit["id"], data={"targets": ["bursa"], "revision": "1"})
    assert "Added. The visit was checked again" in said
    assert Appointment.objects.get().injection_request.wanted[0].targets == ("peritendinous", "bursa")


def choices(reception: Browser) -> list[tuple[str, str]]:
    found: Any = reception.last.context["form"].fields["targets"]
    return list(found.choices)


def test_what_is_missing_and_what_is_stale_is_said_and_nothing_is_lost(world: World, reception: Browser) -> None:
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    said = reception.post("appointment-targets", visit["id"], data={"revision": "1"}, expect=422)
    assert "Choose what to add." in said
    typed = {"targets": ["bursa"], "revision": "7"}
    said = reception.post("appointment-targets", visit["id"], data=typed, expect=422)
    assert "was changed" in said
    assert reception.last.context["form"]["targets"].value() == ["bursa"]


def test_a_blocked_one_shows_why_and_asks_for_a_reason(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    visit = world.book(patient, local("2026-03-24"))
    world.clinic.earlier_injection(patient, "2026-03-01")
    data = {"targets": ["bursa"], "revision": str(Appointment.objects.get().revision)}
    said = reception.post("appointment-targets", visit["id"], data=data, expect=200)
    assert "Nothing was added." in said
    assert "Not possible" in said
    assert "Why a radiologist should look at it anyway (required)" in said
    data |= {"override_reason": "The surgeon asks for it"}
    said = reception.post("appointment-targets", visit["id"], data=data)
    assert "sent for review" in said
    assert Appointment.objects.get().status == "pending"


def test_a_visit_that_injects_nothing_or_is_off_has_no_such_page(world: World, reception: Browser) -> None:
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    world.api("reception").post(f"/appointments/{visit['id']}/cancel/", {"reason": "Unwell"})
    assert "Add a target" not in reception.get("appointment", visit["id"])
    reception.get("appointment-targets", visit["id"], expect=302)
