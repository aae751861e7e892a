"""What Lighthouse says of the main pages, wide and on a phone: `make lighthouse`. Needs npm; no test of the suite.

Each page of `main_pages` as who opens it, the way in, and a patient's own page. All three figures have to be 100;
what was found is printed with each that is not. It measures time: nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings

from scheduling.patients import link
from tests.browser.conftest import House
from tests.browser.filled import Filled, fill
from tests.browser.test_nothing_jumps import main_pages

PROGRAM: Final = Path(__file__).parents[3] / ".venv/lighthouse/node_modules/.bin/lighthouse"
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
FORMS: Final = {"wide": ["--preset=desktop"], "phone": []}
SECONDS: Final = 180


@pytest.fixture(scope="module")
def given(house: House) -> Filled:
    return fill(house)


def looked(url: str, session: str, form: str, chromium: str) -> dict[str, Any]:
    """Lighthouse's report of one page."""
    command = [str(PROGRAM), url, *FORMS[form], "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--chrome-flags=--no-sandbox --headless", "--disable-full-page-screenshot"]
    if session:
        command.append("--extra-headers=" + json.dumps({"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}))
    env = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def found(report: dict[str, Any]) -> list[str]:
    """What keeps a category from 100, by the names of Lighthouse."""
    lost = []
    for name in CATEGORIES:
        for one in report["categories"][name]["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 1:
                lost.append(f"{one['id']}: {audit['title']} {audit.get('displayValue', '')}".strip())
    return lost


@pytest.mark.parametrize("form", list(FORMS))
def test_lighthouse_finds_nothing(
    given: Filled, house: House, chromium: str, form: str, subtests: pytest.Subtests
) -> None:
    """It prints a line for each page: performance, accessibility, best practices."""
    token = link.token_of(given.visits["booked"].pk, given.visits["booked"].link_version)
    pages = main_pages(given) | {"sign in": ("", "/account/sign-in/"), "link": ("", f"/p/{token}/")}
    only = os.environ.get("ONLY", "")
    for name, (who, path) in pages.items():
        if only and only != name:
            continue
        with subtests.test(f"{name}, {form}"):
            report = looked(house.url + path, house.sessions[who] if who else "", form, chromium)
            figures = [round(100 * report["categories"][one]["score"]) for one in CATEGORIES]
            print(f"{form:6} {name:12} {' '.join(f'{one:4}' for one in figures)}", *found(report), sep="\n    ")
            assert figures == [100, 100, 100]
