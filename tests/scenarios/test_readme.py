"""The README names every setting and every command there is."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text()


def test_every_setting_is_in_the_readme() -> None:
    source = (CHECKOUT / "pht_clinic/settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', source))
    missing = sorted(name for name in read if f"`{name}`" not in README)
    assert len(read) > 20
    assert not missing


def test_the_readme_says_of_which_settings_there_is_no_default() -> None:
    source = (CHECKOUT / "pht_clinic/settings.py").read_text()
    rows = re.findall(r"^\| (`[A-Z_`, ]+) \| – \|", README, re.M)
    said = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert said == set(re.findall(r'_required\(\s*"([A-Z_]+)"', source))


def test_every_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`make ([a-z-]+)", README))
    assert named
    assert named <= targets
