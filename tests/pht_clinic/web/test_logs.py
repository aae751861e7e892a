"""A line of the log is one line, whatever somebody wrote, and holds no key to a patient's page."""

import logging
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from pht_clinic.celery import write_lines_of_ours
from pht_clinic.web.logs import LineFormatter, escaped
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
    assert places[0].endswith("test_logs.py:35 test_the_places_of_an_exception_stay_on_lines_of_their_own")
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
        written = line("Not Found: %s", address.url(key))
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
