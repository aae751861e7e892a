"""A day as a PDF to print: its visits, the open calls, and ruled lines for whoever comes without a booking."""

from __future__ import annotations

import io
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.doctemplate import BaseDocTemplate, SimpleDocTemplate
from reportlab.platypus.flowables import Flowable, Spacer
from reportlab.platypus.paragraph import Paragraph
from reportlab.platypus.tables import Table

from injections.worklists.paper.day import DayOnPaper, PaperLine
from pht_clinic.clinic_words import clinic_words
from scheduling.messages.undelivered.typeface import BOLD, PLAIN, register_fonts

TITLE: Final = "Day on paper"
"""What a reader of PDFs writes above it: nobody's name."""
DONE: Final = "On paper: came at ____ · done by ____________ · what, dose, batch ______________________________"
"""What is filled in by hand beside each visit, and entered afterwards."""
_BLANK_LINES: Final = 8
_MARGIN: Final = 15 * mm
_WHEN: Final = 26 * mm
_PADDING: Final = 6
"""Points that a frame keeps free on each side."""
_RULE: Final = ("LINEBELOW", (0, 0), (-1, -1), 0.3, HexColor("#767676"))


def day_pdf(sheet: DayOnPaper) -> bytes:
    """The day on A4 pages, each with its number and the instant that it shows. The same day makes the same bytes."""
    register_fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 6 * mm,
        title=TITLE,
        author="",
        lang="en-GB",
        invariant=1,
    )

    def foot(canvas: Canvas, made: BaseDocTemplate) -> None:
        canvas.setFont(PLAIN, 8)
        canvas.drawString(_MARGIN, _MARGIN, f"{sheet.title}, as of {sheet.as_of} · page {made.page}")

    document.build(list(_flow(sheet, document.width - 2 * _PADDING)), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _flow(sheet: DayOnPaper, width: float) -> list[Flowable]:
    clinic = clinic_words()
    flow: list[Flowable] = [_set(clinic["name"], _PLAIN), _set(sheet.title, _TITLE)]
    flow.append(_set(f"As of {sheet.as_of}. Later changes are not on this sheet.", _PLAIN))
    flow += [_GAP, *_lines(sheet.visits, width, "Nothing is booked.", fill_in=DONE)]
    if sheet.calls:
        flow += [_GAP, _set("To phone", _HEADING), *_lines(sheet.calls, width, "", fill_in="")]
    flow += [_GAP, _set("Patients who came without a booking", _HEADING)]
    flow.append(_set("Time, name, date of birth, phone, what for; the safety questions before any needle.", _PLAIN))
    blank = Table([[""]] * _BLANK_LINES, colWidths=[width], rowHeights=[11 * mm] * _BLANK_LINES, style=[_RULE])
    return [*flow, blank]


def _lines(lines: tuple[PaperLine, ...], width: float, none: str, *, fill_in: str) -> list[Flowable]:
    if not lines:
        return [_set(none, _PLAIN)]
    rows = [[_set(line.when, _BOLD), [_set(line.who, _BOLD), *_body(line, fill_in)]] for line in lines]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), _RULE]
    return [Table(rows, colWidths=[_WHEN, width - _WHEN], style=style, splitInRow=1)]


def _body(line: PaperLine, fill_in: str) -> list[Flowable]:
    said: list[Flowable] = [_set(text, _PLAIN) for text in line.said]
    return [*said, Spacer(1, 2 * mm), _set(fill_in, _PLAIN)] if fill_in else said


def _set(text: str, style: ParagraphStyle) -> Paragraph:
    """Text is never markup: what somebody typed is escaped."""
    return Paragraph(escape(text), style)


_GAP: Final = Spacer(1, 4 * mm)
_USUAL: Final[dict[str, Any]] = {"fontName": PLAIN, "fontSize": 9, "leading": 11.5, "splitLongWords": 1}
_PLAIN: Final = ParagraphStyle("plain", **_USUAL)
_BOLD: Final = ParagraphStyle("bold", **_USUAL | {"fontName": BOLD})
_HEADING: Final = ParagraphStyle(
    "heading", **_USUAL | {"fontName": BOLD, "fontSize": 11, "leading": 15, "keepWithNext": 1}
)
_TITLE: Final = ParagraphStyle("title", **_USUAL | {"fontName": BOLD, "fontSize": 14, "leading": 19})
