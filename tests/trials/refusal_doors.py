"""Which refusals there are, the doors through which each is met, and what is wrong with what a door answers."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

from django.test import Client
from django.urls import reverse

import injections
import pht_clinic
import scheduling
from pht_clinic.errors import Refusal
from pht_clinic.people.models import User
from tests.api_world import Api
from tests.pages_world import text_of

PRODUCT: Final = (injections, pht_clinic, scheduling)
STANDS_BY_ITSELF: Final = "management", "migrations", "demo", "settings", "wsgi", "celery"
"""What a process is started by; nothing in there refuses."""


def codes() -> set[str]:
    """The code of every refusal that is raised anywhere: of its class, or handed to one as `code=`."""
    trees = [tree for package in PRODUCT for tree in _trees(package)]
    kinds = set(_below(Refusal))  # only now is every module imported
    raised = [call for tree in trees for call in _raising(tree, {Refusal, *kinds})]
    plain = {Refusal.code for call in raised if _name(call.func) == "Refusal"}
    return {kind.code for kind in kinds} | _handed(raised) | plain


def _handed(raised: Sequence[ast.Call]) -> set[str]:
    """The codes that these calls are given; one that is worked out cannot be looked up."""
    given = [ast.literal_eval(word.value) for call in raised for word in call.keywords if word.arg == "code"]
    return set(given)


def _raising(tree: ast.Module, kinds: set[type[Refusal]]) -> list[ast.Call]:
    """Where a module makes a refusal of one of these kinds."""
    names = {kind.__name__ for kind in kinds}
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in names]


def _trees(package: ModuleType) -> Iterator[ast.Module]:
    """The modules of a package, imported, so that every class of refusal is known."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not set(found.name.split(".")) & set(STANDS_BY_ITSELF):
            module = importlib.import_module(found.name)
            yield ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        if one.__module__.partition(".")[0] in ("injections", "pht_clinic", "scheduling"):
            yield one
        yield from _below(one)


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


class Door(Protocol):
    """One way to ask for what is refused."""

    def wrongs(self, code: str) -> list[str]:
        """Ask, and say everything that is wrong with the answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class ByApi:
    """A request of a program; `fields` are the pointers that the answer must name, no more and no fewer."""

    api: Api
    path: str
    says: str = ""
    body: object = None
    method: str = "POST"
    fields: Sequence[str] = ()
    status: int = 409
    headers: dict[str, str] = field(default_factory=dict)

    def wrongs(self, code: str) -> list[str]:
        answer = self.api.send(self.method, self.path, self.body, **self.headers)
        where = f"{self.method} /api/v1{self.path}"
        if answer.headers["Content-Type"] != "application/problem+json":
            return [f"{where}: {answer.status_code} {answer.headers['Content-Type']}"]
        document = answer.json()
        named = {error["pointer"] for error in document["errors"]}
        found = {
            f"{answer.status_code} in place of {self.status}": answer.status_code == self.status,
            f"type {document['type']}": document["type"] == f"urn:pht-clinic:problem:{code}",
            f"says {document['detail']!r}": self.says in document["detail"],
            f"names {named}": named == set(self.fields),
        }
        return [f"{where}: {what}" for what, is_right in found.items() if not is_right]


@dataclass(frozen=True, kw_only=True)
class ByPage:
    """A page that is fetched, or a form that is sent, by the name of its address or its path.

    `typed` are the texts that somebody wrote and must find again; `at` is the field whose error it is, by
    its id; `asks` says that the refusal is put as a question with a heading of its own.
    """

    client: Client
    name: str
    says: str
    args: Sequence[object] = ()
    data: dict[str, Any] | None = None
    query: str = ""
    method: str = "POST"
    typed: Sequence[str] = ()
    at: str = ""
    asks: bool = False

    def wrongs(self, code: str) -> list[str]:
        path = self.name if self.name.startswith("/") else reverse(self.name, args=self.args)
        where = f"{self.method} {path}"
        path += f"?{self.query}" if self.query else ""
        self.client.raise_request_exception = False
        answer = self.client.post(path, self.data or {}) if self.method == "POST" else self.client.get(path)
        for _ in range(5):
            if answer.status_code not in (302, 303):
                break
            answer = self.client.get(answer.headers["Location"])
        return [f"{where}: {what}" for what in self.wrongs_of(answer)]

    def wrongs_of(self, answer: Any) -> list[str]:
        """What is wrong with this answer."""
        if answer.status_code not in (200, 403, 404, 409, 422, 503):
            return [f"{answer.status_code}"]
        page = _Page()
        page.feed(answer.content.decode())
        shown = text_of(answer)
        form = answer.status_code == 422 and not self.asks
        found = {
            f"does not say {self.says!r}: {page.text[:600]}": self.says in shown,
            "no way on": page.ways_on > 0,
            "no summary of what is wrong": not form or "There is a problem" in shown,
            f"no link to the field {self.at}": not self.at or (f"#{self.at}" in page.links and self.at in page.ids),
            **{f"lost what was typed: {text!r}": text in page.kept for text in self.typed},
        }
        return [what for what, is_right in found.items() if not is_right]


@dataclass
class _Page(HTMLParser):
    """What stands in a page's main part: ways on, ids, the values of its fields."""

    ways_on: int = 0
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    kept: str = ""
    text: str = ""
    _is_main: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self._is_main = self._is_main or tag == "main"
        if not self._is_main:
            return
        if tag == "form" or (tag == "a" and not (said.get("href") or "#").startswith("#")):
            self.ways_on += 1
        if tag == "a":
            self.links.append(said.get("href") or "")
        self.ids.add(said.get("id") or "")
        if tag == "input":
            self.kept += f"{unescape(said.get('value') or '')}\n"

    def handle_data(self, data: str) -> None:
        if self._is_main and data.strip():
            self.text += f"{data.strip()} "
            self.kept += data

    def handle_endtag(self, tag: str) -> None:
        self._is_main = self._is_main and tag != "main"


def signed_in(user: User) -> Client:
    """A browser of this user that is shown errors of the server as they are."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client
