"""A FHIR Bundle as a line of the batch check: the same judgement, line in and line out, in steady memory."""

import gc
import io
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from injections.doors.coded import door
from injections.safety.batch import ALL_GOOD, SOME_BAD, run
from injections.safety.policy import DEFAULT
from tests.injections.doors.coded.case import (
    ALL_WELL,
    HIP,
    ISCHIUM,
    LEFT,
    PATIENT,
    RIGHT,
    STEROID_INTO_JOINT,
    UNMAPPED,
    Json,
    appointment,
    concept,
    condition,
    procedure,
    report,
    request_for,
    response,
)
from tests.injections.safety.line import EXAMPLE

ROOT = Path(__file__).parents[4]


def bundle(*resources: Json, **more: Any) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "id": "b1", "type": "collection", "entry": entries} | more


def answers(*lines: Json) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    sent = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    result = run(io.BytesIO(sent), out, policy=DEFAULT, others=door.OTHER_LINES)
    return result, [json.loads(line) for line in out.getvalue().splitlines()]


def answer(*resources: Json, **more: Any) -> dict[str, Any]:
    result, (found,) = answers(bundle(*resources, **more))
    assert result == (SOME_BAD if "error" in found else ALL_GOOD)
    return found


LINE: Json = {
    "id": "b1",
    "request": {"site": "hamstring-origin", "side": "left", "start": "2026-06-30T09:00:00Z"},
    "patient": {"date_of_birth": "1980-05-01"},
    "injections": [{"site": "hamstring-origin", "side": "left", "given": "2026-04-30", "steroid": True}],
    "booked": [{"site": "hip-joint", "side": "right", "start": "2026-07-14T08:00:00Z"}],
    "loading": [{"kind": "physiotherapy", "start": "2026-07-01T09:00:00Z"}],
    "screening": {
        "answers": {"fever": "no", "diabetes": "yes", "blood_thinner": "yes"},
        "answered": {"fever": "2026-06-28T09:00:00Z"},
        "blood_thinner_kind": "warfarin",
    },
    "pathway": {"physiotherapy": "completed"},
    "reports": [
        {
            "modality": "ultrasound",
            "area": "ischial-tuberosity",
            "side": "left",
            "performed_on": "2026-06-01",
            "tendinopathy": "yes",
            "bursitis": "no",
            "tear": "none",
            "other_diagnosis": "none",
        }
    ],
}
THE_SAME = (
    PATIENT,
    appointment(),
    procedure(STEROID_INTO_JOINT, ISCHIUM, LEFT, performedDateTime="2026-04-30"),
    appointment("injection", concept(HIP), concept(RIGHT), status="booked", start="2026-07-14T08:00:00Z"),
    appointment("physiotherapy", status="booked", start="2026-07-01T09:00:00Z"),
    response({"fever": "no", "physiotherapy": "completed"}),
    condition("44054006"),
    request_for("48603004"),
    report(),
)


def test_a_bundle_is_judged_as_the_line_that_says_the_same() -> None:
    """Finding by finding, date by date; only `unread` stands beside it."""
    _, (ours, theirs) = answers(LINE, bundle(*THE_SAME))
    assert theirs == ours | {"unread": []}
    assert list(theirs)[-1] == "unread"
    assert ours["verdict"] == "blocked"


def test_what_was_not_understood_stands_beside_the_findings() -> None:
    """And somebody of whom all is known is clear all the same."""
    found = answer(PATIENT, appointment(), ALL_WELL, report(), condition(UNMAPPED, id="c1"))
    assert (found["verdict"], found["findings"]) == ("clear", [])
    assert found["unread"] == [
        {"reference": "Condition/c1", "reason": f"code: http://snomed.info/sct|{UNMAPPED} is not in the table of codes"}
    ]


def test_a_bundle_that_says_nothing_is_not_clear() -> None:
    """What is missing is unknown."""
    assert answer(PATIENT, appointment())["verdict"] == "blocked"
    assert answer(PATIENT, appointment("scan-and-injection"))["verdict"] == "review"


@pytest.mark.parametrize(
    ("resources", "more", "error"),
    [
        ((PATIENT, appointment()), {"id": None}, "#/id: is required, here or as the value of an identifier"),
        ((PATIENT,), {}, "#/entry: must hold one Appointment that is proposed, and has 0"),
        ((PATIENT, appointment(), appointment()), {}, "#/entry: must hold one Appointment that is proposed, and has 2"),
        ((appointment(),), {}, "#/entry: must hold one Patient, and has 0"),
        ((PATIENT, PATIENT | {"id": "8"}, appointment()), {}, "#/entry: must hold one Patient, and has 2"),
        ((PATIENT, appointment()), {"type": "transaction"}, "#/type: must be one of collection, document, message, "),
        ((PATIENT, appointment(UNMAPPED)), {}, "#/entry/1/resource/serviceType: must have the code of one of "),
        (
            (PATIENT, appointment(), procedure(status=1)),
            {},
            "#/entry/2/resource/status: Input should be a valid string",
        ),
        ((PATIENT, {"resourceType": "Nonsense"}), {}, "#/entry/1/resource/resourceType: must name a kind of resource"),
        (
            (PATIENT, appointment(), condition(UNMAPPED, subject={"reference": "urn:uuid:1"})),
            {},
            "#/entry/2/resource/subject: refers to no Patient of this Bundle",
        ),
        ((PATIENT, appointment()), {"entry": 5}, "#/entry: "),
    ],
    ids=[
        *("no id", "nothing asked", "two asked", "nobody", "two people", "to be done", "service", "status", "kind"),
        *("stranger", "no list"),
    ],
)
def test_a_bundle_that_cannot_be_judged_is_a_bad_line(resources: tuple[Json, ...], more: Json, error: str) -> None:
    """With its id and every problem; the next line is judged all the same."""
    sent = {key: value for key, value in bundle(*resources, **more).items() if value is not None}
    result, (bad, good) = answers(sent, bundle(*THE_SAME, id="next"))
    assert (result, bad["id"], good["id"]) == (SOME_BAD, more.get("id", "b1"), "next")
    assert bad["error"].startswith(error)


