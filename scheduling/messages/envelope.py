"""A mail as the bytes that travel: headers and the same content in several forms (RFC 5322, 2045, 2046). Pure.

Lines end in CRLF. Nothing can begin a header of its own: a value with a line break is refused, and what is not ASCII
travels encoded. Written here instead of with the standard library's tree of a message: docs/adr/0010.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable
from email.header import Header

LONGEST_LINE = 998
"""Octets of a line, without its end (RFC 5322, 2.1.1)."""
_FOLDED_AT = 78
_END = "\r\n"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class BadHeader(ValueError):
    """A header that would become two."""


def alternatives(
    headers: Iterable[tuple[str, str]], parts: Iterable[tuple[str, str]], *, boundary: str
) -> bytes:
    """A mail that says the same in several forms, the plainest first; each part is its media type and its text.

    `boundary` must stand in none of the parts; the charset, UTF-8, is added to each media type.

    Raises: BadHeader.
    """
    lines = [header(name, value) for name, value in headers]
    lines.append("MIME-Version: 1.0")
    lines.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    written = ["\r\n".join(lines).encode("ascii"), b"\r\n\r\n"]
    for media_type, text in parts:
        encoding, content = _encoded(text)
        head = f'--{boundary}\r\nContent-Type: {media_type}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}'
        written += [head.encode("ascii"), b"\r\n\r\n", content, b"\r\n"]
    written.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(written)


def header(name: str, value: str) -> str:
    """One header: as it is where it is short ASCII, else encoded and folded. Raises: BadHeader."""
    if _CONTROL.search(value):
        raise BadHeader(f"{name} holds a line break or another control character")
    line = f"{name}: {value}"
    if line.isascii() and len(line) <= _FOLDED_AT:
        return line
    charset = "us-ascii" if value.isascii() else "utf-8"
    return f"{name}: {Header(value, charset, header_name=name, maxlinelen=_FOLDED_AT).encode(linesep=_END)}"


def _encoded(text: str) -> tuple[str, bytes]:
    """The transfer encoding of a text and its octets: as they are, unless a line is too long for a mail server."""
    content = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    encoding = "7bit" if content.isascii() else "8bit"
    if max(map(len, content.split(b"\n"))) > LONGEST_LINE:
        encoding, content = "quoted-printable", quopri.encodestring(content)
    return encoding, content.replace(b"\n", b"\r\n")
