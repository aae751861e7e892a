"""PRIV2: a response that shows a patient leaves exactly one view row, which names everybody it shows.

Every address, page and API, feed, PDF and CSV, whole and as a part of a page, asked by everybody who may; every form as
it stands on its page, empty, and with what the page after it says; every body that an endpoint takes, and one that it
refuses. Whose name is in an answer is on its row, and no answer leaves two. The control takes one note away.
"""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import pytest
from django.db import transaction
from pypdf import PdfReader

from pht_clinic.audit.models import Entry
from pht_clinic.web.viewing import OneViewRow
from scheduling.models import Patient
from tests.api_world import World
from tests.filled_form import forms_of
from tests.injections.doors.fhir.bodies import accepted_resources
from tests.scenarios.api_bodies import accepted_bodies
from tests.scenarios.every_ask import ADMIN, JSON, PART, Ask, Everybody
from tests.scenarios.queries_world import NOON, Filled
from tests.scenarios.test_api_access import address_of
from tests.trials.every_url import PROGRAMS

pytestmark = [pytest.mark.full_trial, pytest.mark.django_db]
OWN: Final = "patient"
"""Whoever reads about themselves, behind a link."""


@dataclass
class Looked:
    """What the answers were, by kind, and those that were wrong."""

    names: dict[str, set[int]]
    shown: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, int, str]] = field(default_factory=list)

    def at(self, what: str, asked: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """Ask, read the answer to its end, and compare whom it shows with what stands on the trail."""
        last = Entry.objects.latest("pk").pk
        response = asked(*given, **more)
        text = said(response)
        ids = patients_in(json.loads(text)) if "json" in kind_of(response) and text else set()
        named = {name for name in self.names if name in text}
        self.shown[kind_of(response) if named or ids else "nobody"] += 1
        rows = list(Entry.objects.filter(pk__gt=last, verb="viewed"))
        self.wrong += [(what, response.status_code, why) for why in self._wrong(named, ids, rows)]
        return response

    def _wrong(self, named: set[str], ids: set[int], rows: list[Entry]) -> Iterator[str]:
        noted = {pk for row in rows for pk in row.patient_ids}
        missing = [*sorted(name for name in named if not noted & self.names[name]), *sorted(ids - noted)]
        if len(rows) > 1:
            yield f"{len(rows)} rows"
        if missing:
            yield f"shows {missing}: on no row"


def said(response: Any) -> str:
    """All that an answer says, a PDF's text and where it leads included."""
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if kind_of(response) == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages)
    if "json" in kind_of(response):  # as read, not as escaped
        return json.dumps(json.loads(raw), ensure_ascii=False) if raw else ""
    return str(raw.decode(errors="replace")) + response.headers.get("Location", "")


def patients_in(answer: Any) -> set[int]:
    """Of whom an answer to a program is: the ids that it calls patients, at any depth."""
    if isinstance(answer, list):
        return {pk for one in answer for pk in patients_in(one)}
    if not isinstance(answer, dict):
        return set()
    found = {pk for one in answer.values() for pk in patients_in(one)}
    return found | {int(one) for name, one in answer.items() if name == "patient" and str(one).isdigit()}


def kind_of(response: Any) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0]


@pytest.fixture
def people(world: World, settings: Any) -> Iterator[tuple[Everybody, Looked]]:
    settings.METRICS_TOKEN = "known"
    logging.disable(logging.CRITICAL)
    filled = Filled(world.clinic)
    filled.fill()
    filled.more_of_the_first()
    world.at(NOON)
    yield Everybody(world, filled), Looked(names_of_patients())
    logging.disable(logging.NOTSET)


def names_of_patients() -> dict[str, set[int]]:
    """Family names, by whose they are."""
    found: dict[str, set[int]] = {}
    for pk, name in Patient.objects.values_list("pk", "family_name"):
        found.setdefault(name, set()).add(pk)
    assert min(map(len, found)) > 3, found
    return found


def looks(everybody: Everybody) -> Iterator[tuple[str, Ask]]:
    """Whatever can be looked at, each page whole and as a part; the stock admin shows no patient's name."""
    for name, ask in everybody.asks():
        if name.startswith(ADMIN):
            continue
        yield name, ask
        if ask.body is None and not ask.headers and "/api/" not in ask.address and ask.who != OWN:
            yield f"part of {name}", Ask(ask.who, ask.client, ask.address, ask.query, headers=PART)


def test_priv2_whatever_is_looked_at_leaves_one_row_that_names_everybody(people: tuple[Everybody, Looked]) -> None:
    everybody, looked = people
    for name, ask in looks(everybody):
        if ask.body is None:
            looked.at(f"{name} by {ask.who}", ask.client.get, ask.address, ask.query, headers=ask.headers)
        else:
            looked.at(f"{name} by {ask.who}", ask.answer)
    print("PRIV2 looks:", dict(looked.shown))
    assert looked.wrong == []
    assert {"text/html", "application/json", "application/pdf"} <= set(looked.shown)
    assert looked.shown["text/html"] > 200


def test_priv2_whatever_is_sent_too(people: tuple[Everybody, Looked]) -> None:
    """Each form of each page as it stands, and with nothing in it; whose answer is another page, that page too."""
    everybody, looked = people
    sent: set[tuple[str, str]] = set()
    for name, ask in everybody.asks():
        if name.startswith(ADMIN) or "/api/" in ask.address or ask.body is not None or ask.headers:
            continue
        page = ask.answer()
        if kind_of(page) != "text/html":
            continue
        for action, fields in forms_of(page.content.decode()):
            address = action or ask.address
            if (address, ask.who) in sent or "sign-out" in address or "/account/" in address:
                continue
            sent.add((address, ask.who))
            for data in (fields, {}):
                with transaction.atomic():
                    looked.at(f"POST {address} by {ask.who}", ask.client.post, address, data)
                    transaction.set_rollback(True)
    print("PRIV2 forms:", len(sent), dict(looked.shown))
    assert looked.wrong == []
    assert len(sent) > 50


def test_priv2_whatever_an_endpoint_takes_too(world: World, people: tuple[Everybody, Looked]) -> None:
    everybody, looked = people
    patient = everybody.filled.first["review"].patient
    bodies = accepted_bodies(world, patient) | accepted_resources(world, patient)
    where = {name: address_of(name) for name in PROGRAMS}
    for name, access in PROGRAMS.items():
        for method, roles in access.methods.items():
            program = everybody.programs[sorted(roles)[0]]
            for body in (bodies.get((name, method), {}), {}) if method != "GET" else ({},):
                sent = json.dumps(body, default=str)
                with transaction.atomic():
                    looked.at(f"{method} {name}", program.generic, method, where[name], sent, content_type=JSON)
                    transaction.set_rollback(True)
    print("PRIV2 endpoints:", dict(looked.shown))
    assert looked.wrong == []
    assert looked.shown["application/json"] > 50


def test_priv2_control_without_the_row_every_answer_is_found(people: tuple[Everybody, Looked]) -> None:
    everybody, looked = people
    with mock.patch.object(OneViewRow, "__call__", lambda self, request: self.get_response(request)):
        for name, ask in everybody.asks():
            if name in ("patient", "home", "api-patient", "filed-letter", "call-list"):
                looked.at(name, ask.answer)
    assert {what for what, _, _ in looked.wrong} == {"patient", "home", "api-patient", "filed-letter", "call-list"}
