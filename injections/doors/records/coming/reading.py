"""A file as rows: what it is, its columns, and its lines in parts that are worked on one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError

from injections.doors.records.coming.bundled import is_document, resources_of
from injections.models import RecordImport
from pht_clinic.errors import Refusal
from pht_clinic.web.api.json_parser import parse
from pht_clinic.web.csv_reading import Unreadable, lines_of, rows_of

LINES_OF_A_PART: Final = 100
MOST_COLUMNS, LONGEST_COLUMN = 200, 200
FORMAT: Final = "pht-clinic/"
READS: Final = "pht-clinic/1"
"""Of our own JSON Lines, the version that is read (docs/doors/records.md)."""

Numbered = tuple[int, Any]
"""The number of the line in the file, and its cells or its text."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file is, and its lines, read as they are asked for. `digest` is the SHA-256 of the file."""

    digest: str
    form: str
    header: list[str]
    lines: Iterator[Numbered]

    def parts(self) -> Iterator[list[Numbered]]:
        """The lines, so many at a time."""
        while part := list(islice(self.lines, LINES_OF_A_PART)):
            yield part


def read(file: IO[bytes]) -> Read:
    """Begin to read a file: one FHIR Bundle, JSON Lines where it begins like an object, else CSV.

    Raises: Unreadable, then or as the lines are asked for.
    """
    digest = digest_of(file)
    if is_document(file):
        return Read(digest, RecordImport.Form.FHIR, [], resources_of(file))
    lines = lines_of(file)
    first = next(lines, "")
    if not first.strip():
        raise Unreadable("The file is empty." if not first else "The first line is empty. It has to name the columns.")
    if first.lstrip().startswith("{"):
        return Read(digest, _form_of(first), [], _texts(chain([first], lines)))
    rows = rows_of(chain([first], lines))
    header = next(rows)[1]
    return Read(digest, RecordImport.Form.CSV, _header(header), rows)


def digest_of(file: IO[bytes]) -> str:
    """The SHA-256 of a file, hexadecimal; it stands at its beginning afterwards."""
    file.seek(0)
    whole = hashlib.sha256()
    while block := file.read(1 << 20):
        whole.update(block)
    file.seek(0)
    return whole.hexdigest()


def _texts(lines: Iterator[str]) -> Iterator[Numbered]:
    return ((number, text.strip()) for number, text in enumerate(lines, start=1) if text.strip())


def _form_of(first: str) -> RecordImport.Form:
    """Resources or lines of ours, by the first line. A file of ours of another version is refused as a whole; what
    cannot be read is refused as a line. Raises: Unreadable.
    """
    try:
        said = parse(first.encode())
    except (ParseError, Refusal):
        return RecordImport.Form.JSON_LINES
    if isinstance(said.get("resourceType"), str):
        return RecordImport.Form.FHIR
    version = said.get("format")
    if isinstance(version, str) and version.startswith(FORMAT) and version != READS:
        raise Unreadable(f"The file is of the format {version[:40]}. This version reads {READS}.")
    return RecordImport.Form.JSON_LINES


def _without_end(cells: list[str]) -> list[str]:
    """Without empty cells at the end, which spreadsheets leave."""
    last = max((at for at, cell in enumerate(cells) if cell.strip()), default=-1)
    return cells[: last + 1]


def _header(cells: list[str]) -> list[str]:
    """The names of the columns, none twice. Raises: Unreadable."""
    named = [cell.strip() or f"Column {number}" for number, cell in enumerate(_without_end(cells), start=1)]
    if len(named) > MOST_COLUMNS:
        raise Unreadable(f"The file has {len(named)} columns. At most {MOST_COLUMNS} are read.")
    if long := [name for name in named if len(name) > LONGEST_COLUMN]:
        raise Unreadable(f"The name of a column is longer than {LONGEST_COLUMN} characters: {long[0][:40]}…")
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise Unreadable(f"Two columns have the same name: {', '.join(twice)[:200]}.")
    return named
