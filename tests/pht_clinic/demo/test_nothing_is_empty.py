"""No main page of the demo is empty: what the past year does not fill is filled by somebody with a story."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from injections.statistics.pages import STATISTICS
from pht_clinic import clock
from pht_clinic.demo.clinic import fill
from pht_clinic.demo.life import year
from pht_clinic.demo.life.acts import BATCH
from tests.browser.test_every_list_empty import EMPTY
from tests.pht_clinic.demo.test_tour import tour

__all__ = ["tour"]
PEOPLE: Final = 24
SEEN_BY: Final = {
    "reception@clinic.example": [
        *("/", "/calendar/", "/calendar/day/", "/calendar/day/?by=room", "/calendar/week/", "/patients/"),
        *("/waiting/", "/calls/", "/recall/", "/waiting-list/", "/messages/", "/physiotherapy/", "/drugs/"),
    ],
    "radiologist@clinic.example": [
        *("/", "/my-list/", "/reviews/", "/calls/", "/messages/", "/statistics/", f"/batches/?batch={BATCH}"),
        *(f"/statistics/{name}/" for name in STATISTICS),
    ],
    "manager@clinic.example": [
        *("/", "/duplicates/", "/audit/", "/messages/", "/clinic/schedules/", "/clinic/staff/", "/clinic/rooms/"),
        *("/clinic/practitioners/", "/statistics/"),
    ],
}
"""By who looks: the pages of their menu and of what Home counts. What is meant to be empty on a good day is not among
them: visits without an outcome, to be moved, alarms that nobody got.
"""
OF_A_DAY: Final = "No visits"
"""Of one day in a week. That the week has some says what it links to."""
SAID_OF_NOTHING: Final = {words for pages in EMPTY.values() for words in pages.values()} - {OF_A_DAY}


@pytest.mark.full_trial
def test_no_main_page_is_empty(tour: Path, smtp_server: Any, subtests: pytest.Subtests) -> None:
    fill(tour)
    present = clock.now()
    for part in range(2):
        year.play_year(part, people=PEOPLE, present=present, told=lambda count, of: None)
    for who, paths in SEEN_BY.items():
        browser = Client()
        browser.post("/demo/be/", {"who": who})
        for path in paths:
            with subtests.test(f"{path} by {who}"):
                answer = browser.get(path, follow=True)
                page = answer.content.decode()
                assert answer.status_code == 200
                assert 'class="empty"' not in page
                assert not [words for words in SAID_OF_NOTHING if words in page]
                assert "calendar" not in path or re.search(r'href="/appointments/\d+/"', page)
