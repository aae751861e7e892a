"""What a browser would send of a page's form: its fields as they stand there."""

from __future__ import annotations

from html.parser import HTMLParser


def fields_of(html: str, marker: str) -> dict[str, list[str]]:
    """The fields of the first form that is sent by POST and has a field of this name, by name."""
    reader = _Forms()
    reader.feed(html)
    return next(form for form in reader.forms if marker in reader.names[id(form)])


def forms_of(html: str) -> list[tuple[str, dict[str, list[str]]]]:
    """All forms that are sent by POST: where to ("" for where the page stands), and their fields by name."""
    reader = _Forms()
    reader.feed(html)
    return list(zip(reader.actions, reader.forms, strict=True))


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.actions: list[str] = []
        self.names: dict[int, set[str]] = {}
        self._at: dict[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form" and said.get("method") == "post":
            self._at = {}
            self.forms.append(self._at)
            self.actions.append(said.get("action") or "")
            self.names[id(self._at)] = set()
        name = said.get("name")
        if self._at is None or tag != "input" or not name:
            return
        self.names[id(self._at)].add(name)
        if said.get("type") not in ("radio", "checkbox") or "checked" in said:
            self._at.setdefault(name, []).append(said.get("value") or ("" if said.get("type") != "checkbox" else "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._at = None
