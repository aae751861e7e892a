"""The PDF is read back: one page, with everything that was filed on it, in every script that the font knows."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from injections.letters.pdf import letter_pdf
from injections.letters.write import LONGEST
from tests.clinic import Clinic
from tests.injections.letters.test_write import given, written

LONGEST_COMPLICATIONS = 4000


def read(made: bytes) -> tuple[int, str]:
    """How many pages, and the words on them without the breaks of lines."""
    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())


def texts(content: Any) -> list[str]:
    """Every text of a letter."""
    if isinstance(content, str):
        return [content] if content not in ("heading", "paragraph", "list") else []
    inner = content.values() if isinstance(content, dict) else content
    return [text for one in inner for text in texts(one)]


@pytest.mark.parametrize("kind", ["gp", "physiotherapist", "patient-copy"])
def test_the_pdf_is_one_page_and_holds_what_was_filed(clinic: Clinic, kind: str) -> None:
    paragraph = "" if kind == "physiotherapist" else "Pain < 4 & <b>better</b>."
    letter = written(given(clinic), clinic, kind, paragraph)
    pages, said = read(letter_pdf(letter.content, "10 March 2026"))
    assert pages == 1
    assert "10 March 2026" in said
    for text in texts(letter.content):
        assert " ".join(text.split()) in said


@pytest.mark.parametrize("letters", ["Word " * (LONGEST // 5), "W" * LONGEST])
def test_the_longest_letter_is_one_page(clinic: Clinic, letters: str) -> None:
    """The longest paragraph beside the longest complication, in words or without a break; what is cut says so."""
    done = given(clinic, complications=(letters * 4)[:LONGEST_COMPLICATIONS])
    pages, said = read(letter_pdf(written(done, clinic, paragraph=letters).content, "10 March 2026"))
    assert pages == 1
    assert letters.replace(" ", "") in said.replace(" ", "")
    assert "… (there is more in the record)" in said


def test_what_no_page_can_hold_goes_on_to_another(clinic: Clinic) -> None:
    """Rather than fail."""
    content = written(given(clinic), clinic).content
    content["rows"].append(["Complications", "Word " * 4000])
    pages, said = read(letter_pdf(content, "10 March 2026"))
    assert pages > 1
    assert said.count("Word") == 4000


def test_a_name_is_printed_as_it_is_written() -> None:
    """Beyond Western Europe too; its metadata names nobody and nothing clinical."""
    lines = {"clinic": ["Clinic"], "to": ["Łukasz Żółć", "Ελένη", "Дмитрий"], "title": "Injection", "paragraph": ""}
    pairs = {"about": [["Patient", "Nguyễn Thị Ánh"]], "rows": [["Site", "Left"]], "warnings": [], "signed": ""}
    made = letter_pdf(lines | pairs, "10 March 2026")
    for name in ("Łukasz Żółć", "Ελένη", "Дмитрий", "Nguyễn Thị Ánh"):
        assert name in read(made)[1]
    metadata = pypdf.PdfReader(io.BytesIO(made)).metadata
    assert metadata is not None
    assert metadata.title == "Letter"
    assert made == letter_pdf(lines | pairs, "10 March 2026"), "the same content makes the same bytes"
