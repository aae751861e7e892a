"""The version that the product says it is stands in the changelog, which goes back from the newest."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.conf import settings

from tests.documents.markdown import ROOT

HEADING: Final = re.compile(r"## (\d+)\.(\d+)\.(\d+) – (\d{4}-\d\d-\d\d)")


def test_the_version_is_the_newest_release_of_the_changelog() -> None:
    """What comes after it stands above, under Unreleased."""
    titles = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [HEADING.fullmatch(title) for title in titles if title != "## Unreleased"]
    assert titles[0] == "## Unreleased"
    assert all(released), f"not a version and a day: {titles}"
    versions = [tuple(map(int, one.groups()[:3])) for one in released if one]
    days = [date.fromisoformat(one[4]) for one in released if one]
    assert versions == sorted(set(versions), reverse=True)
    assert days == sorted(days, reverse=True)
    assert ".".join(map(str, versions[0])) == settings.VERSION
