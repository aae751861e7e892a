"""SEC5: text that wants to be markup, in every text field, looked at on every page and in every mail.

The fields are found by walking the models: a new one is tried without being named here. What is stored is put there
past every form (`UPDATE` in the owner's role), so that nothing but the way it is shown stands between it and the page;
what forms and addresses throw back is tried as well. A real browser parses the pages and looks for what would be alive.
The control shows values without escaping them. 10 payloads in `make test`, all of them (more than 200) in
`make trials`: each in each field once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponseBase
from django.template import base as template_base
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright
from psycopg import sql

from injections.answers.information import answer_information
from injections.models import (
    CdsCard,
    CdsFeedback,
    ColumnNames,
    Complication,
    Incident,
    Injection,
    Note,
    PhysiotherapyArranged,
)
from injections.patient.keeping.erase import AskedToErase, erase
from injections.review.decide import DecisionRequest, decide
from injections.visit.consent.withdrawal import Withdrawn, withdraw_consent
from injections.worklists.recall import tick_off
from pht_clinic.clinic_words import SETTING_OF, first_words
from scheduling.messages import blocks, kinds, render
from scheduling.messages.wording import clinic_versions, wordings
from scheduling.messages.wording.own_words import Words
from scheduling.models import Appointment, ClinicVersion, Erasure, MailNews, Message, Patient, Wording
from tests.browser.conftest import House
from tests.browser.filled import Filled, fill
from tests.clinic import NOW, Clinic, local
from tests.conftest import ClockOffset, Share
from tests.trials import every_url
from tests.trials.every_url import LINKS, PAGES, WORDS, Address
from tests.trials.markup import CANARY, LOOK, payloads

SMALL = 10
APPS: Final = ("scheduling", "injections", "people", "audit", "web")
NO_TEXT: Final = frozenset(
    {
        # codes of the product's own, numbers, digests: no form and no program can put text of its own there
        "calendar_uid",
        "kind",
        "template",
        "subject",
        "occasion",
        "status",
        "verb",
        "from_status",
        "to_status",
        "site",
        "side",
        "second",
        "third",
        # words of names, folded to letters and digits
        "word",
        "sound",
        "other_sound",
        "given",
        "since",
        "on",
        "origin",
        "area",
        "modality",
        "tendinopathy",
        "bursitis",
        "tear",
        "tear_grade",
        "other_diagnosis",
        "rule",
        "why",
        "question",
        "change",
        "sitting",
        "moving",
        "outcome",
        "reason_code",
        "waiting_for",
        "rules_version",
        "verdict",
        "role",
        "password",
        "digest",
        "secret",
        "old_secret",
        "key",
        "path",
        "nhs_number",
        "request_id",
        "actor_kind",
        "content_type",
        "method",
    }
)
SAID: Final[dict[str, tuple[str, ...]]] = {
    "scheduling.message.values": ("dear", "practitioner"),
    "injections.injection.local_anaesthetic": ("drug",),
    "injections.pathway.content": ("not_possible_reason",),
    "injections.clinicalletter.content": ("title", "paragraph", "signed"),
    "scheduling.recordedit.before": ("given_name",),
}
"""Where in a JSON column somebody's own words stand."""
ASKED: Final = (
    "text",
    "status",
    "day",
    "page",
    "next",
    "from",
    "to",
    "by",
    "room",
    "practitioner",
    "patient",
    "user",
    "site",
    "side",
    "kind",
    "start",
    "note",
    "verdict",
    "rule",
    "q",
    "month",
    "week",
    "view",
    "batch",
    "drug",
)
"""Parameters that some page or other reads from its address."""
PLAIN_TYPES: Final = (
    "application/json",
    "application/problem+json",
    "text/csv",
    "text/calendar",
    "text/plain",
    "application/pdf",
    "application/vnd.oai.openapi",
    "application/yaml",
)
UNSEEN: Final = frozenset(
    {
        *("web.idempotencykey", "web.export", "web.exportpart", "web.keptform", "web.guesscount", "web.opensession"),
        *("injections.failedtry", "audit.seal", "scheduling.settingseen", "injections.retentionrun"),
        "injections.importpart",
    }
)
"""Tables whose text is shown on no page: answers for programs, names of files and what is in them, files to import,
names of tasks, counts of guesses by digests, seals, what settings were at a start (the page shows them as they are),
counts of what was removed; from where people are signed in stands on one, in words of ours.

Of what is typed too late, encrypted, `test_typed_work.py` sees to it."""
OF: Final = {
    "procedure": "arrived",
    "procedure-step": "arrived",
    "procedure-cannot": "arrived",
    "procedure-done": "treated",
    "procedure-report": "treated",
    "procedure-complication": "treated",
    "aftercare-sheet": "treated",
    "letter-list": "treated",
    "letter-write": "treated",
    "physiotherapy-arrange": "treated",
    "decision": "override",
    "review-open": "override",
    "patient-deceased-undo": "died",
}
AS_JSON: Final = frozenset({"audit.value.old", "audit.value.new"})
"""Texts that are JSON."""
BEGINS: Final = {"scheduling.webhookendpoint.url": "https://"}
"""How a column's text begins, whatever follows: the database takes no other."""
BORN: Final = "1 5 1980"
Pages = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refused forms need not be logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def look(chromium: str) -> Iterator[Callable[[Pages], list[str]]]:
    """What is alive in these pages. The browser has a thread of its own: the ORM refuses to work beside it."""
    with ThreadPoolExecutor(1) as thread:

        def start() -> tuple[Any, Page]:
            playwright = sync_playwright().start()
            return playwright, playwright.chromium.launch(executable_path=chromium).new_page()

        playwright, page = thread.submit(start).result()
        yield lambda pages: [
            f"{name}: {what}"
            for name, alive in thread.submit(page.evaluate, LOOK, [list(one) for one in pages]).result()
            for what in alive
        ]
        thread.submit(lambda: (page.context.browser.close(), playwright.stop())).result()  # type: ignore[union-attr]


