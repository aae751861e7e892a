"""SEC3: malformed bodies on every address that reads one: no 5xx, nothing stored, nobody else hurt.

Bad UTF-8, NUL, nesting 10⁵, NaN, huge integers, double keys, wrong types, 10 MB; and forms that are none. The API is
asked over HTTP. 250 bodies in `make test`; in `make trials` 10,000, each answered within a second and memory steady.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import Clinic
from tests.conftest import ClockOffset
from tests.injections.doors.fhir.access import FHIR
from tests.injections.doors.fhir.bodies import accepted_resources
from tests.scenarios.api_bodies import accepted_bodies
from tests.scenarios.test_api_access import address_of
from tests.trials import every_url
from tests.trials.every_url import LINKS, OWN_ACCOUNT, PAGES, PROGRAMS, SIGNING_IN
from tests.trials.fingerprint import changed, fingerprint
from tests.trials.post import children_of
from tests.trials.staging import Web
from tests.trials.test_sec01_access import fill

SEED = 20260303
DEEP = 100_000
TEN_MB = 10_000_000
VIEWS_AND_REFUSALS = frozenset({"audit_entry", "injections_assessment"})
"""A refused booking keeps its assessment; a duplicate that is shown is a view."""

WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    -(2**63) - 1,
    10**400,
    "",
    " ",
    "\t",
    "x" * 5_000,
    "\u202e",
    "\r\n",
    "\U0001f600",
    "İ",
    "²",
    [],
    [[]],
    {},
    {"": ""},
    ["x"] * 50,
    "9999-12-31T23:59:59+14:00",
    "0000-00-00",
    "2026-02-30T25:61:00+00:00",
    "2026-03-10T10:00:00",
    "-0",
    "1e5",
    "NaN",
)
RAW: tuple[bytes, ...] = (
    b"",
    b" ",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"{}{}",
    b"{'a': 1}",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": -Infinity}',
    b'{"a": 1e999}',
    b'{"a": 01}',
    b'{"a": 1,}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\\ud800"}',
    b'{"a": "\\u0000"}',
    b'{"a\\u0000": 1}',
    b'{"a": "\x00"}',
    b'{"a": 1, "a": 2}',
    b'{"a": {"b": 1, "b": 2}}',
    b'{"a": ' + b"9" * 5_000 + b"}",
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}",
    b'{"' + b"k" * 100_000 + b'": 1}',
    b"{" + b",".join(b'"k%d": 1' % number for number in range(10_000)) + b"}",
    b'{"a": "' + b"x" * TEN_MB + b'"}',
)
FORMS: tuple[tuple[str, bytes], ...] = (
    ("application/x-www-form-urlencoded", b""),
    ("application/x-www-form-urlencoded", b"%"),
    ("application/x-www-form-urlencoded", b"text=%ff%fe&reason=%00&given_name=%00%01"),
    ("application/x-www-form-urlencoded", b"a=1&" * 1_500),
    ("application/x-www-form-urlencoded", b"start=9999-12-31&revision=" + b"9" * 400 + b"&side=left&side=right"),
    ("application/x-www-form-urlencoded", b"reason=" + b"x" * 900_000),
    ("multipart/form-data", b""),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\xff\xfe\r\n--x--"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    ("application/json", b"{" * 1_000),
    ("text/plain; charset=utf-16", b"\xff\xfea\x00"),
    ("application/x-www-form-urlencoded; charset=nowhere", b"a=1"),
    ("", b"\x00\x01\x02"),
)


def malformed(body: dict[str, Any], rng: Random) -> Iterator[bytes]:
    """Without end: this endpoint's own body with one or two fields spoiled, and what is no body at all."""
    while True:
        yield rng.choice(RAW[:-1])
        spoiled = dict(body)
        for field in rng.sample(sorted(body) or ["reason"], min(len(body), rng.choice([1, 1, 2]))):
            spoiled[field] = rng.choice(WRONG)
        if rng.random() < 0.2:
            spoiled["unheard_of"] = rng.choice(WRONG)
        yield json.dumps(spoiled).encode()


def reading_a_body() -> list[tuple[str, str]]:
    """The endpoints that read JSON, by name and method: POST, PUT and PATCH. FHIR's searches read forms."""
    reads = {name: access for name, access in PROGRAMS.items() if not (name in FHIR and name.endswith("-search"))}
    return [(name, method) for name, access in reads.items() for method in access.methods if method[0] == "P"]


