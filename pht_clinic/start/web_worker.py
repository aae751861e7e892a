"""How gunicorn answers a request that it cannot read: as the clinic answers every other error.

By itself it sends a page of its own, without a header of ours. Here the application is asked for the answer, with the
status that gunicorn found; nothing of the request reaches it but the beginning of its address, which says whether a
person or a program asks.
"""

from __future__ import annotations

import re
import socket
import time
from io import BytesIO
from typing import Any, Final

from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from pht_clinic.start import UNREAD

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_FOR_PROGRAMS: Final = re.compile(rb"[A-Za-z]+ (?:https?://[^/ ]+)?(/(?:api|fhir)/)")
_KEPT: Final = 200
_LISTENS_SECONDS, _READS_BYTES = 1.0, 1_000_000
"""For so long, and for so much, what is still being sent is read away: else its sender would never see the answer."""


class ReadRequest(Request):
    """A request that remembers how it began, also where it turns out to be none."""

    beginning = b""

    def __init__(self, *given: Any) -> None:
        try:
            super().__init__(*given)  # type: ignore[no-untyped-call]  # it has no types
        except Exception as error:
            error.beginning = self.beginning  # type: ignore[attr-defined]  # for `Worker.handle_error`
            raise

    def read_into(self, unreader: Any, buf: bytearray, stop: bool = False) -> None:
        super().read_into(unreader, buf, stop)  # type: ignore[no-untyped-call]  # as above
        self.beginning = self.beginning or bytes(buf[:_KEPT])


RequestParser.mesg_class = ReadRequest


class Worker(ThreadWorker):
    """gunicorn's worker with threads."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        heard = _Heard()
        super().handle_error(req, heard, addr, exc)  # type: ignore[no-untyped-call]  # it logs, and says the status
        found = _STATUS.match(heard.said.getvalue())
        status = int(found[1]) if found else 500
        asked = _FOR_PROGRAMS.match(getattr(exc, "beginning", b""))
        try:
            client.settimeout(_LISTENS_SECONDS)
            client.sendall(self._answer(status, asked[1].decode() if asked else "/"))
            client.shutdown(socket.SHUT_WR)
            _read_away(client)
        except OSError:
            self.log.debug("nobody waits for the answer")

    def _answer(self, status: int, path: str) -> bytes:
        """The whole answer of the application, as it is sent."""
        said: list[Any] = []
        body = b"".join(self.wsgi(_environ(status, path), lambda *given: said.extend(given)))
        lines = [f"HTTP/1.1 {said[0]}", *(f"{name}: {value}" for name, value in said[1])]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1") + body


class _Heard:
    """What gunicorn would have sent."""

    def __init__(self) -> None:
        self.said = BytesIO()

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        self.said.write(data)


def _environ(status: int, path: str) -> dict[str, Any]:
    """A request for that answer, over HTTPS as far as the application sees: it shall not lead there first."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        UNREAD: status,
    }


def _read_away(client: socket.socket) -> None:
    ends, read = time.monotonic() + _LISTENS_SECONDS, 0
    while read < _READS_BYTES and time.monotonic() < ends:
        piece = client.recv(65536)
        if not piece:
            return
        read += len(piece)
