"""The README and the page of settings name every setting and every command there is."""

import re
from pathlib import Path

from injections.safety.document import GROUPS
from injections.safety.rules import RULES

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text()
SETTINGS = (CHECKOUT / "docs/settings.md").read_text()


def test_every_setting_is_on_its_page_and_the_readme_leads_there() -> None:
    source = (CHECKOUT / "pht_clinic/settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', source))
    missing = sorted(name for name in read if f"`{name}`" not in SETTINGS)
    assert len(read) > 20
    assert not missing
    assert "(docs/settings.md)" in README


def test_the_page_says_of_which_settings_there_is_no_default() -> None:
    source = (CHECKOUT / "pht_clinic/settings.py").read_text()
    rows = re.findall(r"^\| (`[A-Z_`, ]+) \| – \|", SETTINGS, re.M)
    said = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert said == set(re.findall(r'_required\(\s*"([A-Z_]+)"', source))


def test_every_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`make ([a-z-]+)", README))
    assert named
    assert named <= targets


def test_the_readme_counts_the_rules_as_there_are() -> None:
    assert re.findall(r"(\d+) rules\b", README) == [str(len(RULES))]
    assert len(GROUPS) == 5
    assert "rules in five groups" in README


def test_the_readme_is_a_front_door() -> None:
    """Longer than this nobody reads it; what is longer has a page."""
    assert len(README.splitlines()) < 150
