"""Rules, thresholds and sources carry one version: none of them changes unseen."""

import ast
import hashlib
from pathlib import Path

import injections.safety
from injections.safety import document
from injections.safety.policy import RULES_VERSION
from tests.injections.safety.tables import ROWS

PINNED = {"1": "60fd157f61b26512", "2": "e2e2d9a126ede0e8"}
"""Per version, the digest of what decides. It stays for ever; a change of what any rule says needs the next version,
which re-assesses every open booking. Only a change that nobody could notice (a name, a comment) may renew a digest."""

DECIDING = (
    *("case.py", "codes.py", "dates.py", "policy.py", "questions.py", "scans.py", "sites.py", "sources.py"),
    "rules/*.py",
)


def digest_of_what_decides() -> str:
    """sha256 over what the deciding modules say, however it is laid out: without comments and line breaks."""
    home = Path(injections.safety.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in DECIDING for path in home.glob(pattern)):
        digest.update(ast.unparse(ast.parse(path.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()[:16]


def test_what_decides_changes_only_with_the_version() -> None:
    """If this fails: raise RULES_VERSION in policy.py and pin the new digest here."""
    assert max(PINNED, key=int) == RULES_VERSION
    assert digest_of_what_decides() == PINNED[RULES_VERSION]


def test_the_document_is_up_to_date() -> None:
    """docs/rules.md is what the registry and the tables say."""
    assert document.TARGET.read_text(encoding="utf-8") == document.rules_markdown(ROWS)


def test_the_document_check_notices_a_change(tmp_path: Path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    """Out of date is exit 1 and one sentence; writing it repairs that."""
    monkeypatch.setattr(document, "ROOT", tmp_path)
    monkeypatch.setattr(document, "TARGET", tmp_path / "rules.md")
    assert document.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert document.main([]) == 0
    assert document.main(["--check"]) == 0
