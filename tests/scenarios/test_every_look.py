"""What a look costs and what it leaves: its weight on the wire, one row that says who saw whom, and nothing else."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pht_clinic.audit.models import Entry
from scheduling.audit.words import SEEN
from scheduling.models import Patient
from tests.api_world import World
from tests.conftest import Share
from tests.pages_world import browser, raw_codes, text_of
from tests.scenarios.every_ask import ADMIN, Everybody
from tests.scenarios.queries_world import NOON, Filled
from tests.trials import every_url
from tests.trials.every_url import PAGES, WORDS

MOST_KB: Final = 40
LEADS_ON: Final = {"procedure"}
SHOW_A_LINK: Final = {"aftercare-sheet", "message-letter"}
NOTED_AT_THE_DOOR: Final = {"access-refused", "feed-read"}
"""By one statement that counts and stores, so that nobody fills the trail."""
PARTS: Final = re.compile(r'(?:src|href)="/static/([^"?]+)"')


@cache
def weight_of_part(name: str) -> int:
    found = finders.find(name)
    assert found, name
    return len(gzip.compress(Path(found).read_bytes(), 6))


def weight(html: bytes) -> int:
    """On a first visit, in bytes: itself, its style, its scripts and its icon, each gzipped."""
    return len(gzip.compress(html, 6)) + sum(map(weight_of_part, set(PARTS.findall(html.decode()))))


def is_write(sql: str) -> bool:
    """Whether a statement changes anything but when its session was last used, and how often a program asked."""
    is_counted = "django_session" in sql or "web_guesscount" in sql
    return sql.split()[0] in ("INSERT", "UPDATE", "DELETE") and not is_counted


def looked_since(last: int, *, writes: int, shows_link: bool) -> list[tuple[str, str]]:
    """The one row, or none, that a look has left, which it wrote and nothing else; but for that it showed a link."""
    rows = Entry.objects.filter(pk__gt=last).exclude(verb__in=NOTED_AT_THE_DOOR)
    noted = list(rows.values_list("verb", "subject"))
    assert len(noted) == writes, (
        f"{writes} statements wrote, the trail has {noted}: a look writes its one row and nothing else"
    )
    assert [verb for verb, _ in noted].count("patient-link-shown") == shows_link
    looked = [one for one in noted if one[0] != "patient-link-shown"]
    assert [verb for verb, _ in looked] in ([], ["viewed"]), (
        "A page that shows patients is one `viewed` row, any other none"
    )
    return looked


def test_a_look_is_light_and_leaves_one_row_that_has_words(
    world: World, settings: Any, share: Share, subtests: pytest.Subtests
) -> None:
    """Everything that can be looked at, by everybody who may; but for the stock admin and the API's weight.

    A page says everything in words, never in a code, but for what it shows as one: names of commands and settings. A
    row is written exactly where a patient is named; a patient's own pages and parts of pages are about one unnamed. One
    more says that a patient's link was shown.
    """
    settings.METRICS_TOKEN = "known"
    filled = Filled(world.clinic)
    filled.fill()
    filled.more_of_the_first()
    world.at(NOON)
    names = set(Patient.objects.values_list("family_name", flat=True))
    named: set[str] = set()
    weighed = 0
    for name, ask in share.of(Everybody(world, filled).asks(), one_in=8):
        if name.startswith(ADMIN):
            continue
        with subtests.test(f"{name} by {ask.who}"):
            last = Entry.objects.latest("pk").pk
            with CaptureQueriesContext(connection) as queries:
                response = ask.answer()
            noted = looked_since(
                last, writes=sum(is_write(one["sql"]) for one in queries), shows_link=name in SHOW_A_LINK
            )
            named |= {subject for _, subject in noted}
            is_page = response.headers.get("Content-Type", "").startswith("text/html") and response.status_code == 200
            if is_page and not ask.address.startswith("/api/"):
                weighed += 1
                assert weight(response.content) <= MOST_KB * 1000, f"more than {MOST_KB} kB on a first visit, gzipped"
                shows = any(one in response.content.decode() for one in names)
                assert noted or not shows, "a page shows patients and leaves no row on the trail"
                assert not raw_codes(text_of(response, but="code")), "a page shows codes"
                assert shows or not noted or ask.who == "patient" or ask.headers
    assert weighed > share.at_least(100, one_in=8)
    assert len(named) > share.at_least(60, one_in=8)
    assert named <= SEEN.keys(), "Say in the words of the trail what somebody saw there (SEEN)"


def test_what_a_page_loads_counts() -> None:
    """The control: style and scripts are found in it, and are most of what there is."""
    html = b'<link href="/static/clinic/clinic.css"><script src="/static/django_htmx/htmx-2.min.js"></script>'
    assert 15_000 < weight(html) < MOST_KB * 1000


def test_the_stylesheet_is_one_and_small(settings: Any) -> None:
    """Every text has one of the sizes that are named, and each colour its value in the dark."""
    halves = ("pht_clinic/static", "injections", "scheduling")
    (path,) = (one for half in halves for one in (settings.BASE_DIR / half).rglob("*.css"))
    sheet = path.read_text(encoding="utf-8")
    assert len(sheet.encode()) < 40_000
    after_tokens = sheet[sheet.index("@layer base {") : sheet.index("@layer print {")]
    assert re.findall(r"font-size: [\d.]+rem", after_tokens) == []
    dark = sheet[sheet.index("@media (prefers-color-scheme: dark)") :]
    light = sheet[sheet.index(":root") : sheet.index("@media (prefers-color-scheme: dark)")]
    colours = re.findall(r"(--[a-z-]+): #", light)
    assert len(colours) > 20
    assert [name for name in colours if f"{name}: #" not in dark] == []


def test_what_does_not_exist_is_not_found(world: World, share: Share, subtests: pytest.Subtests) -> None:
    for address in share.of(every_url.addresses(), one_in=4):
        if address.name not in PAGES.keys() - LEADS_ON or not any(part.endswith("_id") for part in address.parts):
            continue
        with subtests.test(address.name):
            there = reverse(address.name, args=[WORDS.get(part, 987654321) for part in address.parts])
            client = browser(world.clinic.users[min(PAGES[address.name])]).client
            response = client.get(there)
            if response.status_code == 405:
                response = client.post(there, {"reason": "Phoned."})
            assert response.status_code == 404
