"""Writes errors/ beside it: what nginx answers by itself, as pages and as problem documents, in the product's form.

`python docs/running/nginx/error_pages.py`; with `--check` it only says whether the files are these. They name no
clinic: nginx answers so where the product cannot be asked. Each page holds its few styles, of which nginx.conf has the
digest.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = HERE / "errors"


@dataclass(frozen=True)
class Said:
    """What is said of some statuses: title and sentence in English, the same in German, the sentence to a program."""

    statuses: tuple[int, ...]
    title: str
    text: str
    title_de: str
    text_de: str
    detail: str


ALL: Final = (
    Said(
        statuses=(400, 408, 414, 431),
        title="The request could not be understood",
        text="Nothing of it was saved. Go back and try again.",
        title_de="Die Anfrage war nicht zu verstehen",
        text_de="Nichts davon wurde gespeichert. Gehen Sie zurück und versuchen Sie es noch einmal.",
        detail="The request could not be read. Nothing of it was saved.",
    ),
    Said(
        statuses=(413,),
        title="What you sent is too large",
        text="Nothing of it was saved. Go back and send less at once.",
        title_de="Was Sie gesendet haben, ist zu groß",
        text_de="Nichts davon wurde gespeichert. Gehen Sie zurück und senden Sie weniger auf einmal.",
        detail="The body is too large. Nothing of it was saved.",
    ),
    Said(
        # what was sent may have been acted on before the answer was lost
        statuses=(500, 502, 503, 504),
        title="The system does not answer just now",
        text="Wait a moment, then reload this page. If you had just sent something, look first whether it has arrived.",
        title_de="Das System antwortet gerade nicht",
        text_de="Warten Sie einen Moment und laden Sie die Seite neu. Wenn Sie gerade etwas gesendet haben, sehen Sie "
        "zuerst nach, ob es angekommen ist.",
        detail="The service did not answer. Whether it acted is not known: repeat the request with the same "
        "Idempotency-Key.",
    ),
)
STYLE: Final = (
    ":root{color-scheme:light dark;--ground:#f5f7f8;--ink:#1b232b;--line:#cfd7de}"
    "@media (prefers-color-scheme:dark){:root{--ground:#0d1115;--ink:#e8ecef;--line:#36424d}}"
    "body{margin:0;font:100%/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}"
    "main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem}"
    "h1,h2{line-height:1.25}h1{font-size:1.5rem}h2{font-size:1.125rem}"
    "section{border-top:1px solid var(--line)}"
)


def digest() -> str:
    """Of the styles, as a Content-Security-Policy names them."""
    return "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def page(said: Said) -> str:
    """For people, in English and in German: nobody knows here which of them somebody reads."""
    title, text = escape(said.title), escape(said.text)
    return (
        '<!doctype html>\n<html lang="en-GB">\n  <head>\n    <meta charset="utf-8">\n'
        '    <meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '    <meta name="robots" content="noindex">\n'
        f"    <title>{title}</title>\n    <style>{STYLE}</style>\n  </head>\n  <body>\n    <main>\n"
        f"      <h1>{title}</h1>\n      <p>{text}</p>\n"
        f'      <section lang="de">\n        <h2>{escape(said.title_de)}</h2>\n        <p>{escape(said.text_de)}</p>\n'
        "      </section>\n    </main>\n  </body>\n</html>\n"
    )


def document(said: Said, status: int) -> str:
    """For programs, as RFC 9457 has it, with the members that the product's own have."""
    found = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": said.detail}
    return json.dumps({**found, "errors": []}) + "\n"


def files() -> dict[str, str]:
    """Each file by its name, and what stands in it."""
    each = [(said, status) for said in ALL for status in said.statuses]
    return {f"{status}.html": page(said) for said, status in each} | {
        f"{status}.json": document(said, status) for said, status in each
    }


def main() -> int:
    """0 where the files are these, or are now."""
    FOLDER.mkdir(exist_ok=True)
    wanted, there = files(), {one.name: one.read_text(encoding="utf-8") for one in FOLDER.iterdir()}
    if wanted == there:
        return 0
    if "--check" in sys.argv:
        sys.stderr.write(
            "docs/running/nginx/errors: not what would be written; run python docs/running/nginx/error_pages.py\n"
        )
        return 1
    for name in there.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
