"""The one clock, and the file that shifts it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from pht_clinic import clock
from pht_clinic.web.middleware import OneInstant


@pytest.fixture
def offset_file(tmp_path: Path, settings: Any) -> Path:
    settings.CLOCK_OFFSET_FILE = str(tmp_path / "offset")
    return tmp_path / "offset"


def test_now_is_aware_and_in_utc(settings: Any) -> None:
    settings.CLOCK_OFFSET_FILE = ""
    assert clock.now().tzinfo is dt.UTC


def test_the_file_is_read_at_every_call(offset_file: Path) -> None:
    before = clock.now()
    offset_file.write_text("86400")
    assert dt.timedelta(days=1) <= clock.now() - before < dt.timedelta(days=1, seconds=30)
    offset_file.write_text("-3600.5\n")
    assert clock.now() < before


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_a_missing_or_empty_file_means_no_shift(offset_file: Path, text: str | None) -> None:
    if text is not None:
        offset_file.write_text(text)
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)


def test_a_file_without_a_number_is_an_error(offset_file: Path) -> None:
    offset_file.write_text("soon")
    with pytest.raises(ValueError, match="soon"):
        clock.now()


def test_today_is_the_clinics_day(offset_file: Path, settings: Any) -> None:
    """In Kiritimati (UTC+14) and in Niue (UTC-11) it is never the same day."""
    settings.CLINIC_TIME_ZONE = "Pacific/Kiritimati"
    east = clock.today()
    settings.CLINIC_TIME_ZONE = "Pacific/Niue"
    assert clock.today() < east


def test_within_a_request_it_is_one_instant(offset_file: Path) -> None:
    """Also where the clock is shifted meanwhile; the next request reads it afresh."""

    def view(request: HttpRequest) -> HttpResponse:
        first = clock.now()
        offset_file.write_text("7200")
        return HttpResponse(f"{first.isoformat()} {clock.now().isoformat()}")

    ask = OneInstant(view)
    first, second = ask(HttpRequest()).content.decode().split()  # type: ignore[attr-defined]
    assert first == second
    assert clock.now() - dt.datetime.fromisoformat(first) > dt.timedelta(hours=1)


def test_every_request_is_held(settings: Any) -> None:
    assert "pht_clinic.web.middleware.OneInstant" in settings.MIDDLEWARE
