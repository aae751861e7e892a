"""The one table of codes: what a code of SNOMED CT, LOINC, dm+d or DICOM means here, and where it was published.

The rows lie in `codes/`, by topic. A code enters only with the published text that it was found in; any other code is
unmapped, and what it says is unknown, never "no". Our own codes (`own.py`) stand in the same table.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding

from injections.doors.coded.own import OWN_CODES, OWN_SOURCE, system_of

SNOMED_CT: Final = "http://snomed.info/sct"
DMD: Final = "https://dmd.nhs.uk"
LOINC: Final = "http://loinc.org"
DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
SYSTEMS: Final = MappingProxyType({"SNOMED CT": SNOMED_CT, "dm+d": DMD, "LOINC": LOINC, "DICOM": DICOM})
"""The address of each code system by the name that the data files and the pages give it."""
_CODES: Final = Path(__file__).resolve().parent / "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedText:
    """Where codes were found."""

    title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code and what it means: `fact` is the kind of meaning, `value` which one (site and hip-joint; drug and doac;
    question and diabetes). `site` and `side` are what the code says about the place besides. `ever`: what was once so
    answers the question too, such as cancer in the past.
    """

    system: str
    code: str
    display: str
    fact: str
    value: str
    source: PublishedText
    site: str | None = None
    side: str | None = None
    ever: bool = False


@lru_cache(maxsize=1)
def sources() -> Mapping[str, PublishedText]:
    """The published texts by their short names."""
    found = tomllib.loads((_CODES / "sources.toml").read_text(encoding="utf-8"))
    return MappingProxyType({key: PublishedText(**text) for key, text in found.items()})


@lru_cache(maxsize=1)
def rows() -> tuple[CodeRow, ...]:
    """The whole table, our own codes first, then topic by topic. Read once, when the first code is looked up."""
    topics = sorted(file for file in _CODES.glob("*.toml") if file.stem != "sources")
    return (*_own_rows(), *(row for topic in topics for row in _rows_of(topic)))


def rows_of_codings(codings: Iterable[Coding]) -> list[CodeRow]:
    """What these codings mean, in their order; a coding that is not in the table adds nothing.

    dm+d codes are SNOMED CT identifiers, and are found under either system.
    """
    return [row for coding in codings for row in _by_code().get((_one_name(coding.system), coding.code or ""), ())]


def rows_of(concepts: Iterable[CodeableConcept | None] | CodeableConcept | None, *facts: str) -> list[CodeRow]:
    """What these concepts mean, only the kinds of meaning named, or every kind."""
    each = [concepts] if isinstance(concepts, CodeableConcept) else concepts or ()
    found = rows_of_codings(coding for concept in each if concept is not None for coding in concept.coding or ())
    return [row for row in found if not facts or row.fact in facts]


def coding_for(fact: str, value: str) -> Coding | None:
    """The first code of SNOMED CT that says exactly this, to write it down. None where no published code does."""
    row = _by_meaning().get((fact, value))
    return None if row is None else Coding(system=row.system, code=row.code, display=row.display)


def _one_name(system: str | None) -> str:
    if system == DMD or (system or "").startswith(f"{SNOMED_CT}/"):
        return SNOMED_CT
    return system or ""


@lru_cache(maxsize=1)
def _by_code() -> Mapping[tuple[str, str], tuple[CodeRow, ...]]:
    found: dict[tuple[str, str], tuple[CodeRow, ...]] = {}
    for row in rows():
        key = (_one_name(row.system), row.code)
        found[key] = (*found.get(key, ()), row)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _by_meaning() -> Mapping[tuple[str, str], CodeRow]:
    """The first row of SNOMED CT for each meaning, without those that say a side besides."""
    plain = [row for row in rows() if row.system == SNOMED_CT and row.side is None]
    return MappingProxyType({(row.fact, row.value): row for row in reversed(plain)})


def _own_rows() -> Iterator[CodeRow]:
    source = PublishedText(**OWN_SOURCE)
    for own in OWN_CODES:
        yield CodeRow(
            system=system_of(own.fact), code=own.code, display=own.display, fact=own.fact, value=own.code, source=source
        )


def _rows_of(topic: Path) -> Iterator[CodeRow]:
    for group in tomllib.loads(topic.read_text(encoding="utf-8"))["group"]:
        for code, display in group["codes"]:
            yield CodeRow(
                system=SYSTEMS[group["system"]],
                code=code,
                display=display,
                fact=group["fact"],
                value=group["value"],
                source=sources()[group["source"]],
                site=group.get("site"),
                side=group.get("side"),
                ever=group.get("ever", False),
            )