@pytest.fixture
def filled(committed_db: None, clock_offset: ClockOffset) -> Filled:
    from tests.clinic import open_clinic

    made = fill(House(open_clinic(NOW), clock_offset, "", {}, {}))
    _words_of_the_clinic(made)
    return made


def _words_of_the_clinic(made: Filled) -> None:
    """What stands in tables of its own: notes, a decision, words that a manager chose; and a carer by name."""
    clinic = made.house.clinic
    manager = clinic.users["manager"]
    Patient.objects.update(carer_name="c")  # nothing of a carer stands without it
    for template in ("scheduling/mail/confirmed", "injections/mail/confirmed", "injections/mail/aftercare"):
        Wording.objects.create(
            template=template,
            version=1,
            subject_line="s",
            opening="o",
            closing="c",
            reason="r",
            at=NOW,
            by=manager,
            by_name=manager.name,
        )
    for name, day in (("Moss", "2026-07-13"), ("Nash", "2026-07-14")):
        made.visits[name] = clinic.delayed(clinic.fit_patient(name), local(day), "2026-03-05")
    tick_off(made.number("Nash"), note="n", by=clinic.reception, now=clinic.now)
    decide(made.number("override"), DecisionRequest(outcome="ask", reason="d"), by=clinic.radiologist, now=NOW)
    answer_information(made.number("override"), text="n", by=clinic.reception, now=NOW)
    unwilling = made.visits["Oakes"] = clinic.book(clinic.fit_patient("Oakes"), local("2026-07-15")).appointment
    assert unwilling is not None
    withdraw_consent(unwilling.pk, Withdrawn("c", "phone", "w"), by=clinic.reception, now=clinic.now)
    for name in ("booked", "treated"):
        Note.objects.create(patient_id=made.patient(name), text="n", recorded_at=NOW, recorded_by=manager)
    ColumnNames.objects.create(rows="patient", header=["h"], columns={}, saved_at=NOW, saved_by=manager)
    card = CdsCard.objects.create(issuer="i", service="s", hook_instance=uuid4(), rule="r", severity="warning", at=NOW)
    CdsFeedback.objects.create(card=card, outcome="overridden", reason_code="o", outcome_at=NOW, at=NOW)
    PhysiotherapyArranged.objects.create(
        patient_id=made.patient("booked"), appointment_id=made.number("booked"), note="n", recorded_at=NOW
    )


def text_fields() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    """Every column in which somebody's own words may stand."""
    return [
        (model, field)
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not (field.choices or field.primary_key)
        if field.name not in NO_TEXT
    ]


