"""The words beside the timeline's drawing: what each entry was, and until when its interval and its rest last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from injections import words
from injections.safety.dates import in_words

_STARTS = {
    "own": "Given here",
    "elsewhere": "Given elsewhere",
    "patient-reported": "Reported by the patient",
    "without-outcome": "Visit without an outcome, counts as given",
}


def heading(lane: dict[str, Any]) -> str:
    """The area and side of a lane."""
    if not lane["area"]:
        return "Elsewhere in the body"
    return f"{words.AREA_NAMES[lane['area']]}, {words.SIDES[lane['side']].lower()}"


def interval_words(lane: dict[str, Any], today: date) -> str:
    """When the interval after what was given in a lane lets the next one be; "" where nothing was."""
    review_from, clear_from = date_of(lane.get("review_from")), date_of(lane.get("clear_from"))
    if review_from is None or clear_from is None:
        return ""
    if clear_from <= today:
        return f"Interval after given injections: free since {day_in_words(clear_from)}"
    review = "" if review_from <= today else f"radiologist review from {day_in_words(review_from)}, "
    return f"Interval after given injections: {review}free from {day_in_words(clear_from)}"


def entry_words(entry: dict[str, Any], today: date) -> str:
    """What an entry was, and until when it is too soon, needs review, or rests."""
    return ". ".join(part for part in (_what(entry), _zone_words(entry, today), _rest_words(entry, today)) if part)


def _what(entry: dict[str, Any]) -> str:
    site = words.SITE_NAMES[entry["site"]].lower()
    if entry["kind"] != "given":
        on = day_in_words(date_of(entry["latest"]))
        start = {"booked": "Booked for", "cancelled": "Cancelled visit of"}[entry["kind"]]
        start = "Missed visit of" if entry.get("status") == "noshow" else start
        return f"{start} {on}, {site}"
    side = ", side not known" if entry["side"] == "unknown" else ""
    return f"{_STARTS[entry['origin']]}, {given_words(entry)}, {site}{side}{_why_not(entry)}"


def given_words(entry: dict[str, Any]) -> str:
    """When it was given, as it was said, with the day that it counts as."""
    return words.given_in_words(entry["given"], date_of(entry["latest"]), counts=entry["counts"])


def _why_not(entry: dict[str, Any]) -> str:
    if entry["counts"]:
        return ", given in part" if entry["status"] == "part-given" else ""
    return ", not a steroid: does not count" if entry["status"] != "not-given" else ", not given after all"


def _zone_words(entry: dict[str, Any], today: date) -> str:
    if "review" not in entry:
        return ""
    review_from, clear_from = date_of(entry["review"]["from"]), date_of(entry["review"]["until"])
    if clear_from is None or review_from is None or clear_from <= today:
        return ""
    soon = "" if review_from <= today else f"Too soon before {day_in_words(review_from)}, "
    return f"{soon}{'review' if soon else 'Review'} before {day_in_words(clear_from)}"


def _rest_words(entry: dict[str, Any], today: date) -> str:
    if not entry.get("rest"):
        return ""
    until = datetime.fromisoformat(entry["rest"]["until"])
    return f"Rest {entry['rest']['hours']} hours" if until.date() >= today else ""


def day_in_words(day: date | None) -> str:
    """A date in words; "" for none."""
    return in_words(day) if day else ""


def date_of(text: str | None) -> date | None:
    """A date as the data gives it; None where there is none."""
    return date.fromisoformat(text) if text else None
