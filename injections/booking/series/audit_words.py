"""What the audit trail calls the entries of a series. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register

DONE: Final = {"series-booked": "Several visits booked at once"}
SEEN: Final = {
    "api-series": "booking a series, by the API",
    "api-series-cancel": "cancelling what is left of a series, by the API",
    "api-series-check": "dates of a series, by the API",
    "api-series-move": "moving what is left of a series, by the API",
    "api-series-one": "series, by the API",
    "booking-series": "booking several visits",
    "visit-series": "visits of one series",
    "visit-series-cancel": "cancelling visits of one series",
    "visit-series-move": "moving visits of one series",
}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about={})
