"""The example line of the batch check, and lines that differ from it."""

import copy
from typing import Any

EXAMPLE: dict[str, Any] = {
    "id": "a1",
    "request": {
        "kind": "injection",
        "site": "hamstring-origin",
        "side": "left",
        "start": "2026-02-28T10:00:00+00:00",
        "end": "2026-02-28T10:30:00+00:00",
        "targets": ["peritendinous"],
        "ultrasound_guided": True,
        "includes_scan": False,
    },
    "patient": {"date_of_birth": "1980-05-01", "open_warning_sign": False},
    "injections": [
        {
            "site": "ischiogluteal-bursa",
            "side": "left",
            "given": "2025-11-30",
            "steroid": True,
            "status": "given",
            "ended_at": None,
            "recorded_on": None,
            "rest_hours": None,
            "rest_reason": None,
        }
    ],
    "booked": [
        {
            "site": "hip-joint",
            "side": "right",
            "start": "2026-08-01T09:00:00+01:00",
            "end": "2026-08-01T09:30:00+01:00",
            "rest_hours": None,
        }
    ],
    "loading": [{"kind": "physiotherapy", "start": "2026-03-02T10:30:00+00:00"}],
    "activities": [{"kind": "sport", "start": "2026-03-01T09:00:00+00:00", "agreed_to_move": False}],
    "screening": {
        "answered_at": "2026-02-20T12:00:00+00:00",
        "answers": {"fever": "no", "diabetes": "yes"},
        "onset": "gradual",
        "injury_on": None,
        "main_pain_site": "sit-bone",
        "pain_side": "left",
        "diabetes_poorly_controlled": "no",
        "surgery_on": None,
        "next_event_on": None,
        "blood_thinner_kind": None,
        "inr": None,
        "inr_on": None,
        "answered": {"fever": "2026-02-27T09:00:00+00:00"},
    },
    "pathway": {
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "not_possible_reason": None,
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
    },
    "decisions": [
        {
            "outcome": "delay",
            "decided_on": "2026-01-10",
            "until": "2026-02-20",
            "area": "ischial-tuberosity",
            "side": "left",
        }
    ],
    "reports": [
        {
            "modality": "ultrasound",
            "area": "ischial-tuberosity",
            "side": "left",
            "performed_on": "2026-02-01",
            "tendinopathy": "yes",
            "bursitis": "no",
            "tear": "none",
            "tear_grade": None,
            "tear_size_mm": None,
            "other_diagnosis": "none",
        }
    ],
}

LEFT_OUT = object()


def changed(path: str, value: object) -> dict[str, Any]:
    """The example with one value replaced, such as changed("/request/side", "both"), or LEFT_OUT."""
    line = copy.deepcopy(EXAMPLE)
    *way, last = path.removeprefix("/").split("/")
    place: Any = line
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is LEFT_OUT:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return line
