"""A trace says where time goes, and holds no address, no value and no words: it is read as a collector gets it."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status, StatusCode

from pht_clinic.demo import services
from pht_clinic.watching.traces import left_of, without_literals
from tests.pht_clinic.watching.conftest import Collecting

KEY: Final = "zzkeyofalinkzz"
SAID: Final = "Anstruther"
DEEDS: Final = {"SELECT", "INSERT", "UPDATE", "DELETE", "SET", "WITH", "SHOW", "SAVEPOINT"}
"""What a statement does, which is the name of its span."""


def spans(bodies: list[bytes]) -> Iterator[Any]:
    for body in bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans


def named(span: Any) -> dict[str, str]:
    """Its attributes, as texts."""
    return {one.key: one.value.string_value or str(one.value.int_value) for one in span.attributes}


@pytest.mark.usefixtures("committed_db")
def test_a_request_is_traced_by_its_route_with_its_statements(collecting: Collecting, tmp_path: Path) -> None:
    port = services.free_port()
    env = {**os.environ, "TRACES_URL": f"http://127.0.0.1:{collecting.port}/v1/traces"}
    web = services.web(env=env, port=port, log=tmp_path / "traced.log", workers=1)
    try:
        services.wait_for_web(web.start(), port=port)
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"User-Agent": SAID, "Cookie": f"session={KEY}", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
        asked.request("GET", f"/p/{KEY}/?text={SAID}", headers=headers)
        answer = asked.getresponse()
        said_id = answer.headers["X-Request-ID"]
        answer.read()
        asked.request("GET", f"/{SAID}", headers=headers)
        asked.getresponse().read()
        asked.close()
        bodies = collecting.wait_for(lambda got: any("p/" in one.name for one in spans(got)))
    finally:
        web.stop()
    bodies = [body for _, body in collecting.came]
    check_nothing_of_anybody(b"".join(bodies))
    assert settings.VERSION.encode() in bodies[0]
    found = list(spans(bodies))
    [request] = [one for one in found if named(one).get("clinic.request") == said_id]
    assert request.name.startswith("GET p/<")
    statements = [one for one in found if one.trace_id == request.trace_id and "db.statement" in named(one)]
    assert statements
    assert {one.name for one in statements} <= DEEDS
    assert set().union(*map(named, found)) <= {
        *("clinic.request", "db.statement", "db.system"),
        *("http.method", "http.route", "http.status_code"),
    }


def check_nothing_of_anybody(sent: bytes) -> None:
    """Nor the trace to which whoever asked would have a request belong."""
    for word in (KEY, SAID, "ab" * 16):
        assert word.encode() not in sent
    assert bytes.fromhex("ab" * 16) not in sent


def test_of_a_span_what_is_not_on_the_list_is_dropped() -> None:
    known = {"http.route": "p/<str:token>/", "http.method": "GET", "http.status_code": 200, "db.statement": "SELECT 7"}
    secret = {"http.target": f"/p/{KEY}/", "http.user_agent": SAID, "net.peer.ip": SAID, "url.full": KEY}
    words = {"exception.type": "ValueError", "exception.message": SAID, "exception.stacktrace": SAID}
    left = left_of(
        ReadableSpan(
            name=f"GET /p/{KEY}/",
            attributes={**known, **secret},
            events=[Event("exception", attributes=words)],
            status=Status(StatusCode.ERROR, f"ValueError: {SAID}"),
        )
    )
    assert left.name == "GET p/<str:token>/"
    assert left.attributes == {**known, "db.statement": "SELECT ?"}
    [event] = left.events
    assert event.attributes == {"exception.type": "ValueError"}
    assert (left.status.status_code, left.status.description) == (StatusCode.ERROR, None)
    assert SAID not in left.to_json()
    assert KEY not in left.to_json()


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("SELECT a FROM b WHERE c = %s AND d = %(e)s", "SELECT a FROM b WHERE c = %s AND d = %(e)s"),
        ("SELECT a FROM b WHERE c = 'Ann ''Lee' AND d = 7", "SELECT a FROM b WHERE c = …"),
        ("SELECT E'it\\'s Ann'", "SELECT E…"),
        ("SELECT $$Ann$$", "SELECT …"),
        ("SELECT a1 FROM t2 WHERE id = 943476 LIMIT 21", "SELECT a1 FROM t2 WHERE id = ? LIMIT ?"),
        ("", ""),
    ],
    ids=["parameters", "a text", "an escape", "dollars", "numbers", "nothing"],
)
def test_a_statement_keeps_no_literal(statement: str, left: str) -> None:
    assert without_literals(statement) == left
