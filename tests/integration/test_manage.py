"""`manage.py` without any settings: the safety check works, everything else says what is missing."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
NOTHING_SET = {"PATH": os.environ["PATH"]}
CASE = (
    '{"id": "a1", "request": {"site": "hamstring-origin", "side": "left", "start": "2026-02-28T10:00:00+00:00"},'
    ' "patient": {"date_of_birth": "1980-05-01"}}\n'
)


def manage(*arguments: str, stdin: str = "", cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHECKOUT / "manage.py", *arguments],
        input=stdin,
        cwd=cwd,
        env=NOTHING_SET,
        capture_output=True,
        text=True,
    )


def test_the_safety_check_needs_no_settings(tmp_path: Path) -> None:
    for done in (manage("assess", "-", stdin=CASE), manage("assess", "-", stdin=CASE, cwd=tmp_path)):
        assert done.returncode == 0, done.stderr
        assert '"verdict": "blocked"' in done.stdout


def test_a_missing_setting_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text((CHECKOUT / "manage.py").read_text())  # no demo runs beside this copy
    done = subprocess.run(
        [sys.executable, tmp_path / "manage.py", "check"],
        env={**NOTHING_SET, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert "is not set" in done.stderr
