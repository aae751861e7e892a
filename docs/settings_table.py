"""Puts the list of settings (pht_clinic/start/settings.toml) into docs/settings.md.

`python docs/settings_table.py`; with `--check` it only says whether that page has it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from pht_clinic.start.listed import table  # noqa: E402

PAGE: Final = CHECKOUT / "docs" / "settings.md"
HEAD: Final = "| setting | default | what it is |\n|---|---|---|\n"


def with_table(text: str) -> str:
    """The page with the table as the list has it."""
    before, head, rest = text.partition(HEAD)
    _, gap, after = rest.partition("\n\n")
    return f"{before}{head}{table()}{gap}{after}"


def main() -> int:
    """0 where the page says what the list does, or does now."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = with_table(text)
    if text == wanted:
        return 0
    if "--check" in sys.argv:
        sys.stderr.write("docs/settings.md: the table is not the list's: python docs/settings_table.py\n")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
