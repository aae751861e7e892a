"""SEC13: what nginx answers by itself is answered as the product answers: a page, under /api/ a problem document, with
every header. A file that is missing, or an answer of nginx's own, would be found.
"""

from __future__ import annotations

import http.client
import json
import runpy
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from pht_clinic.demo.services import free_port
from pht_clinic.web.middleware import _HEADERS
from pht_clinic.web.problem import CONTENT_TYPE, problem
from tests.trials.proxied import CONFIGURATION, Proxy, needs_nginx, proxy_in_front_of

FOLDER: Final = CONFIGURATION.parent
SECURITY: Final = {*_HEADERS, "Content-Security-Policy", "Strict-Transport-Security", "X-Frame-Options"}
WRITTEN: Final = runpy.run_path(str(FOLDER / "error_pages.py"))
LARGE: Final = b"a=" + b"x" * 1_100_000
Asked = tuple[int, dict[str, str], str]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Before a port at which nobody listens."""
    with proxy_in_front_of(free_port(), tmp_path_factory.mktemp("nginx")) as running:
        yield running


def asked(proxy: Proxy, method: str, path: str, body: bytes = b"", **headers: str) -> Asked:
    connection = proxy.connection()
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, headers)
        return answer(connection.getresponse())
    finally:
        connection.close()


def answer(response: http.client.HTTPResponse) -> Asked:
    return response.status, dict(response.getheaders()), response.read().decode()


def sent(proxy: Proxy, request: bytes) -> Asked:
    """What comes back for these bytes, whatever they are."""
    with proxy.socket() as one:
        one.sendall(request)
        response = http.client.HTTPResponse(one)
        response.begin()
        return answer(response)


def check(found: Asked, status: int, *, is_problem: bool) -> None:
    got, headers, text = found
    form = "json" if is_problem else "html"
    assert got == status
    assert text == (FOLDER / "errors" / f"{status}.{form}").read_text(encoding="utf-8")
    assert headers["Content-Type"].partition(";")[0] == (CONTENT_TYPE if is_problem else "text/html")
    assert sorted(SECURITY - headers.keys()) == []
    assert [name for name, value in _HEADERS.items() if headers[name] != value] == []
    assert headers["Cache-Control"] == "no-store"
    assert headers.get("Retry-After") == ("10" if status in (502, 503, 504) else None)
    assert headers["Server"] == "nginx", "no version"


@needs_nginx
@pytest.mark.parametrize("path", ["/patients/", "/api/v1/patients/", "/readyz", "/p/key/open/"])
def test_sec13_where_gunicorn_is_down_and_where_a_body_is_too_large(proxy: Proxy, path: str) -> None:
    is_problem = path.startswith(("/api/", "/readyz"))
    check(asked(proxy, "GET", path), 502, is_problem=is_problem)
    check(asked(proxy, "POST", path, LARGE), 413, is_problem=is_problem)


@needs_nginx
def test_sec13_what_nginx_cannot_read_is_answered_in_the_same_form(proxy: Proxy) -> None:
    check(sent(proxy, b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"), 400, is_problem=False)
    check(sent(proxy, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n"), 414, is_problem=False)
    long = b"GET /api/v1/ HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n"
    check(sent(proxy, long), 431, is_problem=True)


@needs_nginx
def test_sec13_what_gets_no_answer_in_time_may_have_been_acted_on(tmp_path: Path) -> None:
    """Somebody who takes the request and hangs up: nobody is told that nothing was saved."""
    with _hangs_up() as port, proxy_in_front_of(port, tmp_path) as proxy:
        found = asked(proxy, "POST", "/patients/7/book/", b"a=1")
    check(found, 502, is_problem=False)
    assert "look first whether it has arrived" in found[2]


@needs_nginx
def test_sec13_the_files_are_nobodys_to_ask_for(proxy: Proxy) -> None:
    """They are not an address of the site: nginx says 404, or what stands behind does."""
    assert asked(proxy, "GET", "/clinic-errors/413.html")[0] == 404


def test_the_files_are_what_is_written_and_the_documents_what_the_product_says() -> None:
    there = {one.name: one.read_text(encoding="utf-8") for one in (FOLDER / "errors").iterdir()}
    assert WRITTEN["files"]() == there
    for said in WRITTEN["ALL"]:
        for status in said.statuses:
            own = json.loads(problem(status, detail=said.detail).content)
            assert json.loads(there[f"{status}.json"]) == own


def test_the_configuration_names_the_digest_of_the_styles_and_a_file_for_each_error() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert f"style-src '{WRITTEN['digest']()}'" in text
    statuses = {status for said in WRITTEN["ALL"] for status in said.statuses}
    assert {status for status in statuses if f"/clinic-errors/{status}.$clinic_error_form" in text} == statuses


@contextmanager
def _hangs_up() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                taken, _ = listening.accept()
                taken.recv(65536)
                taken.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
