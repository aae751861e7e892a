"""The small parts that clinical resources are made of: references, concepts, notes, dates. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from fhir.resources.R4B.annotation import Annotation
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.reference import Reference

from pht_clinic.people.models import User


def person(user: User | None) -> Reference | None:
    """Whoever works here, by name; None for the system, and for a patient by their link."""
    return Reference(type="Practitioner", display=user.get_full_name()) if user else None


def named(name: str) -> Reference | None:
    """Somebody of whom a name is all that is known; None for ""."""
    return Reference(display=name) if name.strip() else None


def concept(system: str, code: str, words: str = "") -> CodeableConcept:
    """One code, with what it means in words."""
    return CodeableConcept(coding=[Coding(system=system, code=code, display=words or None)], text=words or None)


def text_only(words: str) -> CodeableConcept:
    """What is known in words alone."""
    return CodeableConcept(text=words)


def notes(*texts: str) -> list[Annotation] | None:
    """Those that say anything, each as a note; None where there is none."""
    return [Annotation(text=text) for text in texts if text.strip()] or None


def partial_date(text: str) -> Any:
    """A date as exact as it is known ("2019", "2019-05", "2019-05-14"); None for "". R4 has such dates, which the types
    of its package call instants.
    """
    return text or None


def day(on: date | None) -> Any:
    """A date alone, where R4 may have an instant as well; None for None."""
    return None if on is None else on.isoformat()
