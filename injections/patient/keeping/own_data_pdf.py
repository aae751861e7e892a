"""A patient's own copy as a PDF to read: a heading for each kind of thing, a block of lines for each row."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import SimpleDocTemplate
from reportlab.platypus.flowables import Flowable, Spacer
from reportlab.platypus.paragraph import Paragraph

from scheduling.messages.undelivered.typeface import BOLD, PLAIN, register_fonts

TITLE: Final = "Copy of a record"
"""What a reader of PDFs writes above it: nothing clinical, and nobody's name."""
_SIZE: Final = 9.0
_MARGIN: Final = 18 * mm
_LISTS: Final = {"who_looked": "Who looked at the record", "what_was_done": "What was done"}


def own_data_pdf(copy: Mapping[str, Any]) -> bytes:
    """The copy, set on as many pages as it takes. The same copy makes the same bytes."""
    register_fonts()
    out = io.BytesIO()
    edges = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    sheet = SimpleDocTemplate(out, pagesize=A4, title=TITLE, author="", lang="en-GB", invariant=1, **edges)
    sheet.build(list(_flow(copy)))
    return out.getvalue()


def _flow(copy: Mapping[str, Any]) -> Iterator[Flowable]:
    styles = _styles()
    yield Paragraph(escape(f"All that {copy['clinic']} holds about {copy['name']}"), styles["title"])
    yield Paragraph(escape(f"Record {copy['patient']}, made {copy['made_at']}"), styles["plain"])
    for heading, rows in copy["held"].items():
        yield Paragraph(escape(heading), styles["heading"])
        for row in rows:
            yield from (Paragraph(line, styles["plain"]) for line in _lines(row))
            yield Spacer(1, _SIZE * 0.7)
    for name, heading in _LISTS.items():
        yield Paragraph(escape(heading), styles["heading"])
        for one in copy[name]:
            yield Paragraph(escape(f"{one['at']}: {one['what']}, by {one['who']}"), styles["plain"])


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    """A line for each value that there is."""
    for name, value in row.items():
        if said := _said(value):
            yield f'<font name="{BOLD}">{escape(_label(name))}:</font> {escape(said)}'


def _said(value: Any) -> str:
    """A value in one line; "" of what is not known or not there."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        pairs = ((_label(str(name)).lower(), _said(one)) for name, one in value.items())
        return "; ".join(f"{name}: {said}" for name, said in pairs if said)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(filter(None, map(_said, value)))
    return " ".join(f"{value}".split())


def _label(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _styles() -> dict[str, ParagraphStyle]:
    usual = {"fontName": PLAIN, "fontSize": _SIZE, "leading": _SIZE * 1.3, "splitLongWords": 1}
    large = {"fontName": BOLD, "fontSize": _SIZE * 1.5, "leading": _SIZE * 1.9, "spaceAfter": _SIZE}
    heading = {"fontName": BOLD, "fontSize": _SIZE * 1.2, "spaceBefore": _SIZE, "spaceAfter": _SIZE * 0.5}
    return {
        "plain": ParagraphStyle("plain", **usual),
        "title": ParagraphStyle("title", **usual | large),
        "heading": ParagraphStyle("heading", **usual | heading),
    }
