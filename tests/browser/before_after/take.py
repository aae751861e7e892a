"""Takes a picture of every main page, wide and narrow, of the checkout it lies in. No test of the suite.

`INTO=folder NAME=after python -m pytest tests/browser/before_after/take.py`; the page of docs/screenshots/before-after
says how the two sets there were taken. Pages, people and the day are the same each time: those of `fill`.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from scheduling.models import Patient
from scheduling.patients import link
from tests.browser.before_after.shown import HEIGHTS, WORDS
from tests.browser.conftest import House, Sits
from tests.browser.filled import Filled, fill
from tests.browser.test_nothing_jumps import main_pages

COLOURS: Final = 64
SETTLED: Final = "() => document.fonts.ready.then(() => new Promise((done) => setTimeout(() => done(true), 400)))"
"""Parts that a page fetches by itself, as it opens, are there by then."""


@pytest.fixture(scope="module")
def given(house: House) -> Filled:
    return fill(house)


@pytest.fixture(scope="module")
def born(given: Filled) -> str:
    """What the patient of the link types; read before a browser is there."""
    born_on = Patient.objects.get(pk=given.patient("booked")).date_of_birth
    return f"{born_on.day} {born_on.month} {born_on.year}"


def pages_to_show(given: Filled) -> dict[str, tuple[str, str]]:
    """By name: who opens it, and where it is; nobody signs in for the way in and a patient's own pages."""
    booked = given.visits["booked"]
    own = f"/p/{link.token_of(booked.pk, booked.link_version)}/"
    return main_pages(given) | {
        "sign-in": ("", "/account/sign-in/"),
        "patient-link": ("", own),
        "patient-page": ("", own),
    }


def written(shot: bytes, file: Path) -> None:
    """As a WebP of few colours, without loss: letters stay sharp."""
    file.parent.mkdir(parents=True, exist_ok=True)
    few = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.convert("RGB").save(file, lossless=True, quality=80, method=4)


@pytest.mark.parametrize("width", list(HEIGHTS))
def test_takes_every_main_page(given: Filled, born: str, sit: Sits, width: int, subtests: pytest.Subtests) -> None:
    """One file for each page, in a folder named by width and set; `ONLY=home` takes one."""
    folder = Path(os.environ["INTO"]) / f"{width}-{os.environ['NAME']}"
    pages = pages_to_show(given)
    assert pages.keys() == WORDS.keys()
    for name, (who, path) in pages.items():
        if os.environ.get("ONLY", name) != name:
            continue
        with subtests.test(name):
            desk = sit(who, width=width).go(path)
            if name == "patient-page":
                desk.fill(born_on=born)
                desk.main.locator("form button[type=submit]").first.click()
                desk.page.wait_for_load_state()
            desk.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            assert desk.page.evaluate(SETTLED)
            written(desk.page.screenshot(animations="disabled", caret="hide"), folder / f"{name}.webp")
