"""What is wrong with an injection as it was entered or corrected, field by field: every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.safety import gates
from injections.safety.codes import HISTORY_SIDES, REQUEST_SIDES, TARGETS
from injections.safety.dates import in_words, span_of
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import BOOKABLE_SITES, HISTORY_SITES
from pht_clinic import clock
from pht_clinic.errors import FieldError
from scheduling.models import Patient

OF_OURS: Final = (
    *("targets", "started_at", "ended_at", "strength_mg_ml", "volume_ml", "batch", "expires_on", "local_anaesthetic"),
    *("complications", "rest_hours", "rest_reason"),
)
"""What is recorded of an injection given here alone."""
NOT_IN_USE: Final = "There is no drug in use with this number on the clinic’s list."
_LONGEST_INJECTION: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom a record is, and when it is looked at."""

    born_on: date
    now: datetime

    @classmethod
    def of(cls, patient: Patient, now: datetime) -> Whose:
        """Of the patient for whom a record counts, whichever of their records it was written on."""
        return cls(patient.kept.date_of_birth, now)


def problems_of(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    """Every problem of the values that are there; one that is missing is looked at by who read them.

    Boundary: a month or a year that has begun is accepted, a day after today is not; so is a date whose last possible
    day is the day of birth, and none before it.
    """
    is_own = values.get("origin") == Injection.Origin.OWN
    found = {
        "site": _of_codes(values, "site", BOOKABLE_SITES if is_own else HISTORY_SITES),
        "side": _of_codes(values, "side", REQUEST_SIDES if is_own else HISTORY_SIDES),
        "origin": _of_codes(values, "origin", Injection.Origin.values),
        "given": _of_date(values.get("given"), whose, is_own=is_own),
        **{name: _of_amount(values.get(name)) for name in ("dose_mg", "strength_mg_ml", "volume_ml")},
    }
    problems = [FieldError(f"#/{name}", detail) for name, detail in found.items() if detail]
    return [*problems, *(_of_ours(values, whose) if is_own else _not_of_ours(values))]


def _of_codes(values: Mapping[str, Any], name: str, codes: Any) -> str:
    return f"Choose one of {', '.join(codes)}." if name in values and values[name] not in codes else ""


def _of_amount(value: Any) -> str:
    return "Give a number above 0." if value is not None and Decimal(str(value)) <= 0 else ""


def _of_date(given: Any, whose: Whose, *, is_own: bool) -> str:
    is_exact = isinstance(given, str) and len(given) == len("2026-08-14")
    if is_own and not is_exact:
        return "An injection given here has an exact date, such as 2026-08-14."
    return wrong_past_date(given, whose) if given else ""


def wrong_past_date(partial: str, whose: Whose) -> str:
    """What is wrong with a partial date of something that was, "" for nothing; boundaries as in `problems_of`."""
    try:
        span = span_of(partial)
    except ValueError as error:
        return f"The date {error}."
    if span.first > clock.local_date(whose.now):
        return "The date is in the future."
    if span.last < whose.born_on:
        return f"The date is before the date of birth, {in_words(whose.born_on)}."
    return ""


def _not_of_ours(values: Mapping[str, Any]) -> list[FieldError]:
    named = [name for name in OF_OURS if values.get(name) not in (None, "", [], {})]
    return [FieldError(f"#/{name}", "is recorded only of an injection given here") for name in named]


def _of_ours(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    checks: tuple[Callable[[Mapping[str, Any], Whose], list[FieldError]], ...] = (_of_times, _of_drugs, _of_rest)
    return [problem for check in checks for problem in check(values, whose)]


def _of_times(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    started_at, ended_at = values.get("started_at"), values.get("ended_at")
    times = (("started_at", started_at), ("ended_at", ended_at))
    future = [
        FieldError(f"#/{name}", "The time is in the future.") for name, time in times if time and time > whose.now
    ]
    if future:
        return future
    problems = []
    is_day = not _of_date(values.get("given"), whose, is_own=True)
    if started_at and is_day and clock.local_date(started_at).isoformat() != values["given"]:
        problems.append(FieldError("#/started_at", "It started on a different day from the date given."))
    if started_at and ended_at and not started_at < ended_at <= started_at + _LONGEST_INJECTION:
        problems.append(FieldError("#/ended_at", "It must end after it starts, within 12 hours."))
    return problems


def _of_drugs(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    problems = []
    if unknown := [target for target in values.get("targets") or () if target not in TARGETS]:
        problems.append(FieldError("#/targets", f"{unknown[0]} is not one of {', '.join(TARGETS)}."))
    if str(values.get("drug") or "").isdigit():
        problems.append(FieldError("#/drug", NOT_IN_USE))
    if values.get("status") in Injection.GIVEN:
        if not values.get("drug"):
            problems.append(FieldError("#/drug", "Name the drug."))
        if values.get("steroid") and values.get("dose_mg") is None:
            problems.append(FieldError("#/dose_mg", "Give the dose in mg."))
    anaesthetic = values.get("local_anaesthetic") or {}
    if anaesthetic and not str(anaesthetic.get("drug") or "").strip():
        problems.append(FieldError("#/local_anaesthetic/drug", "Name the local anaesthetic."))
    if detail := _of_amount(anaesthetic.get("dose_mg")):
        problems.append(FieldError("#/local_anaesthetic/dose_mg", detail))
    return problems


_OF_THE_DOSE: Final = ("steroid", "dose_mg", "strength_mg_ml", "volume_ml")


def arithmetic_problems(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldError]:
    """A correction of the dose, the strength or the volume leaves them in agreement: volume × strength = mg.

    One of something else leaves a disagreement that is recorded as it was.
    """
    known = {name: None if after.get(name) is None else float(str(after[name])) for name in _OF_THE_DOSE[1:]}
    if not after.get("steroid") or all(_same(before.get(name), after.get(name)) for name in _OF_THE_DOSE):
        return []
    typed = gates.Doses(
        steroid_mg=known["dose_mg"],
        strength_mg_ml=known["strength_mg_ml"],
        volume_ml=known["volume_ml"],
        local_anaesthetic_drug=None,
        local_anaesthetic_mg=None,
    )
    found = gates.dose(typed, policy=effective_policy())
    return [FieldError(f"#/{field}", sentence) for field, sentence in found if field == "volume_ml"]


def _same(one: Any, other: Any) -> bool:
    return one == other or (None not in (one, other) and Decimal(str(one)) == Decimal(str(other)))


def _of_rest(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    return rest_problems(values.get("rest_hours"), values.get("rest_reason") or "")


def rest_problems(hours: int | None, reason: str) -> list[FieldError]:
    """None is the clinic's own rest. Boundary: outside what the clinic advises it needs a reason."""
    policy = effective_policy()
    if hours is None:
        return []
    if not 1 <= hours <= LONGEST_REST_HOURS:
        return [FieldError("#/rest_hours", f"Give hours between 1 and {LONGEST_REST_HOURS}.")]
    if not policy.rest_hours <= hours <= policy.rest_max_hours and not reason.strip():
        sentence = f"Other than {policy.rest_hours} to {policy.rest_max_hours} hours needs a reason."
        return [FieldError("#/rest_reason", sentence)]
    return []
