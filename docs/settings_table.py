"""Puts the list of settings (pht_clinic/start/settings.toml) into the README.

`python docs/settings_table.py`; with `--check` it only says whether the README has it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from pht_clinic.start.listed import table  # noqa: E402

README: Final = CHECKOUT / "README.md"
HEAD: Final = "| setting | default | what it is |\n|---|---|---|\n"


def with_table(text: str) -> str:
    """The README with the table as the list has it."""
    before, head, rest = text.partition(HEAD)
    _, gap, after = rest.partition("\n\n")
    return f"{before}{head}{table()}{gap}{after}"


def main() -> int:
    """0 where the README says what the list does, or does now."""
    text = README.read_text(encoding="utf-8")
    wanted = with_table(text)
    if text == wanted:
        return 0
    if "--check" in sys.argv:
        sys.stderr.write("README.md: the table of settings is not the list's; run python docs/settings_table.py\n")
        return 1
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
