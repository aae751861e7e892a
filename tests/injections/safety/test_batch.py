"""The batch check: a line in, a line out, in order; a bad line does not stop the others."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from injections.safety import batch
from injections.safety.batch import ALL_GOOD, NOT_STARTED, SOME_BAD, main, run
from injections.safety.policy import DEFAULT
from tests.injections.safety.line import EXAMPLE, changed

ROOT = Path(__file__).parents[3]


def answers(*lines: bytes | dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    sent = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    out = io.StringIO()
    result = run(io.BytesIO(sent), out, policy=DEFAULT)
    return result, [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_example_of_the_specification() -> None:
    """Too soon; the dates in between, and everything else it says."""
    result, (answer,) = answers(EXAMPLE)
    assert result == ALL_GOOD
    assert list(answer) == ["id", "verdict", "review_from", "clear_from", "rules_version", "findings"]
    assert (answer["id"], answer["verdict"]) == ("a1", "blocked")
    assert (answer["review_from"], answer["clear_from"]) == ("2026-03-01", "2026-03-30")
    assert [(finding["rule"], finding["severity"]) for finding in answer["findings"]] == [
        ("repeat-interval", "critical"),
        ("injection-history-unknown", "warning"),
        ("rest-window", "warning"),
        ("screening-incomplete", "warning"),
        ("repeat-number", "info"),
        ("diabetes", "info"),
    ]
    assert answer["findings"][0]["message"].startswith("Too soon: ")


def test_lines_are_answered_in_order_and_a_bad_one_does_not_stop_the_rest() -> None:
    """Bad UTF-8, no JSON, an empty line and a list between good ones."""
    result, found = answers(
        EXAMPLE | {"id": "1"}, b"\xff\xfe", b"nope", b"", b"[1]", b"null", EXAMPLE | {"id": 2}, b"{}", EXAMPLE
    )
    assert result == SOME_BAD
    assert [answer["id"] for answer in found] == ["1", None, None, None, None, None, 2, None, "a1"]
    assert ["error" in answer for answer in found] == [False, True, True, True, True, True, False, True, False]
    assert found[1]["error"] == "not UTF-8 at byte 1"
    assert "#/request: is required" in found[7]["error"]


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n", b"\r\n\r\n"])
def test_empty_lines_at_the_end_are_skipped(end: bytes) -> None:
    """Before other lines each is a bad line, so that input and output stay side by side; blanks are no empty line."""
    line = json.dumps(EXAMPLE).encode()
    for sent, count, code in ((line, 1, ALL_GOOD), (b"\n\n" + line, 3, SOME_BAD), (line + b"\n ", 2, SOME_BAD)):
        out = io.StringIO()
        assert run(io.BytesIO(sent + end), out, policy=DEFAULT) == code
        assert len(out.getvalue().splitlines()) == count


def test_a_file_of_nothing_is_no_bad_line() -> None:
    """Nothing was sent, so nothing is answered."""
    for nothing in (b"", b"\n", b"\xef\xbb\xbf\n\n"):
        out = io.StringIO()
        assert (run(io.BytesIO(nothing), out, policy=DEFAULT), out.getvalue()) == (ALL_GOOD, "")


@pytest.mark.parametrize(
    ("text", "line_id", "error"),
    [
        ('{"id": "x", "request": NaN}', "x", "NaN is not a JSON number"),
        ('{"id": "x", "request": -Infinity}', "x", "-Infinity is not a JSON number"),
        ('{"id": "x", "patient": {}, "patient": {}}', "x", "the key 'patient' is given twice"),
        ('{"id": "x", "a": {"b": 1, "b": 1}}', "x", "the key 'b' is given twice"),
        ('{"id": "x", "id": "y"}', None, "the key 'id' is given twice"),
        ('{"id": "x", "a": ' + "[" * 32 + "1" + "]" * 32 + "}", "x", "nested deeper than 32"),
        ('{"id": "x", "a": ' + '{"a":' * 32 + "1" + "}" * 32 + "}", "x", "nested deeper than 32"),
        ('{"id": "x", "a": ' + "[" * 31 + "1" + "]" * 31 + "}", "x", "#/request: is required"),
        ("[" * 100_000, None, "nested deeper than 32"),
        ('{"id": ' + "9" * 5000 + "}", None, "a number has too many digits"),
        ('{"id": "x"} {}', None, "not JSON: Extra data at character 13"),
        ('{"id": "\\ud800"}', "\ud800", "#/request: is required"),
        ('{"id": ""}', None, "#/id: must be text or a whole number"),
        ('{"id": true}', None, "#/id: must be text or a whole number"),
        ('{"id": 1.5}', None, "#/id: must be text or a whole number"),
        ('{"id": null}', None, "#/id: is required"),
    ],
)
def test_what_is_not_strict_json_is_a_bad_line(text: str, line_id: str | None, error: str) -> None:
    """With its id as far as it could be read."""
    result, (answer,) = answers(text.encode())
    assert result == SOME_BAD
    assert answer["id"] == line_id
    assert answer["error"].startswith(error)


def test_line_ends_of_every_kind() -> None:
    """Windows line ends, a byte order mark, and no newline at the end."""
    line = json.dumps(EXAMPLE).encode()
    result, found = answers(b"\xef\xbb\xbf" + line + b"\r", line)
    assert (result, len(found)) == (ALL_GOOD, 2)
    assert run(io.BytesIO(b""), io.StringIO(), policy=DEFAULT) == ALL_GOOD


def test_a_line_that_is_too_long_is_a_bad_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut and dropped, and the next one is judged."""
    line = json.dumps(EXAMPLE).encode()
    monkeypatch.setattr(batch, "LONGEST_LINE_BYTES", len(line))
    result, found = answers(line, line + b" ", line, b" " * 100_000, line)
    assert result == SOME_BAD
    assert [answer.get("verdict") for answer in found] == ["blocked", None, "blocked", None, "blocked"]
    assert "longer than" in found[1]["error"]


