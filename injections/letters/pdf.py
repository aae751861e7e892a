"""A filed letter as a PDF of one A4 page: set at 10 points, and smaller until it fits."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import SimpleDocTemplate
from reportlab.platypus.flowables import Flowable, Spacer
from reportlab.platypus.paragraph import Paragraph
from reportlab.platypus.tables import Table

from scheduling.messages.undelivered.typeface import BOLD, PLAIN, register_fonts

TITLE: Final = "Letter"
"""What a reader of PDFs writes above it: nothing clinical, and nobody's name."""
SIZES: Final = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
_LABELS: Final = 38 * mm
_MARGIN: Final = 18 * mm


def letter_pdf(content: Mapping[str, Any], written_on: str) -> bytes:
    """The letter as it is filed; `written_on` is its day in words. The same content makes the same bytes."""
    register_fonts()
    for size in SIZES:
        made, pages = _set(content, written_on, size)
        if pages == 1:
            break
    return made


def _set(content: Mapping[str, Any], written_on: str, size: float) -> tuple[bytes, int]:
    """At this size, and on how many pages."""
    out = io.BytesIO()
    sheet = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=TITLE,
        author="",
        lang="en-GB",
        invariant=1,
    )
    sheet.build(_flow(content, written_on, _Setting(size, sheet.width)))
    return out.getvalue(), sheet.page


class _Setting:
    """How paragraphs are set at one size, in a column of this width in points."""

    def __init__(self, size: float, width: float) -> None:
        usual = {"fontName": PLAIN, "fontSize": size, "leading": size * 1.3, "splitLongWords": 1}
        self.gap, self._width = size * 0.8, width
        self._plain = ParagraphStyle("plain", **usual)
        self._bold = ParagraphStyle("bold", **usual | {"fontName": BOLD})
        large = {"fontName": BOLD, "fontSize": size * 1.3, "leading": size * 1.7}
        self._title = ParagraphStyle("title", **usual | large)

    def plain(self, text: str) -> Paragraph:
        return Paragraph(escape(text), self._plain)

    def bold(self, text: str) -> Paragraph:
        return Paragraph(escape(text), self._bold)

    def title(self, text: str) -> Paragraph:
        return Paragraph(escape(text), self._title)

    def space(self) -> Spacer:
        return Spacer(1, self.gap)

    def pairs(self, rows: list[tuple[str, str]], *, ruled: bool = False) -> Table:
        table = Table(
            [[self.bold(label), self.plain(text)] for label, text in rows],
            splitInRow=1,
            colWidths=[_LABELS, self._width - _LABELS],
            style=[
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
                *([("LINEBELOW", (0, 0), (-1, -1), 0.3, HexColor("#999999"))] if ruled else []),
            ],
        )
        table.hAlign = "LEFT"
        return table


def _flow(content: Mapping[str, Any], written_on: str, setting: _Setting) -> list[Flowable]:
    """Everything on the page, from top to bottom."""
    name, *address = content["clinic"]
    flow: list[Flowable] = [setting.bold(name), *map(setting.plain, address), setting.space()]
    flow += [*map(setting.plain, content["to"]), setting.space(), setting.plain(written_on), setting.space()]
    flow += [setting.title(content["title"]), setting.pairs(content["about"]), setting.space()]
    flow += [setting.pairs(content["rows"], ruled=True), setting.space()]
    if content["paragraph"]:
        flow += [setting.plain(content["paragraph"]), setting.space()]
    for block in content["warnings"]:
        if block["form"] == "heading":
            flow.append(setting.bold(block["lines"][0]))
        else:
            flow.append(setting.plain(" · ".join(block["lines"])))
    if content["signed"]:
        flow += [setting.space(), setting.plain(content["signed"])]
    return flow
