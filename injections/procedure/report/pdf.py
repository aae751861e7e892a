"""The report of a procedure as a PDF: its page word for word, set smaller until it fits on one sheet if it can."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import SimpleDocTemplate
from reportlab.platypus.paragraph import Paragraph

from scheduling.messages.undelivered.typeface import BOLD, PLAIN, register_fonts

TITLE: Final = "Report"
"""What a reader of PDFs writes above it: nothing clinical, and nobody's name."""
SIZES: Final = (10.0, 9.0, 8.0, 7.0)
_MARGIN: Final = 18 * mm
_LINES: Final = {"h1": "title", "h2": "heading", "h3": "heading", "p": "plain", "li": "item", "dt": "plain"}
"""The elements with which a line begins, and how it is set; what is said of a term goes on in its line."""
_STRONG: Final = f'<font name="{BOLD}">'
_ARROW, _BECAME = "→", "became"
"""The typeface has no arrow."""


def report_pdf(html: str) -> bytes:
    """`html` is the report as it stands on its page. The same report makes the same bytes."""
    register_fonts()
    reader = _Lines()
    reader.feed(html)
    reader.close()
    for size in SIZES:
        made, pages = _set(reader.lines, size)
        if pages == 1:
            break
    return made


def _set(lines: list[tuple[str, str]], size: float) -> tuple[bytes, int]:
    """At this size, and on how many pages."""
    out = io.BytesIO()
    edges = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    sheet = SimpleDocTemplate(out, pagesize=A4, title=TITLE, author="", lang="en-GB", invariant=1, **edges)
    styles = _styles(size)
    sheet.build([Paragraph(text, styles[how]) for how, text in lines])
    return out.getvalue(), sheet.page


def _styles(size: float) -> dict[str, ParagraphStyle]:
    usual = {"fontName": PLAIN, "fontSize": size, "leading": size * 1.3, "spaceAfter": size * 0.3, "splitLongWords": 1}
    large = {"fontName": BOLD, "fontSize": size * 1.4, "leading": size * 1.8}
    return {
        "title": ParagraphStyle("title", **usual | large),
        "heading": ParagraphStyle("heading", **usual | {"fontName": BOLD, "spaceBefore": size * 0.6}),
        "plain": ParagraphStyle("plain", **usual),
        "item": ParagraphStyle("item", **usual | {"leftIndent": size}),
    }


class _Lines(HTMLParser):
    """Reads the lines of a page: how each is set, and its text as a paragraph takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINES:
            self.lines.append((_LINES[tag], "• " if tag == "li" else ""))
        self._add({"dt": _STRONG, "strong": _STRONG, "dd": " ", "br": "<br/>"}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._add({"dt": ":</font>", "strong": "</font>"}.get(tag, ""))

    def handle_data(self, data: str) -> None:
        before, after = " " * data[:1].isspace(), " " * data[-1:].isspace()
        said = escape(" ".join(data.replace(_ARROW, _BECAME).split()))
        self._add(f"{before}{said}{after}" if said else before)

    def _add(self, text: str) -> None:
        """To the line that was begun last; blanks between lines belong to none."""
        if text and self.lines:
            how, said = self.lines[-1]
            self.lines[-1] = how, said + text
