"""Log lines without personal data.

The text of an exception often quotes the values that caused it (PostgreSQL names the key that was
doubled), so a traceback is printed as type and places only. Messages are the code's own. The address of a patient's
page is half of a key to it: its token is left out. What somebody wrote cannot begin a line of its own.
"""

import logging
import re
import time
import traceback
from types import TracebackType

from pht_clinic.audit.request_id import request_id

_PATIENT_LINK = re.compile(r"(/p/|/[kK]/)(?:o/)?[^/\s]+")
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """`2026-03-12T09:20:00Z INFO logger request-id message`, then the places of an exception."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        record.request = request_id.get() or "-"
        # another formatter may have stored a text with the exception's message
        record.exc_text = None
        return _PATIENT_LINK.sub(r"\1…", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        return escaped(super().formatMessage(record))

    def formatException(self, ei: _ExcInfo) -> str:
        return "\n".join(_places(ei[1])) if ei[1] is not None else ""


def escaped(text: str) -> str:
    """The text on one line, as a log can show it: control characters, and others that nobody sees, are spelt out."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _places(error: BaseException) -> list[str]:
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += [*_places(cause), "  which led to"]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {frame.filename}:{frame.lineno} {frame.name}")
    code = getattr(error, "sqlstate", None)
    lines.append(f"{type(error).__module__}.{type(error).__qualname__}" + (f" [{code}]" if code else ""))
    return lines
