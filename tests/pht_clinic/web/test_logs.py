"""A line of the log is one line, whatever somebody wrote, and holds no key to a patient's page."""

import json
import logging
import os
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from structlog.contextvars import bound_contextvars

from pht_clinic.audit.request_id import request_id
from pht_clinic.celery import write_lines_of_ours
from pht_clinic.web.logs import JSON, LineFormatter, escaped, format_wanted, formatter
from tests.documents.markdown import ROOT
from tests.trials import every_url


def line(message: str, *values: object) -> str:
    return LineFormatter().format(logging.LogRecord("clinic", logging.INFO, "x.py", 1, message, values, None))


@pytest.mark.parametrize(
    ("sign", "spelt"),
    [("\n", r"\n"), ("\r", r"\r"), ("\x1b", r"\x1b"), ("\u2028", r"\u2028"), ("\u202e", r"\u202e"), ("\x85", r"\x85")],
    ids=["line feed", "return", "escape", "line separator", "right to left", "next line"],
)
def test_what_cannot_be_seen_is_spelt_out(sign: str, spelt: str) -> None:
    written = line("said %s", f"a{sign}2026-01-01T00:00:00Z ERROR all is well")
    assert written.endswith(f" said a{spelt}2026-01-01T00:00:00Z ERROR all is well")
    assert written.isprintable()


def test_letters_of_any_alphabet_stay() -> None:
    assert escaped("Zoë, Łukasz, 李, مريم") == "Zoë, Łukasz, 李, مريم"


def test_the_places_of_an_exception_stay_on_lines_of_their_own() -> None:
    try:
        raise ValueError("Ann\nSmith")
    except ValueError as error:
        record = logging.LogRecord("clinic", logging.ERROR, "x.py", 1, "failed", (), (type(error), error, None))
    first, *places = LineFormatter().format(record).splitlines()
    assert first.endswith(" failed")
    assert places[0].endswith("test_logs.py:43 test_the_places_of_an_exception_stay_on_lines_of_their_own")
    assert places[1:] == ["builtins.ValueError"]


def test_why_a_start_is_refused_is_said() -> None:
    """Of all exceptions the only one whose own words are written: they are about settings."""
    error = ImproperlyConfigured("DEBUG is on.\nSECRET_KEY can be guessed.")
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "x.py", 1, "failed", (), (type(error), error, None))
    assert LineFormatter().format(record).splitlines()[1:] == [
        "django.core.exceptions.ImproperlyConfigured: DEBUG is on.",
        "SECRET_KEY can be guessed.",
    ]


def test_a_handler_that_celery_brings_writes_such_lines() -> None:
    logger = logging.getLogger("a logger that celery set up")
    logger.addHandler(logging.StreamHandler())
    write_lines_of_ours(logger)
    assert isinstance(logger.handlers[0].formatter, LineFormatter)


def test_no_address_that_holds_a_key_shows_it() -> None:
    """Wherever one stands: a new address with a token in it is found here."""
    keyed = [address for address in every_url.addresses() if "token" in address.parts]
    assert len(keyed) > 15
    for address in keyed:
        key = uuid4()
        for written in (line("Not Found: %s", address.url(key)), fields("Not Found: %s", address.url(key))["event"]):
            assert str(key) not in written, address.name
            assert "…" in written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Error handling request GET /patients/7/?text=Ann O'Brien", "Error handling request GET /patients/7/?…"),
        ("127.0.0.1 GET /k/Abc123/ 302", "127.0.0.1 GET /k/…/ 302"),
        (
            "Invalid request from ip=127.0.0.1: Invalid HTTP Header: 'Ann Smith'",
            "Invalid request from ip=127.0.0.1: Invalid HTTP Header:…",
        ),
        ("Invalid request from ip=::1: Request Line is too large (8200 > 4094)", None),
        ("Which of both? Nobody knows", None),
    ],
    ids=["query", "code", "what is no header", "what quotes nothing", "a question"],
)
def test_what_is_kept_of_a_request(said: str, written: str | None) -> None:
    assert line(said).endswith(f" {written or said}")


# -- As JSON -----------------------------------------------------------------------------------------------------------


def fields(message: str, *values: object, error: BaseException | None = None) -> dict[str, Any]:
    """A line as a program reads it; it is one line, whatever is in it."""
    told = (type(error), error, error.__traceback__) if error else None
    written = formatter(JSON).format(logging.LogRecord("clinic", logging.INFO, "x.py", 1, message, values, told))
    assert written.isprintable()
    assert written.isascii()
    read: dict[str, Any] = json.loads(written)
    return read


def test_a_line_is_an_object_with_the_id_of_its_request_and_the_name_of_its_task() -> None:
    known = request_id.set("0123456789abcdef0123456789abcdef")
    try:
        with bound_contextvars(task="scheduling.tasks.drain_outbox"):
            found = fields("%s rows", 7)
    finally:
        request_id.reset(known)
    assert found.pop("at").endswith("Z")
    assert found == {
        "level": "INFO",
        "logger": "clinic",
        "request": "0123456789abcdef0123456789abcdef",
        "task": "scheduling.tasks.drain_outbox",
        "event": "7 rows",
    }


def test_outside_of_both_it_names_neither() -> None:
    known = request_id.set("")
    try:
        assert sorted(fields("said")) == ["at", "event", "level", "logger"]
    finally:
        request_id.reset(known)


def test_what_somebody_wrote_is_in_no_line_of_its_own_and_stays_readable() -> None:
    wrote = 'a\n{"level": "ERROR"}\u2028\x1b'
    assert fields("said %s", wrote)["event"] == f"said {wrote}"


def test_an_exception_is_its_places_and_never_its_words() -> None:
    try:
        try:
            raise ValueError("Key (email)=(anna@patient.example)")
        except ValueError as error:
            raise RuntimeError("anna@patient.example again") from error
    except RuntimeError as error:
        found = fields("failed", error=error)
    assert found["exception"][-1] == "builtins.RuntimeError"
    assert "builtins.ValueError" in found["exception"]
    assert any("test_logs.py:" in place for place in found["exception"])
    assert "anna" not in json.dumps(found)


def test_an_address_loses_its_query_in_an_object_too() -> None:
    assert fields("GET /patients/7/?text=Ann O'Brien")["event"] == "GET /patients/7/?…"


def test_what_a_caller_hands_over_beside_the_message_is_not_written() -> None:
    """A field that somebody adds could hold anything: what a line has is the list above."""
    record = logging.LogRecord("clinic", logging.INFO, "x.py", 1, "said", (), None)
    record.__dict__.update(patient="Ann Lee", request="GET /p/key/", stack_info="Ann Lee", user="Ann Lee")
    assert "Ann" not in formatter(JSON).format(record)
    with bound_contextvars(patient="Ann Lee"):
        assert "Ann" not in formatter(JSON).format(record)


@pytest.mark.parametrize(
    ("said", "kind"), [("", "json"), (" ", "json"), ("TEXT", "text"), ("json", "json"), ("xml", "xml")]
)
def test_what_the_environment_says_is_the_format(said: str, kind: str) -> None:
    assert format_wanted({"LOG_FORMAT": said}) == kind
    assert format_wanted({}) == "json"


def test_a_format_that_there_is_not_stops_the_start() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        env={**os.environ, "LOG_FORMAT": "xml"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert run.returncode != 0
    assert "LOG_FORMAT is neither json nor text: 'xml'." in run.stderr
