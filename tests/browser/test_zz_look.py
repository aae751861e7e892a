"""Temporary: looks."""
from __future__ import annotations
from datetime import timedelta
from typing import Any
import pytest
from injections import booking
from pht_clinic.audit.record import record
from pht_clinic.web import exports
from tests.browser.conftest import House, Sits
from tests.browser.looking import problems
from tests.clinic import local, NOW
from injections.notes import add_note


@pytest.fixture(scope="module")
def given(house: House) -> Any:
    clinic = house.clinic
    a = clinic.fit_patient("Birch")
    v = clinic.book(a, local("2026-03-02", "09:00")).appointment
    b = clinic.fit_patient("Cole")
    w = clinic.book(b, local("2026-03-10", "09:00")).appointment
    add_note(a.pk, text="Hard of hearing: ring twice.", by=clinic.reception, now=NOW)
    c = clinic.fit_patient("Dunn")
    x = clinic.book(c, local("2026-03-11", "09:00")).appointment
    from scheduling.models import Message
    Message.objects.update(status="sent")
    house.at(local("2026-03-02", "09:25"))
    booking.cancel(x.pk, reason="A slip", by=clinic.reception, now=clinic.now)
    Message.objects.update(status="sent", lease_expires_at=None)
    for n in range(2100):
        pass
    return dict(a=a.pk, v=v.pk, w=w.pk, x=x.pk)


def test_look(given: Any, sit: Sits) -> None:
    pages = {
        "procedure": ("radiologist", f"/appointments/{given['v']}/procedure/injection/"),
        "checks": ("radiologist", f"/appointments/{given['v']}/procedure/checks/"),
        "undo": ("reception", f"/appointments/{given['x']}/undo/"),
        "noundo": ("reception", f"/appointments/{given['w']}/undo/"),
        "move": ("reception", f"/appointments/{given['w']}/move/"),
        "patient": ("reception", f"/patients/{given['a']}/"),
        "pathway": ("reception", f"/patients/{given['a']}/pathway/"),
        "notes": ("reception", f"/patients/{given['a']}/notes/"),
        "activity": ("manager", f"/patients/{given['a']}/activity/"),
        "export": ("manager", "/audit/export/"),
        "audit": ("manager", "/audit/"),
        "batch": ("reception", "/batches/?batch=AB1"),
    }
    said = {}
    for width in (1280, 320):
        for name, (who, path) in pages.items():
            desk = sit(who, width=width)
            if width == 320:
                desk.page.emulate_media(color_scheme="dark")
            desk.go(path)
            if name == "procedure":
                desk.fill(volume_ml="2", strength_mg_ml="40", dose_mg="40")
                desk.page.keyboard.press("Tab")
                desk.says("= 80mg, but the dose says 40mg")
            if name == "move":
                desk.fill(on="2026-03-12")
                desk.page.keyboard.press("Tab")
                desk.says("now on Thursday 12 March")
            if width == 1280:
                said[name] = problems(desk.page)
            desk.page.screenshot(path=f"/work/tmp/desk/{name}-{width}.png", full_page=True)
    for name, found in said.items():
        print(name, found)
    assert not any(said.values())
