"""Tables of CSV as people send them, read line by line. It writes none: `csv_export.py` does."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO, Final

from pht_clinic.errors import Invalid

LONGEST_LINE: Final = 100_000
"""Bytes of one line of a file. What is longer is no line of a table, and would fill the memory."""
_SEPARATORS: Final = ",;\t"
_DEFUSED: Final = re.compile(r"'(?=\s*[-=+@＝＋－＠])")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Invalid):
    """The file cannot be read; the sentence names the line."""

    code = "unreadable"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


def lines_of(file: IO[bytes]) -> Iterator[str]:
    """Each line of a file of UTF-8, with its end, without the mark that a file may begin with.

    Raises: Unreadable (it is not UTF-8, a line is too long, or holds what cannot be stored).
    """
    for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), start=1):
        if number == 1 and raw.startswith(_WIDE):
            raise Unreadable("The file is in UTF-16. Save it again as “CSV UTF-8”.")
        if len(raw) > LONGEST_LINE:
            raise Unreadable(f"Line {number} is longer than {LONGEST_LINE:,} bytes.")
        if b"\x00" in raw:
            raise Unreadable(f"Line {number} holds a character that cannot be stored.")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"Line {number} is not in UTF-8, at byte {error.start + 1}. Save the file again as “CSV UTF-8”."
            ) from error
        yield text.removeprefix("\ufeff") if number == 1 else text


def rows_of(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line on which it begins; the first is the header.

    The separator is a comma, a semicolon or a tab: what the header has. An apostrophe that keeps a spreadsheet from
    running a cell is taken away. Raises: Unreadable.
    """
    first = next(lines, "")
    reader = csv.reader(chain([first], lines), delimiter=_separator(first), strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"The row that begins on line {begins} is no CSV: {error}.") from error
        if any(cell.strip() for cell in row):
            yield begins, [_DEFUSED.sub("", cell, count=1) if cell.startswith("'") else cell for cell in row]
        begins = reader.line_num + 1


def _separator(header: str) -> str:
    """What the standard library takes it for; a comma where there is but one column."""
    try:
        return csv.Sniffer().sniff(header, delimiters=_SEPARATORS).delimiter
    except csv.Error:
        return ","
