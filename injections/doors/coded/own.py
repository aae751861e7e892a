"""Our own codes, for what no published code says: the seven sites, targets, services, what an injection held, what a
report found. Each code system is one kind of meaning of the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from injections.safety import codes
from injections.safety.sites import AREAS, SITES

ADDRESS: Final = "https://pht-clinic.example/fhir"
"""Begins every name that is ours: code systems, the questionnaire. Names, not pages: nothing is fetched from there."""
OWN_SOURCE: Final = {"title": "PHT Clinic, our own codes", "address": f"{ADDRESS}/CodeSystem"}

PLACE: Final = f"{ADDRESS}/StructureDefinition/place"
"""Extension of a QuestionnaireResponse, once for the area and once for the side that its answers count for."""
REST_HOURS: Final = f"{ADDRESS}/StructureDefinition/rest-hours"
"""Extension of a Procedure: the hours of rest after it that the radiologist chose."""
SCAN_AND_INJECTION: Final = "scan-and-injection"
STEROID, NO_STEROID, NOT_KNOWN = "steroid", "no-steroid", "unknown"
"""What an injection held."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code of ours: the kind of meaning, the code, and the words beside it."""

    fact: str
    code: str
    display: str


def system_of(fact: str) -> str:
    """The address of our code system for this kind of meaning."""
    return f"{ADDRESS}/CodeSystem/{fact}"


RULES: Final = system_of("rule")
"""Rules of the safety check by their id, as docs/rules.md lists them."""


def _in_words(code: str) -> str:
    return code.replace("-", " ").capitalize()


def _own_codes() -> Iterator[OwnCode]:
    for site in SITES:
        yield OwnCode("site", site.code, site.name)
    for area in AREAS:
        yield OwnCode("area", area, _in_words(area))
    for target in codes.TARGETS:
        yield OwnCode("target", target, _in_words(target))
    for service in (codes.INJECTION, SCAN_AND_INJECTION, *codes.LOADING_KINDS):
        yield OwnCode("service", service, _in_words(service))
    yield OwnCode("injection", STEROID, "Injection of a steroid")
    yield OwnCode("injection", NO_STEROID, "Injection without a steroid")
    yield OwnCode("injection", NOT_KNOWN, "Injection, not known whether of a steroid")
    for modality in codes.MODALITIES:
        yield OwnCode("modality", modality, _in_words(modality))
    for finding in ("tendinopathy", "bursitis"):
        for answer in (codes.YES, codes.NO):
            yield OwnCode("finding", f"{finding}-{answer}", f"{_in_words(finding)}: {answer}")
    for tear in codes.TEARS:
        yield OwnCode("finding", f"tear-{tear}", f"Tear: {tear}")
    for diagnosis in codes.OTHER_DIAGNOSES:
        yield OwnCode("finding", f"diagnosis-{diagnosis}", f"Other diagnosis: {_in_words(diagnosis).lower()}")


OWN_CODES: Final = tuple(_own_codes())