@pytest.fixture
def committed_world(clinic: Clinic, clock_offset: ClockOffset) -> World:
    """One row of everything that an address can name, really committed."""
    return fill(World(clinic, clock_offset))


@pytest.fixture
def world(db: None, clock_offset: ClockOffset) -> World:
    from tests.clinic import open_clinic

    return fill(World(open_clinic(), clock_offset))


@pytest.mark.full_trial(one_in=2)
def test_sec3_no_malformed_body_of_the_api_is_a_5xx(
    committed_world: World, token: Callable[[str], str], webs: Callable[[str | None], Web], is_full_trial: bool
) -> None:
    web, rng = webs(None), Random(SEED)
    tokens = {role: token(role) for role in ("reception", "radiologist", "manager")}
    patient = Patient.objects.get(family_name="Quillfeather")
    bodies = accepted_bodies(committed_world, patient) | accepted_resources(committed_world, patient)
    reads = reading_a_body()
    # as it was in the beginning: a body that is taken after all may take a merge back
    where = {name: address_of(name) for name, _ in reads}
    rounds = 2 if is_full_trial else 1
    each = max(1, (10_000 if is_full_trial else 250) // len(reads) // rounds)
    said: Counter[int] = Counter()
    slowest, memory = (0.0, "", b""), 0
    for number, (name, method) in enumerate(reads * rounds):
        if number == len(reads):
            memory = resident_kb(web)  # warm: every endpoint was loaded and had its largest body
        secret = tokens[sorted(PROGRAMS[name].methods[method])[0]]
        sent = list(islice(malformed(bodies.get((name, method), {}), rng), each))
        for content in [*sent, *(RAW[-1:] if is_full_trial or len(said) < 3 else ())]:
            answer = web.send(method, where[name], content, token=secret)
            assert answer.status < 500, (name, method, content[:200], answer.raw[:500])
            said[answer.status] += 1
            slowest = max(slowest, (answer.seconds, name, content[:60]))
    print(f"SEC3: {sum(said.values())} bodies, {dict(sorted(said.items()))}, slowest {slowest}")
    assert min(said[400], said[413], said[422]) > 0, said
    if is_full_trial:
        assert slowest[0] <= 1, slowest
        grown = resident_kb(web) / memory
        print(f"SEC3: memory {grown:.2f} times that after the first round")
        assert grown <= 1.1


def test_sec3_what_is_no_json_object_stores_nothing(
    committed_world: World, token: Callable[[str], str], webs: Callable[[str | None], Web]
) -> None:
    web, secret = webs(None), token("reception")
    before = fingerprint(without=frozenset({"people_apitoken"}))
    for content in RAW:
        answer = web.send("POST", "/api/v1/patients/", content, token=secret)
        assert answer.status in (400, 413, 422), (content[:100], answer.status)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert not changed(before, fingerprint(without=frozenset({"people_apitoken"})))


@pytest.mark.full_trial(one_in=2)
def test_sec3_no_malformed_form_of_a_page_is_a_5xx(world: World, is_full_trial: bool) -> None:
    """Every page and every form of FORMS; small counts give each page one of them, the next one another."""
    logging.disable(logging.CRITICAL)
    every = 1 if is_full_trial else len(FORMS)
    browsers = {role: signed_in(world, role) for role in ("reception", "radiologist", "manager")}
    failures, count = [], 0
    pages = [page for page in every_url.addresses() if page.name in {*PAGES} | OWN_ACCOUNT | SIGNING_IN | LINKS]
    for number, page in enumerate(pages):
        browser = browsers[sorted(PAGES.get(page.name, {"reception"}))[0]]
        for kind, content in FORMS[number % every :: every]:
            with transaction.atomic():
                response = browser.generic("POST", page.url(), content, content_type=kind)
                transaction.set_rollback(True)
            count += 1
            if response.status_code >= 500:
                failures.append((page.name, kind, content[:80], response.status_code))
    logging.disable(logging.NOTSET)
    print(f"SEC3: {count} forms on {len(pages)} pages")
    assert not failures, failures


def signed_in(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.clinic.users[role])
    return client


def resident_kb(web: Web) -> int:
    """Memory of gunicorn's worker processes."""
    pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in children_of(web.child.pid))
    return sum(int(count) * 4 for count in pages)
