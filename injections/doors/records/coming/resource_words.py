"""The small parts of FHIR resources as a record has them: words of concepts, whom a reference names, notes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fhir.resources.R4B.annotation import Annotation
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.reference import Reference

NOT_NAMED: Final = "not named in the file"
_SAID_BY: Final = "Said by: "


def in_words(concept: CodeableConcept | None) -> str:
    """On one line: its text, else what its first coding is called, else the code; "" for nothing."""
    if concept is None:
        return ""
    codings = concept.coding or ()
    said = (concept.text, *(one.display for one in codings), *(one.code for one in codings))
    return one_line(next(filter(None, said), ""))


def code_in(concept: CodeableConcept | None) -> str:
    """Its first code; "" where there is none."""
    return next((one.code for one in (concept.coding if concept else None) or () if one.code), "")


def one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def name_in(reference: Reference | None) -> str:
    """Whom it names: "Patient/7" of that, of "https://…/Patient/7" and of "…/Patient/7/_history/2"; "" for nobody."""
    plain = ((reference.reference if reference else None) or "").partition("/_history/")[0]
    steps = plain.split("/")
    return "/".join(steps[-2:]) if len(steps) > 1 else plain


def display_of(*references: Reference | None) -> str:
    """What the first that says it calls somebody."""
    return next((one_line(one.display) for one in references if one and one.display), "")


def texts_of(notes: Iterable[Annotation] | None) -> list[str]:
    return [note.text.strip() for note in notes or () if note.text and note.text.strip()]


def who_said(notes: Iterable[Annotation] | None, *people: Reference | None) -> tuple[str, list[str]]:
    """Who said it, by a note of ours or by name, and the notes that say something else."""
    texts = texts_of(notes)
    said = [text.removeprefix(_SAID_BY) for text in texts if text.startswith(_SAID_BY)]
    others = [text for text in texts if not text.startswith(_SAID_BY)]
    return (one_line(said[0]) if said else "") or display_of(*people) or NOT_NAMED, others


def left_there(texts: Iterable[str]) -> list[str]:
    """What is to be said of notes for which the record has no place."""
    return [f"A note has no place in the record: “{one_line(text)[:200]}”." for text in texts]


def first(found: Iterable[Any] | None) -> Any:
    """The first of a list that may not be there; None of none."""
    return next(iter(found or ()), None)
