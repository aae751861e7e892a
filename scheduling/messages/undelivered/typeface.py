"""The typeface of everything that is set as a PDF: Latin, Greek and Cyrillic."""

from __future__ import annotations

from functools import cache
from typing import Final

from font_roboto import font_files
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN: Final = "Letter"
BOLD: Final = "Letter-Bold"


@cache
def register_fonts() -> None:
    """Once in a process: reading a font takes a while."""
    pdfmetrics.registerFont(TTFont(PLAIN, font_files["Roboto"]))
    pdfmetrics.registerFont(TTFont(BOLD, font_files["RobotoBold"]))