def put(owner: psycopg.Connection, chosen: Callable[[int], str]) -> int:
    """Write a payload into every text field of every row; `chosen` says which by the field's number.

    Returns how many fields took one: what is longer than its column could not be stored by anybody.
    """
    taken = 0
    for number, (model, field) in enumerate(text_fields()):
        text = BEGINS.get(f"{model._meta.label_lower}.{field.name}", "") + chosen(number)
        words: sql.Composable = sql.Literal(text)
        if field.unique:
            kept = "lower({} || ' ' || id)" if field.name == "email" else "{} || ' ' || id"
            words = sql.SQL(kept).format(words)
        if f"{model._meta.label_lower}.{field.name}" in AS_JSON:
            words = sql.SQL("to_jsonb({}::text)::text").format(words)
        if field.max_length and len(text) + 8 * field.unique > field.max_length:
            continue
        _update(owner, model, field.column, words)
        taken += 1
    for number, (label, keys) in enumerate(SAID.items()):
        model_label, _, column = label.rpartition(".")
        for key in keys:
            found = sql.SQL("jsonb_set({0}, ARRAY[{1}], to_jsonb({2}::text))").format(
                sql.Identifier(column), sql.Literal(key), sql.Literal(chosen(number + 1))
            )
            _update(owner, apps.get_model(model_label), column, found, has=key)
            taken += 1
    return taken


def tables_without_a_row() -> set[str]:
    """Tables with a text field in which nothing stands: what people type there was not looked at."""
    return {model._meta.label_lower for model, _ in text_fields() if not model._default_manager.exists()}


def _update(
    owner: psycopg.Connection, model: type[models.Model], column: str, value: sql.Composable, *, has: str = ""
) -> None:
    where = sql.SQL(" WHERE {} ? {}").format(sql.Identifier(column), sql.Literal(has)) if has else sql.SQL("")
    owner.execute(
        sql.SQL("UPDATE {} SET {} = {}").format(sql.Identifier(model._meta.db_table), sql.Identifier(column), value)
        + where
    )


