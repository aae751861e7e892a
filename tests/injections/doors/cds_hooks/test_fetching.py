"""What was not sent is fetched with the token that came along, or stays unknown; no call waits for it long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from injections.doors.cds_hooks import fetching, services
from injections.doors.cds_hooks.answering import answer
from injections.doors.cds_hooks.fetching import NotFetched, fetch
from injections.doors.cds_hooks.material import NothingToGoBy
from injections.doors.cds_hooks.reading import FhirAccess, read_call
from injections.doors.cds_hooks.trust import Caller
from pht_clinic.web import outward
from tests.clinic import NOW
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.ehr import injection, searchset
from tests.injections.doors.cds_hooks.fhir_server import TOKEN, FhirServer

HERE = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
PROCEDURES = "Procedure?patient=p1"
APPOINTMENTS = "Appointment?patient=p1&status=booked,pending,arrived"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FhirServer]:
    found = FhirServer(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.certificate))
    outward._trusted.cache_clear()
    found.holds = {
        "Patient/p1": ehr.patient(),
        PROCEDURES: searchset(injection("2026-01-15")),
        APPOINTMENTS: searchset(),
    }
    yield found
    found.stop()
    outward._trusted.cache_clear()


def authorised(server: FhirServer, **values: Any) -> dict[str, Any]:
    given = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60, "scope": "user/*.read", "subject": "pht"}
    return {"fhirServer": server.base, "fhirAuthorization": given | values}


def view(server: FhirServer, **values: Any) -> list[dict[str, Any]]:
    body = ehr.call("patient-view", **{"prefetch": {}} | authorised(server) | values)
    found = answer(read_call(body, services.VIEW), Caller(ehr.ISSUER, False), now=NOW, allowed=HERE)
    return [card.as_dict() for card in found.cards]


@pytest.mark.django_db
def test_all_that_was_not_sent_is_fetched_with_the_token(server: FhirServer) -> None:
    [card] = view(server)
    assert "15 May 2026" in card["detail"]
    assert sorted(server.asked) == sorted(["Patient/p1", PROCEDURES, APPOINTMENTS])


@pytest.mark.django_db
def test_what_was_sent_is_not_asked_for_again(server: FhirServer) -> None:
    view(server, prefetch={"procedures": None, "appointments": None})
    assert server.asked == ["Patient/p1"]


@pytest.mark.django_db
def test_every_page_counts(server: FhirServer) -> None:
    server.holds[PROCEDURES] = searchset(following=f"{server.base}/Procedure?page=2")
    server.holds["Procedure?page=2"] = searchset(injection("2026-01-15"))
    [card] = view(server)
    assert "15 May 2026" in card["detail"]


@pytest.mark.django_db
def test_the_rest_of_what_was_sent_in_part_is_fetched(server: FhirServer) -> None:
    server.holds["Procedure?page=2"] = searchset(injection("2026-01-15"))
    first = searchset(following=f"{server.base}/Procedure?page=2")
    [card] = view(server, prefetch={"procedures": first})
    assert "15 May 2026" in card["detail"]


@pytest.mark.django_db
def test_what_is_not_required_and_does_not_come_is_unknown_and_said(server: FhirServer) -> None:
    del server.holds[APPOINTMENTS]
    found = view(server)
    assert "appointments: the FHIR server answered 404" in found[-1]["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["Patient/p1", PROCEDURES])
def test_what_is_required_and_does_not_come_leaves_no_answer(server: FhirServer, missing: str) -> None:
    del server.holds[missing]
    with pytest.raises(NothingToGoBy):
        view(server)


def fetched(server: FhirServer, query: str = PROCEDURES, *, token: str = TOKEN, **values: Any) -> Any:
    return fetch(FhirAccess(server.base, token), {"it": query}, **{"allowed": HERE} | values)["it"]


def test_a_server_that_is_slow_holds_up_no_answer(server: FhirServer) -> None:
    """The others that were asked for at the same time still count."""
    server.slow["Procedure"] = 1.0
    queries = {"slow": PROCEDURES, "quick": "Patient/p1"}
    begun = time.monotonic()
    found = fetch(FhirAccess(server.base, TOKEN), queries, allowed=HERE, seconds=0.3)
    assert time.monotonic() - begun < 0.9
    assert isinstance(found["slow"], NotFetched)
    assert found["quick"] == [ehr.patient()]


def test_a_private_address_is_not_asked(server: FhirServer) -> None:
    """Control: the same server, where the test allows this machine."""
    assert isinstance(fetched(server, allowed=()), NotFetched)
    assert server.asked == []
    assert not isinstance(fetched(server), NotFetched)


def test_a_next_page_elsewhere_is_not_followed_with_the_token(server: FhirServer) -> None:
    server.holds[PROCEDURES] = searchset(following="https://localhost.evil.example/fhir/Procedure?page=2")
    assert "elsewhere" in str(fetched(server))
    server.holds[PROCEDURES] = searchset(following=f"{server.base}.evil.example/Procedure?page=2")
    assert "elsewhere" in str(fetched(server))


def test_pages_without_an_end_end(server: FhirServer) -> None:
    server.holds[PROCEDURES] = searchset(following=f"{server.base}/{PROCEDURES}")
    assert "pages" in str(fetched(server))
    assert len(server.asked) == fetching._MOST_PAGES


def test_a_token_that_is_refused_is_no_empty_record(server: FhirServer) -> None:
    assert "401" in str(fetched(server, token="stale"))


def test_the_token_is_in_no_representation_of_the_call(server: FhirServer) -> None:
    assert TOKEN not in repr(FhirAccess(server.base, TOKEN))


def test_an_answer_that_is_too_large_is_left(server: FhirServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_LONGEST", 100)
    assert "too large" in str(fetched(server))


@pytest.mark.parametrize(
    "text",
    [
        b'{"id": "a\\u0000b"}',
        b'{"id": "\\ud800"}',
        b'{"id": 1, "id": 2}',
        b'{"id": NaN}',
        b"[]",
        b"\xff",
        b"[" * 100_000,
    ],
    ids=str,
)
def test_what_no_two_programs_read_alike_is_not_read(server: FhirServer, text: bytes) -> None:
    """Control: the same server with what they do."""
    assert not isinstance(fetched(server), NotFetched)
    server.holds[PROCEDURES] = text
    assert "JSON" in str(fetched(server))


@pytest.mark.parametrize(
    "host", ["a..example", f"{'a' * 70}.example", "\ud800.example", "[::1", "a\x01b.example"], ids=ascii
)
def test_a_name_that_is_none_is_not_reached(host: str) -> None:
    found = fetch(FhirAccess(f"https://{host}/fhir", TOKEN), {"it": "Patient/p1\ud800"}, allowed=HERE)["it"]
    assert str(found) == "the FHIR server could not be reached"


def test_a_query_that_is_no_text_is_not_asked(server: FhirServer) -> None:
    assert isinstance(fetched(server, "Procedure?patient=\ud800"), NotFetched)
