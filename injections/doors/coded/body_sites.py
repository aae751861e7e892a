"""Where and on which side, in both directions: our site and side as bodySite concepts, and such concepts as ours."""

from collections.abc import Iterable

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding

from injections.doors.coded.own import system_of
from injections.doors.coded.table import CodeRow, coding_for, rows_of
from injections.safety.sites import (
    AREAS,
    BOTH,
    HIP_REGION_UNSPECIFIED,
    LEFT,
    OTHER_SITE,
    RIGHT,
    SITE_BY_CODE,
    SITES,
    UNKNOWN,
)


def body_sites(site: str, side: str | None) -> list[CodeableConcept]:
    """The site, in SNOMED CT as far as a published code says it and in our own code, and the side as a concept of its
    own, left out where it is unknown. A bursa without a code of its own gets that of the bone it lies on.

    Raises: KeyError (no site of ours).
    """
    known = SITE_BY_CODE[site]
    own = Coding(system=system_of("site"), code=known.code, display=known.name)
    published = None if site == OTHER_SITE else coding_for("site", site) or _of_the_same_area(site)
    found = [CodeableConcept(coding=[published, own] if published else [own], text=known.name)]
    return [*found, laterality] if (laterality := side_concept(side)) else found


def side_concept(side: str | None) -> CodeableConcept | None:
    """Left, right or both in SNOMED CT; None for an unknown side."""
    coding = coding_for("side", side) if side in (LEFT, RIGHT, BOTH) else None
    return CodeableConcept(coding=[coding]) if coding else None


def site_and_side(concepts: Iterable[CodeableConcept] | None) -> tuple[str, str]:
    """The site and the side that these concepts say between them.

    Our own code comes before a published one, which is broader. No site or none that is in the table is
    "hip-region-unspecified", which counts for every area; so are two sites that differ, unless both are elsewhere in
    the body. No side is "unknown", which counts for both; left and right together are both.
    """
    found = rows_of(concepts)
    return _one_site(_sites(found)), _one_side(
        {row.side if row.fact != "side" else row.value for row in found} - {None}
    )


def area_and_side(concepts: Iterable[CodeableConcept] | None) -> tuple[str | None, str]:
    """The area that a report is of, None where it is not said or is none of ours, and its side as `site_and_side`."""
    found = rows_of(concepts)
    own = [row.value for row in found if row.fact == "area"]
    site, side = site_and_side(concepts)
    areas = {*own, *([] if own else [SITE_BY_CODE[site].area])} & {*AREAS}
    return (areas.pop() if len(areas) == 1 else None), side


def _of_the_same_area(site: str) -> Coding | None:
    area = SITE_BY_CODE[site].area
    beside = (other.code for other in SITES if area is not None and other.area == area)
    return next((coding for other in beside if (coding := coding_for("site", other))), None)


def _sites(found: list[CodeRow]) -> set[str]:
    own = {row.value for row in found if row.fact == "site" and row.system == system_of("site")}
    if own:
        return own
    said = (row.value if row.fact == "site" else row.site for row in found)
    return {site for site in said if site is not None}


def _one_site(sites: set[str]) -> str:
    """One site of what was said. Sites of one area that differ are that area; anything else is the hip region."""
    if len(sites) == 1:
        return next(iter(sites))
    areas = {SITE_BY_CODE[site].area for site in sites}
    if len(areas) == 1 and None not in areas:
        return sorted(sites)[0]
    return HIP_REGION_UNSPECIFIED


def _one_side(sides: Iterable[str | None]) -> str:
    said = {side for side in sides if side}
    if len(said) == 1:
        return said.pop()
    return BOTH if said else UNKNOWN
