"""What the audit trail calls what is done about imports. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register, register_kinds

DONE: Final = {
    "facts-imported": "Bookings checked by what an import brought",
    "import-begun": "Import begun",
    "import-columns-named": "Columns of a file to import named",
    "import-ended": "Import ended",
    "import-read": "File to import read",
    "import-tried": "Import tried",
    "import-withdrawn": "Import withdrawn",
    "registration-withdrawn": "Registration withdrawn with its import",
}
SEEN: Final = {"import-file": "an import", "import-report": "report of an import"}
ABOUT: Final = {"recordimport": "import"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
    register_kinds(pages={"recordimport": "import-file"})
