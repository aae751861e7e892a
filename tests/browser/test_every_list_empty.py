"""Every list with nothing on it: it says so, and what to do next, and is as accessible as a full one."""

from __future__ import annotations

from typing import Final

import pytest

from tests.browser.conftest import Sits
from tests.browser.looking import listen, problems
from tests.conftest import Share

EMPTY: Final = {
    "reception": {
        "/": "Nothing is booked after today.",
        "/calendar/": "Book the first visit of the day",
        "/calendar/week/": "No visits",
        "/waiting/": "Nothing waits for answers.",
        "/calls/": "There is nobody to phone.",
        "/to-be-moved/": "Every booked visit has its place.",
        "/no-outcome/": "Every visit has its outcome.",
        "/links/closed/": "No link is closed.",
        "/messages/": "No message is waiting.",
    },
    "radiologist": {
        "/": "Nothing is booked today.",
        "/reviews/": "Nothing is waiting for review.",
        "/statistics/overrides/": "Nothing was counted in these weeks.",
        "/batches/?batch=MP-123": "Nobody was given anything from this batch here.",
    },
    "manager": {
        "/": "Nothing is booked today.",
        "/clinic/closures/": "Nothing is closed apart from bank holidays and days without sessions.",
        "/audit/export/": "You have not asked for a file",
        "/incidents/": "No incidents are recorded.",
        "/audit/unusual/": "Nobody stands out.",
        "/clinic/webhooks/": "No other system is told anything yet.",
        "/clinic/import/": "Nothing has been imported yet.",
    },
}


LEADS_NOWHERE: Final = frozenset(
    {
        # days and fields to choose others stand above it
        "/calendar/week/",
        "/batches/?batch=MP-123",
        # they fill by themselves
        "/messages/",
        "/to-be-moved/",
        # the file to bring in is chosen above it
        "/clinic/import/",
    }
)
"""Lists without a next step. Every other one has it as a link."""


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("who", EMPTY)
def test_an_empty_list_says_what_to_do_next(who: str, sit: Sits, share: Share, subtests: pytest.Subtests) -> None:
    desk = sit(who)
    said = listen(desk.page)
    for path, words in share.of(EMPTY[who].items(), one_in=4):
        with subtests.test(path):
            said.clear()
            desk.go(path).says(words)
            leads_on = desk.main.locator(".empty a[href]").count() > 0
            assert leads_on is (path not in LEADS_NOWHERE)
            found = problems(desk.page)
            assert not [*found, *said]
