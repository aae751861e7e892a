"""Where an injection can go: site codes, the areas they belong to, and sides.

"Same area" in the rules means same area **and** same side; `sites_match` and `sides_match` are its only
definition. Source: the sources leave "same area" open, so both are clinic policy.
"""

from dataclasses import dataclass
from types import MappingProxyType

ISCHIAL_TUBEROSITY = "ischial-tuberosity"
GREATER_TROCHANTER = "greater-trochanter"
HIP_JOINT = "hip-joint"
SACROILIAC_JOINT = "sacroiliac-joint"
AREAS = (ISCHIAL_TUBEROSITY, GREATER_TROCHANTER, HIP_JOINT, SACROILIAC_JOINT)

LEFT, RIGHT, BOTH, UNKNOWN = "left", "right", "both", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place that can be injected; `area` is None where no area of this clinic fits."""

    code: str
    name: str
    area: str | None
    default_target: str | None
    bookable: bool


HIP_REGION_UNSPECIFIED = "hip-region-unspecified"
OTHER_SITE = "other-site"

SITES = (
    Site(
        code="hamstring-origin",
        name="Hamstring origin",
        area=ISCHIAL_TUBEROSITY,
        default_target="peritendinous",
        bookable=True,
    ),
    Site(
        code="ischiogluteal-bursa",
        name="Ischiogluteal bursa",
        area=ISCHIAL_TUBEROSITY,
        default_target="bursa",
        bookable=True,
    ),
    Site(
        code="trochanteric-bursa",
        name="Trochanteric bursa",
        area=GREATER_TROCHANTER,
        default_target="bursa",
        bookable=True,
    ),
    Site(code="hip-joint", name="Hip joint", area=HIP_JOINT, default_target="joint", bookable=True),
    Site(
        code="sacroiliac-joint", name="Sacroiliac joint", area=SACROILIAC_JOINT, default_target="joint", bookable=True
    ),
    Site(code=HIP_REGION_UNSPECIFIED, name="Hip region, not specified", area=None, default_target=None, bookable=False),
    Site(code=OTHER_SITE, name="Somewhere else in the body", area=None, default_target=None, bookable=False),
)
SITE_BY_CODE = MappingProxyType({site.code: site for site in SITES})
BOOKABLE_SITES = tuple(site.code for site in SITES if site.bookable)
HISTORY_SITES = tuple(SITE_BY_CODE)

_OTHER = {LEFT: RIGHT, RIGHT: LEFT}


def area_of(site: str) -> str | None:
    """The area of a site code. None for the two history-only codes. Raises KeyError for an unknown code."""
    return SITE_BY_CODE[site].area


def sites_match(site: str, area: str) -> bool:
    """Whether an injection at `site` counts for `area`. An unspecified hip site counts for every area."""
    return SITE_BY_CODE[site].area == area or site == HIP_REGION_UNSPECIFIED


def sides_match(side: str, wanted: str) -> bool:
    """Whether an injection on `side` counts for the side `wanted` (left or right). Both and unknown count
    for each.
    """
    return side in (wanted, BOTH, UNKNOWN)


def other_side(side: str) -> str:
    """Right for left, left for right. Raises KeyError for both and unknown."""
    return _OTHER[side]
