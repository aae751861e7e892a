"""Files that a command at the server writes about patients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

_OWNER_ALONE: Final = 0o600


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file in UTF-8 that its owner alone can read, under its name only once it is whole. Whatever fails leaves what
    stood there before, and nothing else. Raises: OSError.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
