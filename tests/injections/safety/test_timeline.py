"""The data behind the timeline picture."""

import json
from typing import Any

from injections.safety.timeline import timeline
from tests.injections.safety.example import clean


def lanes(**facts: Any) -> list[dict[str, Any]]:
    history = clean(**facts)
    found: list[dict[str, Any]] = json.loads(json.dumps(timeline(history.injections, history.booked)))
    return found


def test_an_empty_history_has_no_lanes() -> None:
    """The page then says what to do next."""
    assert lanes() == []


def test_a_lane_per_area_and_side() -> None:
    """Left before right; what lies elsewhere comes last."""
    found = lanes(
        given=(
            {"given": "2026-01-10", "site": "other-site"},
            {"given": "2026-01-10", "side": "right"},
            {"given": "2026-01-10", "side": "both", "site": "hip-joint"},
        ),
        booked=("2026-10-10",),
    )
    assert [(lane["area"], lane["side"]) for lane in found] == [
        ("ischial-tuberosity", "left"),
        ("ischial-tuberosity", "right"),
        ("hip-joint", "left"),
        ("hip-joint", "right"),
        (None, None),
    ]
    assert "too_soon" not in found[-1]["entries"][0]


def test_an_unspecified_hip_site_stands_in_every_lane() -> None:
    """With its side unknown: all eight."""
    assert len(lanes(given=({"given": "2026-01", "site": "hip-region-unspecified", "side": "unknown"},))) == 8


def test_an_exact_injection_with_its_zones() -> None:
    """Too soon for three months, review for one more, then free; rest from its end."""
    (lane,) = lanes(given=({"given": "2026-01-10", "ended_at": "2026-01-10 10:20", "rest_hours": 60},))
    (entry,) = lane["entries"]
    assert entry["is_exact"]
    assert (entry["first"], entry["latest"]) == ("2026-01-10", "2026-01-10")
    assert entry["too_soon"] == {"from": "2026-01-10", "until": "2026-04-10"}
    assert entry["review"] == {"from": "2026-04-10", "until": "2026-05-10"}
    assert entry["rest"] == {"from": "2026-01-10T10:20:00+00:00", "until": "2026-01-12T22:20:00+00:00", "hours": 60}
    assert (lane["review_from"], lane["clear_from"]) == ("2026-04-10", "2026-05-10")


def test_an_approximate_injection_has_zones_from_its_latest_day() -> None:
    """Drawn from its first possible day, counted from its last; it rests from the midnight after."""
    (lane,) = lanes(given=("2026-08",))
    (entry,) = lane["entries"]
    assert not entry["is_exact"]
    assert (entry["first"], entry["latest"]) == ("2026-08-01", "2026-08-31")
    assert entry["too_soon"] == {"from": "2026-08-31", "until": "2026-12-01"}
    assert entry["rest"]["from"] == "2026-08-31T23:00:00+00:00"
    assert entry["rest"]["until"] == "2026-09-02T23:00:00+00:00"
    assert (lane["review_from"], lane["clear_from"]) == ("2026-12-01", "2026-12-31")


def test_recorded_in_the_middle_of_the_month() -> None:
    """It cannot have been later."""
    (lane,) = lanes(given=({"given": "2026-08", "recorded_on": "2026-08-15"},))
    assert lane["entries"][0]["latest"] == "2026-08-15"
    (early,) = lanes(given=({"given": "2026-08", "recorded_on": "2026-07-15"},))
    assert early["entries"][0]["first"] == "2026-07-15"


def test_a_wholly_unknown_date_has_no_zones_and_no_free_date() -> None:
    """It is shown, and the lane names no date."""
    (lane,) = lanes(given=({"given": None}, "2026-01-10"))
    assert lane["entries"][0]["latest"] is None
    assert "too_soon" not in lane["entries"][0]
    assert (lane["review_from"], lane["clear_from"]) == (None, None)


def test_what_does_not_count_is_shown_without_zones() -> None:
    """Not given, or no steroid in it."""
    (lane,) = lanes(given=({"given": "2026-01-10", "steroid": False}, {"given": "2026-01-11", "status": "not-given"}))
    assert [entry["counts"] for entry in lane["entries"]] == [False, False]
    assert all("too_soon" not in entry and "rest" not in entry for entry in lane["entries"])
    assert (lane["review_from"], lane["clear_from"]) == (None, None)


def test_a_booked_one_has_its_zones_and_rest() -> None:
    """By its local date; the lane's dates speak of given ones."""
    (lane,) = lanes(booked=({"start": "2026-06-30 23:30Z", "rest_hours": 72},))
    (entry,) = lane["entries"]
    assert (entry["kind"], entry["first"]) == ("booked", "2026-07-01")
    assert entry["too_soon"]["until"] == "2026-10-01"
    assert entry["rest"]["until"] == "2026-07-04T00:00:00+00:00"
    assert lane["review_from"] is None
