"""SEC2: whatever the published schema allows, or just does not, is answered as the schema says, and never with a 5xx.

Schemathesis makes the requests: of each operation as many that fit the schema as do not, half of them at rows that
exist. Each is answered in a transaction that is rolled back. 60 of each role, of an eighth
of the operations, in `make test`, 10,000 in `make trials`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, Final

import pytest
import requests
import schemathesis
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from rest_framework.response import Response
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from urllib3 import HTTPResponse

from tests.api_world import World, client_with_token
from tests.conftest import Share
from tests.scenarios.access_table import ALL
from tests.scenarios.test_api_access import address_of
from tests.trials.every_url import PROGRAMS
from tests.trials.test_sec01_access import _quiet, world

__all__ = ["_quiet", "world"]  # fixtures

SEED: Final = 20261130
SMALL, FULL = 500, 10_000
CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HERE: Final = "http://testserver"
OURS: Final = frozenset({"content-type", "content-length", "authorization", "cookie", "host"})
"""Headers that the client itself sends."""


class Asked:
    """A door as it is described, asked by one program; every answer is held against the description.

    `kept` are models of which a refusal stores no row.
    """

    def __init__(self, described: dict[str, Any], client: Client, kept: Sequence[type[Model]] = ()) -> None:
        self.client, self.kept = client, kept
        self.stranger = Client(raise_request_exception=False)
        self.schema = schemathesis.openapi.from_dict(described)
        self.operations = [found.ok() for found in self.schema.get_all_operations()]
        self.statuses: Counter[int] = Counter()
        self.wrong: Counter[str] = Counter()

    def ask(self, case: Any) -> None:
        """The answer, and what a stranger gets in its place; what they did is undone."""
        sent = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
        with transaction.atomic():
            before = self._rows()
            answer = send(self.client, sent)
            after = self._rows()
            transaction.set_rollback(True)
        self.statuses[answer.status_code] += 1
        label = case.operation.label
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(case, failure)
        except Failure as failure:
            self._note(case, failure)
        if not answer.ok and after != before:
            self.wrong[f"{label}: Stores what it refuses"] += 1
        is_open = case.operation.definition.raw.get("security") == []
        if answer.ok and not is_open and send(self.stranger, sent).status_code != 401:
            self.wrong[f"{label}: Lets strangers in"] += 1

    def _rows(self) -> list[int]:
        return [model._default_manager.count() for model in self.kept]

    def _note(self, case: Any, failure: Any) -> None:
        self.wrong[f"{case.operation.label}: {failure.title}: {' '.join(failure.message.split())[:400]}"] += 1

    def ask_many(self, count: int, share: Share, *, one_in: int = 8) -> None:
        """So many in all, the same number of each operation, fitting and not, and again at rows that exist; besides,
        once what takes nothing that could differ. Of small counts only the operations whose turn it is.
        """
        varied = [one for one in self.operations if [*one.iter_parameters(), *one.body]]
        each = -(-count // sum(len(ways(one)) for one in varied))
        for operation in share.of(varied, one_in=one_in):
            for mode, at in ways(operation):
                every(operation.as_strategy(mode, path_parameters=at), each, self.ask)
        for operation in share.of([one for one in self.operations if one not in varied], one_in=one_in):
            every(operation.as_strategy(), 1, self.ask)


def ways(operation: Any) -> list[tuple[GenerationMode, dict[str, Any] | None]]:
    """Fitting and not; and where an address names a row, each at any that is made up and at one that exists."""
    rows = [None, known(operation.path)] if "{" in operation.path else [None]
    return [(mode, at) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) for at in rows]


def as_role(world: World, role: str) -> Asked:
    """The API as a role's program."""
    return Asked(SchemaGenerator().get_schema(public=True), client_with_token(world.clinic.users[role]))


