"""Whether a demo runs, and with which settings."""

from pathlib import Path

import pytest

from pht_clinic.demo.running import DemoError, only_demo_in, published, settings_of_the_running_demo


def test_settings_are_found_while_the_demo_runs_and_gone_afterwards(tmp_path: Path) -> None:
    with only_demo_in(tmp_path), published({"DATABASE_URL": "postgres://x@/pht?host=/tmp"}, tmp_path):
        assert settings_of_the_running_demo(tmp_path) == {"DATABASE_URL": "postgres://x@/pht?host=/tmp"}
    assert settings_of_the_running_demo(tmp_path) == {}


def test_settings_that_a_killed_demo_left_behind_are_not_used(tmp_path: Path) -> None:
    with only_demo_in(tmp_path):
        pass
    (tmp_path / "demo.env").write_text("DATABASE_URL=postgres://gone\n")
    assert settings_of_the_running_demo(tmp_path) == {}


def test_only_the_own_user_can_read_the_settings(tmp_path: Path) -> None:
    with only_demo_in(tmp_path), published({"SECRET_KEY": "s"}, tmp_path):
        assert (tmp_path / "demo.env").stat().st_mode & 0o077 == 0


def test_a_second_demo_in_one_checkout_is_refused_with_one_sentence(tmp_path: Path) -> None:
    with only_demo_in(tmp_path), pytest.raises(DemoError, match=r"already runs here \(process \d+\)"):
        with only_demo_in(tmp_path):
            pass
