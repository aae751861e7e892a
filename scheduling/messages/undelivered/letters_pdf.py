"""Letters to patients as one PDF: each on pages of its own, its address where the window of a DL envelope shows it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import BaseDocTemplate, FrameBreak, NextPageTemplate, PageTemplate
from reportlab.platypus.flowables import Flowable, KeepInFrame, PageBreak, Spacer
from reportlab.platypus.frames import Frame
from reportlab.platypus.paragraph import Paragraph

from pht_clinic import languages
from scheduling.messages.undelivered.paper import Paper, QrCode
from scheduling.messages.undelivered.typeface import BOLD, PLAIN, register_fonts

TITLE: Final = "Letters"
"""What a reader of PDFs writes above it: nobody's name."""
WINDOW: Final = (24 * mm, 58 * mm, 80 * mm, 23 * mm)
"""Left, top, width and height on the sheet of what a window shows wherever the folded sheet has slid to. Source: a DL
envelope of 110 × 220 mm with a window of 35 × 90 mm, 20 mm from the left and 18 mm from the bottom, around an A4 sheet
folded in three (99 mm); DIN 5008 form B has its address at the same place.
"""
_MARGIN: Final = 24 * mm
_BODY_FROM: Final = 96 * mm
_HEAD: Final = 12 * mm
_CODE: Final = 32 * mm
_QUIET: Final = 4
"""Squares of quiet around a code. Source: ISO/IEC 18004."""


def letters_pdf(papers: Sequence[Paper]) -> bytes:
    """All of these letters, in this order; one at least. The same letters make the same bytes."""
    register_fonts()
    out = io.BytesIO()
    width, height = A4
    sheet = BaseDocTemplate(out, pagesize=A4, title=TITLE, author="", lang="en-GB", invariant=1)
    inner = width - 2 * _MARGIN
    left, top, wide, high = WINDOW
    bare = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    head = Frame(_MARGIN, height - 50 * mm, inner, 50 * mm - _HEAD, **bare)
    window = Frame(left, height - top - high, wide, high, **bare)
    body = Frame(_MARGIN, 20 * mm, inner, height - _BODY_FROM - 20 * mm, **bare)
    further = Frame(_MARGIN, 20 * mm, inner, height - 40 * mm, **bare)
    sheet.addPageTemplates([PageTemplate("first", [head, window, body]), PageTemplate("further", [further])])
    flow: list[Flowable] = []
    for number, paper in enumerate(papers):
        if number:
            flow += [NextPageTemplate("first"), PageBreak()]
        with languages.speaking(paper.language):
            flow += _letter(paper, wide, high)
    sheet.build(flow)
    return out.getvalue()


def _letter(paper: Paper, wide: float, high: float) -> Iterator[Flowable]:
    clinic = paper.clinic
    yield NextPageTemplate("further")
    yield _set(clinic["name"], _BOLD)
    reached = _("Phone %(phone)s, %(hours)s") % {"phone": clinic["phone"], "hours": clinic["hours"]}
    for line in (clinic["address"], reached):
        yield _set(line, _PLAIN)
    yield FrameBreak()
    yield KeepInFrame(wide, high, [_set(line, _PLAIN) for line in paper.to], mode="shrink")
    yield FrameBreak()
    yield from (_set(paper.written_on, _PLAIN), _GAP, _set(paper.subject, _BOLD), _GAP)
    for block in paper.blocks:
        if block.form == "heading":
            yield _set(block.lines[0], _HEADING)
        elif block.form == "list":
            yield from (_set(line, _ENTRY, bullet="•") for line in block.lines)
            yield _GAP
        else:
            yield from (_set(block.lines[0], _PLAIN), _GAP)
    if paper.qr:
        yield _Code(paper.qr)
        yield from (_set(_("Your page: scan this with your phone"), _PLAIN), _GAP)
    yield _set(clinic["name"], _PLAIN)


class _Code(Flowable):
    """A QR code on its quiet ground."""

    def __init__(self, code: QrCode) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it has no types
        self._code = code

    def wrap(self, *_: Any) -> tuple[float, float]:
        return _CODE, _CODE

    def draw(self) -> None:
        one = _CODE / (self._code.size + 2 * _QUIET)
        self.canv.setFillGray(0)
        for x, y in self._code.dark:
            self.canv.rect((x + _QUIET) * one, _CODE - (y + _QUIET + 1) * one, one, one, stroke=0, fill=1)


def _set(text: str, style: ParagraphStyle, bullet: str | None = None) -> Paragraph:
    """Text is never markup: what somebody typed is escaped."""
    return Paragraph(escape(text), style, bulletText=bullet)


_GAP: Final = Spacer(1, 3 * mm)
_USUAL: Final[dict[str, Any]] = {"fontName": PLAIN, "fontSize": 10, "leading": 13, "splitLongWords": 1}
_PLAIN: Final = ParagraphStyle("plain", **_USUAL)
_BOLD: Final = ParagraphStyle("bold", **_USUAL | {"fontName": BOLD})
_HEADING: Final = ParagraphStyle("heading", **_USUAL | {"fontName": BOLD, "spaceBefore": 6, "keepWithNext": 1})
_ENTRY: Final = ParagraphStyle(
    "entry", **_USUAL | {"leftIndent": 12, "bulletIndent": 2, "bulletFontName": PLAIN, "bulletFontSize": 10}
)
