"""The thresholds of the rules, all in this one file, and how a clinic may tighten them.

A clinic's settings may make a threshold stricter, never looser; the effective values are part of
`rules_version`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from functools import lru_cache
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from injections.safety import sources
from injections.safety.emergency import BRITISH, SETTINGS, EmergencyWords
from injections.safety.sources import Source

RULES_VERSION: Final = "2"

LONGEST_REST_HOURS: Final = 6 * 7 * 24
"""A longer rest after an injection is taken for mistyped: six weeks."""

MORE, LESS = "more", "less"


class PolicyError(ValueError):
    """A setting of the clinic would loosen a threshold, or cannot be read. The sentence names the setting."""


def _threshold(default: float, *, stricter: str, extreme: float, unit: str, source: Source) -> Any:
    """One threshold. `extreme` is the strictest value that is still taken for meant rather than mistyped."""
    return field(default=default, metadata={"stricter": stricter, "extreme": extreme, "unit": unit, "source": source})


_PRODUCT: Final = sources.external("hydrocortisone product information", "section 4.2")
_LEAFLETS: Final = sources.external("GP and hospital leaflets", "3 to 4 injections a year")
_ADRENAL: Final = sources.external("adrenal suppression after an injection", "up to 4 weeks")
_WARFARIN: Final = sources.external("injections on warfarin", "INR within its range and recent")
_SURGERY: Final = sources.external("infection after joint surgery", "injection in the 3 to 6 months before")
_DOPING: Final = sources.external("World Anti-Doping Agency", "washout after glucocorticoid injections")
_ANAESTHETIC: Final = sources.external("lidocaine product information", "200 mg at most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every number the rules use. Months and days are calendar ones in `zone_name`; hours are elapsed."""

    repeat_critical_months: int = _threshold(
        3, stricter=MORE, extreme=24, unit="months", source=sources.REPEAT_INJECTIONS
    )
    repeat_review_months: int = _threshold(
        4, stricter=MORE, extreme=24, unit="months", source=sources.REPEAT_INJECTIONS
    )
    rest_hours: int = _threshold(48, stricter=MORE, extreme=336, unit="hours", source=sources.REST_AFTER_INJECTION)
    rest_max_hours: int = _threshold(72, stricter=MORE, extreme=336, unit="hours", source=sources.REST_AFTER_INJECTION)
    early_load_hours: int = _threshold(336, stricter=MORE, extreme=2160, unit="hours", source=sources.WEAKER_TENDON)
    repeat_number_review: int = _threshold(
        4, stricter=LESS, extreme=2, unit="injections", source=sources.ours("somebody looks from this number on")
    )
    yearly_months: int = _threshold(12, stricter=MORE, extreme=36, unit="months", source=_LEAFLETS)
    yearly_count: int = _threshold(3, stricter=LESS, extreme=1, unit="injections", source=_LEAFLETS)
    load_count: int = _threshold(3, stricter=LESS, extreme=1, unit="injections", source=_ADRENAL)
    load_days: int = _threshold(28, stricter=MORE, extreme=365, unit="days", source=_ADRENAL)
    injections_per_day: int = _threshold(3, stricter=LESS, extreme=1, unit="injections", source=_PRODUCT)
    decision_months: int = _threshold(
        12, stricter=MORE, extreme=36, unit="months", source=sources.ours("how long a refusal is remembered")
    )
    ultrasound_valid_months: int = _threshold(
        12, stricter=LESS, extreme=1, unit="months", source=sources.ours("age of an ultrasound report")
    )
    trauma_days: int = _threshold(
        84, stricter=MORE, extreme=730, unit="days", source=sources.ours("12 weeks after an injury")
    )
    infection_hours: int = _threshold(
        336, stricter=MORE, extreme=2160, unit="hours", source=sources.ours("14 days after an infection")
    )
    screening_valid_hours: int = _threshold(
        336, stricter=LESS, extreme=1, unit="hours", source=sources.ours("answers are asked again after 14 days")
    )
    adult_years: int = _threshold(18, stricter=MORE, extreme=30, unit="years", source=sources.ours("adults only"))
    surgery_critical_months: int = _threshold(3, stricter=MORE, extreme=24, unit="months", source=_SURGERY)
    surgery_review_months: int = _threshold(6, stricter=MORE, extreme=24, unit="months", source=_SURGERY)
    inr_max: float = _threshold(3.0, stricter=LESS, extreme=1.0, unit="INR", source=_WARFARIN)
    inr_days: int = _threshold(8, stricter=LESS, extreme=1, unit="days", source=_WARFARIN)
    event_days: int = _threshold(11, stricter=MORE, extreme=365, unit="days", source=_DOPING)
    steroid_max_mg: float = _threshold(
        80.0, stricter=LESS, extreme=1.0, unit="mg", source=sources.ours("largest dose of one injection")
    )
    dose_tolerance_mg: float = _threshold(
        0.5, stricter=LESS, extreme=0.0, unit="mg", source=sources.ours("rounding of volume times strength")
    )
    lidocaine_max_mg: float = _threshold(200.0, stricter=LESS, extreme=1.0, unit="mg", source=_ANAESTHETIC)
    zone_name: str = "Europe/London"
    emergency: EmergencyWords = BRITISH

    def __post_init__(self) -> None:
        for lower, upper in _ORDERED:
            if getattr(self, lower) > getattr(self, upper):
                raise PolicyError(f"{lower} must not be greater than {upper}")

    @property
    def zone(self) -> ZoneInfo:
        return _zone(self.zone_name)

    @property
    def infection_days(self) -> int:
        """`infection_hours` in days as a question names them; a day that has begun counts, so that none is missed."""
        return -(-self.infection_hours // 24)

    @property
    def rules_version(self) -> str:
        """ "2", or "2+" and a digest of what this clinic has changed."""
        return _version_of(self)

    def in_zone(self, name: str) -> "Policy":
        """The same thresholds in another time zone. Raises PolicyError for a zone that does not exist."""
        try:
            _zone(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PolicyError(f"there is no time zone {name!r}") from error
        return replace(self, zone_name=name)

    def in_country(self, **words: str) -> "Policy":
        """The same thresholds, said with other `EmergencyWords`; what is blank stays."""
        return replace(self, emergency=replace(self.emergency, **{name: word for name, word in words.items() if word}))

    def tightened(self, changes: Mapping[str, object]) -> "Policy":
        """These thresholds with stricter values, as numbers or as text from the environment.

        Raises: PolicyError (naming the setting, if it is unknown, no number, looser, or absurdly strict).
        """
        known = {threshold.name: threshold for threshold in thresholds()}
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise PolicyError(f"{name} is not a threshold; there are {', '.join(sorted(known))}")
            values[name] = _stricter_value(known[name], getattr(self, name), value)
        return replace(self, **values)


_ORDERED: Final = (
    ("repeat_critical_months", "repeat_review_months"),
    ("rest_hours", "rest_max_hours"),
    ("surgery_critical_months", "surgery_review_months"),
)


def thresholds() -> tuple["Field[Any]", ...]:
    """The thresholds of Policy, each with unit, source and stricter direction in its metadata."""
    return tuple(one for one in fields(Policy) if one.metadata)


def _stricter_value(threshold: "Field[Any]", present: float, value: object) -> float:
    number = _number(threshold, value)
    more = threshold.metadata["stricter"] == MORE
    unit, extreme = threshold.metadata["unit"], threshold.metadata["extreme"]
    if (number < present) if more else (number > present):
        bound = "least" if more else "most"
        raise PolicyError(f"{threshold.name} must be at {bound} {present} {unit}: {value} would be looser")
    if (number > extreme) if more else (number < extreme):
        bound = "most" if more else "least"
        raise PolicyError(f"{threshold.name} must be at {bound} {extreme} {unit}: {value} looks mistyped")
    return number


def _number(threshold: "Field[Any]", value: object) -> float:
    kind: type[int] | type[float] = int if isinstance(threshold.default, int) else float
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        number: float = kind(value)
        if not isfinite(number) or number != float(value):
            raise ValueError
    except (ValueError, OverflowError) as error:
        word = "a whole number" if kind is int else "a number"
        raise PolicyError(f"{threshold.name} must be {word} of {threshold.metadata['unit']}, not {value!r}") from error
    return number


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=16)
def _version_of(policy: Policy) -> str:
    changed = {
        one.name: getattr(policy, one.name) for one in fields(Policy) if getattr(policy, one.name) != one.default
    }
    if not changed:
        return RULES_VERSION
    digest = hashlib.sha256(json.dumps(changed, sort_keys=True, default=asdict).encode("ascii")).hexdigest()
    return f"{RULES_VERSION}+{digest[:8]}"


DEFAULT: Final = Policy()


def clinic_policy(environ: Mapping[str, str]) -> Policy:
    """The policy of a clinic from its environment: SAFETY_<THRESHOLD> tightens one, CLINIC_TIME_ZONE sets the zone,
    the variables of `emergency.SETTINGS` whom its country calls.

    Raises: PolicyError.
    """
    changes = {
        name.removeprefix("SAFETY_").lower(): value for name, value in environ.items() if name.startswith("SAFETY_")
    }
    words = {name: environ.get(variable, "").strip() for name, variable in SETTINGS.items()}
    zone = environ.get("CLINIC_TIME_ZONE") or DEFAULT.zone_name
    return DEFAULT.in_zone(zone).in_country(**words).tightened(changes)
