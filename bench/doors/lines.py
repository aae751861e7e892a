"""A million lines of the batch check, one FHIR Bundle in a thousand: how many a second, and in how much memory."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import IO, Final

from bench import measure, record
from injections.safety.questions import QUESTIONS

LINES: Final = int(os.environ.get("BENCH_LINES", "1000000"))
ONE_BUNDLE_IN: Final = 1_000
SAMPLES: Final = 20
MOST_GROWTH: Final = 1.05
CHECKOUT: Final = Path(__file__).resolve().parents[1]
PLACE: Final = {"site": "hamstring-origin", "side": "left"}
START: Final = "2026-02-28T10:00:00+00:00"


def main() -> None:
    """Write to `manage.py assess -` without end, read what it says, and look at its memory on the way."""
    measure.say_machine()
    command = [sys.executable, "manage.py", "assess", "-"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        writer = Thread(target=_write, args=(child.stdin,), daemon=True)
        writer.start()
        sizes, answered = [], 0
        for answered, answer in enumerate(child.stdout, start=1):
            if b'"error"' in answer[:200]:
                raise SystemExit(f"a line could not be read: {answer[:500]!r}")
            if answered % (LINES // SAMPLES) == 0:
                sizes.append(_resident_mb(child.pid))
        writer.join()
    seconds = time.perf_counter() - began
    assert (child.returncode, answered) == (0, LINES)
    measure.say_about(f"{LINES:,} lines through a pipe, one Bundle in {ONE_BUNDLE_IN:,}")
    measure.say_number("lines a second", LINES / seconds)
    measure.say_number(f"resident after the first {LINES // SAMPLES:,}", sizes[0], "MB")
    measure.say_number("resident after the last", sizes[-1], "MB")
    measure.say_ratio("the last to the first", measure.Sample((sizes[-1] / sizes[0],)), at_most=MOST_GROWTH)


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _write(target: IO[bytes]) -> None:
    """Lines that differ in their id, their day of birth and their last injection, so that nothing can be kept."""
    with target:
        for number in range(LINES):
            value = _bundle(number) if number % ONE_BUNDLE_IN == 0 else _line(number)
            target.write(json.dumps(value).encode() + b"\n")


def _line(number: int) -> dict[str, object]:
    return {
        "id": number,
        "request": {**PLACE, "start": START},
        "patient": {"date_of_birth": _day(number, 1940)},
        "injections": [{**PLACE, "given": _day(number, 2025), "steroid": True}],
        "screening": {"answered_at": START, "answers": dict.fromkeys(QUESTIONS, "no"), "onset": "gradual"},
    }


def _bundle(number: int) -> dict[str, object]:
    from injections.doors.coded.body_sites import body_sites
    from injections.doors.coded.concepts import injection_code, own_concept

    where = [concept.model_dump(mode="json") for concept in body_sites(**PLACE)]
    patient = {"reference": f"Patient/{number}"}
    resources = [
        {"resourceType": "Patient", "id": str(number), "birthDate": _day(number, 1940)},
        {
            "resourceType": "Appointment",
            "status": "proposed",
            "start": START,
            "serviceType": [own_concept("service", "injection").model_dump(mode="json")],
            "reasonCode": where,
            "participant": [{"actor": patient, "status": "accepted"}],
        },
        {
            "resourceType": "Procedure",
            "id": f"p{number}",
            "status": "completed",
            "subject": patient,
            "code": injection_code(steroid=True).model_dump(mode="json"),
            "bodySite": where,
            "performedDateTime": _day(number, 2025),
        },
    ]
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "id": f"b{number}", "type": "collection", "entry": entries}


def _day(number: int, year: int) -> str:
    return f"{year + number % 30 if year < 2000 else year}-{1 + number % 12:02}-{1 + number % 28:02}"


if __name__ == "__main__":
    with record.of("doors.lines"):
        main()
