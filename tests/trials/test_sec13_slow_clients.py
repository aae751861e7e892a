"""SEC13: behind nginx as documented, slow and large senders cost nobody else anything.

200 sockets that send a byte a second, uploads of 10 MB and forms of 10,000 fields all at once, beside people at work:
their p95 stays within twice that of a quiet minute. The control is gunicorn without nginx. The proxy's own log holds no
key, no query and no name; what a visitor says of where they come from does not count.
"""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.clinic import Clinic
from tests.trials.proxied import Proxy, SlowClients, needs_nginx, proxy_in_front_of, status_of
from tests.trials.staging import Web, percentile, wait_until, web_server
from tests.trials.test_priv01_canaries import CANARY, KEY, KEYED

pytestmark = [pytest.mark.full_trial, needs_nginx]
SLOW, ASKS, PEOPLE = 200, 300, 4
GIVES_UP_SECONDS = 10.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEN_MB = b"a=" + b"x" * 10_000_000
MANY_FIELDS = b"&".join(b"field%d=x" % number for number in range(10_000))
Connect = Callable[[], http.client.HTTPConnection]


@pytest.fixture
def web(clinic: Clinic, tmp_path: Path) -> Iterator[Web]:
    with web_server(tmp_path, environment={**os.environ, "TRUSTED_PROXY_COUNT": "1"}) as running:
        yield running


@pytest.fixture
def proxy(web: Web, tmp_path: Path) -> Iterator[Proxy]:
    with proxy_in_front_of(web.port, tmp_path) as running:
        yield running


def at_work(connect: Connect, token: str, patient: int) -> list[float]:
    """Seconds of each of ASKS requests of PEOPLE who go on one after the other: a page, a patient, a search."""
    spent: list[float] = []

    def person(number: int) -> None:
        asked = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for turn in range(ASKS // PEOPLE):
            which = (number + turn) % 3
            began = time.monotonic()
            connection = connect()
            try:
                if which == 0:
                    connection.request("GET", "/account/sign-in/")
                elif which == 1:
                    connection.request("GET", f"/api/v1/patients/{patient}/", headers=asked)
                else:
                    connection.request("POST", "/api/v1/patients/search/", b'{"text": "Ann"}', asked)
                response = connection.getresponse()
                response.read()
                assert response.status == 200, response.status
                spent.append(time.monotonic() - began)
            except OSError:
                spent.append(GIVES_UP_SECONDS)
                if spent.count(GIVES_UP_SECONDS) > ASKS // 10:  # enough to say that nobody is served
                    return
            finally:
                connection.close()
            time.sleep(0.05)

    people = [threading.Thread(target=person, args=(number,), daemon=True) for number in range(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join(300)
    return spent


@contextmanager
def large_senders(connect: Connect, told: Counter[tuple[str, int]]) -> Iterator[None]:
    """One upload of 10 MB and one form of 10,000 fields each half second, for as long as the block lasts."""
    end = threading.Event()

    def send() -> None:
        while not end.wait(0.5):
            for name, body in (("10 MB", TEN_MB), ("10,000 fields", MANY_FIELDS)):
                told[name, status_of(connect(), "POST", "/account/sign-in/", body, FORM)] += 1

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(60)


def test_sec13_behind_nginx_the_others_hardly_notice(
    clinic: Clinic, token: Callable[[str], str], web: Web, proxy: Proxy
) -> None:
    key, patient = token("reception"), clinic.patient("Ann").pk
    at_work(proxy.connection, key, patient)  # warm
    quiet, beside, told = [], [], Counter[tuple[str, int]]()
    for _ in range(3):  # by turns: the machine has other things to do
        quiet += at_work(proxy.connection, key, patient)
        slow = SlowClients(SLOW, proxy.port, proxy.trust)
        with slow.at_work(), large_senders(proxy.connection, told):
            beside += at_work(proxy.connection, key, patient)
    before, after = percentile(quiet, 0.95), percentile(beside, 0.95)
    print(f"SEC13: p95 {before * 1000:.0f} ms quiet, {after * 1000:.0f} ms beside {SLOW} slow; {dict(told)}")
    assert {status for name, status in told if name == "10 MB"} == {413}
    assert {status for name, status in told if name == "10,000 fields"} == {400}
    assert after <= 2 * before


def test_sec13_control_gunicorn_by_itself_serves_nobody_any_more(
    clinic: Clinic, token: Callable[[str], str], web: Web
) -> None:
    key, patient = token("reception"), clinic.patient("Ann").pk

    def straight() -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", web.port, timeout=GIVES_UP_SECONDS)

    at_work(straight, key, patient)
    quiet = percentile(at_work(straight, key, patient), 0.95)
    with SlowClients(SLOW, web.port).at_work():
        beside = percentile(at_work(straight, key, patient), 0.95)
    print(f"SEC13 control: p95 {quiet * 1000:.0f} ms quiet, {beside * 1000:.0f} ms beside {SLOW} slow")
    assert beside > 2 * quiet


def test_sec13_the_proxys_log_holds_no_key_no_query_and_no_name(web: Web, proxy: Proxy) -> None:
    for path in KEYED:
        connection = proxy.connection()
        connection.request("GET", path.format(KEY) + f"?text={CANARY}", headers={"Referer": f"https://x/p/{KEY}/"})
        assert connection.getresponse().status < 500
        connection.close()
    broken = (f"GET /p/{KEY}/?{CANARY} x HTTP/1.1\r\n\r\n", f"POST /p/{KEY}/ HTTP/1.1\r\nHost: x\r\n{CANARY}\r\n\r\n")
    for request in broken:
        with proxy.socket() as one:
            one.sendall(request.encode())
            one.recv(100)
    status_of(proxy.connection(), "POST", f"/p/{KEY}/open/?{CANARY}", TEN_MB, FORM)
    web.child.stop()
    status_of(proxy.connection(), "GET", f"/p/{KEY}/?{CANARY}", b"", {})
    wait_until(lambda: " 502 " in proxy.access_log.read_text(), seconds=10, what="the last line of the log")
    logged = proxy.access_log.read_text() + proxy.error_log.read_text() + web.log.read_text()
    print("SEC13 log:", logged[-800:])
    assert KEY not in logged
    assert CANARY not in logged
    assert {"/p/*/cancel/", "/k/*", "/p/o/*/", "/mails-off/*", "/api/v1/calendar/*"} <= set(logged.split())


def test_sec13_where_somebody_comes_from_is_what_the_proxy_says(tmp_path: Path) -> None:
    heard: list[dict[str, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(dict(self.headers))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "Forwarded": "for=203.0.113.9"}
    try:
        with proxy_in_front_of(listener.server_port, tmp_path) as proxy:
            assert status_of(proxy.connection(), "GET", "/", b"", forged) == 204
    finally:
        listener.shutdown()
        listener.server_close()
    [said] = heard
    assert (said["X-Forwarded-For"], said["X-Forwarded-Proto"], said.get("Forwarded")) == ("127.0.0.1", "https", None)