class Reader:
    """Opens every page as whoever may, with a browser that keeps its session."""

    def __init__(self, filled: Filled, share: Share) -> None:
        self.filled = filled
        self.browsers: dict[str, Client] = {}
        for name in ("reception", "radiologist", "manager"):
            self.browsers[name] = Client(raise_request_exception=False)
            self.browsers[name].force_login(self.clinic.users[name])
        self.patient = Client(raise_request_exception=False)
        self.link = f"/p/{filled.tokens['treated']}/"
        assert self.patient.post(f"{self.link}open/", {"born_on": BORN}).status_code == 302
        pages = (one for one in every_url.addresses() if one.name in PAGES or one.name in LINKS)
        self.addresses = share.of(pages, one_in=4)

    @property
    def clinic(self) -> Clinic:
        return self.filled.house.clinic

    def stored(self, number: int) -> Iterator[tuple[str, str]]:
        """Every page as it stands, in each round for another one of those who see it."""
        for address in self.addresses:
            visits = list(self.visits(address))
            who, browser, path = visits[number % len(visits)]
            yield from self.html(f"{who} {path}", browser.get(path))
        erased = reverse("patient", args=[Erasure.objects.get().record_id])
        yield from self.html(f"erased {erased}", self.browsers["manager"].get(erased))
        for tab in ("phone", "queued", "sent", "failed", "skipped", "withdrawn"):
            response = self.browsers["reception"].get(reverse("message-list"), {"status": tab})
            yield from self.html(f"messages {tab}", response)

    def paused(self, payload: str) -> Iterator[tuple[str, str]]:
        """A procedure that was paused half-way shows again what was typed."""
        browser = self.browsers["radiologist"]
        typed = ("drug", "batch", "anaesthetic", "dose_mg", "volume_ml", "complications", "rest_reason", "reason")
        for step in ("injection", "aftercare"):
            path = reverse("procedure-step", args=[self.filled.number("arrived"), step])
            kept = browser.post(path, {**dict.fromkeys(typed, payload), "pause": "1"})
            assert kept.status_code == 302, kept.status_code
            yield from self.html(f"paused {path}", browser.get(path))

    def of_all_visits(self) -> Iterator[tuple[str, str]]:
        """The pages of visits in every state, and of their patients."""
        for visit in self.filled.visits.values():
            for name in ("appointment", "patient"):
                pk = visit.pk if name == "appointment" else visit.patient_id
                path = reverse(name, args=[pk])
                yield from self.html(path, self.browsers["radiologist"].get(path))

    def thrown_back(self, payload: str, shown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What addresses and refused forms show again of what was sent; `shown` are the pages that hold the forms."""
        for address in self.addresses:
            for who, browser, path in list(self.visits(address))[:1]:
                asked = browser.get(path, dict.fromkeys(ASKED, payload))
                yield from self.html(f"{who} {path}?…", asked)
                form = filled_in(shown.get(f"{who} {path}", ""), payload)
                yield from self.html(f"{who} POST {path}", sent(browser, path, form))
        yield from self.too_late()
        yield from self.html("404", self.browsers["reception"].get(f"/{payload}/"))

    def too_late(self) -> Iterator[tuple[str, str]]:
        """What somebody reads who saves details that a colleague has changed: what stood there, what does, by whom."""
        path = reverse("patient-correct", args=[self.filled.patient("missed")])
        typed = {"given_name": "Robin", "family_name": "Moss", "date_of_birth": BORN, "revision": "1"}
        pages = list(self.html(f"too late {path}", sent(self.browsers["reception"], path, typed)))
        assert all(CANARY in html for _, html in pages)
        yield from pages

    def mails(self) -> Iterator[tuple[str, str]]:
        """One message of every kind as it would be sent."""
        rows = Message.objects.select_related("appointment", "patient").order_by("template", "pk")
        for message in rows.distinct("template"):
            try:
                letter = render.letter(message, now=self.clinic.now, words=wordings.to_come(message))
            except (LookupError, ValueError):
                continue  # a brace that is no placeholder: it cannot be sent, and no form takes it
            yield f"mail {message.kind} {message.pk}", letter.html

    def visits(self, address: Address) -> Iterator[tuple[str, Client, str]]:
        if address.name in LINKS:
            yield "patient", self.patient, f"{self.link}{address.path.partition('>/')[2]}"
            return
        about = self.filled.visits[OF.get(address.name, "booked")]
        values: dict[str, object] = {"appointment_id": about.pk, "patient_id": about.patient_id, **WORDS}
        known = all(part in values for part in address.parts)
        path = reverse(address.name, args=[values[part] for part in address.parts]) if known else address.url()
        for who in sorted(PAGES[address.name]):
            yield who, self.browsers[who], path

    def html(self, name: str, response: HttpResponseBase) -> Iterator[tuple[str, str]]:
        """The page, if it is one. Raises: AssertionError for an error, and for what leads elsewhere."""
        assert response.status_code < 500, (name, response.status_code)
        leads_to = response.headers.get("Location", "/")
        assert re.match(r"[/?](?![/\\])", leads_to), (name, leads_to)
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined,arg-type]
        if kind == "text/html":
            yield name, content.decode()
        else:
            assert not content or kind in PLAIN_TYPES, (name, kind)
            assert response.headers.get("X-Content-Type-Options") == "nosniff", name


def filled_in(html: str, payload: str) -> dict[str, str]:
    """A form's fields, what is hidden as it stands, everything else with the payload."""
    found = {}
    for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", html):
        attributes = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag) if value}
        if "name" in attributes:
            is_hidden = attributes.get("type") == "hidden"
            found[attributes["name"]] = attributes.get("value", "") if is_hidden else payload
    return found


def sent(browser: Client, path: str, data: dict[str, str]) -> Any:
    """The answer to a form whose effect is taken back."""
    with transaction.atomic():
        response = browser.post(path, data)
        transaction.set_rollback(True)
    return response


def out_of_the_ordinary(filled: Filled) -> None:
    """What was remarkable about the injection that was given, and what came of it."""
    given = Injection.objects.get(pk=filled.own)
    written = {"patient": given.patient, "recorded_at": NOW, "recorded_by": given.recorded_by}
    what = [{"pointer": "#/expires_on", "detail": "This batch had expired."}]
    Incident.objects.create(injection=given, what=what, reason_code="as-found", reason="Read later", **written)
    seen = {"kind": "bleed", "severity": "mild", "on": "2026-03-02", "note": "A bruise"}
    Complication.objects.create(appointment=given.appointment, **seen, **written)
    of_mail = {"key": "0" * 64, "provider": "postmark", "kind": "bounced", "at": NOW, "heard_at": NOW}
    MailNews.objects.create(message=Message.objects.earliest("pk"), said="No such person", **of_mail)
    said = {name: getattr(first_words(), name) for name in SETTING_OF}
    ClinicVersion.objects.create(version=1, at=NOW, by=filled.house.clinic.users["manager"], by_name="manager", **said)
    gone, why = filled.house.clinic.patient("Gone"), {"reason_code": "asked", "reason": "By letter"}
    erase(gone.pk, AskedToErase(number=str(gone.pk), **why), by=filled.house.clinic.manager, now=NOW)


