"""The invented record system that the demo lists: what it asks, and who else cannot."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from pht_clinic.demo.record_system import FILES, listed, token_for
from pht_clinic.demo.running import DemoError

CALL = Path(__file__).resolve().parents[3] / "docs" / "doors" / "call.json"
BASE, BOOKING = "http://localhost:8000", "/cds-services/injection-booking"


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    """The folder of a demo that lists it."""
    settings.PUBLIC_BASE_URL = BASE
    for name, value in listed(tmp_path).items():
        setattr(settings, name, [value])
    return tmp_path


def asked(var: Path, address: str = BASE + BOOKING) -> Any:
    headers = {"Authorization": f"Bearer {token_for(address, var)}"}
    return Client().post(BOOKING, CALL.read_bytes(), content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_the_call_of_the_page_gets_cards_and_a_later_day(var: Path) -> None:
    answer = asked(var)
    assert answer.status_code == 200, answer.content
    worst = answer.json()["cards"][0]
    assert worst["indicator"] == "critical"
    assert worst["suggestions"][0]["label"] == "Move to 15 May 2027, when the interval is over"


@pytest.mark.django_db
def test_a_token_for_another_address_is_good_for_nothing(var: Path) -> None:
    assert asked(var, f"{BASE}/cds-services").status_code == 401


@pytest.mark.django_db
def test_each_start_makes_new_keys(var: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = tmp_path_factory.mktemp("before")
    listed(before)
    assert asked(before).status_code == 401


def test_its_keys_are_for_the_demos_user_alone(var: Path) -> None:
    assert {stat.S_IMODE((var / name).stat().st_mode) for name in FILES} == {0o600}


def test_a_folder_that_no_setting_can_name_lists_nobody(tmp_path: Path) -> None:
    assert listed(tmp_path / "PHT, new") == {}


def test_without_a_demo_there_is_nothing_to_sign_with(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="make demo"):
        token_for(BASE + BOOKING, tmp_path)
