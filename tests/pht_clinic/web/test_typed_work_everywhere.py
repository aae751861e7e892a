"""Every form of the staff's pages says for whom it was made, and opens with what was typed after its session ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import unquote

import pytest
from django.conf import settings as project
from django.test import Client

from pht_clinic.people.models import User
from pht_clinic.web.models import KeptForm
from pht_clinic.web.typed_work.arriving import look_for_typed_work
from tests.api_world import World
from tests.conftest import Share
from tests.scenarios.every_ask import ADMIN, Ask, Everybody
from tests.scenarios.queries_world import NOON, Filled
from tests.trials.every_url import LINKS, OFFERS, OPT_OUT
from tests.trials.fingerprint import fingerprint

HELD: Final = {"csrfmiddlewaretoken", "made_for", "next"}
TEXT: Final = "Typed too late"
BESIDES: Final = frozenset({"web_keptform", "people_user", "audit_entry"})
"""What is kept, when somebody signed in, and that they looked."""


@dataclass
class Form:
    """One form as a browser sends it; `choices` are what can be chosen, `texts` the fields that can be typed into."""

    action: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    @property
    def typed(self) -> dict[str, list[str]]:
        return {name: values for name, values in sorted(self.sent.items()) if name not in HELD}

    def filled(self) -> Form:
        """The same with something typed and chosen everywhere."""
        sent = {**self.sent, **{name: [TEXT] for name in self.texts}}
        return Form(self.action, {**sent, **{name: [values[-1]] for name, values in self.choices.items()}})


class Forms(HTMLParser):
    """The forms of a page that are sent by POST."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._at: Form | None = None
        self._list, self._text = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._at = Form(said.get("action") or "") if said.get("method") == "post" else None
            self.forms += [self._at] if self._at else []
        if self._at is None or "disabled" in said:
            return
        name = said.get("name") or ""
        if tag == "input" and name:
            self._input(self._at, name, said)
        elif tag == "select":
            self._list = name
        elif tag == "option" and self._list:
            self._option(self._at, said.get("value") or "", is_chosen="selected" in said)
        elif tag == "textarea":
            self._text = name
            self._at.sent[name] = [""]
            self._at.texts.add(name)

    def _input(self, form: Form, name: str, said: dict[str, str | None]) -> None:
        value, kind = said.get("value"), said.get("type")
        if kind == "file":
            return  # no page may fill one in: a browser lets nobody but whoever sits there choose a file
        if kind in ("radio", "checkbox"):
            value = "on" if value is None else value
            form.choices.setdefault(name, []).append(value)
            if "checked" in said:
                form.sent.setdefault(name, []).append(value)
            return
        form.sent.setdefault(name, []).append(value or "")
        if kind != "hidden":
            form.texts.add(name)

    def _option(self, form: Form, value: str, *, is_chosen: bool) -> None:
        form.choices.setdefault(self._list, []).append(value)
        if is_chosen or self._list not in form.sent:
            form.sent[self._list] = [value]

    def handle_data(self, data: str) -> None:
        if self._text and self._at is not None:
            # the first line break after the tag is none of the text
            self._at.sent[self._text] = [(self._at.sent[self._text][0] + data).removeprefix("\n").removeprefix("\r\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._at = None
        self._list = "" if tag == "select" else self._list
        self._text = "" if tag == "textarea" else self._text


@pytest.fixture
def everybody(world: World, settings: Any) -> Everybody:
    settings.METRICS_TOKEN = "known"
    filled = Filled(world.clinic)
    world.at(NOON)
    return Everybody(world, filled)


def pages(everybody: Everybody, share: Share) -> Iterator[tuple[str, Ask, str]]:
    """Every page that somebody of the staff can look at, and its text; not one's own account: it holds passwords."""
    for name, ask in share.of(everybody.asks(), one_in=8):
        if name in LINKS | OFFERS | OPT_OUT or name.startswith((ADMIN, "api")) or ask.address.startswith("/account/"):
            continue
        response = ask.answer()
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            yield name, ask, response.content.decode()


def test_every_form_of_the_staffs_pages_says_for_whom_it_was_made(
    everybody: Everybody, share: Share, subtests: pytest.Subtests
) -> None:
    seen = 0
    for name, ask, html in pages(everybody, share):
        with subtests.test(f"{name} by {ask.who}"):
            found = Forms(html).forms
            silent = [one.action or "the page itself" for one in found if not one.sent.get("made_for")]
            assert not silent, "Forms without the field that says for whom the page was made (made_for)"
            seen += len(found)
    assert seen > share.at_least(200, one_in=8)


def user_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def sent_too_late(address: str, form: Form) -> str:
    """Where a browser whose session is gone is led with this form, and after signing in."""
    path = address.partition("?")[0]
    there = {"": address, "?": path + form.action}.get(form.action[:1], form.action)
    response = Client().post(there, form.sent)
    assert response.status_code == 302
    return unquote(response.headers["Location"].partition("?next=")[2])


def signed_in_again(user: User) -> Client:
    client = Client()
    client.force_login(user)
    request: Any = type("Request", (), {"session": client.session})()
    look_for_typed_work(request, user)
    request.session.save()
    return client


def test_every_form_opens_with_what_was_typed_when_its_session_had_ended(
    everybody: Everybody, share: Share, subtests: pytest.Subtests
) -> None:
    """Everything typed and chosen stands there again, hidden fields too; sending and looking changed nothing."""
    asked: set[tuple[str, str]] = set()
    for name, ask, html in pages(everybody, share):
        if ask.headers or ask.body is not None:  # a part of a page, or what was found: their pages are looked at too
            continue
        for form in Forms(html).forms:
            if not (form.texts or form.choices) or (name, form.action) in asked:
                continue
            asked.add((name, form.action))
            with subtests.test(f"{name} by {ask.who}: {form.action}"):
                opens_with_it(ask, form.filled())
    assert len(asked) > share.at_least(40, one_in=8)


def opens_with_it(ask: Ask, typed: Form) -> None:
    before = fingerprint(without=BESIDES)
    address = ask.client.get(ask.address, ask.query).wsgi_request.get_full_path()
    there = sent_too_late(address, typed)
    client = signed_in_again(user_of(ask.client))
    response = client.get(there)
    html = response.content.decode()
    assert response.status_code == 200, there
    assert "This is what you typed before your session ended." in html
    # what was looked for from the header stands in the box of the search's own page
    expected = {"text": typed.typed["find"]} if typed.typed.keys() == {"find"} else typed.typed
    again = [one for one in Forms(html).forms if one.typed.keys() & expected.keys()]
    assert [one.typed for one in again if one.typed == expected], (again, typed)
    assert fingerprint(without=BESIDES) == before
    KeptForm.objects.all().delete()


def test_it_is_a_browser_without_a_session_that_sends(everybody: Everybody) -> None:
    """The control: with the session the same form is acted on."""
    assert project.SESSION_COOKIE_NAME in everybody.browsers["reception"].cookies
    assert project.SESSION_COOKIE_NAME not in Client().cookies
