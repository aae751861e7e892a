"""What is said after an injection is said of the place that was injected (MES15)."""

from __future__ import annotations

import re
from typing import Final

import pytest

from injections.safety.sites import BOOKABLE_SITES, SITE_BY_CODE
from scheduling.messages import desk
from scheduling.models import Message
from tests.clinic import Clinic
from tests.injections.messages.test_aftercare import booked, clinic, give

__all__ = ["clinic"]
OF_A_TENDON: Final = re.compile(r"\btend(?:on|ons|inous|inopathy)\b", re.IGNORECASE)
OF_THE_SIT_BONE: Final = re.compile(r"hamstring|sit.?bone|cushion|deep squats|Stage 1", re.IGNORECASE)
OF_A_JOINT: Final = re.compile(r"\bthe joint\b")
HAS: Final = {
    "ischial-tuberosity": {OF_A_TENDON, OF_THE_SIT_BONE},
    "greater-trochanter": {OF_A_TENDON},
    "hip-joint": {OF_A_JOINT},
    "sacroiliac-joint": {OF_A_JOINT},
}
"""What the next steps after an injection in each area speak of; every other mail speaks of none of it."""


def mails_of(clinic: Clinic, site: str, side: str = "left") -> dict[str, str]:
    """What each message after an injection there says."""
    target = SITE_BY_CODE[site].default_target
    visit = booked(clinic)
    where = {"site": site, "side": side, "targets": (target,)}
    if site != "hamstring-origin":
        where |= {"confirm_site_change": True, "reason_code": "as-found", "reason": "As found in the scan."}
    done = give(clinic, visit, **where)
    rows = Message.objects.filter(subject=f"patient:{done.injection.patient_id}", status="queued")
    return {row.kind: desk.preview(row).text for row in rows}


@pytest.mark.parametrize("site", BOOKABLE_SITES)
def test_mes15_every_mail_after_an_injection_speaks_of_its_own_place(clinic: Clinic, site: str) -> None:
    said = mails_of(clinic, site)
    assert set(said) == {"aftercare", "flare-check", "day-4", "rest-over", "recovery", "recovery-3-months"}
    found = {
        kind: {words for words in (OF_A_TENDON, OF_THE_SIT_BONE, OF_A_JOINT) if words.search(text)}
        for kind, text in said.items()
    }
    assert found.pop("rest-over") == HAS[SITE_BY_CODE[site].area or ""]
    assert not any(found.values()), found


def test_what_was_planned_before_it_was_said_by_area_speaks_of_no_tendon_where_none_is_known(clinic: Clinic) -> None:
    """Rows of an earlier release name no area; the sit bone's do."""
    mails_of(clinic, "hip-joint")
    row = Message.objects.get(kind="rest-over")
    for name in ("tendon", "joint"):
        del row.values[name]
    text = " ".join(desk.preview(row).text.split())
    assert "does not mean that it has healed" in text
    assert not OF_A_TENDON.search(text)
    row.values["ischial"] = True
    assert "does not mean that the tendon is stronger" in " ".join(desk.preview(row).text.split())
