"""Log lines without personal data.

The text of an exception often quotes the values that caused it (PostgreSQL names the key that was
doubled), so a traceback is printed as type and places only. Messages are the code's own. An address that holds a key
(to a patient's page, to a feed, to fewer mails) is shown without it, and any address without what follows its question
mark. What somebody wrote cannot begin a line of its own.

A line is one JSON object, by structlog, or plain text where LOG_FORMAT says so. Both leave out the same.
"""

import logging
import re
import time
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from pht_clinic.audit.request_id import request_id

JSON, TEXT = "json", "text"
FORMATS: Final = (JSON, TEXT)
_KEY = re.compile(r"(/p/o/|/p/|/[kK]/|/mails-off/|/api/v1/calendar/)[^/\s?'\"]+")
_QUERY = re.compile(r"(/[^\s?]*\?).+")
_QUOTED = re.compile(r"(Invalid request from ip=\S+ [^:\n]*:).+")
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
        return without_values(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        return escaped(super().formatMessage(record))

    def formatException(self, ei: _ExcInfo) -> str:
        return "\n".join(_places(ei[1])) if ei[1] is not None else ""


def format_wanted(environment: Mapping[str, str]) -> str:
    """What LOG_FORMAT says, JSON where it says nothing; settings.py refuses what is no such format."""
    return environment.get("LOG_FORMAT", "").strip().lower() or JSON


def formatter(kind: str) -> logging.Formatter:
    """The one formatter of every handler: the clinic's, Celery's and gunicorn's."""
    if kind == TEXT:
        return LineFormatter()
    return ProcessorFormatter(processors=[_fields, JSONRenderer()], foreign_pre_chain=[merge_contextvars])


def _fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What a line says, in its order: when, how grave, who says it, during which request or task, what; the places of
    an exception.
    """
    record: logging.LogRecord = event["_record"]
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    said = {
        "at": f"{at}.{int(record.msecs):03d}Z",
        "level": record.levelname,
        "logger": record.name,
        "request": request_id.get(),
        "task": event.get("task", ""),
        "event": without_values(event["event"]),
    }
    line: EventDict = {name: value for name, value in said.items() if value}
    if error := (event.get("exc_info") or (None, None))[1]:
        line["exception"] = [without_values(place) for place in _places(error)]
    return line


def without_values(text: str) -> str:
    """Without the keys in addresses, all that follows an address's question mark, and what gunicorn quotes of a request
    that is none: it may be any line of it.
    """
    for found in (_QUOTED, _QUERY, _KEY):
        text = found.sub(r"\1…", text)
    return text


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
    # why a start is refused is about settings alone, and nobody else could say it
    why = f": {error}" if isinstance(error, ImproperlyConfigured) else f" [{code}]" if code else ""
    lines.append(f"{type(error).__module__}.{type(error).__qualname__}{why}")
    return lines