def test_the_id_may_be_an_identifier() -> None:
    """The Bundle's own id comes first."""
    sent = bundle(PATIENT, appointment(), identifier={"system": "https://a.example", "value": "case 7"})
    assert answers(sent)[1][0]["id"] == "b1"
    del sent["id"]
    assert answers(sent)[1][0]["id"] == "case 7"


def test_references_inside_a_bundle_lead_to_its_patient() -> None:
    """By the address of the entry."""
    sent = bundle(PATIENT, appointment(), condition("44054006", subject={"reference": "urn:uuid:1"}))
    sent["entry"][0]["fullUrl"] = "urn:uuid:1"
    assert "diabetes" in {finding["rule"] for finding in answers(sent)[1][0]["findings"]}


def test_a_resource_alone_is_no_line() -> None:
    """Only a Bundle has who, when and where."""
    _, (found,) = answers(PATIENT)
    assert "#/resourceType: is not a known key" in found["error"]


@pytest.mark.longer
def test_lines_are_forgotten_as_they_are_answered(is_full_trial: bool) -> None:
    """Of 400 different lines (200,000 in the full trial) the second half adds less than half of it takes.

    What is kept are the last few thousand dates that were reckoned with.
    """
    count = 200_000 if is_full_trial else 400
    source = Source(_lines(count), looked_at=(count // 2, count))
    tracemalloc.start()
    try:
        assert run(source, Forgotten(), policy=DEFAULT, others=door.OTHER_LINES) == ALL_GOOD  # type: ignore[arg-type]
    finally:
        tracemalloc.stop()
    (halfway, sent_by_then), (at_the_end, sent) = source.sizes
    assert at_the_end - halfway < (sent - sent_by_then) / 2


def _lines(count: int) -> Iterator[bytes]:
    """Bundles and lines of our own in turn, no two alike."""
    for number in range(count // 2):
        one = procedure(STEROID_INTO_JOINT, HIP, id=f"p{number}", performedDateTime=f"{2000 + number % 20}-05-01")
        yield json.dumps(bundle(PATIENT, appointment(), one, id=f"b{number}")).encode() + b"\n"
        yield json.dumps(EXAMPLE | {"id": number}).encode() + b"\n"


class Source:
    """A file that is written while it is read; notes the memory taken, and how much was sent, before some lines."""

    def __init__(self, lines: Iterator[bytes], *, looked_at: tuple[int, int]) -> None:
        self.lines, self.looked_at = lines, looked_at
        self.number = self.sent = 0
        self.sizes: list[tuple[int, int]] = []

    def readline(self, size: int) -> bytes:
        if self.number in self.looked_at:
            gc.collect()
            self.sizes.append((tracemalloc.get_traced_memory()[0], self.sent))
        line = next(self.lines, b"")
        self.number += 1
        self.sent += len(line)
        return line


class Forgotten:
    """Output that nobody keeps."""

    def write(self, text: str) -> None:
        assert text.startswith('{"id": ')

    def flush(self) -> None:
        pass


@pytest.mark.longer
def test_lines_of_our_own_never_load_the_classes_of_fhir() -> None:
    """Loading them takes longer than many lines; nor does a Bundle need Django."""
    code = """
import io, sys
for name in ("django", "rest_framework", "celery", "psycopg", "environ"):
    sys.modules[name] = None
from injections.doors.coded.door import main
for line in sys.stdin.buffer.read().splitlines():
    out = io.StringIO()
    assert main(["-"], io.BytesIO(line), out, environ={}) == 0, out.getvalue()
    print("fhir" in sys.modules)
"""
    sent = b"\n".join(json.dumps(line).encode() for line in (EXAMPLE, bundle(*THE_SAME)))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=sent, capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"True"]


@pytest.mark.longer
def test_manage_py_assesses_bundles_with_nothing_configured() -> None:
    """No database, no broker, no secret."""
    done = subprocess.run(
        [sys.executable, "manage.py", "assess", "-"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        input=json.dumps(bundle(*THE_SAME)).encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["id"], done.stderr) == (ALL_GOOD, "b1", b"")


def test_the_bundle_of_the_pages_is_judged() -> None:
    """Whoever types what docs/doors.md says gets findings, and what was not understood."""
    with (ROOT / "docs" / "doors" / "bundle.jsonl").open(encoding="utf-8") as file:
        (found,) = answers(*map(json.loads, file))[1]
    assert (found["verdict"], found["findings"][0]["rule"]) == ("blocked", "repeat-interval")
    assert [one["reference"] for one in found["unread"]] == ["Condition/c2"]
