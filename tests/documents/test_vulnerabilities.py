"""What the look-up of known vulnerabilities says, of reports as pip-audit writes them."""

from pathlib import Path
from typing import Any

import pytest

from tests import vulnerabilities
from tests.vulnerabilities import NOTHING, read

FLAW = {"id": "PYSEC-2099-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
SKIPPED = {"name": "other", "skip_reason": "Dependency not found on PyPI and could not be audited: other (1.0)"}


def looked(*told: dict[str, Any]) -> vulnerabilities.Looked:
    return read({"dependencies": list(told), "fixes": []})


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    found = looked({"name": "thing", "version": "1.0", "vulns": [FLAW]}, {"name": "sound", "version": "3", "vulns": []})
    assert found.flaws == ("thing 1.0: PYSEC-2099-1, mended in 2.0",)
    assert found.sentence().startswith("2 packages looked up, 1 known")


def test_what_was_not_looked_up_is_named() -> None:
    found = looked({"name": "sound", "version": "3", "vulns": []}, SKIPPED)
    assert (found.is_reached, found.unknown) == (True, ("other",))
    assert found.sentence().endswith("Not looked up: other.")


def test_a_mirror_without_vulnerabilities_is_no_clean_bill() -> None:
    assert looked(SKIPPED).sentence() == NOTHING.sentence()
    assert "no package was looked up" in NOTHING.sentence()


def test_without_a_network_it_says_so_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert vulnerabilities.main(["requirements.txt"]) == 0
    assert capsys.readouterr().out.strip() == NOTHING.sentence()


def test_a_file_that_cannot_be_read_is_no_clean_bill_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a package without its version."""
    file = tmp_path / "requirements.txt"
    file.write_text("thing\n", encoding="utf-8")
    assert vulnerabilities.main([str(file)]) != 0
    assert "not pinned" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flaws", "code"), [((), 0), (("thing 1.0: PYSEC-2099-1, mended in 2.0",), 1)], ids=["sound", "flaw"]
)
def test_a_known_vulnerability_fails_the_checks(
    monkeypatch: pytest.MonkeyPatch, flaws: tuple[str, ...], code: int
) -> None:
    monkeypatch.setattr(vulnerabilities, "look_up", lambda files: vulnerabilities.Looked(2, (), flaws))
    assert vulnerabilities.main(["requirements.txt"]) == code