def send(client: Client, sent: requests.PreparedRequest) -> requests.Response:
    """The request to the application in this process; its answer as if it had come over a wire."""
    headers = {name: value for name, value in sent.headers.items() if name.lower() not in OURS}
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    content_type = sent.headers.get("Content-Type", "")
    got = client.generic(str(sent.method), str(sent.url).removeprefix(HERE), body, content_type, headers=headers)
    answer = requests.Response()
    answer.status_code, answer.reason, answer.request = got.status_code, got.reason_phrase, sent
    answer.headers.update(got.headers)
    answer.raw = HTTPResponse(BytesIO(got.getvalue()), got.headers, got.status_code, preload_content=False)
    answer.url, answer.encoding = str(sent.url), "utf-8"
    answer.content  # noqa: B018 - it is read here, once
    return answer


def every(strategy: Any, count: int, ask: Callable[[Any], None]) -> None:
    """Ask with so many of what a strategy makes, the same in each run."""

    @seed(SEED)
    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(case: Any) -> None:
        ask(case)

    run()


def known(path: str) -> dict[str, str]:
    """Ids of rows that exist, by the names that they have in an address of the schema; none where it names no row."""
    for name in PROGRAMS:
        address = address_of(name)
        parts = path_parts(address, path)
        if parts is not None and len(resolve(address).kwargs) == len(parts):  # a word of a longer address is no id
            return parts
    return {}


def path_parts(address: str, path: str) -> dict[str, str] | None:
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
    found = re.fullmatch(pattern, address)
    return found.groupdict() if found else None


@pytest.mark.parametrize("role", sorted(ALL))
def test_sec2_the_schema_is_kept_whatever_is_asked(world: World, role: str, is_full_trial: bool, share: Share) -> None:
    asked = as_role(world, role)
    asked.ask_many(FULL if is_full_trial else SMALL, share)
    assert not asked.wrong, "\n".join(f"{count} × {what}" for what, count in asked.wrong.most_common())
    assert asked.statuses.total() >= (FULL if is_full_trial else SMALL // 10)
    wanted = {200, 404, 422}
    # of an eighth of the operations not every status need be among the answers
    assert wanted <= asked.statuses.keys() if is_full_trial else wanted & asked.statuses.keys(), asked.statuses


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "/api/v1/statistics/{name}/", {"path_parameters": {"name": "decisions"}, "query": {"format": "csv"}}),
        ("PUT", "/api/v1/patients/{id}/screening/", {"body": {"onset": None}}),
        ("PATCH", "/api/v1/patients/{id}/screening/", {"body": {}}),
    ],
    ids=["a-statistic-as-csv", "no-answer-put", "no-answer-patched"],
)
def test_sec2_what_full_counts_met_is_as_the_schema_says(
    world: World, method: str, path: str, asked: dict[str, Any]
) -> None:
    """A statistic as a file, and nothing answered by somebody of whom nothing is recorded yet."""
    program = as_role(world, "radiologist")
    never_asked = world.clinic.patient("Newcomer")
    at = {"path_parameters": {"id": str(never_asked.pk)}} if "{id}" in path else {}
    media_type = "application/json" if "body" in asked else None
    program.ask(program.schema[path][method].Case(media_type=media_type, **at | asked))
    assert not program.wrong
    assert program.statuses == {200: 1}


def test_sec2_control_an_answer_of_another_shape_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a failure, and an address that lets strangers in."""
    from injections.patient.injections_api import Sites

    asked = as_role(world, "manager")
    [sites] = [one for one in asked.operations if one.path == "/api/v1/sites/"]

    def seen(get: Callable[..., Response]) -> set[str]:
        asked.wrong.clear()
        monkeypatch.setattr(Sites, "get", get)
        every(sites.as_strategy(), 3, asked.ask)
        return {what.split(": ")[1] for what in asked.wrong}

    def fails(view: Any, request: HttpRequest) -> Response:
        raise ValueError

    assert seen(lambda view, request: Response([{"code": 1}])) == {"Response violates schema"}
    assert seen(lambda view, request: Response([], status=202)) == {"Undocumented status code"}
    assert "Server error" in seen(fails)
    monkeypatch.undo()
    monkeypatch.setattr(Sites, "permission_classes", [])
    every(sites.as_strategy(), 3, asked.ask)
    assert any("Lets strangers in" in what for what in asked.wrong), asked.wrong