@pytest.mark.full_trial(one_in=3)
def test_sec5_nothing_that_people_type_comes_alive(
    filled: Filled,
    owner_connection: psycopg.Connection,
    look: Callable[[Pages], list[str]],
    is_full_trial: bool,
    share: Share,
) -> None:
    texts = payloads()
    assert len(texts) >= 200
    out_of_the_ordinary(filled)
    assert tables_without_a_row() <= UNSEEN
    reader = Reader(filled, share)
    step = len(texts) // SMALL
    chosen = texts if is_full_trial else texts[::step][:SMALL]
    pages = fields = 0
    for number in range(len(chosen) if is_full_trial else 1):
        fields = put(owner_connection, lambda field, number=number: chosen[(field + number) % len(chosen)])  # type: ignore[misc]
        wordings._of_version.cache_clear()
        clinic_versions._of_version.cache_clear()
        shown = [*reader.stored(number), *reader.paused(chosen[number]), *reader.mails()]
        if number % 5 == 0:
            shown += [*reader.of_all_visits(), *reader.thrown_back(chosen[number], dict(shown))]
        assert sum(CANARY in html for _, html in shown) > len(shown) / 3, "hardly any page shows what was typed"
        alive = look(shown)
        assert not alive, (chosen[number], alive[:5])
        pages += len(shown)
    print(f"SEC5: {len(chosen)} payloads, {fields} fields, {pages} pages and mails, 0 alive")
    assert fields > 30
    assert Injection.objects.exists()
    assert Appointment.objects.count() == len(filled.visits)


@pytest.mark.full_trial
def test_sec5_control_shown_without_escaping_they_come_alive(
    filled: Filled,
    owner_connection: psycopg.Connection,
    look: Callable[[Pages], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    share: Share,
) -> None:
    elements = [text for text in payloads() if text.startswith(("<img", "<svg", "<script"))]
    put(owner_connection, lambda number: elements[number % len(elements)])
    reader = Reader(filled, share)
    monkeypatch.setattr(template_base, "conditional_escape", str)
    path = reverse("patient", args=[filled.patient("booked")])
    shown = [*reader.html("patient", reader.browsers["reception"].get(path)), *reader.mails()]
    alive = look(shown)
    print(f"SEC5 control: {len(alive)} alive on {len(shown)} pages and mails")
    assert {name.partition(" ")[0].rstrip(":") for name in alive} == {"patient", "mail"}


def test_sec5_control_the_browser_sees_what_payloads_make_of_a_bare_page(look: Callable[[Pages], list[str]]) -> None:
    """In a text, in an attribute, in an address: most payloads that are not meant for a template or a script."""
    frames = (
        "<p>{}</p>",
        '<input value="{}">',
        "<input value='{}'>",
        "<a href='{}'>x</a>",
        "<title>{}</title>",
        "<textarea>{}</textarea>",
    )
    seen = set()
    for frame in frames:
        pages = [(str(number), frame.format(text)) for number, text in enumerate(payloads())]
        seen |= {said.partition(":")[0] for said in look(pages)}
    print(f"SEC5 control: {len(seen)} of {len(payloads())} payloads are seen in a bare page")
    assert len(seen) > len(payloads()) * 0.7


@pytest.mark.parametrize("said", ["=> https://xq9.example/", "Hello\n => javascript:xq9()", "## => ## Now", "{who}"])
def test_sec5_a_clinics_own_words_make_no_link_and_no_heading(said: str) -> None:
    """Forms refuse them; here they stand in the row all the same, or come in with a value."""
    kind = kinds.kind_of("confirmed")
    values = {**kind.example, "who": "=> javascript:xq9()"}
    words = Words(opening=said, closing=said).filled(kind, values)
    for part in (words.opening, words.closing):
        assert {block.form for block in blocks.read(part)} == {"paragraph"}