def test_many_problems_are_not_all_printed() -> None:
    """The first twenty and a count."""
    _, (answer,) = answers(changed("/injections", [{}] * 25))
    assert answer["error"].endswith("; and 5 more")


def test_it_reads_a_file_or_standard_input(tmp_path: Path) -> None:
    """And says how it is used."""
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(EXAMPLE) + "\n", encoding="utf-8")
    for argv, stdin in (([str(file)], b""), (["-"], file.read_bytes())):
        out = io.StringIO()
        assert main(argv, io.BytesIO(stdin), out, io.StringIO(), {}) == ALL_GOOD
        assert json.loads(out.getvalue())["id"] == "a1"
    for argv, result in (([], NOT_STARTED), (["a", "b"], NOT_STARTED), (["--help"], ALL_GOOD)):
        err = io.StringIO()
        assert main(argv, io.BytesIO(), io.StringIO(), err, {}) == result
        assert "usage" in err.getvalue()


@pytest.mark.parametrize(
    ("argv", "environ", "error"),
    [
        (["no-such-file"], {}, "no-such-file"),
        ([str(ROOT)], {}, "directory"),
        (["-"], {"SAFETY_REST_HOURS": "24"}, "rest_hours must be at least 48 hours"),
    ],
)
def test_what_stops_the_start_is_one_sentence(argv: list[str], environ: dict[str, str], error: str) -> None:
    """On standard error, with exit 2."""
    out, err = io.StringIO(), io.StringIO()
    assert main(argv, io.BytesIO(), out, err, environ) == NOT_STARTED
    assert (out.getvalue(), err.getvalue().count("\n")) == ("", 1)
    assert error in err.getvalue()


def test_a_clinic_s_tightened_thresholds_hold_in_the_batch_too() -> None:
    """It runs what a booking runs."""
    out = io.StringIO()
    line = io.BytesIO(json.dumps(EXAMPLE).encode())
    assert main(["-"], line, out, io.StringIO(), {"SAFETY_REPEAT_CRITICAL_MONTHS": "4"}) == ALL_GOOD
    assert json.loads(out.getvalue())["review_from"] == "2026-03-30"


@pytest.mark.longer
def test_manage_py_assesses_with_nothing_configured() -> None:
    """No database, no broker, no secret."""
    done = subprocess.run(
        [sys.executable, "manage.py", "assess", "-"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        input=json.dumps(EXAMPLE).encode() + b"\nnope\n",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (SOME_BAD, 2, b"")
