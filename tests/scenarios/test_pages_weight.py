"""What a page weighs on a first visit: itself, its style, its scripts and its icon, each gzipped."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from django.contrib.staticfiles import finders

from tests.api_world import World
from tests.scenarios.every_ask import Everybody
from tests.scenarios.queries_world import NOON, Filled

MOST_KB: Final = 40
PARTS: Final = re.compile(r'(?:src|href)="/static/([^"?]+)"')


@cache
def weight_of_part(name: str) -> int:
    found = finders.find(name)
    assert found, name
    return len(gzip.compress(Path(found).read_bytes(), 6))


def weight(html: bytes) -> int:
    """In bytes."""
    return len(gzip.compress(html, 6)) + sum(map(weight_of_part, set(PARTS.findall(html.decode()))))


def test_every_page_weighs_at_most_40_kb(world: World, subtests: pytest.Subtests) -> None:
    """The clinic's own, with some of everything; neither the stock admin nor the viewer of the API's documentation."""
    filled = Filled(world.clinic)
    filled.fill()
    filled.more_of_the_first()
    world.at(NOON)
    weighed = 0
    for name, ask in Everybody(world, filled).asks():
        if ask.address.startswith(("/api/", "/admin/")):
            continue
        response = ask.answer()
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            weighed += 1
            with subtests.test(f"{name} by {ask.who}"):
                assert weight(response.content) <= MOST_KB * 1000
    assert weighed > 100


def test_what_a_page_loads_counts() -> None:
    """The control: style and scripts are found in it, and are most of what there is."""
    html = b'<link href="/static/clinic/clinic.css"><script src="/static/django_htmx/htmx-2.min.js"></script>'
    assert 15_000 < weight(html) < MOST_KB * 1000
